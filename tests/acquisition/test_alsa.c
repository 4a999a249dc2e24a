/* SPDX-License-Identifier: Apache-2.0 */
/* What a device delivers arrives bit for bit, and whatever happens to it, every frame keeps its
 * place: first_index is the amplifier's own count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/acquisition/rig.h"

static const int64_t ms_ns = 1000000;
static const int64_t patience_ns = 20000 * 1000000ll;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct rig {
    struct source *source;
    struct sample_block block;
    struct judge judge;
    enum read_result last;
};

static struct source *open_with(const struct alsa_options *options)
{
    struct err err = { .text = "" };
    const struct alsa_inputs inputs = { .needed = 0 };
    struct source *s = alsa_source_create(options, &inputs, &err);
    assert_non_null(s);
    if (!s->ops->start(s, &err))
        fail_msg("%s", err.text);
    return s;
}

static void rig_open(struct rig *r, const char *name, const struct rig_amplifier *a,
                     const struct alsa_options *wanted)
{
    const char *pcm = rig_amplifier(name, a);
    struct alsa_options options = rig_options(pcm, a->rate_hz);
    if (wanted) {
        options = *wanted;
        options.pcm = rig_options(pcm, a->rate_hz).pcm;
    }
    r->source = open_with(&options);
    assert_int_equal(r->source->format.channels, a->channels);
    assert_int_equal(r->source->format.rate_hz, a->rate_hz);
    r->block = (struct sample_block){ .counts = malloc((size_t)BLOCK_FRAMES * 64 * 4) };
    judge_init(&r->judge, a);
}

static void rig_close(struct rig *r)
{
    source_destroy(r->source);
    free(r->block.counts);
}

static void read_one(struct rig *r)
{
    r->block.channels = r->source->format.channels;
    r->block.stride = block_stride(r->block.channels);
    const int64_t before = now_ns();
    r->last = r->source->ops->read(r->source, &r->block);
    assert_true(now_ns() - before < 2000 * ms_ns); /* 100 ms, and what a loaded machine adds */
    assert_int_not_equal(r->last, READ_FAILED);
    assert_int_not_equal(r->last, READ_END);
    if (r->last == READ_BLOCK)
        assert_true(judge_take(&r->judge, &r->block));
}

/* Reads until so many frames were right. */
static void read_frames(struct rig *r, uint64_t frames)
{
    const int64_t limit = now_ns() + patience_ns;
    const uint64_t wanted = r->judge.frames + frames;
    while (r->judge.frames < wanted && now_ns() < limit)
        read_one(r);
    assert_true(r->judge.frames >= wanted);
}

static void read_until_mark(struct rig *r, const char *text, uint32_t count)
{
    const int64_t limit = now_ns() + patience_ns;
    while (judge_count(&r->judge, text) < count && now_ns() < limit)
        read_one(r);
    assert_int_equal(judge_count(&r->judge, text), count);
}

/* Sum of all overruns that were marked. */
static uint64_t marked_frames(const struct judge *j)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < j->mark_count; i++)
        if (strncmp(j->marks[i].text, "overrun=", 8) == 0)
            sum += strtoull(j->marks[i].text + 8, NULL, 10);
    return sum;
}

static void every_format_arrives_bit_for_bit(void **state)
{
    (void)state;
    static const struct rig_amplifier amplifiers[] = {
        { "S16_LE", 8000, 1, NULL },   { "S16_LE", 20000, 8, NULL },
        { "S24_3LE", 20000, 8, NULL }, { "S24_3LE", 48000, 16, NULL },
        { "S24_LE", 25000, 5, NULL },  { "S32_LE", 20000, 64, NULL },
        { "S32_LE", 192000, 2, NULL }, { "FLOAT_LE", 96000, 3, NULL },
    };
    for (size_t i = 0; i < sizeof amplifiers / sizeof amplifiers[0]; i++) {
        for (uint32_t access = 1; access <= 2; access++) {
            char name[32];
            snprintf(name, sizeof name, "format%zu-%u", i, access);
            struct alsa_options o = rig_options("", amplifiers[i].rate_hz);
            o.access = access;
            struct rig r;
            rig_open(&r, name, &amplifiers[i], &o);
            read_frames(&r, amplifiers[i].rate_hz / 10);
            assert_int_equal(r.judge.base, 0); /* its count begins with the first start */
            assert_int_equal(r.judge.mark_count, 0);
            assert_int_equal(r.judge.gaps, 0);
            rig_close(&r);
        }
    }
}

