/* SPDX-License-Identifier: Apache-2.0 */
/* Size and onset of a response at full rate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "detect/fine.h"
#include "tests/detect/patient.h"

enum { RATE = 20000, FRAMES = 500 };

static const double from_ms = 9.0, to_ms = 16.0;

/* A response of 100 uV peak to peak over a level that runs off in a straight line. */
static void make(double *residual, double slope_uv_per_ms)
{
    for (int i = 0; i < FRAMES; i++) {
        const double ms = 1e3 * i / RATE;
        residual[i] = slope_uv_per_ms * ms + 100.0 * patient_potential(ms - 12.5, 0.8);
    }
}

/* Of the response alone: the first sample over a tenth of its peak. */
static double true_onset_ms(void)
{
    double alone[FRAMES], peak = 0.0;
    make(alone, 0.0);
    for (int i = 0; i < FRAMES; i++)
        peak = fmax(peak, fabs(alone[i]));
    int i = 0;
    while (fabs(alone[i]) <= 0.1 * peak)
        i++;
    return 1e3 * i / RATE;
}

static void a_steady_level_is_left_alone(void **state)
{
    (void)state;
    double residual[FRAMES], before[FRAMES];
    make(residual, 0.0);
    memcpy(before, residual, sizeof before);
    const struct fine_noise noise = {.rms_uv = 0.5, .half_ms = 0.375};
    const struct fine_size size = fine_measure(residual, RATE, FRAMES, from_ms, to_ms, &noise);
    assert_memory_equal(before, residual, sizeof before);
    assert_true(fabs(size.amplitude_uv - 100.0) < 2.0);
    assert_true(fabs(size.onset_ms - true_onset_ms()) < 0.11);
}

static void a_wandering_level_moves_neither_onset_nor_size(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        double residual[FRAMES];
        make(residual, 3.0 * sign);
        const struct fine_noise noise = {
            .rms_uv = 0.5, .half_ms = 0.375, .walk = {140.0, 210.0}};
        const struct fine_size size = fine_measure(residual, RATE, FRAMES, from_ms, to_ms, &noise);
        assert_true(fabs(size.amplitude_uv - 100.0) < 4.0);
        assert_true(fabs(size.onset_ms - true_onset_ms()) < 0.21);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_level_is_left_alone),
        cmocka_unit_test(a_wandering_level_moves_neither_onset_nor_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
