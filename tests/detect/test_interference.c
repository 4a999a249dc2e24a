/* SPDX-License-Identifier: Apache-2.0 */
/* Periodic interference that no stimulus locks: a drill, a pump, a lamp. Any frequency from 80 to
 * 1500 Hz, 10 to 200 uV peak to peak, steady, swaying or beating, from any moment on, on all
 * channels or on one. Without a response there is none; with one it is still found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detect/bank.h"
#include "tests/detect/patient.h"

enum { BEGINS_S = 16 }; /* a baseline of 40 sweeps is known */

#define TWO_PI 6.28318530717958647693

struct tone {
    double hz, from_s;
    double sway, sway_hz;          /* of its frequency: share, times a second */
    double beat, beat_hz;          /* of its amplitude */
    double twice;                  /* share of its double */
    double uv[PATIENT_CHANNELS];   /* peak */
    double turn[PATIENT_CHANNELS]; /* phase on each channel */
};

static double uniform(uint32_t *state, double low, double high)
{
    *state = *state * 1664525u + 1013904223u;
    return low + (high - low) * (double)(*state >> 8) / 16777216.0;
}

/* Evenly in the logarithm, as nothing is known of what stands in a theatre. */
static double spread(uint32_t *state, double low, double high)
{
    return low * pow(high / low, uniform(state, 0.0, 1.0));
}

static struct tone draw(uint32_t *state, double from_s)
{
    struct tone t = {
        .hz = spread(state, 80.0, 1500.0),
        .from_s = from_s + uniform(state, 0.0, 1.0),
        .sway = uniform(state, 0.0, 0.03),
        .sway_hz = spread(state, 0.2, 10.0),
        .beat = uniform(state, 0.0, 0.5),
        .beat_hz = spread(state, 0.2, 20.0),
        .twice = uniform(state, 0.0, 0.5),
    };
    const double peak = 0.5 * spread(state, 10.0, 200.0);
    const int only = uniform(state, 0.0, 1.0) < 0.25 ? (int)uniform(state, 2.0, 4.0) : -1;
    for (int c = 0; c < PATIENT_CHANNELS; c++) {
        t.uv[c] = only < 0 || only == c ? peak * uniform(state, 0.6, 1.4) : 0.0;
        t.turn[c] = uniform(state, 0.0, 1.0);
    }
    return t;
}

/* A turning tool: one frequency and its double on all channels, swaying by 2 % at 1.3 Hz. */
static struct tone drill(uint32_t *state, double from_s)
{
    struct tone t = {.hz = uniform(state, 180.0, 420.0),
                     .from_s = from_s,
                     .sway = 0.02,
                     .sway_hz = 1.3,
                     .beat_hz = 1.0,
                     .twice = 0.4};
    for (int c = 0; c < PATIENT_CHANNELS; c++) {
        t.uv[c] = 0.5 * spread(state, 50.0, 120.0) * uniform(state, 0.6, 1.4);
        t.turn[c] = uniform(state, 0.0, 1.0);
    }
    return t;
}

static void add(const struct tone *t, const struct patient *p, int32_t *counts, uint64_t frames)
{
    const double rate = (double)p->rate_hz;
    for (uint64_t i = (uint64_t)(t->from_s * rate); i < frames; i++) {
        const double s = (double)i / rate - t->from_s;
        const double turns =
            t->hz * (s + t->sway * (1.0 - cos(TWO_PI * t->sway_hz * s)) / (TWO_PI * t->sway_hz));
        const double size = 1.0 + t->beat * sin(TWO_PI * t->beat_hz * s);
        for (int c = 0; c < PATIENT_CHANNELS; c++)
            counts[i * 8 + (uint64_t)c] += (int32_t)rint(
                p->counts_per_uv * t->uv[c] * size *
                (sin(TWO_PI * (turns + t->turn[c])) + t->twice * sin(TWO_PI * 2.0 * turns)));
    }
}

struct tally {
    uint32_t sweeps, valid, present;
};

static void count(const struct bank_params *params, const int32_t *counts, uint64_t frames,
                  double from_s, struct tally *t)
{
    uint32_t found = 0;
    struct finding *f = patient_findings(params, counts, frames, 480, &found);
    for (uint32_t i = 0; i < found; i++) {
        const struct finding_sweep *s = &f[i].sweep;
        if (f[i].type != FINDING_SWEEP || s->role != SWEEP_LSR ||
            (double)s->stimulus_sample < from_s * (double)params->rate_hz)
            continue;
        t->sweeps++;
        t->valid += s->reason == REASON_NONE;
        t->present += s->reason == REASON_NONE && s->present == TRISTATE_YES;
    }
    free(f);
}

/* What many tones, one after another, make of one patient's sweeps. */
static struct tally with_tones(const struct patient *p, uint32_t tones, bool drills)
{
    const struct bank_params params = patient_params(p);
    uint64_t frames = 0;
    int32_t *quiet = patient_make(p, &frames);
    int32_t *counts = malloc(frames * 8 * sizeof *counts);
    struct tally t = {0};
    uint32_t state = 26;
    assert_non_null(counts);
    for (uint32_t i = 0; i < tones; i++) {
        const struct tone tone = drills ? drill(&state, BEGINS_S) : draw(&state, BEGINS_S);
        memcpy(counts, quiet, frames * 8 * sizeof *counts);
        add(&tone, p, counts, frames);
        count(&params, counts, frames, BEGINS_S, &t);
    }
    free(counts);
    free(quiet);
    return t;
}

static struct patient operation(void)
{
    struct patient p = patient_usual();
    p.rate_hz = 10000;
    p.seconds = 36.0;
    return p;
}

static void no_tone_is_a_response(void **state)
{
    (void)state;
    struct patient p = operation();
    p.lsr_until_s = BEGINS_S - 1.0;
    const struct tally t = with_tones(&p, 24, false);
    /* stated 1e-4 a sweep; what is left of a tone may bring ten times that */
    assert_true(t.valid > 500);
    assert_true(t.present * 1000 <= t.valid);
}

static void under_a_drill_a_response_is_seen_and_none_is_invented(void **state)
{
    (void)state;
    struct patient p = operation();
    p.lsr_uv = 60.0;
    const struct tally with = with_tones(&p, 8, true);
    assert_true(with.valid * 5 >= with.sweeps * 4); /* a drill does not silence the monitor */
    assert_int_equal(with.present, with.valid);
    p.lsr_until_s = BEGINS_S - 1.0;
    const struct tally without = with_tones(&p, 8, true);
    assert_true(without.valid * 5 >= without.sweeps * 4);
    assert_int_equal(without.present, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_tone_is_a_response),
        cmocka_unit_test(under_a_drill_a_response_is_seen_and_none_is_invented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
