/* SPDX-License-Identifier: Apache-2.0 */
/* Splits a stream into lives of the bank. */
#include "daemon/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/compare.h"
#include "detect/marks.h"

enum { PIPELINE_DIFFERENCES = 64 };

struct pipeline {
    struct settings settings;
    struct stream_format format;
    struct pipeline_listener listener;
    struct montage montage;
    struct case_run *run;
    bool is_recorded; /* one life, with the source's indices */
    bool is_case;
    bool has_base;       /* the life's first frame has come */
    uint64_t base_index; /* the source's index of the life's sample 0 */
    uint64_t next_index; /* the source's, of the next frame */
    uint16_t source_tag;
};

/* state: of a checkpoint before frame `at`; NULL: a new case. A run that is there is used again: a
 * replay's seeks need no megabytes of new memory each. */
static bool open_life(struct pipeline *p, bool is_case, const void *state, uint64_t at,
                      struct err *err)
{
    if (!montage_build(&p->settings, &p->format, &p->montage, err))
        return false;
    if (p->run && !case_run_reuse(p->run, &p->montage)) {
        case_run_destroy(p->run);
        p->run = NULL;
    }
    if (!p->run)
        p->run = case_run_create(&p->montage, &p->listener.run, err);
    if (!p->run)
        return false;
    if (state)
        case_run_restore(p->run, state, at);
    p->is_case = is_case;
    p->has_base = p->is_recorded;
    p->base_index = 0;
    p->next_index = p->is_recorded ? at : p->next_index;
    p->source_tag++;
    if (p->source_tag == 0)
        p->source_tag = 1; /* 0 is no tag */
    if (p->listener.opened)
        p->listener.opened(p->listener.context);
    return true;
}

static void close_life(struct pipeline *p)
{
    if (!p->run)
        return;
    if (p->has_base) /* a life without a frame has nothing to say */
        case_run_finish(p->run);
    if (p->listener.closed)
        p->listener.closed(p->listener.context);
    case_run_destroy(p->run);
    p->run = NULL;
}

struct pipeline *pipeline_create(const struct settings *settings,
                                 const struct stream_format *format, bool autostart,
                                 const struct pipeline_listener *listener, struct err *err)
{
    struct pipeline *p = calloc(1, sizeof *p);
    if (!p) {
        err_set(err, ERR_MEMORY, "pipeline");
        return NULL;
    }
    p->settings = *settings;
    p->format = *format;
    p->listener = *listener;
    p->listener.run.context = listener->context;
    p->is_recorded = settings->device.source == DEVICE_REPLAY;
    if (!open_life(p, p->is_recorded || autostart, NULL, 0, err)) {
        pipeline_destroy(p);
        return NULL;
    }
    return p;
}

void pipeline_destroy(struct pipeline *p)
{
    if (!p)
        return;
    case_run_destroy(p->run);
    free(p);
}

static void feed(struct pipeline *p, const struct sample_block *block)
{
    if (p->listener.block)
        p->listener.block(p->listener.context, block);
    for (uint32_t i = 0; i < block->mark_count && p->listener.mark; i++)
        p->listener.mark(p->listener.context, &block->marks[i]);
    case_run_feed(p->run, block);
}

/* Feeds the first frames of the block with the marks up to and including mark_count, then moves the
 * block on. Indices are the source's. */
static void feed_part(struct pipeline *p, struct sample_block *block, uint32_t frames,
                      uint32_t mark_count)
{
    if (frames == 0 && mark_count == 0)
        return;
    if (!p->has_base) {
        p->base_index = block->first_index;
        p->has_base = true;
    }
    struct sample_block part = *block;
    part.first_index -= p->base_index;
    part.frames = frames;
    part.mark_count = mark_count;
    for (uint32_t i = 0; i < mark_count; i++)
        part.marks[i].sample -= p->base_index;
    feed(p, &part);
    block->first_index += frames;
    block->frames -= frames;
    block->counts += (size_t)frames * block->stride;
    block->mark_count -= mark_count;
    memmove(block->marks, block->marks + mark_count, block->mark_count * sizeof *block->marks);
    p->next_index = block->first_index;
}

static bool reopen(struct pipeline *p, bool is_case, struct err *err)
{
    close_life(p);
    return open_life(p, is_case, NULL, 0, err);
}

