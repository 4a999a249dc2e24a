/* SPDX-License-Identifier: Apache-2.0 */
/* Electrodes, amplifier, theatre. */
#include "acquisition/patient_theatre.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "acquisition/patient_evoked.h"
#include "base/exact.h"
#include "base/random.h"

enum { HARMONICS = 4, STREAM_THEATRE = 100000, STREAM_EVENTS = 110000 };

#define TWO_PI 6.28318530717958647693
#define HUM_STEP_S 20.0 /* hum level: a straight line from point to point this far apart */
#define DRIFT_STEP_S 0.02
#define DRIFT_KEEP 0.999 /* a step; time constant 20 s */
#define RECOVERY_S 0.12  /* amplifier after cautery */
#define NOISE_HIGH_PASS_HZ 5.0

static const double harmonic_order[HARMONICS] = {1, 2, 3, 5};
static const double harmonic_share[HARMONICS] = {1, 0.1, 0.12, 0.05};

/* White noise between two corners, of unit rms. */
struct band_noise {
    double low, high;           /* filter states */
    double low_keep, high_keep; /* one-pole coefficients */
    double gain;
};

struct electrode {
    struct random random;
    struct band_noise noise;
    double noise_uv;
    double hum_uv, hum_from, hum_to, hum_since_s;
    double hum_cos[HARMONICS], hum_sin[HARMONICS]; /* phasors, turned sample by sample */
    double drift_uv, drift_from, drift_to;
    uint64_t drift_at;                  /* frame of drift_to */
    double cautery_uv[SCENARIO_EVENTS]; /* per burst: strength here */
    double drill_uv[SCENARIO_EVENTS], drill_phase[SCENARIO_EVENTS];
    double open_noise_uv, open_hum;
    struct band_noise spark;
    double recovery_uv; /* decays after cautery */
    bool in_cautery;
};

struct theatre {
    const struct scenario *scenario;
    double rate_hz;
    uint32_t slab;
    double turn_cos[HARMONICS], turn_sin[HARMONICS]; /* of one frame */
    double drill_hz[SCENARIO_EVENTS];
    struct electrode electrode[SCENARIO_MUSCLES];
};

struct theatre *theatre_create(const struct scenario *s, double rate_hz, uint32_t slab,
                               struct err *err)
{
    struct theatre *t = calloc(1, sizeof *t);
    if (!t) {
        err_set(err, ERR_MEMORY, "simulated patient");
        return NULL;
    }
    t->scenario = s;
    t->rate_hz = rate_hz;
    t->slab = slab;
    return t;
}

void theatre_destroy(struct theatre *t)
{
    free(t);
}

static double band_noise_next(struct band_noise *b, struct random *r)
{
    b->high += b->high_keep * (random_normal(r) - b->high);
    b->low += b->low_keep * (b->high - b->low);
    return b->gain * (b->high - b->low);
}

/* Between low_hz and high_hz. The gain is the inverse norm of the impulse response. */
static void band_noise_init(struct band_noise *b, double low_hz, double high_hz, double rate_hz)
{
    memset(b, 0, sizeof *b);
    b->low_keep = 1 - exact_exp(-TWO_PI * low_hz / rate_hz);
    b->high_keep = 1 - exact_exp(-TWO_PI * high_hz / rate_hz);
    double high = b->high_keep, low = 0, energy = 0;
    for (int n = 0; n < 200000; n++) {
        low += b->low_keep * (high - low);
        const double y = high - low;
        energy += y * y;
        high *= 1 - b->high_keep;
        if (fabs(low) < 1e-9 && high < 1e-9)
            break;
    }
    b->gain = 1 / sqrt(energy);
}

static bool concerns(const struct scenario *s, const struct scenario_event *e, uint32_t muscle)
{
    for (uint32_t i = 0; i < e->channels.count; i++)
        if (strcmp(e->channels.labels[i], s->muscle[muscle].label) == 0)
            return true;
    return e->channels.count == 0;
}

static void note_artifacts(const struct theatre *t, struct truth *truth)
{
    const struct scenario *s = t->scenario;
    for (uint32_t i = 0; i < s->events; i++) {
        const struct scenario_event *e = &s->event[i];
        if (e->kind < EVENT_CAUTERY || e->at_s >= s->duration_s)
            continue;
        double from_s = e->at_s, to_s = e->at_s + e->for_s;
        if (e->kind == EVENT_SHIFTED) {
            if (e->level >= 0.5)
                continue;                    /* no fault yet */
            from_s += 0.25 / (1 - e->level); /* when it falls below a half */
        }
        to_s = to_s > s->duration_s ? s->duration_s : to_s;
        uint64_t muscles = 0;
        for (uint32_t m = 0; m < s->muscles && e->channels.count > 0; m++)
            if (concerns(s, e, m))
                muscles |= 1ull << m;
        truth_add_event(truth, &(struct truth_event){.kind = (enum patient_event_kind)e->kind,
                                                     .muscles = muscles,
                                                     .start = (uint64_t)(from_s * t->rate_hz),
                                                     .end = (uint64_t)(to_s * t->rate_hz)});
    }
}

