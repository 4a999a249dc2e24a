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

/* Onsets of two branches' triggers, each a list of frames at which a pulse of pulse_frames begins; through
 * a capacitor of 5 ms if is_coupled. */
struct triggers {
    const uint64_t *at[2];
    uint32_t count[2];
    uint32_t pulse_frames;
    bool is_coupled;
    uint32_t edge;
};

static bool is_high(const struct triggers *t, uint32_t branch, uint64_t frame)
{
    for (uint32_t i = 0; i < t->count[branch]; i++)
        if (frame >= t->at[branch][i] && frame < t->at[branch][i] + t->pulse_frames)
            return true;
    return false;
}

static void run_triggers(const struct triggers *t, uint32_t found[2], uint32_t exact[2])
{
    struct bank_params p = { .rate_hz = RATE, .channels = 1, .branches = 2, .inputs = 3 };
    for (uint16_t b = 0; b < 2; b++) {
        p.branch[b].trigger = 1 + b;
        p.branch[b].direct = FINDING_NO_CHANNEL;
    }
    p.stimulus = (struct stimulus_params){ 0.5, 0.03, t->edge };
    struct stimulus *stimulus = aligned_alloc(64, (stimulus_size(&p) + 63) / 64 * 64);
    struct artifact *artifact = aligned_alloc(64, (artifact_size(&p) + 63) / 64 * 64);
    stimulus_init(stimulus, &p);
    artifact_init(artifact, &p);
    static const double uv[20 * LANES];
    static const uint8_t clipped[20 * LANES];
    static int32_t counts[20 * BANK_BRANCHES];
    double charge[2] = { 0, 0 };
    found[0] = found[1] = exact[0] = exact[1] = 0;
    for (uint64_t at = 0; at < 10 * RATE; at += 20) {
        for (uint32_t i = 0; i < 20; i++)
            for (uint32_t b = 0; b < 2; b++) {
                const double level = is_high(t, b, at + i) ? 3e6 : 0;
                charge[b] += (level - charge[b]) / (0.005 * RATE);
                counts[i * BANK_BRANCHES + b] = (int32_t)(t->is_coupled ? level - charge[b] : level);
            }
        const struct frame_run run = { at, 20, 1, LANES, uv, clipped };
        struct stimulus_onsets onsets;
        stimulus_feed(stimulus, &run, counts, artifact, &onsets);
        for (uint32_t k = 0; k < onsets.count; k++) {
            const uint32_t b = onsets.items[k].branch;
            found[b]++;
            for (uint32_t i = 0; i < t->count[b]; i++)
                exact[b] += onsets.items[k].sample == t->at[b][i];
        }
    }
    free(stimulus);
    free(artifact);
}

static const uint64_t zygomatic_at[] = { 30000, 50000, 70000, 90000, 110000, 130000, 150000, 170000 };
static const uint64_t four_at[] = { 60000, 70000, 80000, 90000 }; /* a train of four at 2 Hz */

static void each_branch_has_its_own_trigger(void **state)
{
    (void)state;
    const struct triggers t = { { zygomatic_at, four_at }, { 8, 4 }, 10, false, EDGE_ANY };
    uint32_t found[2], exact[2];
    run_triggers(&t, found, exact);
    assert_int_equal(found[0], 8);
    assert_int_equal(exact[0], 8);
    assert_int_equal(found[1], 4); /* 70000 and 90000 are both branches' */
    assert_int_equal(exact[1], 4);
}

/* 100 ms long, longer than the refractory time: its end is an excursion the other way. */
static void an_edge_tells_a_coupled_pulses_begin_from_its_end(void **state)
{
    (void)state;
    struct triggers t = { { zygomatic_at, four_at }, { 8, 4 }, 2000, true, EDGE_RISING };
    uint32_t found[2], exact[2];
    run_triggers(&t, found, exact);
    assert_int_equal(found[0], 8);
    assert_int_equal(exact[0], 8);
    t.edge = EDGE_FALLING;
    run_triggers(&t, found, exact);
    assert_int_equal(found[0], 8);
    assert_int_equal(exact[0], 0);
    t.edge = EDGE_ANY;
    run_triggers(&t, found, exact);
    assert_int_equal(found[0], 16); /* which is why there is a choice */
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
        cmocka_unit_test(each_branch_has_its_own_trigger),
        cmocka_unit_test(an_edge_tells_a_coupled_pulses_begin_from_its_end),
        cmocka_unit_test(artifacts_of_any_size_are_found),
        cmocka_unit_test(a_muscles_discharge_is_no_stimulus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
