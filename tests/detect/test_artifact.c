/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "detect/artifact.h"
#include "tests/detect/emg_maker.h"

static void near_s(const struct maker *m, uint64_t sample, double want_s, double tolerance_s)
{
    const double got = (double)sample / m->rate_hz;
    if (fabs(got - want_s) > tolerance_s)
        fail_msg("%.4f s instead of %.4f s", got, want_s);
}

static void cautery_is_found_with_its_edges(void **state)
{
    (void)state;
    const uint32_t rates[] = {10000, 20000, 48000};
    for (size_t i = 0; i < 3; i++) {
        struct maker m = maker_new(rates[i], 8.0, 3.0, 3);
        maker_cautery(&m, 3.0, 4.5, 1500);
        for (double t = 1.0; t < 7.5; t += 0.33)
            maker_stimulus(&m, t, 3000);
        struct maker_result *r = maker_run(&m, 0);
        assert_int_equal(maker_artifacts(r, ARTIFACT_CAUTERY), 1);
        const struct finding_artifact *a = maker_artifact(r, ARTIFACT_CAUTERY, 0);
        assert_int_equal(a->channel, FINDING_ALL_CHANNELS);
        near_s(&m, a->start_sample, 3.0, 0.003);
        near_s(&m, a->end_sample, 4.5, 0.003);
        assert_int_equal(maker_events(r, EMG_KINDS, MAKER_CHANNELS), 0);
        free(r);
        maker_free(&m);
    }
}

static void muscle_on_every_channel_is_no_cautery(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 6.0, 3.0, 5);
    for (double t = 3.0; t < 3.5; t += 0.0031)
        for (int c = 0; c < MAKER_CHANNELS; c++)
            maker_potential(&m, c, t + 0.002 * maker_uniform(&m), 600, 0.7);
    struct maker_result *r = maker_run(&m, 0);
    assert_int_equal(maker_artifacts(r, ARTIFACT_CAUTERY), 0);
    free(r);
    maker_free(&m);
}

static void saturation_is_told_from_a_clipped_pulse(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 6.0, 3.0, 5);
    m.clip_uv = 5000;
    maker_stimulus(&m, 2.0, 9000);
    for (uint64_t i = 60000; i < 70000; i++)
        m.uv[i * MAKER_STRIDE + 2] = 20000;
    struct maker_result *r = maker_run(&m, 0);
    assert_int_equal(maker_artifacts(r, ARTIFACT_SATURATION), 1);
    const struct finding_artifact *a = maker_artifact(r, ARTIFACT_SATURATION, 0);
    assert_int_equal(a->channel, 2);
    near_s(&m, a->start_sample, 3.0, 0.002);
    near_s(&m, a->end_sample, 3.5, 0.002);
    free(r);
    maker_free(&m);
}

static void strong_hum_is_found_on_its_channel(void **state)
{
    (void)state;
    const double mains[] = {50.0, 60.0};
    for (size_t i = 0; i < 2; i++) {
        struct maker m = maker_new(12000, 20.0, 3.0, 5);
        maker_tone(&m, 3, 5.0, 15.0, mains[i] * 1.0002, 400, 1.0);
        maker_tone(&m, 1, 0.0, 20.0, mains[i], 80, 1.0);
        struct maker_result *r = maker_run(&m, 0);
        assert_int_equal(maker_artifacts(r, ARTIFACT_HUM), 1);
        const struct finding_artifact *a = maker_artifact(r, ARTIFACT_HUM, 0);
        assert_int_equal(a->channel, 3);
        near_s(&m, a->start_sample, 5.0, 1.01);
        near_s(&m, a->end_sample, 15.0, 1.01);
        free(r);
        maker_free(&m);
    }
}

/* ---- what a sweep is told at its end */

struct stage {
    struct maker m;
    struct bank_params p;
    struct artifact *a;
    uint64_t next;
};