static void begin_electrode(struct theatre *t, struct electrode *e, uint32_t muscle, uint64_t seed)
{
    const struct scenario *s = t->scenario;
    const struct scenario_muscle *m = &s->muscle[muscle];
    memset(e, 0, sizeof *e);
    random_init(&e->random, seed, STREAM_THEATRE + muscle);
    struct random *r = &e->random;
    band_noise_init(&e->noise, NOISE_HIGH_PASS_HZ, 0.3 * t->rate_hz, t->rate_hz);
    band_noise_init(&e->spark, 80, 0.3 * t->rate_hz, t->rate_hz);
    e->noise_uv = random_between(r, m->noise_uv.low, m->noise_uv.high);
    e->hum_uv = random_between(r, m->hum_uv.low, m->hum_uv.high);
    e->hum_from = random_between(r, 0.6, 1.4);
    e->hum_to = random_between(r, 0.6, 1.4);
    for (int h = 0; h < HARMONICS; h++) {
        const double phase = random_between(r, 0, TWO_PI);
        e->hum_cos[h] = exact_cos(phase);
        e->hum_sin[h] = exact_sin(phase);
    }
    /* A bounded random walk wanders over about 5 of its standard deviations. */
    e->drift_uv = s->drift_uv / 5 * sqrt(1 - DRIFT_KEEP * DRIFT_KEEP);
    e->open_noise_uv = random_between(r, 15, 40);
    e->open_hum = random_between(r, 15, 40);
    struct random events; /* apart: another event changes nothing else */
    random_init(&events, seed, STREAM_EVENTS + muscle);
    for (uint32_t i = 0; i < s->events; i++) {
        e->cautery_uv[i] = random_between(&events, 0.6, 1.6);
        e->drill_uv[i] = random_between(&events, 0.6, 1.4);
        e->drill_phase[i] = random_between(&events, 0, TWO_PI);
    }
}

void theatre_begin(struct theatre *t, uint64_t seed, struct truth *truth)
{
    const struct scenario *s = t->scenario;
    struct random r;
    random_init(&r, seed, STREAM_THEATRE - 1);
    const double mains_hz = s->mains_hz * (1 + s->mains_error * random_normal(&r));
    for (int h = 0; h < HARMONICS; h++) {
        const double angle = TWO_PI * harmonic_order[h] * mains_hz / t->rate_hz;
        t->turn_cos[h] = exact_cos(angle);
        t->turn_sin[h] = exact_sin(angle);
    }
    for (uint32_t i = 0; i < s->events; i++) {
        const double drawn = random_between(&r, 180, 420);
        t->drill_hz[i] = s->event[i].hz > 0 ? s->event[i].hz : drawn;
    }
    for (uint32_t m = 0; m < s->muscles; m++)
        begin_electrode(t, &t->electrode[m], m, seed);
    note_artifacts(t, truth);
}

static double hum_next(const struct theatre *t, struct electrode *e, double at_s)
{
    if (at_s - e->hum_since_s >= HUM_STEP_S) {
        e->hum_since_s += HUM_STEP_S;
        e->hum_from = e->hum_to;
        e->hum_to = random_between(&e->random, 0.6, 1.4);
    }
    const double level =
        e->hum_from + (e->hum_to - e->hum_from) * (at_s - e->hum_since_s) / HUM_STEP_S;
    double sum = 0;
    for (int h = 0; h < HARMONICS; h++) {
        const double c = e->hum_cos[h], s = e->hum_sin[h];
        sum += harmonic_share[h] * s;
        e->hum_cos[h] = c * t->turn_cos[h] - s * t->turn_sin[h];
        e->hum_sin[h] = s * t->turn_cos[h] + c * t->turn_sin[h];
    }
    return e->hum_uv * level * sum;
}

/* Turning phasors loses length in the last bits; restored once a slab. */
static void hum_restore(struct electrode *e)
{
    for (int h = 0; h < HARMONICS; h++) {
        const double length = sqrt(e->hum_cos[h] * e->hum_cos[h] + e->hum_sin[h] * e->hum_sin[h]);
        e->hum_cos[h] /= length;
        e->hum_sin[h] /= length;
    }
}

