/* SPDX-License-Identifier: Apache-2.0 */
/* Hum is told from discharges by its shape and by its frequency. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "detect/emg_hum.h"
#include "tests/detect/patient.h"

enum { RATE = 4000, COUNT = RATE * EMG_HUM_MS / 1000 };

static const double two_pi = 6.28318530717958647693;

static double noise(uint32_t *state)
{
    double sum = 0.0;
    for (int i = 0; i < 12; i++) {
        *state = *state * 1664525u + 1013904223u;
        sum += (double)(*state >> 8) / 16777216.0;
    }
    return sum - 6.0;
}

/* 20 uV of a frequency, a third of it the third harmonic, in noise of 2 uV RMS. */
static bool is_hum(double hz, double mains_hz, double phase)
{
    float x[COUNT];
    uint32_t state = 5;
    for (uint32_t i = 0; i < COUNT; i++) {
        const double turns = hz * i / RATE;
        x[i] = (float)(20.0 * sin(two_pi * turns + phase) + 7.0 * sin(two_pi * 3.0 * turns) +
                       2.0 * noise(&state));
    }
    return emg_hum_is(x, COUNT, RATE, mains_hz);
}

static void hum_at_any_phase_is_hum(void **state)
{
    (void)state;
    for (double phase = 0.0; phase < 6.3; phase += 0.3) {
        assert_true(is_hum(50.0, 50.0, phase));
        assert_true(is_hum(60.0, 60.0, phase));
        assert_true(is_hum(59.9, 60.0, phase));
    }
}

static void another_frequency_is_not(void **state)
{
    (void)state;
    for (double phase = 0.0; phase < 6.3; phase += 0.3) {
        assert_false(is_hum(61.6, 60.0, phase));
        assert_false(is_hum(58.4, 60.0, phase));
        assert_false(is_hum(120.0, 60.0, phase));
        assert_false(is_hum(100.0, 50.0, phase));
    }
}

/* Potentials of one shape, 60 a second exactly: nothing but their sharpness tells them. */
static void sharp_potentials_at_the_mains_frequency_are_not(void **state)
{
    (void)state;
    for (double width_ms = 0.3; width_ms < 1.3; width_ms += 0.3) {
        float x[COUNT];
        for (uint32_t i = 0; i < COUNT; i++)
            x[i] = (float)(100.0 * patient_potential(fmod(1e3 * i / RATE, 1e3 / 60.0) - 8.0,
                                                     width_ms));
        assert_false(emg_hum_is(x, COUNT, RATE, 60.0));
    }
}

static void noise_and_silence_are_not(void **state)
{
    (void)state;
    float x[COUNT] = {0};
    assert_false(emg_hum_is(x, COUNT, RATE, 50.0));
    uint32_t random = 9;
    for (uint32_t i = 0; i < COUNT; i++)
        x[i] = (float)(10.0 * noise(&random));
    assert_false(emg_hum_is(x, COUNT, RATE, 50.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hum_at_any_phase_is_hum),
        cmocka_unit_test(another_frequency_is_not),
        cmocka_unit_test(sharp_potentials_at_the_mains_frequency_are_not),
        cmocka_unit_test(noise_and_silence_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
