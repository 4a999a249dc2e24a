/* SPDX-License-Identifier: Apache-2.0 */
/* Discharges of motor units, activity by activity. */
#include "acquisition/patient_free.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum { ACTIVITIES = 64, FIRERS = 10, STREAM_FREE = 1000 };

/* One motor unit (or, in a spasm, one volley) that fires again and again. */
struct firer {
    double next_frame;
    double interval_frames; /* mean */
    double spread;          /* of the interval: standard deviation, or shape of a gamma law */
    double uv;
    double scale_frames;
    struct shape shape;
};

/* How intervals are drawn. */
enum rhythm { RHYTHM_REGULAR, RHYTHM_IRREGULAR };

struct activity {
    bool is_used;
    enum patient_event_kind kind;
    uint64_t muscles; /* bits */
    double end_frame;
    double uv_spread;               /* of a discharge's size */
    double first_frame, last_frame; /* centres of the discharges so far; below 0: none */
    double uv, hz;
    enum rhythm rhythm;
    uint32_t firers;
    struct firer firer[FIRERS];
    double lag_frames[SCENARIO_MUSCLES];
    struct random random;
};

struct free_running {
    const struct scenario *scenario;
    struct mix *mix;
    struct truth *truth;
    uint64_t seed;
    uint32_t begun; /* activities so far: each has its own stream of numbers */
    struct random draws[SCENARIO_EVENTS];
    double next_s[SCENARIO_EVENTS];  /* when the event begins, or a random stream's next */
    double idle_s[SCENARIO_MUSCLES]; /* from when on a random discharge may use the muscle */
    struct activity activity[ACTIVITIES];
};

struct free_running *free_running_create(const struct scenario *s, struct mix *mix, struct err *err)
{
    struct free_running *f = calloc(1, sizeof *f);
    if (!f) {
        err_set(err, ERR_MEMORY, "simulated patient");
        return NULL;
    }
    f->scenario = s;
    f->mix = mix;
    return f;
}

void free_running_destroy(struct free_running *f)
{
    free(f);
}

void free_running_begin(struct free_running *f, uint64_t seed, struct truth *truth)
{
    f->seed = seed;
    f->truth = truth;
    f->begun = 0;
    memset(f->activity, 0, sizeof f->activity);
    memset(f->idle_s, 0, sizeof f->idle_s);
    for (uint32_t i = 0; i < f->scenario->events; i++) {
        const struct scenario_event *e = &f->scenario->event[i];
        random_init(&f->draws[i], seed, STREAM_FREE + i);
        f->next_s[i] = e->at_s;
        if (e->kind == EVENT_RANDOM)
            f->next_s[i] += e->every_s * random_exponential(&f->draws[i]);
    }
}

static double draw_or(double given, struct random *r, double low, double high)
{
    const double drawn =
        random_between(r, low, high); /* always drawn: a knob shifts nothing else */
    return given > 0 ? given : drawn;
}

static void make_firer(struct firer *u, struct random *r, double rate_hz, double scale_s,
                       int phases)
{
    shape_motor_unit(&u->shape, r, phases);
    u->scale_frames = scale_s * rate_hz;
}

