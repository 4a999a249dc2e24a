/* SPDX-License-Identifier: Apache-2.0 */
/* The capture thread hands over every block in order; when its reader is late, a live source drops,
 * counts and marks, every other one waits; stopping is bounded. For the thread sanitizer too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "acquisition/capture.h"
#include "tests/acquisition/rig.h"

static const int64_t patience_ns = 20000000000;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A source that counts: blocks of 1 to 700 frames as fast as they are taken, one mark in each tenth;
 * then a change of format, or the end. */
struct counter {
    struct source base;
    uint64_t next_index;
    uint64_t end; /* frames */
    uint32_t blocks;
    uint32_t next_channels; /* after the end: another format, 0: none */
    bool fails;
    _Atomic bool may_go; /* a live one waits for this, as for a device's period */
};

static bool counter_start(struct source *s, struct err *err)
{
    (void)s;
    (void)err;
    return true;
}

static enum read_result counter_end(struct counter *c)
{
    if (c->fails) {
        err_set(&c->base.failure, ERR_IO, "the disk is gone");
        return READ_FAILED;
    }
    if (!c->next_channels)
        return READ_END;
    c->base.format.channels = c->next_channels;
    c->next_channels = 0;
    c->next_index = 0;
    return READ_FORMAT;
}

static enum read_result counter_read(struct source *s, struct sample_block *out)
{
    struct counter *c = (struct counter *)s;
    if (!atomic_load(&c->may_go)) {
        poll(NULL, 0, 1);
        return READ_TIMEOUT;
    }
    if (c->next_index >= c->end)
        return counter_end(c);
    out->first_index = c->next_index;
    out->frames = 1 + c->blocks++ % 700;
    out->captured_ns = now_ns();
    for (uint32_t i = 0; i < out->frames * out->stride; i++)
        out->counts[i] = (int32_t)(out->first_index + i / out->stride) & SAMPLE_MAX;
    if (c->blocks % 10 == 0) {
        char text[32];
        snprintf(text, sizeof text, "note=%u", c->blocks);
        mark_set(&out->marks[out->mark_count++], out->first_index, text, "system");
    }
    c->next_index += out->frames;
    return READ_BLOCK;
}

static void counter_destroy(struct source *s)
{
    (void)s;
}

static const struct source_ops counter_ops = {
    .name = "counter", .start = counter_start, .read = counter_read, .destroy = counter_destroy
};

static struct counter counter_make(bool live, uint64_t end)
{
    return (struct counter){ .base = { .ops = &counter_ops,
                                       .format = { .rate_hz = 20000, .channels = 8 },
                                       .live = live },
                             .end = end,
                             .may_go = true };
}

static struct capture *start(struct source *s)
{
    struct err err = { .text = "" };
    const struct capture_options options = { .ring_s = 0.25 };
    struct capture *c = capture_create(s, &options, &err);
    assert_non_null(c);
    if (!capture_start(c, &err))
        fail_msg("%s", err.text);
    return c;
}

/* Waits for something to take. */
static enum capture_event next_event(struct capture *c, struct sample_block *b)
{
    const int64_t limit = now_ns() + patience_ns;
    for (;;) {
        const enum capture_event e = capture_peek(c, b);
        if (e != CAPTURE_NOTHING)
            return e;
        assert_true(now_ns() < limit);
        struct pollfd fd = { .fd = capture_wake_fd(c), .events = POLLIN };
        poll(&fd, 1, 1000);
        capture_wake_clear(c);
    }
}

static void check_counts(const struct sample_block *b)
{
    for (uint32_t i = 0; i < b->frames * b->stride; i++)
        if (b->counts[i] != ((int32_t)(b->first_index + i / b->stride) & SAMPLE_MAX))
            fail_msg("index %llu", (unsigned long long)b->first_index);
}

static void every_block_and_mark_of_a_recording_arrives(void **state)
{
    (void)state;
    struct counter source = counter_make(false, 3000000);
    struct capture *c = start(&source.base);
    struct sample_block b;
    uint64_t next = 0;
    uint32_t marks = 0;
    enum capture_event e;
    while ((e = next_event(c, &b)) == CAPTURE_BLOCK) {
        assert_int_equal(b.first_index, next);
        check_counts(&b);
        next += b.frames;
        marks += b.mark_count;
        capture_release(c);
    }
    assert_int_equal(e, CAPTURE_END);
    assert_int_equal(next, source.next_index);
    assert_int_equal(marks, source.blocks / 10);
    assert_int_equal(capture_counters(c).lost_frames, 0);
    assert_int_equal(capture_counters(c).blocks, source.blocks);
    capture_destroy(c);
}