static void packets_and_jitter_change_nothing(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, "jitter", &(struct rig_amplifier){ "S24_3LE", 20000, 8, "packet 20\njitter 20\n" },
             NULL);
    read_frames(&r, 10000);
    assert_int_equal(r.judge.mark_count, 0);
    assert_int_equal(r.judge.gaps, 0);
    rig_close(&r);
}

/* Damaged samples are the detectors' business: they arrive as they are. */
static void damaged_content_is_passed_on(void **state)
{
    (void)state;
    const char *pcm = rig_amplifier(
        "damage", &(struct rig_amplifier){ "S24_3LE", 20000, 2,
                                           "at 1000 zero 100\nat 2000 duplicate 50\n"
                                           "at 3000 dead 2 1000\n" });
    const struct alsa_options o = rig_options(pcm, 20000);
    const struct rig_amplifier a = { .format = "S24_3LE", .channels = 2 };
    struct source *s = open_with(&o);
    static int32_t counts[BLOCK_FRAMES * BLOCK_LANES];
    struct sample_block b = { .channels = 2, .stride = BLOCK_LANES, .counts = counts };
    for (uint64_t seen = 0; seen < 5000;) {
        if (s->ops->read(s, &b) != READ_BLOCK)
            continue;
        assert_int_equal(b.first_index, seen);
        assert_int_equal(b.mark_count, 0);
        for (uint32_t i = 0; i < b.frames; i++, seen++) {
            const uint64_t from = seen >= 2000 && seen < 2050 ? seen - 50 : seen;
            const uint64_t other = seen >= 3000 && seen < 4000 ? 3000 : from;
            const bool is_zero = seen >= 1000 && seen < 1100;
            assert_int_equal(b.counts[i * BLOCK_LANES], is_zero ? 0 : rig_count(&a, from, 0));
            assert_int_equal(b.counts[i * BLOCK_LANES + 1], is_zero ? 0 : rig_count(&a, other, 1));
        }
    }
    source_destroy(s);
}

static void an_overrun_is_a_gap_and_a_mark(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, "xrun", &(struct rig_amplifier){ "S24_3LE", 20000, 8, "at 8000 xrun\n" }, NULL);
    read_frames(&r, 16000);
    assert_int_equal(r.judge.mark_count, 1);
    assert_int_equal(judge_count(&r.judge, "overrun="), 1);
    assert_string_equal(r.judge.marks[0].by, "system");
    assert_int_equal(r.judge.gaps, 1);
    assert_int_equal(marked_frames(&r.judge), r.judge.gap_frames);
    rig_close(&r);
}

static void a_storm_of_overruns_loses_nothing_unmarked(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, "storm",
             &(struct rig_amplifier){ "S16_LE", 20000, 2, "at 4000 xrun 30 every 150\n" }, NULL);
    read_frames(&r, 12000);
    assert_int_equal(marked_frames(&r.judge), r.judge.gap_frames);
    assert_int_equal(judge_count(&r.judge, "overrun="), r.judge.gaps);
    assert_true(r.judge.gaps >= 1 && r.judge.gaps <= 30); /* those that fall together are one */
    assert_int_equal(judge_count(&r.judge, "device=lost"), 0);
    rig_close(&r);
}