/* What each kind is made of. for_s, hz, uv: 0 where they are to be drawn. */
static void compose(struct activity *a, double at_frame, double for_s, double hz, double uv,
                    double fs)
{
    struct random *r = &a->random;
    struct firer *u = a->firer;
    const double scale_s = random_between(r, 0.35e-3, 0.8e-3);
    const int phases = 2 + (int)random_below(r, 2);
    a->firers = 1;
    a->rhythm = RHYTHM_REGULAR;
    make_firer(u, r, fs, scale_s, phases);
    u->next_frame = at_frame + 1.6 * u->scale_frames; /* so that its flank begins at `at` */
    switch (a->kind) {
    case EVENT_BURST:
        for_s = draw_or(for_s, r, 0.06, 0.8);
        a->uv = draw_or(uv, r, 100, 400);
        a->hz = 0;
        a->rhythm = RHYTHM_IRREGULAR;
        a->firers = 4; /* several units, so that shapes differ */
        for (uint32_t i = 0; i < a->firers; i++) {
            make_firer(&u[i], r, fs, random_between(r, 0.35e-3, 0.8e-3), 2);
            u[i].interval_frames = fs * a->firers / draw_or(hz, r, 50, 140);
            u[i].spread = 2;
            u[i].uv = a->uv * random_between(r, 0.5, 1);
            u[i].next_frame = at_frame + 1.6 * u[i].scale_frames +
                              (i ? random_unit(r) * u[i].interval_frames : 0);
        }
        a->uv_spread = 0.15;
        break;
    case EVENT_A_TRAIN: {
        const double drawn_s =
            random_chance(r, 0.5) ? random_between(r, 0.2, 0.5) : random_between(r, 0.5, 6);
        for_s = for_s > 0 ? for_s : drawn_s;
        a->hz = draw_or(hz, r, 65, 200);
        a->uv = draw_or(uv, r, 90, 280);
        /* Potentials as wide as half a period merge into a near sinusoid. */
        const double wide_s = 0.45 / a->hz / 2.2;
        make_firer(u, r, fs, wide_s < 1.2e-3 ? wide_s : 1.2e-3, 2);
        u->next_frame = at_frame + 1.6 * u->scale_frames;
        u->spread = 0.015;
        u->uv = a->uv;
        a->uv_spread = 0.04;
        break;
    }
    case EVENT_B_TRAIN:
        for_s = draw_or(for_s, r, 3, 12);
        a->hz = draw_or(hz, r, 2.5, 18);
        a->uv = draw_or(uv, r, 100, 400);
        u->spread = 0.06;
        u->uv = a->uv;
        a->uv_spread = 0.05;
        break;
    case EVENT_C_TRAIN:
        for_s = draw_or(for_s, r, 2, 10);
        a->uv = draw_or(uv, r, 80, 250);
        a->hz = 0;
        a->rhythm = RHYTHM_IRREGULAR;
        a->firers = 5 + random_below(r, 5);
        for (uint32_t i = 0; i < a->firers; i++) {
            make_firer(&u[i], r, fs, random_between(r, 0.35e-3, 0.9e-3),
                       2 + (int)random_below(r, 2));
            u[i].interval_frames = fs / draw_or(hz, r, 8, 30);
            u[i].spread = 4;
            u[i].uv = a->uv * random_between(r, 0.4, 1);
            u[i].next_frame = at_frame + random_unit(r) * u[i].interval_frames;
        }
        a->uv_spread = 0.15;
        break;
    case EVENT_SPASM:
    case EVENT_AFTER_ACTIVITY:
        for_s =
            a->kind == EVENT_SPASM ? draw_or(for_s, r, 0.08, 0.5) : draw_or(for_s, r, 0.03, 0.1);
        a->hz = a->kind == EVENT_SPASM ? draw_or(hz, r, 220, 350) : draw_or(hz, r, 250, 350);
        a->uv = a->kind == EVENT_SPASM ? draw_or(uv, r, 150, 500) : draw_or(uv, r, 80, 200);
        a->rhythm = RHYTHM_IRREGULAR;
        u->spread = 3;
        u->uv = a->uv;
        a->uv_spread = 0.25;
        for (uint32_t m = 0; m < SCENARIO_MUSCLES; m++)
            a->lag_frames[m] = random_between(r, 0, 0.004) * fs;
        break;
    default: /* a spike */
        for_s = 0;
        a->hz = 0;
        a->uv = draw_or(uv, r, 80, 400);
        u->uv = a->uv;
        u->interval_frames = 2 * 86400 * fs; /* once */
        break;
    }
    if (a->hz > 0)
        u->interval_frames = fs / a->hz;
    a->end_frame = at_frame + for_s * fs;
    a->first_frame = a->last_frame = -1;
}

static struct activity *activity_begin(struct free_running *f, enum patient_event_kind kind,
                                       double at_s, double for_s, double hz, double uv,
                                       uint64_t muscles)
{
    struct activity *a = f->activity;
    while (a < f->activity + ACTIVITIES && a->is_used)
        a++;
    if (a == f->activity + ACTIVITIES)
        return NULL; /* a face has only so many things to do at once */
    memset(a, 0, sizeof *a);
    a->is_used = true;
    a->kind = kind;
    a->muscles = muscles;
    random_init(&a->random, f->seed, STREAM_FREE + SCENARIO_EVENTS + f->begun++);
    compose(a, at_s * f->mix->rate_hz, for_s, hz, uv, f->mix->rate_hz);
    return a;
}

