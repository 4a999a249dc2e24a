/* SPDX-License-Identifier: Apache-2.0 */
/* Stimuli from triggers of any polarity and height, and from artifacts without one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "detect/stimulus.h"

enum { RATE = 20000, LANES = 8, CHANNELS = 5, FIRST = 10000, APART = 6600, WANTED = 12 };

struct scene {
    int32_t idle, pulse;  /* trigger counts */
    double artifact_uv;
    bool trigger;
    double burst_uv; /* a muscle's own discharges on one channel, between the stimuli */
};

/* Feeds the scene; counts onsets at their true sample and others. */
static void run_scene(const struct scene *s, uint32_t *hits, uint32_t *others)
{
    struct bank_params p = { .rate_hz = RATE, .channels = CHANNELS, .branches = 1, .inputs = 6 };
    p.branch[0].trigger = s->trigger ? 5 : BANK_NO_INPUT;
    p.branch[0].direct = FINDING_NO_CHANNEL;
    p.stimulus = (struct stimulus_params){ .threshold_ratio = 0.5, .refractory_s = 0.03 };
    struct stimulus *stimulus = aligned_alloc(64, (stimulus_size(&p) + 63) / 64 * 64);
    struct artifact *artifact = aligned_alloc(64, (artifact_size(&p) + 63) / 64 * 64);
    stimulus_init(stimulus, &p);
    artifact_init(artifact, &p);
    static double uv[20 * LANES];
    static const uint8_t clipped[20 * LANES];
    static int32_t triggers[20 * BANK_BRANCHES];
    uint32_t state = 11;
    *hits = 0;
    *others = 0;
    for (uint64_t at = 0; at < FIRST + WANTED * (uint64_t)APART; at += 20) {
        for (uint32_t i = 0; i < 20; i++) {
            const int64_t since = at + i < FIRST ? -1 : (int64_t)((at + i - FIRST) % APART);
            triggers[i * BANK_BRANCHES] = since >= 0 && since < 12 ? s->pulse : s->idle;
            for (uint32_t c = 0; c < CHANNELS; c++) {
                state = state * 1664525u + 1013904223u;
                double v = 8.0 * ((double)(state >> 8) / 16777216.0 - 0.5);
                const double size = s->artifact_uv * (c % 2 ? 1.0 : -0.7);
                if (since >= 0 && since < 8)
                    v += since < 4 ? size : -size;
                if (c == 2 && since > 3000 && since < 4000)
                    v += s->burst_uv * sin((double)since * 0.4);
                uv[i * LANES + c] = v;
            }
        }
        const struct frame_run run = { at, 20, CHANNELS, LANES, uv, clipped };
        struct stimulus_onsets onsets;
        stimulus_feed(stimulus, &run, triggers, artifact, &onsets);
        for (uint32_t k = 0; k < onsets.count; k++) {
            const bool true_onset =
                onsets.items[k].sample >= FIRST && (onsets.items[k].sample - FIRST) % APART == 0;
            *hits += true_onset;
            *others += !true_onset;
        }
    }
    free(stimulus);
    free(artifact);
}

static void triggers_of_any_kind_are_read(void **state)
{
    (void)state;
    const struct scene scenes[] = {
        { .idle = 0, .pulse = 4000000, .trigger = true },
        { .idle = 5000000, .pulse = 100, .trigger = true },  /* active low */
        { .idle = 0, .pulse = 1, .trigger = true },          /* a status bit */
        { .idle = -8000000, .pulse = -7999000, .trigger = true },
    };
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        uint32_t hits, others;
        run_scene(&scenes[i], &hits, &others);
        assert_int_equal(hits, WANTED);
        assert_int_equal(others, 0);
    }
}

static void artifacts_of_any_size_are_found(void **state)
{
    (void)state;
    const double sizes[] = { 60.0, 400.0, 8000.0 };
    for (size_t i = 0; i < 3; i++) {
        const struct scene s = { .artifact_uv = sizes[i] };
        uint32_t hits, others;
        run_scene(&s, &hits, &others);
        assert_int_equal(hits, WANTED);
        assert_int_equal(others, 0);
    }
}

static void a_muscles_discharge_is_no_stimulus(void **state)
{
    (void)state;
    const struct scene s = { .artifact_uv = 500.0, .burst_uv = 900.0 };
    uint32_t hits, others;
    run_scene(&s, &hits, &others);
    assert_int_equal(hits, WANTED);
    assert_int_equal(others, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(triggers_of_any_kind_are_read),
        cmocka_unit_test(artifacts_of_any_size_are_found),
        cmocka_unit_test(a_muscles_discharge_is_no_stimulus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