/* The buffer holds 20 ms, and we are later than that. */
static void a_late_reader_loses_exactly_what_was_overwritten(void **state)
{
    (void)state;
    for (uint32_t access = 1; access <= 2; access++) {
        struct alsa_options o = rig_options("", 20000);
        o.buffer_s = 0.02;
        o.access = access;
        struct rig r;
        rig_open(&r, access == 1 ? "late1" : "late2",
                 &(struct rig_amplifier){ "S24_3LE", 20000, 4, NULL }, &o);
        for (uint64_t gaps = 1; gaps <= 3; gaps++) {
            read_frames(&r, 500);
            const int64_t late = now_ns() + 60 * ms_ns; /* being late is the point */
            while (now_ns() < late)
                poll(NULL, 0, 10);
            read_frames(&r, 500);
            assert_true(r.judge.gaps >= gaps);
        }
        assert_int_equal(r.judge.worst_error, 0);
        assert_int_equal(marked_frames(&r.judge), r.judge.gap_frames);
        assert_int_equal(judge_count(&r.judge, "overrun="), r.judge.gaps);
        rig_close(&r);
    }
}

static void an_unplugged_device_is_lost_and_comes_back(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, "unplug",
             &(struct rig_amplifier){ "S24_3LE", 20000, 8,
                                      "at 8000 unplug 300ms\nat 30000 unplug 800ms\n" },
             NULL);
    read_until_mark(&r, "device=lost", 1);
    assert_true(r.judge.frames > 7000 && r.judge.frames <= 8000);
    assert_int_equal(r.judge.marks[0].sample, r.judge.next_index);
    read_until_mark(&r, "device=back", 1);
    assert_int_equal(r.judge.gaps, 1);
    assert_true(r.judge.gap_frames > 5900); /* 300 ms and up to one back-off */
    assert_int_equal(r.judge.marks[1].sample, r.judge.marks[0].sample + r.judge.gap_frames);
    read_until_mark(&r, "device=back", 2);
    read_frames(&r, 4000);
    assert_int_equal(r.judge.mark_count, 4);
    assert_int_equal(judge_count(&r.judge, "overrun="), 0);
    rig_close(&r);
}

static void a_device_that_returns_as_another_begins_a_new_stream(void **state)
{
    (void)state;
    const struct rig_amplifier other = { "S16_LE", 16000, 4, NULL };
    rig_amplifier("other", &other);
    struct rig r;
    rig_open(&r, "changing",
             &(struct rig_amplifier){ "S24_3LE", 20000, 8, "at 6000 unplug 200ms as other\n" },
             NULL);
    const int64_t limit = now_ns() + patience_ns;
    while (r.last != READ_FORMAT && now_ns() < limit)
        read_one(&r);
    assert_int_equal(r.last, READ_FORMAT);
    assert_int_equal(judge_count(&r.judge, "device=lost"), 1);
    assert_int_equal(r.source->format.rate_hz, 16000);
    assert_int_equal(r.source->format.channels, 4);
    judge_init(&r.judge, &other);
    read_frames(&r, 4000);
    assert_int_equal(r.judge.base, 0);
    assert_int_equal(r.judge.mark_count, 1);
    assert_string_equal(r.judge.marks[0].text, "device=back");
    assert_int_equal(r.judge.marks[0].sample, 0);
    rig_close(&r);
}

static void a_short_suspend_is_an_overrun_and_a_long_one_a_loss(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, "suspend",
             &(struct rig_amplifier){ "S24_3LE", 20000, 8,
                                      "at 6000 suspend 200ms\nat 20000 suspend 900ms\n" },
             NULL);
    read_until_mark(&r, "overrun=", 1);
    assert_true(r.judge.gap_frames > 3900);
    assert_int_equal(judge_count(&r.judge, "device=lost"), 0);
    read_until_mark(&r, "device=lost", 1);
    read_until_mark(&r, "device=back", 1);
    read_frames(&r, 2000);
    assert_int_equal(r.judge.mark_count, 3);
    rig_close(&r);
}