void free_running_after_activity(struct free_running *f, double at_s, uint64_t muscles)
{
    activity_begin(f, EVENT_AFTER_ACTIVITY, at_s, 0, 0, 0, muscles);
}

static uint64_t muscles_of(const struct scenario *s, const struct option_labels *labels)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < labels->count; i++)
        bits |= 1ull << scenario_muscle_find(s, labels->labels[i]);
    return bits;
}

/* One facial muscle of those that are idle at this time; 0: none. */
static uint64_t pick_muscle(struct free_running *f, struct random *r, double at_s)
{
    uint32_t idle[SCENARIO_MUSCLES], count = 0;
    for (uint32_t m = 0; m < f->scenario->muscles; m++)
        if (f->scenario->muscle[m].is_facial && f->idle_s[m] <= at_s)
            idle[count++] = m;
    return count ? 1ull << idle[random_below(r, count)] : 0;
}

/* Muscles of a spasm: up to three facial ones from the second on, or all there are. 0: one of them
 * is busy. */
static uint64_t pick_group(struct free_running *f, double at_s)
{
    uint32_t facial[SCENARIO_MUSCLES], count = 0;
    for (uint32_t m = 0; m < f->scenario->muscles; m++)
        if (f->scenario->muscle[m].is_facial)
            facial[count++] = m;
    const uint32_t from = count > 3 ? 1 : 0;
    uint64_t bits = 0;
    for (uint32_t i = from; i < count && i < from + 3; i++) {
        if (f->idle_s[facial[i]] > at_s)
            return 0;
        bits |= 1ull << facial[i];
    }
    return bits;
}

static uint32_t random_kind(const struct scenario_event *e, struct random *r)
{
    if (e->kinds.count == 0)
        return EVENT_SPIKE;
    const char *name = e->kinds.labels[random_below(r, e->kinds.count)];
    for (uint32_t k = EVENT_SPIKE; k <= EVENT_SPASM; k++)
        if (strcmp(name, patient_event_names[k]) == 0)
            return k;
    return EVENT_SPIKE;
}

/* One event of a random stream, and when the next one comes: one at a time on each muscle, so that
 * each has a single true name. */
static void random_event(struct free_running *f, uint32_t i, double at_s)
{
    const struct scenario_event *e = &f->scenario->event[i];
    struct random *r = &f->draws[i];
    const uint32_t kind = random_kind(e, r);
    const uint64_t given = muscles_of(f->scenario, &e->channels);
    uint64_t muscles = kind == EVENT_SPASM ? pick_group(f, at_s) : pick_muscle(f, r, at_s);
    if (given)
        muscles &= given;
    if (muscles) {
        const struct activity *a =
            activity_begin(f, (enum patient_event_kind)kind, at_s, 0, e->hz, e->uv, muscles);
        for (uint32_t m = 0; a && m < f->scenario->muscles; m++)
            if (muscles >> m & 1)
                f->idle_s[m] = a->end_frame / f->mix->rate_hz + 0.7;
    }
    f->next_s[i] = at_s + 1 + e->every_s * random_exponential(r);
    if (f->next_s[i] > e->at_s + e->for_s)
        f->next_s[i] = 1e18;
}

static void begin_due(struct free_running *f, double until_s)
{
    for (uint32_t i = 0; i < f->scenario->events; i++) {
        const struct scenario_event *e = &f->scenario->event[i];
        while (e->kind == EVENT_RANDOM && f->next_s[i] < until_s)
            random_event(f, i, f->next_s[i]);
        if (e->kind > EVENT_SPASM || f->next_s[i] >= until_s)
            continue;
        uint64_t muscles = muscles_of(f->scenario, &e->channels);
        if (!muscles)
            muscles =
                e->kind == EVENT_SPASM ? pick_group(f, 1e18) : pick_muscle(f, &f->draws[i], 1e18);
        activity_begin(f, (enum patient_event_kind)e->kind, e->at_s, e->for_s, e->hz, e->uv,
                       muscles);
        f->next_s[i] = 1e18;
    }
}

