/* SPDX-License-Identifier: Apache-2.0 */
/* A replay delivers the recorded samples and marks at the pace that was asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "acquisition/replay.h"
#include "record/writer.h"
#include "tests/record/recorded.h"

enum { RATE = 1000, CHANNELS = 2, LENGTH = 3000, HOLE = 2000, HOLE_END = 2500 };
static char folder[64];
static char path[96];
static int32_t counts[BLOCK_FRAMES * BLOCK_LANES];
static struct clock_virtual now;

static int set_up(void **state)
{
    (void)state;
    struct err err;
    static struct stream_format format;
    static int32_t samples[LENGTH * CHANNELS];
    scratch_make(folder);
    snprintf(path, sizeof path, "%s/signals.bdf", folder);
    known_format(&format, RATE, CHANNELS);
    const struct writer_options o = {.path = path, .format = &format, .version = "0"};
    struct writer *w = writer_open(&o, file_ops_system(), &err);
    known_counts(0, HOLE, CHANNELS, samples);
    writer_annotate(w, 500, 0, "phase=dura_open by=Li");
    writer_annotate(w, 1500, 0, "note=later");
    assert_true(writer_samples(w, 0, HOLE, samples, &err));
    known_counts(HOLE_END, LENGTH - HOLE_END, CHANNELS, samples);
    assert_true(writer_samples(w, HOLE_END, LENGTH - HOLE_END, samples, &err));
    assert_true(writer_finish(w, &err));
    writer_close(w);
    clock_virtual_init(&now, 0, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static struct replay *make(const struct replay_options *o)
{
    struct err err;
    struct recording *recording = recording_open(path, NULL, &err);
    if (!recording)
        fail_msg("%s", err.text);
    struct replay *r = replay_create(recording, o, &now.base, &err);
    assert_non_null(r);
    assert_true(replay_source(r)->ops->start(replay_source(r), &err));
    assert_false(replay_source(r)->live);
    return r;
}

static struct sample_block block;

static enum read_result take(struct replay *r)
{
    block.counts = counts;
    const enum read_result result = replay_source(r)->ops->read(replay_source(r), &block);
    if (result == READ_BLOCK)
        for (uint32_t i = 0; i < block.frames; i++)
            for (uint32_t c = 0; c < CHANNELS; c++)
                assert_int_equal(counts[i * BLOCK_LANES + c],
                                 known_sample(block.first_index + i, c));
    return result;
}

static void as_fast_as_it_is_read_gives_everything_and_ends(void **state)
{
    (void)state;
    struct replay *r = make(&(struct replay_options){0});
    uint64_t frames = 0;
    uint32_t marks = 0;
    enum read_result result;
    while ((result = take(r)) == READ_BLOCK) {
        frames += block.frames;
        marks += block.mark_count;
    }
    assert_int_equal(result, READ_END);
    assert_int_equal(frames, LENGTH - (HOLE_END - HOLE));
    assert_int_equal(marks, 2);
    const struct replay_position p = replay_position(r);
    assert_true(p.is_at_end);
    assert_int_equal(p.sample, LENGTH);
    assert_int_equal(p.length, LENGTH);
    source_destroy(replay_source(r));
}

static void a_pace_is_kept_by_the_clock(void **state)
{
    (void)state;
    struct replay *r = make(&(struct replay_options){.speed = 2});
    assert_int_equal(take(r), READ_TIMEOUT); /* the first 40 ms of signal take 20 ms */
    clock_virtual_advance(&now, 19000000);
    assert_int_equal(take(r), READ_TIMEOUT);
    clock_virtual_advance(&now, 1000000);
    assert_int_equal(take(r), READ_BLOCK);
    assert_int_equal(block.frames, 40);
    assert_int_equal(block.captured_ns, 20000000);
    assert_int_equal(take(r), READ_TIMEOUT);
    clock_virtual_advance(&now, 100000000); /* a little late: catches up */
    uint32_t n = 0;
    while (take(r) == READ_BLOCK)
        n++;
    assert_int_equal(n, 5);
    clock_virtual_advance(&now, 60000000000); /* very late: does not rush */
    n = 0;
    while (take(r) == READ_BLOCK)
        n++;
    assert_int_equal(n, 1);
    source_destroy(replay_source(r));
}

static void pause_speed_and_steps_come_from_outside(void **state)
{
    (void)state;
    struct replay *r = make(&(struct replay_options){.speed = 1, .is_paused = true});
    clock_virtual_advance(&now, 1000000000);
    assert_int_equal(take(r), READ_TIMEOUT);
    replay_set_paused(r, false);
    replay_set_speed(r, 0);
    assert_int_equal(take(r), READ_BLOCK);
    replay_set_speed(r, 1000);
    assert_true(replay_position(r).speed == REPLAY_SPEED_MAX);
    replay_seek(r, 100, 0);
    assert_int_equal(take(r), READ_FORMAT);
    replay_set_speed(r, 0);
    replay_run_until(r, 777);
    while (take(r) == READ_BLOCK)
        ;
    assert_int_equal(replay_position(r).sample, 777);
    assert_true(replay_position(r).is_paused);
    source_destroy(replay_source(r));
}

static void a_seek_reads_up_to_its_target_without_pace(void **state)
{
    (void)state;
    struct replay *r = make(&(struct replay_options){.speed = 1, .is_paused = true});
    replay_seek(r, 400, 1000);
    assert_int_equal(take(r), READ_FORMAT);
    assert_int_equal(take(r), READ_BLOCK);
    assert_int_equal(block.first_index, 400);
    assert_int_equal(block.frames, 600);
    assert_int_equal(block.mark_count, 1);
    assert_int_equal(block.marks[0].sample, 500);
    assert_string_equal(block.marks[0].by, "Li");
    assert_int_equal(take(r), READ_TIMEOUT); /* paused there */
    replay_seek(r, 2100, 2100);              /* into the hole: goes on behind it */
    assert_int_equal(take(r), READ_FORMAT);
    replay_set_paused(r, false);
    replay_set_speed(r, 0);
    assert_int_equal(take(r), READ_BLOCK);
    assert_int_equal(block.first_index, HOLE_END);
    source_destroy(replay_source(r));
}

static void the_end_waits_for_a_seek_where_somebody_watches(void **state)
{
    (void)state;
    struct replay *r = make(&(struct replay_options){.from = 2900, .waits_at_end = true});
    assert_int_equal(take(r), READ_BLOCK);
    assert_int_equal(block.first_index, 2900);
    assert_int_equal(take(r), READ_TIMEOUT);
    assert_int_equal(take(r), READ_TIMEOUT);
    assert_true(replay_position(r).is_at_end && replay_position(r).is_paused);
    replay_seek(r, 0, 10);
    assert_int_equal(take(r), READ_FORMAT);
    assert_int_equal(take(r), READ_BLOCK);
    assert_int_equal(block.first_index, 0);
    source_destroy(replay_source(r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_fast_as_it_is_read_gives_everything_and_ends, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_pace_is_kept_by_the_clock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pause_speed_and_steps_come_from_outside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_seek_reads_up_to_its_target_without_pace, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_end_waits_for_a_seek_where_somebody_watches, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
