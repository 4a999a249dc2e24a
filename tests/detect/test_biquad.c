/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "detect/biquad.h"

enum { LANES = 8 };

/* Amplitude of a sine behind the filter, after it has settled. */
static double gain_at(const struct biquad *q, double hz, double rate_hz)
{
    double state[2 * LANES] = {0};
    double largest = 0.0;
    const int frames = (int)(rate_hz * 0.5);
    for (int i = 0; i < frames; i++) {
        double v[LANES] = {sin(6.283185307179586 * hz * i / rate_hz)};
        biquad_frames(q, state, v, 1, LANES);
        if (i > frames / 2)
            largest = fmax(largest, fabs(v[0]));
    }
    return largest;
}

static void corner_is_three_decibel_down(void **state)
{
    (void)state;
    const double rates[] = {4000, 10000, 20000, 48000, 192000};
    for (size_t i = 0; i < 5; i++) {
        const struct biquad low = biquad_low_pass(500, 0.70710678118654752, rates[i]);
        const struct biquad high = biquad_high_pass(500, 0.70710678118654752, rates[i]);
        assert_true(fabs(gain_at(&low, 500, rates[i]) - 0.7071) < 0.01);
        assert_true(fabs(gain_at(&high, 500, rates[i]) - 0.7071) < 0.01);
        assert_true(fabs(gain_at(&low, 50, rates[i]) - 1.0) < 0.01);
        assert_true(gain_at(&high, 50, rates[i]) < 0.011);
        assert_true(gain_at(&low, 1600, rates[i]) < 0.11);
    }
}

static void settled_state_does_not_ring(void **state)
{
    (void)state;
    const struct biquad q = biquad_high_pass(30, 0.70710678118654752, 20000);
    double held[2 * LANES];
    const double offset[LANES] = {76000, -5000, 1};
    biquad_settle(&q, held, offset, LANES);
    for (int i = 0; i < 20000; i++) {
        double v[LANES];
        memcpy(v, offset, sizeof v);
        biquad_frames(&q, held, v, 1, LANES);
        assert_true(fabs(v[0]) < 1e-4 && fabs(v[1]) < 1e-4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corner_is_three_decibel_down),
        cmocka_unit_test(settled_state_does_not_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
