/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/detect/emg_maker.h"

#define expect(m, r, condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            maker_print(m, r);                                                                     \
            fail_msg("%s", #condition);                                                            \
        }                                                                                          \
    } while (0)

static double seconds(const struct maker *m, uint64_t sample)
{
    return (double)sample / m->rate_hz;
}

static void near_s(const struct maker *m, uint64_t sample, double want_s, double tolerance_s)
{
    if (fabs(seconds(m, sample) - want_s) > tolerance_s)
        fail_msg("%.4f s instead of %.4f s", seconds(m, sample), want_s);
}

/* spike, burst, A, B, C train and spasm, one after another */
static void add_one_of_each(struct maker *m)
{
    maker_potential(m, 0, 3.0, 150, 1.0);
    for (int i = 0; i < 20; i++)
        maker_potential(m, 1, 4.0 + 0.3 * maker_uniform(m), 100 + 100 * maker_uniform(m), 0.9);
    maker_potential(m, 1, 4.0, 200, 0.9);
    maker_potential(m, 1, 4.3, 200, 0.9);
    maker_train(m, 2, 5.0, 110, 0.015, 110, 140, 1.2);
    maker_train(m, 3, 7.0, 9, 0.05, 28, 200, 1.0);
    for (int unit = 0; unit < 7; unit++)
        for (double t = 8.0 + 0.05 * unit; t < 11.0; t += (0.6 + 0.8 * maker_uniform(m)) / 18)
            maker_potential(m, 0, t, 60 + 20 * unit, 0.8 + 0.1 * unit);
    for (double t = 12.0; t < 12.2; t += (0.4 + 1.2 * maker_uniform(m)) / 280)
        for (int c = 1; c < 4; c++)
            maker_potential(m, c, t + 0.001 * c, 220, 0.8 + 0.1 * c);
}

static void check_one_of_each(const struct maker *m, const struct maker_result *r)
{
    expect(m, r, maker_events(r, EMG_KINDS, MAKER_CHANNELS) == 6);
    const struct finding_emg_event *e = maker_event(r, EMG_SPIKE, 0);
    expect(m, r, e && e->channels[0] == 0 && isnan(e->frequency_hz));
    near_s(m, e->start_sample, 2.998, 0.002);
    expect(m, r, fabs(e->amplitude_uv - 150) < 30);
    e = maker_event(r, EMG_BURST, 0);
    expect(m, r, e && e->channels[0] == 1);
    near_s(m, e->start_sample, 4.0, 0.005);
    near_s(m, e->end_sample, 4.3, 0.008);
    e = maker_event(r, EMG_A_TRAIN, 0);
    expect(m, r, e && e->channels[0] == 2 && fabs(e->frequency_hz - 110) < 2);
    near_s(m, e->start_sample, 5.0, 0.01);
    near_s(m, e->end_sample, 6.0, 0.03);
    expect(m, r, fabs(r->train_s[2] - 1.0) < 0.03 && r->train_s[1] == 0.0);
    e = maker_event(r, EMG_B_TRAIN, 0);
    expect(m, r, e && e->channels[0] == 3 && fabs(e->frequency_hz - 9) < 0.6);
    near_s(m, e->start_sample, 7.0, 0.01);
    e = maker_event(r, EMG_C_TRAIN, 0);
    expect(m, r, e && e->channels[0] == 0);
    near_s(m, e->start_sample, 8.0, 0.05);
    near_s(m, e->end_sample, 11.0, 0.05);
    e = maker_event(r, EMG_SPASM, 0);
    expect(m, r, e && e->channel_count == 3 && e->channels[0] == 1 && e->channels[2] == 3);
    near_s(m, e->start_sample, 12.0, 0.01);
    near_s(m, e->end_sample, 12.2, 0.02);
}

static void every_class_at_every_rate(void **state)
{
    (void)state;
    const uint32_t rates[] = {4000, 10000, 12000, 20000, 44100, 48000};
    for (size_t i = 0; i < 6; i++) {
        struct maker m = maker_new(rates[i], 13.5, 4.0 * sqrt(rates[i] / 20000.0), 7);
        add_one_of_each(&m);
        struct maker_result *r = maker_run(&m, 0);
        check_one_of_each(&m, r);
        free(r);
        maker_free(&m);
    }
}