static void a_live_source_drops_counts_and_marks(void **state)
{
    (void)state;
    struct counter source = counter_make(true, UINT64_MAX);
    struct capture *c = start(&source.base);
    const int64_t limit = now_ns() + patience_ns;
    while (capture_counters(c).lost_frames < 1000000 && now_ns() < limit)
        poll(NULL, 0, 1); /* nobody reads: the ring fills */
    atomic_store(&source.may_go, false);
    struct sample_block b;
    uint64_t next = 0, seen = 0;
    while (capture_peek(c, &b) == CAPTURE_BLOCK) {
        assert_int_equal(b.first_index, next);
        check_counts(&b);
        next += b.frames;
        seen += b.frames;
        capture_release(c);
    }
    const uint64_t lost = capture_counters(c).lost_frames;
    atomic_store(&source.may_go, true);
    assert_int_equal(next_event(c, &b), CAPTURE_BLOCK);
    assert_true(b.first_index >= next + 1000000);
    uint64_t marked = 0;
    for (uint32_t i = 0; i < b.mark_count; i++) {
        const char *value;
        assert_int_equal(b.marks[i].sample, b.first_index);
        if (mark_is(&b.marks[i], "overrun", &value))
            marked = strtoull(value, NULL, 10);
    }
    assert_true(lost >= 1000000);
    assert_int_equal(marked, b.first_index - next);
    capture_release(c);
    capture_destroy(c);
}

static void a_device_may_return_wider(void **state)
{
    (void)state;
    struct counter source = counter_make(true, 50000);
    source.next_channels = 64;
    struct capture *c = start(&source.base);
    struct sample_block b;
    enum capture_event e;
    while ((e = next_event(c, &b)) == CAPTURE_BLOCK)
        capture_release(c);
    assert_int_equal(e, CAPTURE_FORMAT);
    assert_int_equal(capture_format(c)->channels, 64);
    capture_release(c);
    const uint64_t lost_before = capture_counters(c).lost_frames;
    uint64_t frames = 0;
    while ((e = next_event(c, &b)) == CAPTURE_BLOCK) {
        assert_int_equal(b.stride, 64);
        check_counts(&b);
        frames += b.frames;
        capture_release(c);
    }
    assert_int_equal(e, CAPTURE_END);
    assert_true(frames > 0);
    assert_true(frames + capture_counters(c).lost_frames - lost_before <= source.next_index);
    capture_destroy(c);
}

static void a_failure_says_why(void **state)
{
    (void)state;
    struct counter source = counter_make(false, 0);
    source.fails = true;
    struct capture *c = start(&source.base);
    struct sample_block b;
    assert_int_equal(next_event(c, &b), CAPTURE_FAILED);
    assert_string_equal(capture_failure(c)->text, "the disk is gone");
    capture_destroy(c);
}

static void stopping_is_bounded_whatever_it_waits_for(void **state)
{
    (void)state;
    struct counter full = counter_make(false, UINT64_MAX); /* waits for room */
    struct capture *c = start(&full.base);
    struct sample_block b;
    assert_int_equal(next_event(c, &b), CAPTURE_BLOCK);
    int64_t before = now_ns();
    capture_destroy(c);
    assert_true(now_ns() - before < 2000000000);
    struct counter silent = counter_make(true, UINT64_MAX); /* waits for data */
    silent.may_go = false;
    c = start(&silent.base);
    before = now_ns();
    capture_destroy(c);
    assert_true(now_ns() - before < 2000000000);
}

/* A device with an overrun and an unplug, through the thread: nothing is lost on the way. */
static void a_device_arrives_through_the_thread(void **state)
{
    (void)state;
    const struct rig_amplifier a = { "S24_3LE", 20000, 8, "at 5000 xrun\nat 10000 unplug 100ms\n" };
    const struct alsa_options o = rig_options(rig_amplifier("capture", &a), 20000);
    struct err err;
    struct source *s = alsa_source_create(&o, &(struct alsa_inputs){ .needed = 0 }, &err);
    struct capture *c = start(s);
    struct judge judge;
    judge_init(&judge, &a);
    struct sample_block b;
    while (judge.frames < 20000) {
        assert_int_equal(next_event(c, &b), CAPTURE_BLOCK);
        assert_true(judge_take(&judge, &b));
        capture_release(c);
    }
    assert_int_equal(judge_count(&judge, "overrun="), 1);
    assert_int_equal(judge_count(&judge, "device=lost"), 1);
    assert_int_equal(judge_count(&judge, "device=back"), 1);
    assert_int_equal(judge.gaps, 2);
    assert_int_equal(capture_counters(c).lost_frames, 0);
    capture_destroy(c);
    source_destroy(s);
}

static int clean(void **state)
{
    (void)state;
    rig_clean();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_and_mark_of_a_recording_arrives),
        cmocka_unit_test(a_live_source_drops_counts_and_marks),
        cmocka_unit_test(a_device_may_return_wider),
        cmocka_unit_test(a_failure_says_why),
        cmocka_unit_test(stopping_is_bounded_whatever_it_waits_for),
        cmocka_unit_test(a_device_arrives_through_the_thread),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