static double drift_next(const struct theatre *t, struct electrode *e, uint64_t frame)
{
    const uint64_t step = (uint64_t)(DRIFT_STEP_S * t->rate_hz) + 1;
    if (frame >= e->drift_at) {
        e->drift_from = e->drift_to;
        e->drift_to = DRIFT_KEEP * e->drift_to + e->drift_uv * random_normal(&e->random);
        e->drift_at = frame + step;
    }
    const double share = 1 - (double)(e->drift_at - frame) / (double)step;
    return e->drift_from + share * (e->drift_to - e->drift_from);
}

/* What one active event makes of the signal. */
static double disturb(const struct theatre *t, struct electrode *e, uint32_t i, double at_s,
                      double signal, double noise, double hum, double drift)
{
    const struct scenario_event *event = &t->scenario->event[i];
    switch (event->kind) {
    case EVENT_OPEN:
        return e->open_noise_uv * noise / (e->noise_uv > 0 ? e->noise_uv : 1) + e->open_hum * hum +
               10 * drift + (event->keeps ? signal - noise - hum - drift : 0);
    case EVENT_BRIDGED:
        return 0.5 * noise / (e->noise_uv > 0 ? e->noise_uv : 1) + 0.05 * hum;
    case EVENT_CAUTERY: {
        const double uv = (event->uv > 0 ? event->uv : 4000) * e->cautery_uv[i];
        e->in_cautery = true;
        return signal + uv * band_noise_next(&e->spark, &e->random) *
                            (1 + 0.6 * exact_sin(TWO_PI * 100 * at_s));
    }
    case EVENT_DRILL: {
        const double since = at_s - event->at_s;
        /* Speed sways by 2 % with 1.3 Hz: the phase is the integral. */
        const double phase =
            TWO_PI * t->drill_hz[i] *
            (since + 0.02 * (1 - exact_cos(TWO_PI * 1.3 * since)) / (TWO_PI * 1.3));
        const double uv = (event->uv > 0 ? event->uv : 60) / 2 * e->drill_uv[i];
        return signal + uv * (exact_sin(phase + e->drill_phase[i]) + 0.4 * exact_sin(2 * phase));
    }
    case EVENT_SATURATION:
        return 2 * t->scenario->full_scale_uv;
    default:
        return signal;
    }
}

int32_t theatre_count(double uv, double full_scale_uv)
{
    const double count = floor(uv / full_scale_uv * SAMPLE_MAX + 0.5);
    if (count > SAMPLE_MAX)
        return SAMPLE_MAX;
    if (count < -SAMPLE_MAX)
        return -SAMPLE_MAX;
    return (int32_t)count;
}

void theatre_render(struct theatre *t, uint32_t muscle, uint64_t first, const double *muscle_uv,
                    int32_t *counts, uint32_t stride)
{
    const struct scenario *s = t->scenario;
    struct electrode *e = &t->electrode[muscle];
    /* The few events that touch this slab here. */
    uint32_t near[SCENARIO_EVENTS], near_count = 0;
    const double begin_s = (double)first / t->rate_hz;
    const double end_s = (double)(first + t->slab) / t->rate_hz;
    for (uint32_t i = 0; i < s->events; i++) {
        const struct scenario_event *event = &s->event[i];
        if (event->kind >= EVENT_CAUTERY && event->at_s < end_s &&
            event->at_s + event->for_s > begin_s && concerns(s, event, muscle))
            near[near_count++] = i;
    }
    const double decay = exact_exp(-1 / (RECOVERY_S * t->rate_hz));
    for (uint32_t n = 0; n < t->slab; n++) {
        const uint64_t frame = first + n;
        const double at_s = (double)frame / t->rate_hz;
        const double noise = e->noise_uv * band_noise_next(&e->noise, &e->random);
        const double hum = hum_next(t, e, at_s), drift = drift_next(t, e, frame);
        double uv = muscle_uv[n] + noise + hum + drift;
        const bool was_in_cautery = e->in_cautery;
        e->in_cautery = false;
        for (uint32_t k = 0; k < near_count; k++) {
            const struct scenario_event *event = &s->event[near[k]];
            if (event->kind == EVENT_SHIFTED && at_s >= event->at_s &&
                at_s < event->at_s + event->for_s) {
                const double pickup = patient_pickup(s, muscle, at_s);
                uv = muscle_uv[n] * pickup + noise * (0.4 + 0.6 * pickup) + hum + drift;
            } else if (at_s >= event->at_s && at_s < event->at_s + event->for_s) {
                uv = disturb(t, e, near[k], at_s, uv, noise, hum, drift);
            }
        }
        if (was_in_cautery && !e->in_cautery)
            e->recovery_uv = random_between(&e->random, -1500, 1500);
        e->recovery_uv *= decay;
        counts[(size_t)n * stride] = theatre_count(uv + e->recovery_uv, s->full_scale_uv);
    }
    hum_restore(e);
}