static bool same(const struct maker_result *a, const struct maker_result *b)
{
    return a->count == b->count && memcmp(a->items, b->items, a->count * sizeof a->items[0]) == 0;
}

static void split_runs_change_nothing(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 13.5, 4.0, 3);
    add_one_of_each(&m);
    maker_cautery(&m, 2.2, 2.4, 2000);
    struct maker_result *whole = maker_run(&m, 0);
    const uint32_t splits[] = {1, 7, 13};
    for (size_t i = 0; i < 3; i++) {
        struct maker_result *r = maker_run(&m, splits[i]);
        assert_true(r->count > 5);
        /* decided is the last frame of a run; classes, edges and sizes may not move */
        for (uint32_t k = 0; k < r->count; k++)
            r->items[k].decided_sample = whole->items[k].decided_sample;
        expect(&m, r, same(whole, r));
        free(r);
    }
    free(whole);
    maker_free(&m);
}

static void polarity_and_order_do_not_matter(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 13.5, 4.0, 3);
    add_one_of_each(&m);
    for (uint64_t i = 0; i < m.frames; i++) {
        double *v = &m.uv[i * MAKER_STRIDE];
        for (int c = 0; c < MAKER_CHANNELS; c++)
            v[c] = -v[c] + 5000.0;
    }
    struct maker_result *r = maker_run(&m, 0);
    check_one_of_each(&m, r);
    free(r);
    for (uint64_t i = 0; i < m.frames; i++) {
        double *v = &m.uv[i * MAKER_STRIDE];
        const double first = v[0];
        v[0] = v[4];
        v[4] = first;
    }
    r = maker_run(&m, 0);
    expect(&m, r, maker_events(r, EMG_KINDS, MAKER_CHANNELS) == 6);
    expect(&m, r, maker_events(r, EMG_SPIKE, 4) == 1 && maker_events(r, EMG_C_TRAIN, 4) == 1);
    free(r);
    maker_free(&m);
}

static void noise_alone_makes_no_event(void **state)
{
    (void)state;
    const double levels[] = {0.3, 3.0, 30.0};
    for (size_t i = 0; i < 3; i++) {
        struct maker m = maker_new(20000, 40.0, levels[i], 11);
        struct maker_result *r = maker_run(&m, 0);
        expect(&m, r, r->count == 0);
        free(r);
        maker_free(&m);
    }
}

static void a_neighbours_share_is_no_event(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 8.0, 0.8, 5);
    for (double t = 3.0; t < 3.4; t += (0.4 + 1.2 * maker_uniform(&m)) / 250)
        for (int c = 0; c < 3; c++)
            maker_potential(&m, c, t, c == 1 ? 900.0 : 0.05 * 900.0, 0.9);
    maker_train(&m, 1, 5.0, 90, 0.015, 90, 800, 1.2);
    m.random = 5;
    struct maker_result *r = maker_run(&m, 0);
    expect(&m, r, maker_events(r, EMG_KINDS, 0) == 0 && maker_events(r, EMG_KINDS, 2) == 0);
    expect(&m, r, maker_events(r, EMG_SPASM, MAKER_CHANNELS) == 0);
    expect(&m, r, maker_events(r, EMG_BURST, 1) == 1);
    free(r);
    maker_free(&m);
}

static void a_stimulator_is_no_train(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 15.0, 3.0, 9);
    maker_train(&m, 1, 3.0, 30, 0.0, 150, 900, 0.6);
    maker_train(&m, 3, 9.0, 3, 0.0, 16, 900, 0.6);
    struct maker_result *r = maker_run(&m, 0);
    expect(&m, r, maker_events(r, EMG_KINDS, MAKER_CHANNELS) == 0);
    free(r);
    maker_free(&m);
}

static void trains_outside_the_band_are_no_a_trains(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 9.0, 3.0, 9);
    maker_train(&m, 0, 3.0, 40, 0.03, 60, 200, 1.2);
    maker_train(&m, 2, 6.0, 300, 0.03, 120, 200, 0.8);
    struct maker_result *r = maker_run(&m, 0);
    expect(&m, r, maker_events(r, EMG_A_TRAIN, MAKER_CHANNELS) == 0);
    expect(&m, r, maker_events(r, EMG_KINDS, MAKER_CHANNELS) == 2);
    free(r);
    maker_free(&m);
}