static void a_stuck_device_is_lost_after_half_a_second(void **state)
{
    (void)state;
    struct rig r;
    rig_open(&r, "stuck",
             &(struct rig_amplifier){ "S24_3LE", 20000, 8,
                                      "at 6000 stuck 250ms\nat 16000 stuck 1500ms\n" },
             NULL);
    read_frames(&r, 13000);
    assert_int_equal(r.judge.mark_count, 0); /* late, but all there */
    assert_int_equal(r.judge.gaps, 0);
    read_until_mark(&r, "device=lost", 1);
    assert_int_equal(r.judge.frames, 16000);
    read_until_mark(&r, "device=back", 1);
    assert_true(r.judge.gap_frames > 10000); /* the half second before anybody knew */
    read_frames(&r, 2000);
    rig_close(&r);
}

static void the_scale_is_what_a_header_prints(void **state)
{
    (void)state;
    const char *pcm = rig_amplifier("scale", &(struct rig_amplifier){ "S24_3LE", 20000, 3, NULL });
    const struct alsa_options o = rig_options(pcm, 20000);
    const struct alsa_inputs inputs = { .needed = 3, .full_scale_uv = { 0, 187500, 4.5e6 } };
    struct err err;
    struct source *s = alsa_source_create(&o, &inputs, &err);
    assert_true(s->ops->start(s, &err));
    static const double low[] = { -10000, -187500, -4500000 };
    for (uint32_t i = 0; i < 3; i++) {
        const struct stream_input *in = &s->format.inputs[i];
        char text[32];
        assert_true(in->physical_min == low[i]);
        assert_true(in->is_voltage);
        snprintf(text, sizeof text, "%.8g", in->physical_max);
        assert_true(strlen(text) <= 8 && strtod(text, NULL) == in->physical_max);
        const double gain = stream_input_scale(in).gain_uv;
        assert_true(gain / (-low[i] / 8388608) > 1 - 1e-6 && gain / (-low[i] / 8388608) < 1 + 1e-6);
    }
    assert_string_equal(s->format.inputs[2].label, "IN3");
    source_destroy(s);
}

static void a_refusal_says_what_the_device_offers(void **state)
{
    (void)state;
    const char *pcm = rig_amplifier("picky", &(struct rig_amplifier){ "S32_LE", 48000, 2, NULL });
    struct alsa_options o = rig_options(pcm, 20000);
    struct alsa_options rate = o, channels = o, format = o, absent = o;
    channels.rate_hz = format.rate_hz = 48000;
    channels.channels = 8;
    format.format = 1;
    snprintf(absent.pcm.text, sizeof absent.pcm.text, "amplifier:/nowhere");
    const struct {
        const struct alsa_options *options;
        const char *wish;
    } cases[] = { { &rate, "does not do 20 kHz; it offers S32; 48 kHz; 2 channels" },
                  { &channels, "does not do 8 channels; it offers S32; 48 kHz; 2 channels" },
                  { &format, "does not do S16; it offers S32; 48 kHz; 2 channels" },
                  { &absent, "/nowhere: cannot be opened" } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = { .text = "" };
        struct source *s =
            alsa_source_create(cases[i].options, &(struct alsa_inputs){ .needed = 0 }, &err);
        assert_false(s->ops->start(s, &err));
        if (!strstr(err.text, cases[i].wish))
            fail_msg("%s", err.text);
        source_destroy(s);
    }
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
        cmocka_unit_test(every_format_arrives_bit_for_bit),
        cmocka_unit_test(packets_and_jitter_change_nothing),
        cmocka_unit_test(damaged_content_is_passed_on),
        cmocka_unit_test(an_overrun_is_a_gap_and_a_mark),
        cmocka_unit_test(a_storm_of_overruns_loses_nothing_unmarked),
        cmocka_unit_test(a_late_reader_loses_exactly_what_was_overwritten),
        cmocka_unit_test(an_unplugged_device_is_lost_and_comes_back),
        cmocka_unit_test(a_device_that_returns_as_another_begins_a_new_stream),
        cmocka_unit_test(a_short_suspend_is_an_overrun_and_a_long_one_a_loss),
        cmocka_unit_test(a_stuck_device_is_lost_after_half_a_second),
        cmocka_unit_test(the_scale_is_what_a_header_prints),
        cmocka_unit_test(a_refusal_says_what_the_device_offers),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