static void discharge(struct free_running *f, struct activity *a, const struct firer *u)
{
    const struct scenario *s = f->scenario;
    const double answer = timeline_at(&s->relaxant, u->next_frame / f->mix->rate_hz);
    for (uint32_t m = 0; m < s->muscles; m++) {
        if (!(a->muscles >> m & 1))
            continue;
        double at = u->next_frame + a->lag_frames[m];
        if (a->kind == EVENT_SPASM || a->kind == EVENT_AFTER_ACTIVITY) {
            if (random_chance(&a->random, 0.15)) /* not every muscle follows every volley */
                continue;
            at += 0.0002 * f->mix->rate_hz * random_normal(&a->random);
        }
        const double uv = u->uv * answer * (1 + a->uv_spread * random_normal(&a->random));
        mix_add(f->mix, m, &u->shape, at, u->scale_frames, uv);
        if (m > 0 && s->muscle[m - 1].is_facial)
            mix_add(f->mix, m - 1, &u->shape, at, u->scale_frames, uv * s->leak);
        if (m + 1 < s->muscles && s->muscle[m + 1].is_facial)
            mix_add(f->mix, m + 1, &u->shape, at, u->scale_frames, uv * s->leak);
    }
    if (a->first_frame < 0 || u->next_frame < a->first_frame)
        a->first_frame = u->next_frame;
    if (u->next_frame > a->last_frame)
        a->last_frame = u->next_frame;
}

/* A gamma law of whole shape, mean 1: the sum of exponentials. */
static double gamma_interval(struct random *r, int shape)
{
    double sum = 0;
    for (int i = 0; i < shape; i++)
        sum += random_exponential(r);
    return sum / shape;
}

static void note(struct free_running *f, const struct activity *a)
{
    if (a->first_frame < 0)
        return;
    const double flank = 1.6 * a->firer[0].scale_frames;
    const double behind =
        a->kind == EVENT_A_TRAIN && a->hz > 0 ? f->mix->rate_hz / a->hz : 0.008 * f->mix->rate_hz;
    const double begin = a->first_frame - flank;
    truth_add_event(f->truth, &(struct truth_event){.kind = a->kind,
                                                    .muscles = a->muscles,
                                                    .start = begin > 0 ? (uint64_t)begin : 0,
                                                    .end = (uint64_t)(a->last_frame + behind),
                                                    .uv = a->uv,
                                                    .hz = a->hz});
}

static void render_activity(struct free_running *f, struct activity *a, double until_frame)
{
    bool fires_on = false;
    for (uint32_t i = 0; i < a->firers; i++) {
        struct firer *u = &a->firer[i];
        while (u->next_frame < until_frame &&
               (u->next_frame <= a->end_frame || a->first_frame < 0)) {
            discharge(f, a, u);
            const double factor = a->rhythm == RHYTHM_REGULAR
                                      ? 1 + u->spread * random_normal(&a->random)
                                      : gamma_interval(&a->random, (int)u->spread);
            u->next_frame += u->interval_frames * (factor > 0.05 ? factor : 0.05);
        }
        fires_on |= u->next_frame <= a->end_frame || a->first_frame < 0;
    }
    if (!fires_on) {
        note(f, a);
        a->is_used = false;
    }
}

void free_running_render(struct free_running *f, bool is_quiet)
{
    /* Discharges are placed as soon as any of their samples could lie in this slab. */
    const double reach = 0.015 * f->mix->rate_hz;
    const double until = (double)f->mix->first + f->mix->slab + reach;
    if (!is_quiet)
        begin_due(f, until / f->mix->rate_hz);
    for (int i = 0; i < ACTIVITIES; i++)
        if (f->activity[i].is_used)
            render_activity(f, &f->activity[i], until);
}

void free_running_end(struct free_running *f)
{
    for (int i = 0; i < ACTIVITIES; i++) {
        if (f->activity[i].is_used)
            note(f, &f->activity[i]);
        f->activity[i].is_used = false;
    }
}
