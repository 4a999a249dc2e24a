/* SPDX-License-Identifier: Apache-2.0 */
/* Hum goes, everything else stays: at any rate, at 50 and 60 Hz, off the nominal frequency. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "detect/hum.h"

static const double two_pi = 6.28318530717958647693;

struct scene {
    uint32_t rate_hz;
    double mains_hz;   /* true frequency */
    double told_hz;    /* as configured; 0: to be found */
    double hum_uv;
    double noise_uv;
    double burst_from_s, burst_to_s; /* activity on channel 1 */
    double train_hz;                 /* it is a smooth train of this frequency; 0: irregular */
    double step_s, step;             /* from then on the hum is so many times as large */
};

static double noise(uint32_t *state)
{
    double sum = 0.0;
    for (int i = 0; i < 12; i++) {
        *state = *state * 1664525u + 1013904223u;
        sum += (double)(*state >> 8) / 16777216.0;
    }
    return sum - 6.0;
}

/* RMS of hum left over in the last second of seconds, channel 0; *bursted the same of channel 1. */
static double left_over(const struct scene *s, double seconds, double *bursted)
{
    struct bank_params p = { .rate_hz = s->rate_hz, .channels = 2, .mains_hz = s->told_hz };
    struct hum *h = aligned_alloc(64, (hum_size(&p) + 63) / 64 * 64);
    struct artifact *a = aligned_alloc(64, (artifact_size(&p) + 63) / 64 * 64);
    hum_init(h, &p);
    artifact_init(a, &p);
    double uv[200 * 8] = { 0 }, clean[200 * 8], background[200 * 2];
    static const uint8_t clipped[200 * 8];
    uint32_t state = 3;
    double sum[2] = { 0.0, 0.0 }, count = 0.0;
    const uint64_t end = (uint64_t)(seconds * s->rate_hz);
    for (uint64_t at = 0; at < end;) {
        const uint64_t to = tick_after(at, s->rate_hz);
        const uint32_t frames = (uint32_t)(to - at);
        for (uint32_t i = 0; i < frames; i++) {
            const double t = (double)(at + i) / s->rate_hz;
            for (int c = 0; c < 2; c++) {
                double v = s->noise_uv * noise(&state) + 4000.0 * c;
                if (c == 1 && t > s->burst_from_s && t < s->burst_to_s)
                    v += s->train_hz > 0.0
                             ? 60.0 * sin(two_pi * s->train_hz * t)
                             : 150.0 * sin(two_pi * 97.0 * t) + 60.0 * noise(&state);
                background[2 * i + (uint32_t)c] = v;
                const double size = s->step_s > 0.0 && t > s->step_s ? s->step : 1.0;
                uv[8 * i + (uint32_t)c] = v + size * s->hum_uv * (sin(two_pi * s->mains_hz * t + c) +
                                                 0.1 * sin(two_pi * 3.0 * s->mains_hz * t));
            }
        }
        const struct frame_run run = { at, frames, 2, 8, uv, clipped };
        hum_feed(h, &run, (struct stimulus_blank){ NO_SAMPLE, NO_SAMPLE }, a, clean);
        if (at > end - s->rate_hz) {
            for (uint32_t i = 0; i < frames; i++)
                for (uint32_t c = 0; c < 2; c++) {
                    const double d = clean[8 * i + c] - background[2 * i + c];
                    sum[c] += d * d;
                }
            count += frames;
        }
        at = to;
    }
    free(h);
    free(a);
    *bursted = sqrt(sum[1] / count);
    return sqrt(sum[0] / count);
}

static void hum_is_gone_at_any_rate(void **state)
{
    (void)state;
    const uint32_t rates[] = { 4000, 10000, 11025, 12000, 20000, 48000, 192000 };
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        const struct scene s = { .rate_hz = rates[i], .mains_hz = 50.0, .told_hz = 50.0,
                                 .hum_uv = 60.0, .noise_uv = 3.0 };
        double other;
        assert_true(left_over(&s, 4.0, &other) < 0.5);
        assert_true(other < 0.5);
    }
}

static void the_mains_is_followed_where_it_is_off_nominal(void **state)
{
    (void)state;
    const double offs[] = { -0.05, -0.01, 0.01, 0.05, 0.2 };
    for (size_t i = 0; i < sizeof offs / sizeof *offs; i++) {
        const struct scene s = { .rate_hz = 10000, .mains_hz = 50.0 + offs[i], .told_hz = 50.0,
                                 .hum_uv = 60.0, .noise_uv = 3.0 };
        double other;
        const double left = left_over(&s, 12.0, &other);
        if (left > 0.8)
            fail_msg("off by %g Hz: %g uV left", offs[i], left);
    }
}

static void sixty_hertz_is_found_unasked(void **state)
{
    (void)state;
    const struct scene s = { .rate_hz = 20000, .mains_hz = 60.01, .hum_uv = 30.0, .noise_uv = 4.0 };
    double other;
    assert_true(left_over(&s, 6.0, &other) < 0.6);
    assert_true(other < 0.6);
}

static void activity_does_not_spoil_the_estimate(void **state)
{
    (void)state;
    const struct scene s = { .rate_hz = 20000, .mains_hz = 50.0, .told_hz = 50.0, .hum_uv = 20.0,
                             .noise_uv = 3.0, .burst_from_s = 4.0, .burst_to_s = 4.8 };
    double after;
    assert_true(left_over(&s, 5.9, &after) < 0.5); /* the second after the burst */
    assert_true(after < 0.7);
}

static void hum_that_steps_is_learned_in_half_a_second(void **state)
{
    (void)state;
    const double mains[] = { 50.0, 60.0, 50.05, 59.95 };
    for (size_t i = 0; i < sizeof mains / sizeof *mains; i++)
        for (double step = 0.0; step < 5.0; step += 2.0) {
            const struct scene s = { .rate_hz = 10000, .mains_hz = mains[i], .hum_uv = 20.0,
                                     .noise_uv = 3.0, .step_s = 6.03, .step = step };
            double other;
            const double left = left_over(&s, 7.6, &other); /* from 0.57 s behind the step */
            if (left > 1.0 || other > 1.0)
                fail_msg("%g Hz, times %g: %g and %g uV left", mains[i], step, left, other);
        }
}

static void a_train_close_to_the_mains_is_no_hum(void **state)
{
    (void)state;
    const double trains[] = { 58.5, 61.5, 100.0, 120.0, 150.0, 180.0, 99.0, 121.0 };
    for (size_t i = 0; i < sizeof trains / sizeof *trains; i++)
        for (double mains = 50.0; mains < 65.0; mains += 10.0) {
            const struct scene s = { .rate_hz = 10000, .mains_hz = mains, .told_hz = mains,
                                     .hum_uv = 20.0, .noise_uv = 3.0, .burst_from_s = 4.0,
                                     .burst_to_s = 9.0, .train_hz = trains[i] };
            double other;
            left_over(&s, 5.5, &other); /* the second half of its first 1.5 s, and before */
            if (other > 1.0)
                fail_msg("%g Hz at mains %g Hz: %g uV taken from it", trains[i], mains, other);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hum_is_gone_at_any_rate),
        cmocka_unit_test(the_mains_is_followed_where_it_is_off_nominal),
        cmocka_unit_test(sixty_hertz_is_found_unasked),
        cmocka_unit_test(activity_does_not_spoil_the_estimate),
        cmocka_unit_test(hum_that_steps_is_learned_in_half_a_second),
        cmocka_unit_test(a_train_close_to_the_mains_is_no_hum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