/* Its period is not clear in every tenth of a second; its rate and size are. */
static void a_train_whose_intervals_scatter_is_one_event(void **state)
{
    (void)state;
    const double hz[] = {66, 82, 113, 150, 195};
    for (size_t i = 0; i < sizeof hz / sizeof *hz; i++)
        for (uint32_t seed = 1; seed < 6; seed++) {
            struct maker m = maker_new(20000, 7.0, 2.0, seed);
            const double end_s = maker_train(&m, 1, 3.0, hz[i], 0.035, (int)(2.0 * hz[i]), 150, 0.7);
            struct maker_result *r = maker_run(&m, 0);
            expect(&m, r, maker_events(r, EMG_KINDS, MAKER_CHANNELS) == 1);
            expect(&m, r, maker_events(r, EMG_A_TRAIN, 1) == 1);
            const struct finding_emg_event *e = maker_event(r, EMG_A_TRAIN, 0);
            expect(&m, r, fabs((double)e->start_sample / 20000.0 - 3.0) < 0.03);
            expect(&m, r, fabs((double)e->end_sample / 20000.0 - end_s) < 0.03);
            expect(&m, r, fabs(e->frequency_hz - hz[i]) < 0.05 * hz[i]);
            free(r);
            maker_free(&m);
        }
}

static void activity_goes_on_through_a_stimulus(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 9.0, 3.0, 21);
    const double end_s = maker_train(&m, 1, 3.1, 80, 0.015, 160, 150, 1.2);
    for (double t = 1.0; t < 8.5; t += 0.33)
        maker_stimulus(&m, t, 3000);
    struct maker_result *r = maker_run(&m, 0);
    expect(&m, r, maker_events(r, EMG_KINDS, MAKER_CHANNELS) == 1);
    const struct finding_emg_event *e = maker_event(r, EMG_A_TRAIN, 0);
    expect(&m, r, e && e->channels[0] == 1);
    near_s(&m, e->start_sample, 3.1, 0.03);
    near_s(&m, e->end_sample, end_s, 0.03);
    free(r);
    maker_free(&m);
}

static void answers_to_stimuli_are_no_events(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 12.0, 3.0, 23);
    for (double t = 1.0; t < 11.5; t += 0.33) {
        maker_stimulus(&m, t, 3000);
        maker_potential(&m, 1, t + 0.006, 2000, 2.0);
        maker_potential(&m, 2, t + 0.012, 200, 1.0);
        /* after-activity of both muscles, the disease's own: a spasm each time, no B train */
        for (double a = t + 0.03; a < t + 0.08; a += (0.5 + maker_uniform(&m)) / 300)
            for (int c = 2; c < 4; c++)
                maker_potential(&m, c, a, 150, 0.8);
    }
    struct maker_result *r = maker_run(&m, 0);
    const uint32_t spasms = maker_events(r, EMG_SPASM, MAKER_CHANNELS);
    expect(&m, r, spasms >= 25);
    expect(&m, r, maker_events(r, EMG_KINDS, MAKER_CHANNELS) == spasms);
    free(r);
    maker_free(&m);
}

static void events_are_found_under_a_drill(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 16.0, 3.0, 31);
    for (int c = 0; c < MAKER_CHANNELS; c++) {
        maker_tone(&m, c, 4.0, 12.0, 310, 30 + 4 * c, c);
        maker_tone(&m, c, 4.0, 12.0, 620, 10, 2 * c);
    }
    maker_potential(&m, 0, 6.0, 200, 1.0);
    maker_train(&m, 2, 8.0, 95, 0.015, 95, 140, 1.2);
    struct maker_result *r = maker_run(&m, 0);
    expect(&m, r, maker_artifacts(r, ARTIFACT_DRILL) == 1);
    near_s(&m, maker_artifact(r, ARTIFACT_DRILL, 0)->start_sample, 4.0, 0.06);
    near_s(&m, maker_artifact(r, ARTIFACT_DRILL, 0)->end_sample, 12.0, 0.06);
    expect(&m, r, maker_events(r, EMG_KINDS, MAKER_CHANNELS) == 2);
    expect(&m, r, maker_events(r, EMG_SPIKE, 0) == 1 && maker_events(r, EMG_A_TRAIN, 2) == 1);
    free(r);
    maker_free(&m);
}

