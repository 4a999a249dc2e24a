/* SPDX-License-Identifier: Apache-2.0 */
/* What tells nothing new is found to the frame, and nothing that a converter can deliver is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <math.h>

#include "detect/artifact.h"
#include "tests/detect/emg_maker.h"

/* Steps of a 16-bit converter over 20 mV: coarser than any that lsrd would be used with. */
static const double step_uv = 0.3;

static struct maker recording(uint32_t rate_hz, double seconds, double noise_uv)
{
    struct maker m = maker_new(rate_hz, seconds, noise_uv, 11);
    for (uint64_t i = 0; i < m.frames * MAKER_STRIDE; i++)
        m.uv[i] = step_uv * rint(m.uv[i] / step_uv);
    return m;
}

static void copy_frames(struct maker *m, uint64_t from, uint64_t frames, uint64_t lag)
{
    for (uint64_t i = from; i < from + frames; i++)
        memcpy(m->uv + i * MAKER_STRIDE, m->uv + (i - lag) * MAKER_STRIDE,
               MAKER_STRIDE * sizeof *m->uv);
}

static void expect_one(const struct maker *m, enum artifact_kind kind, uint32_t channel,
                       uint64_t from, uint64_t to, uint64_t slack)
{
    struct maker_result *r = maker_run(m, 0);
    assert_int_equal(maker_artifacts(r, kind), 1);
    assert_int_equal(maker_artifacts(r, ARTIFACT_GAP) + maker_artifacts(r, ARTIFACT_ELECTRODE), 1);
    const struct finding_artifact *a = maker_artifact(r, kind, 0);
    assert_int_equal(a->channel, channel);
    assert_in_range(a->start_sample, from, from + slack);
    assert_in_range(a->end_sample, to - slack, to);
    free(r);
}

/* Periods of any length, at any place of the millisecond grid, at every rate. */
static void a_period_delivered_twice_is_a_gap(void **state)
{
    (void)state;
    static const struct {
        uint32_t rate_hz;
        uint64_t from, frames;
    } copies[] = { { 20000, 40003, 100 }, { 20000, 40011, 20 }, { 20000, 30007, 2000 },
                   { 48000, 96001, 240 }, { 4000, 9001, 40 },   { 44100, 50001, 64 } };
    for (size_t i = 0; i < sizeof copies / sizeof copies[0]; i++) {
        struct maker m = recording(copies[i].rate_hz, 4.0, 3.0);
        copy_frames(&m, copies[i].from, copies[i].frames, copies[i].frames);
        expect_one(&m, ARTIFACT_GAP, FINDING_ALL_CHANNELS, copies[i].from,
                   copies[i].from + copies[i].frames, 0);
        maker_free(&m);
    }
}

/* The driver goes round in its buffer: everything looks alive. */
static void a_buffer_that_is_played_again_and_again_is_one_gap(void **state)
{
    (void)state;
    struct maker m = recording(20000, 6.0, 5.0);
    copy_frames(&m, 40000, 60000, 1000);
    expect_one(&m, ARTIFACT_GAP, FINDING_ALL_CHANNELS, 40000, 100000, 0);
    maker_free(&m);
}

static void a_channel_that_keeps_its_value_is_an_electrode(void **state)
{
    (void)state;
    struct maker m = recording(20000, 6.0, 3.0);
    for (uint64_t i = 40000; i < 60000; i++)
        m.uv[i * MAKER_STRIDE + 2] = 12.3;
    expect_one(&m, ARTIFACT_ELECTRODE, 2, 40000, 60000, 20);
    maker_free(&m);
}

static void zeros_on_every_channel_are_a_gap(void **state)
{
    (void)state;
    struct maker m = recording(20000, 6.0, 3.0);
    memset(m.uv + 50005 * MAKER_STRIDE, 0, 20000 * MAKER_STRIDE * sizeof *m.uv);
    expect_one(&m, ARTIFACT_GAP, FINDING_ALL_CHANNELS, 50005, 70005, 20);
    maker_free(&m);
}

/* Quiet muscles on a coarse converter repeat single values all the time, and hum repeats itself. */
static void what_a_converter_delivers_is_never_stale(void **state)
{
    (void)state;
    static const double noises_uv[] = { 0.3, 1.0, 5.0 };
    for (size_t i = 0; i < 3; i++) {
        struct maker m = maker_new(20000, 20.0, noises_uv[i], 3);
        for (int c = 0; c < MAKER_CHANNELS; c++)
            maker_tone(&m, c, 0.0, 20.0, 50.0, 20.0, 0.1 * c);
        for (uint64_t k = 0; k < m.frames * MAKER_STRIDE; k++)
            m.uv[k] = step_uv * rint(m.uv[k] / step_uv);
        struct maker_result *r = maker_run(&m, 0);
        assert_int_equal(maker_artifacts(r, ARTIFACT_GAP), 0);
        assert_int_equal(maker_artifacts(r, ARTIFACT_ELECTRODE), 0);
        free(r);
        maker_free(&m);
    }
}

static void a_clipped_channel_is_saturated_and_not_dead(void **state)
{
    (void)state;
    struct maker m = recording(20000, 4.0, 3.0);
    m.clip_uv = 5000;
    for (uint64_t i = 30000; i < 50000; i++)
        m.uv[i * MAKER_STRIDE + 1] = 20000;
    struct maker_result *r = maker_run(&m, 0);
    assert_int_equal(maker_artifacts(r, ARTIFACT_SATURATION), 1);
    assert_int_equal(maker_artifacts(r, ARTIFACT_ELECTRODE), 0);
    free(r);
    maker_free(&m);
}

static void split_anywhere_it_is_the_same(void **state)
{
    (void)state;
    struct maker m = recording(20000, 4.0, 3.0);
    copy_frames(&m, 30007, 100, 100);
    memset(m.uv + 50005 * MAKER_STRIDE, 0, 6000 * MAKER_STRIDE * sizeof *m.uv);
    struct maker_result *whole = maker_run(&m, 0);
    static const uint32_t splits[] = { 1, 3, 7 };
    for (size_t i = 0; i < 3; i++) {
        struct maker_result *r = maker_run(&m, splits[i]);
        assert_int_equal(r->count, whole->count);
        for (uint32_t k = 0; k < r->count; k++)
            assert_memory_equal(&r->items[k], &whole->items[k], sizeof r->items[k]);
        free(r);
    }
    free(whole);
    maker_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_period_delivered_twice_is_a_gap),
        cmocka_unit_test(a_buffer_that_is_played_again_and_again_is_one_gap),
        cmocka_unit_test(a_channel_that_keeps_its_value_is_an_electrode),
        cmocka_unit_test(zeros_on_every_channel_are_a_gap),
        cmocka_unit_test(what_a_converter_delivers_is_never_stale),
        cmocka_unit_test(a_clipped_channel_is_saturated_and_not_dead),
        cmocka_unit_test(split_anywhere_it_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
