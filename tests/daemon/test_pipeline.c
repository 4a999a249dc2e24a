/* SPDX-License-Identifier: Apache-2.0 */
/* A stream becomes cases: they begin and end at their marks' samples, whatever the blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/table.h"
#include "daemon/pipeline.h"

enum { RATE_HZ = 4000, FRAMES = 2000, STORY = 65536 };

struct listener {
    struct pipeline *pipeline;
    char story[STORY]; /* what was told, as text */
    size_t length;
    char journal[STORY];
    size_t journal_length;
    uint64_t frames;
};

static void tell(struct listener *l, const char *word, uint64_t number)
{
    l->length += (size_t)snprintf(l->story + l->length, STORY - l->length, "%s %llu;", word,
                                  (unsigned long long)number);
}

static void opened(void *context)
{
    struct listener *l = context;
    l->frames = 0;
    if (l->pipeline)
        tell(l, pipeline_is_case(l->pipeline) ? "case" : "idle", 0);
}

static void closed(void *context)
{
    struct listener *l = context;
    tell(l, "closed", l->frames);
}

static void took_block(void *context, const struct sample_block *block)
{
    struct listener *l = context;
    if (block->frames)
        l->frames = block->first_index + block->frames;
}

static void took_mark(void *context, const struct mark *mark)
{
    tell(context, mark->text, mark->sample);
}

static void took_finding(void *context, const struct finding *finding, const char *line,
                         size_t length)
{
    struct listener *l = context;
    (void)finding;
    memcpy(l->journal + l->journal_length, line, length);
    l->journal_length += length;
}

static const struct pipeline_listener listener_ops = {
    .opened = opened,
    .closed = closed,
    .block = took_block,
    .mark = took_mark,
    .run = { .finding = took_finding },
};

static struct pipeline *create(struct listener *l, const char *override)
{
    static struct settings settings;
    struct err err = { 0 };
    memset(&settings, 0, sizeof settings);
    config_defaults(settings_sections, &settings);
    if (override)
        assert_true(config_set(settings_sections, &settings, override, &err));
    struct stream_format format = { .rate_hz = RATE_HZ, .channels = 1 };
    format.inputs[0] = (struct stream_input){ .label = "OOC",
                                              .physical_min = -10000,
                                              .physical_max = 10000,
                                              .digital_min = SAMPLE_MIN,
                                              .digital_max = SAMPLE_MAX,
                                              .is_voltage = true };
    struct pipeline_listener ops = listener_ops;
    ops.context = l;
    struct pipeline *p = pipeline_create(&settings, &format, settings.device.autostart, &ops, &err);
    if (!p)
        fail_msg("%s", err.text);
    l->pipeline = p;
    return p;
}

/* The same stream of FRAMES frames from index 500 on, with these marks, in blocks of any size. */
static void feed_stream(struct pipeline *p, const struct mark *marks, uint32_t mark_count,
                        uint32_t block_frames)
{
    static int32_t counts[FRAMES * BLOCK_LANES];
    uint32_t next_mark = 0;
    for (uint32_t at = 0; at < FRAMES; at += block_frames) {
        struct sample_block block = { .first_index = 500 + at,
                                      .frames = FRAMES - at < block_frames ? FRAMES - at
                                                                           : block_frames,
                                      .channels = 1,
                                      .stride = BLOCK_LANES,
                                      .counts = counts + at * BLOCK_LANES };
        while (next_mark < mark_count &&
               marks[next_mark].sample < block.first_index + block.frames)
            block.marks[block.mark_count++] = marks[next_mark++];
        struct err err;
        assert_true(pipeline_take(p, &block, &err));
    }
    pipeline_finish(p);
}

static void a_case_begins_and_ends_at_its_marks_in_any_block_size(void **state)
{
    (void)state;
    struct mark marks[4];
    mark_set(&marks[0], 700, "note=early", "Li");
    mark_set(&marks[1], 1000, "case=start", "Li");
    mark_set(&marks[2], 1500, "phase=dura_open", "Li");
    mark_set(&marks[3], 2000, "case=end", "Li");
    const uint32_t sizes[] = { 1, 7, 64, FRAMES };
    char *first_journal = NULL;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct listener *l = calloc(1, sizeof *l);
        struct pipeline *p = create(l, NULL);
        feed_stream(p, marks, 4, sizes[i]);
        assert_string_equal(l->story, "note=early 200;closed 500;case 0;case=start 0;"
                                      "phase=dura_open 500;case=end 1000;closed 1000;idle 0;"
                                      "closed 500;");
        if (!first_journal)
            first_journal = strdup(l->journal);
        assert_string_equal(l->journal, first_journal);
        pipeline_destroy(p);
        free(l);
    }
    free(first_journal);
}

static void autostart_makes_the_first_frame_sample_0(void **state)
{
    (void)state;
    struct listener *l = calloc(1, sizeof *l);
    struct pipeline *p = create(l, "device.autostart=yes");
    struct mark mark;
    mark_set(&mark, 500, "note=first", "");
    feed_stream(p, &mark, 1, 64);
    assert_true(pipeline_source_tag(p) != 0);
    assert_string_equal(l->story, "note=first 0;closed 2000;");
    pipeline_destroy(p);
    free(l);
}

static void a_second_start_is_only_a_mark(void **state)
{
    (void)state;
    struct listener *l = calloc(1, sizeof *l);
    struct pipeline *p = create(l, "device.autostart=yes");
    struct mark mark;
    mark_set(&mark, 600, "case=start", "");
    feed_stream(p, &mark, 1, 64);
    assert_string_equal(l->story, "case=start 100;closed 2000;");
    pipeline_destroy(p);
    free(l);
}

static void in_a_case_only_live_options_change_and_leave_a_mark(void **state)
{
    (void)state;
    struct listener *l = calloc(1, sizeof *l);
    struct pipeline *p = create(l, "device.autostart=yes");
    struct settings *next = malloc(sizeof *next);
    *next = *pipeline_settings(p);
    struct err err;
    assert_true(config_set(settings_sections, next, "stimulus.trigger=OOC", &err));
    assert_false(pipeline_configure(p, next, "Li", &err));
    assert_non_null(strstr(err.text, "next case"));
    assert_string_equal(l->story, "");
    *next = *pipeline_settings(p);
    assert_true(config_set(settings_sections, next, "endpoint.hold=45s", &err));
    assert_true(config_set(settings_sections, next, "alarm.train_high=12 s", &err));
    assert_true(pipeline_configure(p, next, "Li", &err));
    assert_string_equal(l->story, "set=endpoint.hold=45 s was=30 s 0;"
                                  "set=alarm.train_high=12 s was=10 s 0;");
    pipeline_finish(p);
    pipeline_destroy(p);
    free(next);
    free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_begins_and_ends_at_its_marks_in_any_block_size),
        cmocka_unit_test(autostart_makes_the_first_frame_sample_0),
        cmocka_unit_test(a_second_start_is_only_a_mark),
        cmocka_unit_test(in_a_case_only_live_options_change_and_leave_a_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