static void stage_open(struct stage *s, double seconds)
{
    memset(s, 0, sizeof *s);
    s->m = maker_new(20000, seconds, 3.0, 7);
    s->p.rate_hz = 20000;
    s->p.channels = MAKER_CHANNELS;
    s->p.artifact = (struct artifact_params){.recovery_s = 0.4, .hum_uv = 150.0};
    s->a = aligned_alloc(64, (artifact_size(&s->p) + 63) / 64 * 64);
    artifact_init(s->a, &s->p);
}

static void stage_feed(struct stage *s, uint64_t to)
{
    static struct finding items[64];
    static uint8_t clipped[64 * MAKER_STRIDE];
    while (s->next < to) {
        struct finding_list out = {0, 64, items};
        uint64_t end = tick_after(s->next, 20000);
        end = end < to ? end : to;
        const struct frame_run run = {
            s->next,      (uint32_t)(end - s->next),        MAKER_CHANNELS,
            MAKER_STRIDE, s->m.uv + s->next * MAKER_STRIDE, clipped};
        artifact_feed(s->a, &run, &out);
        s->next = end;
    }
}

static void stage_close(struct stage *s)
{
    maker_free(&s->m);
    free(s->a);
}

static void a_clean_sweep_is_clean(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 40.0);
    uint32_t spoiled = 0, sweeps = 0;
    for (int i = 0; i < 60; i++) {
        maker_stimulus(&s.m, 1.0 + 0.6371 * i, 8000);
        maker_potential(&s.m, 1, 1.006 + 0.6371 * i, 3000, 2.0);
        for (int c = 0; c < MAKER_CHANNELS; c++)
            maker_potential(&s.m, c, 1.012 + 0.6371 * i, 300, 0.7);
    }
    for (int i = 0; i < 60; i++) {
        const uint64_t at = (uint64_t)((1.0 + 0.6371 * i) * 20000);
        stage_feed(&s, at + 500);
        for (uint32_t c = 0; c < MAKER_CHANNELS; c++, sweeps++)
            spoiled += artifact_masks(s.a, c, at - 100, at + 500) != REASON_NONE;
    }
    assert_int_equal(spoiled, 0);
    assert_int_equal(sweeps, 300);
    stage_close(&s);
}

static void a_sweep_with_cautery_is_spoiled_at_its_end(void **state)
{
    (void)state;
    /* cautery from 22 ms before the window's end to 3 ms before it, and its recovery */
    for (int begin_ms = 0; begin_ms <= 22; begin_ms++) {
        struct stage s;
        stage_open(&s, 3.0);
        maker_cautery(&s.m, 1.0 + 0.001 * begin_ms + 0.0003, 1.5, 1500);
        stage_feed(&s, 20500);
        for (uint32_t c = 0; c < MAKER_CHANNELS; c++)
            assert_int_equal(artifact_masks(s.a, c, 19900, 20500), REASON_ARTIFACT);
        stage_feed(&s, 37500);
        assert_int_equal(artifact_masks(s.a, 0, 36900, 37500), REASON_ARTIFACT);
        stage_feed(&s, 38700);
        assert_int_equal(artifact_masks(s.a, 0, 38100, 38700), REASON_NONE);
        stage_close(&s);
    }
}

static void a_gap_spoils_what_it_touches(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s, 3.0);
    stage_feed(&s, 20000);
    struct finding items[4];
    struct finding_list out = {0, 4, items};
    artifact_gap(s.a, 20000, 24007, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(items[0].artifact.kind, ARTIFACT_GAP);
    s.next = 24007;
    stage_feed(&s, 26000);
    assert_int_equal(artifact_masks(s.a, 0, 23000, 25000), REASON_GAP);
    assert_int_equal(artifact_masks(s.a, 0, 24007, 25000), REASON_NONE);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cautery_is_found_with_its_edges),
        cmocka_unit_test(muscle_on_every_channel_is_no_cautery),
        cmocka_unit_test(saturation_is_told_from_a_clipped_pulse),
        cmocka_unit_test(strong_hum_is_found_on_its_channel),
        cmocka_unit_test(a_clean_sweep_is_clean),
        cmocka_unit_test(a_sweep_with_cautery_is_spoiled_at_its_end),
        cmocka_unit_test(a_gap_spoils_what_it_touches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