bool pipeline_resume(struct pipeline *p, const void *state, uint64_t at, struct err *err)
{
    return open_life(p, true, state, at, err);
}

static bool is_turn(const struct mark *m, bool *starts)
{
    const char *value;
    if (!mark_is(m, "case", &value))
        return false;
    *starts = strncmp(value, "start", 5) == 0;
    return *starts || strncmp(value, "end", 3) == 0;
}

bool pipeline_take(struct pipeline *p, struct sample_block *block, struct err *err)
{
    for (;;) {
        uint32_t i = 0;
        bool starts = false;
        while (i < block->mark_count && (p->is_recorded || !is_turn(&block->marks[i], &starts)))
            i++;
        if (i == block->mark_count)
            break;
        const uint64_t at = block->marks[i].sample;
        const uint32_t frames = at > block->first_index ? (uint32_t)(at - block->first_index) : 0;
        feed_part(p, block, frames, i);
        if (starts && !p->is_case && !reopen(p, true, err))
            return false;
        const bool ends = !starts && p->is_case;
        feed_part(p, block, 0, 1); /* the mark belongs to the case that it starts or ends */
        if (ends && !reopen(p, false, err))
            return false;
    }
    feed_part(p, block, block->frames, block->mark_count);
    return true;
}

bool pipeline_mark(struct pipeline *p, const char *text, const char *by, struct err *err)
{
    struct sample_block block = { .first_index = p->next_index,
                                  .channels = p->format.channels,
                                  .stride = block_stride(p->format.channels),
                                  .mark_count = 1 };
    mark_set(&block.marks[0], p->next_index, text, by);
    return pipeline_take(p, &block, err);
}

bool pipeline_format(struct pipeline *p, const struct stream_format *format, struct err *err)
{
    const bool was_case = p->is_case;
    p->format = *format;
    p->next_index = 0;
    return reopen(p, was_case, err);
}

bool pipeline_configure(struct pipeline *p, const struct settings *settings, const char *by,
                        struct err *err)
{
    static struct config_difference differences[PIPELINE_DIFFERENCES]; /* 40 kB: not on the stack */
    const size_t count = config_compare(settings_sections, &p->settings, settings, differences,
                                        PIPELINE_DIFFERENCES);
    if (count > PIPELINE_DIFFERENCES)
        return err_set(err, ERR_CONFIG, "%zu options differ: end the case first", count);
    for (size_t i = 0; i < count && p->is_case; i++)
        if (!config_difference_is_live(&differences[i]))
            return err_set(err, ERR_CONFIG, "%s %s takes effect at the next case",
                           differences[i].section->name,
                           differences[i].option ? differences[i].option->key
                                                 : differences[i].title);
    struct montage montage;
    if (!montage_build(settings, &p->format, &montage, err))
        return false;
    p->settings = *settings;
    if (!p->is_case)
        return reopen(p, false, err);
    for (size_t i = 0; i < count; i++) {
        char assignment[512];
        char text[1024];
        config_difference_format(&differences[i], assignment, sizeof assignment);
        const int length = snprintf(text, sizeof text, "set=%s", assignment);
        /* A mark cuts what is too long: the new value decides, the old one is for people. */
        if ((size_t)length + strlen(MARK_SET_WAS) + strlen(differences[i].from) < MARK_TEXT)
            snprintf(text + length, sizeof text - (size_t)length, "%s%s", MARK_SET_WAS,
                     differences[i].from);
        if (!pipeline_mark(p, text, by, err))
            return false;
    }
    return true;
}

void pipeline_finish(struct pipeline *p)
{
    close_life(p);
}

bool pipeline_is_case(const struct pipeline *p)
{
    return p->is_case;
}

uint16_t pipeline_source_tag(const struct pipeline *p)
{
    return p->source_tag;
}

const struct settings *pipeline_settings(const struct pipeline *p)
{
    return &p->settings;
}

const struct montage *pipeline_montage(const struct pipeline *p)
{
    return &p->montage;
}

const struct stream_format *pipeline_stream_format(const struct pipeline *p)
{
    return &p->format;
}

const struct case_run *pipeline_run(const struct pipeline *p)
{
    return p->run;
}