static void a_gap_closes_what_is_open(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 9.0, 3.0, 33);
    maker_train(&m, 1, 3.0, 100, 0.015, 300, 150, 1.2);
    m.gap_from = 80003;
    m.gap_to = 100007;
    struct maker_result *r = maker_run(&m, 0);
    expect(&m, r, maker_artifacts(r, ARTIFACT_GAP) == 1);
    expect(&m, r, maker_events(r, EMG_A_TRAIN, 1) == 2);
    expect(&m, r, maker_events(r, EMG_KINDS, MAKER_CHANNELS) == 2);
    assert_true(maker_event(r, EMG_A_TRAIN, 0)->end_sample <= m.gap_from);
    assert_true(maker_event(r, EMG_A_TRAIN, 1)->start_sample >= m.gap_to);
    free(r);
    maker_free(&m);
}

static void a_loose_electrode_is_no_event(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 30.0, 3.0, 35);
    maker_noise(&m, 2, 8.0, 30.0, 35.0);
    maker_potential(&m, 3, 15.0, 150, 1.0);
    struct maker_result *r = maker_run(&m, 0);
    expect(&m, r, maker_events(r, EMG_KINDS, 2) == 0);
    expect(&m, r, maker_events(r, EMG_SPIKE, 3) == 1);
    free(r);
    maker_free(&m);
}

static void discharges_are_counted_one_by_one_and_trains_as_one(void **state)
{
    (void)state;
    struct maker m = maker_new(20000, 6.0, 4.0, 11);
    maker_train(&m, 0, 4.0, 9, 0.02, 18, 200, 1.0);
    maker_train(&m, 1, 5.0, 110, 0.015, 80, 140, 1.2);
    maker_potential(&m, 2, 5.7, 150, 1.0);
    struct maker_result *r = maker_run(&m, 0);
    expect(&m, r, r->discharges[0] >= 6 && r->discharges[0] <= 8);
    near_s(&m, r->discharged[0], 4.0 + 17 / 9.0, 0.08);
    expect(&m, r, r->discharges[1] == 1);
    expect(&m, r, r->discharges[2] == 1);
    near_s(&m, r->discharged[2], 5.7, 0.003);
    expect(&m, r, r->discharges[3] == 0 && r->discharges[4] == 0);
    free(r);
    maker_free(&m);
}

static void lags_between_muscles_are_measured(void **state)
{
    (void)state;
    const double lags_ms[] = { 1.5, 6.5 };
    for (size_t i = 0; i < 2; i++) {
        struct maker m = maker_new(20000, 6.0, 3.0, 41);
        for (double t = 2.0; t < 2.2; t += (0.4 + 1.2 * maker_uniform(&m)) / 200) {
            maker_potential(&m, 1, t, 220, 0.8);
            maker_potential(&m, 2, t + 1e-3 * lags_ms[i], 180, 1.0);
        }
        for (double t = 4.0; t < 4.2; t += (0.4 + 1.2 * maker_uniform(&m)) / 200)
            maker_potential(&m, 3, t, 220, 0.8);
        struct maker_result *r = maker_run(&m, 0);
        expect(&m, r, r->bursts == 2);
        expect(&m, r, r->common == (i == 0) && r->lateral == (i == 1));
        expect(&m, r, fabs(r->lag_ms - lags_ms[i]) < 0.6);
        free(r);
        maker_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_at_every_rate),
        cmocka_unit_test(discharges_are_counted_one_by_one_and_trains_as_one),
        cmocka_unit_test(split_runs_change_nothing),
        cmocka_unit_test(polarity_and_order_do_not_matter),
        cmocka_unit_test(noise_alone_makes_no_event),
        cmocka_unit_test(a_neighbours_share_is_no_event),
        cmocka_unit_test(a_stimulator_is_no_train),
        cmocka_unit_test(trains_outside_the_band_are_no_a_trains),
        cmocka_unit_test(a_train_whose_intervals_scatter_is_one_event),
        cmocka_unit_test(activity_goes_on_through_a_stimulus),
        cmocka_unit_test(answers_to_stimuli_are_no_events),
        cmocka_unit_test(events_are_found_under_a_drill),
        cmocka_unit_test(a_gap_closes_what_is_open),
        cmocka_unit_test(a_loose_electrode_is_no_event),
        cmocka_unit_test(lags_between_muscles_are_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
