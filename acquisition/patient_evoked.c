/* SPDX-License-Identifier: Apache-2.0 */
/* Stimuli and what they evoke. */
#include "acquisition/patient_evoked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/exact.h"
#include "base/random.h"

enum { LSR_UNITS = 9, STREAM_EVOKED = 1, CALIBRATION_SWEEPS = 32 };

#define LSR_SECONDS 0.05  /* room for one response */
#define TRIGGER_UV 5000.0 /* height of the trigger's pulse */
#define TRIGGER_SECONDS 0.0005
#define FLANK 1.6 /* scales from a potential's visible begin to its centre */

struct lsr_unit {
    struct shape shape;
    double scale_frames;
    double weight, latency_s, jitter_s, firing;
};

/* The response of one muscle to one branch. */
struct lsr {
    uint32_t muscle;
    uint32_t units;
    struct lsr_unit unit[LSR_UNITS];
    double uv; /* a unit of weight 1 */
};

struct branch {
    double next_frame;
    int direct; /* muscle, or -1 */
    double m_uv, m_latency_s, m_scale_frames;
    struct shape m;
    uint32_t laterals;
    struct lsr lateral[OPTION_LABELS_MAX];
    /* Volume conduction and artifact, by muscle. */
    struct shape spread[SCENARIO_MUSCLES];
    double spread_share[SCENARIO_MUSCLES], spread_delay_s[SCENARIO_MUSCLES];
    double artifact_uv[SCENARIO_MUSCLES];
    double tail_share[SCENARIO_MUSCLES], tail_s[SCENARIO_MUSCLES], slow_share[SCENARIO_MUSCLES];
};

struct evoked {
    const struct scenario *scenario;
    struct mix *mix;
    struct free_running *free_;
    struct truth *truth;
    int trigger[SCENARIO_BRANCHES];
    struct random random;
    uint64_t stimuli;
    int blink; /* muscle, or -1 */
    struct lsr blink_response;
    double *sweep; /* owned: one response */
    int64_t sweep_frames;
    struct branch branch[SCENARIO_BRANCHES];
};

struct evoked *evoked_create(const struct scenario *s, struct mix *mix, struct free_running *free_,
                             const int *trigger, struct err *err)
{
    struct evoked *e = calloc(1, sizeof *e);
    if (e)
        e->sweep = calloc((size_t)(LSR_SECONDS * mix->rate_hz) + 1, sizeof *e->sweep);
    if (!e || !e->sweep) {
        free(e);
        err_set(err, ERR_MEMORY, "simulated patient");
        return NULL;
    }
    e->scenario = s;
    e->mix = mix;
    e->free_ = free_;
    e->sweep_frames = (int64_t)(LSR_SECONDS * mix->rate_hz);
    memcpy(e->trigger, trigger, s->branches * sizeof *trigger);
    return e;
}

void evoked_destroy(struct evoked *e)
{
    if (!e)
        return;
    free(e->sweep);
    free(e);
}

static double draw(struct random *r, struct option_range range)
{
    return random_between(r, range.low, range.high);
}

static double draw_signed(struct random *r, struct option_range range)
{
    const double v = draw(r, range);
    return random_chance(r, 0.5) ? v : -v;
}

/* Sums one response into e->sweep, from the stimulus on, at uv for a unit of weight 1. Returns its
 * peak to peak; onset: first frame over 10 % of its own absolute peak, -1 where there is none. */
static double sum_units(struct evoked *e, const struct lsr *l, double uv, int64_t *onset)
{
    const double fs = e->mix->rate_hz;
    memset(e->sweep, 0, (size_t)e->sweep_frames * sizeof *e->sweep);
    for (uint32_t i = 0; i < l->units; i++) {
        const struct lsr_unit *u = &l->unit[i];
        const bool fires = random_chance(&e->random, u->firing);
        const double at = (u->latency_s + u->jitter_s * random_normal(&e->random)) * fs;
        if (fires && uv > 0)
            shape_add(&u->shape, e->sweep, e->sweep_frames, at + FLANK * u->scale_frames,
                      u->scale_frames, uv * u->weight);
    }
    double low = 0, high = 0;
    for (int64_t n = 0; n < e->sweep_frames; n++) {
        low = e->sweep[n] < low ? e->sweep[n] : low;
        high = e->sweep[n] > high ? e->sweep[n] : high;
    }
    const double peak = high > -low ? high : -low;
    *onset = -1;
    for (int64_t n = 0; n < e->sweep_frames && peak > 0 && *onset < 0; n++)
        if (fabs(e->sweep[n]) > 0.1 * peak)
            *onset = n;
    return high - low;
}

/* Draws motor units around a latency, and scales their sum to a mean peak to peak. */
static void make_response(struct evoked *e, struct lsr *l, double latency_s, double spread_s,
                          struct option_range jitter_s, struct option_range firing, double mean_uv)
{
    struct random *r = &e->random;
    l->units = 4 + random_below(r, LSR_UNITS - 4 + 1);
    for (uint32_t i = 0; i < l->units; i++) {
        struct lsr_unit *u = &l->unit[i];
        shape_motor_unit(&u->shape, r, 2 + (int)random_below(r, 2));
        u->scale_frames = random_between(r, 0.35e-3, 0.8e-3) * e->mix->rate_hz;
        u->weight = random_between(r, 0.4, 1);
        u->latency_s = latency_s + (i ? random_between(r, 0.05, 1) * spread_s : 0);
        u->jitter_s = draw(r, jitter_s);
        u->firing = draw(r, firing);
    }
    double sum = 0;
    int64_t onset;
    for (int i = 0; i < CALIBRATION_SWEEPS; i++)
        sum += sum_units(e, l, 1, &onset);
    l->uv = sum > 0 ? mean_uv * CALIBRATION_SWEEPS / sum : 0;
}

static double draw_latency(struct random *r, const struct scenario_muscle *m)
{
    static const struct {
        const char *label;
        double mean_s, sd_s;
    } published[] = {
        {"OOC", 9.0e-3, 1.09e-3}, {"MENT", 9.76e-3, 1.1e-3}, {"FRONT", 11.7e-3, 1.1e-3}};
    double mean_s = 9.8e-3, sd_s = 1.1e-3; /* the muscles around the mouth behave like mentalis */
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        if (strcmp(published[i].label, m->label) == 0) {
            mean_s = published[i].mean_s;
            sd_s = published[i].sd_s;
        }
    }
    if (m->latency_s > 0)
        return m->latency_s + m->latency_sd_s * random_normal(r);
    const double drawn = mean_s + sd_s * random_normal(r);
    return drawn < 7e-3 ? 7e-3 : drawn > 13.5e-3 ? 13.5e-3 : drawn;
}

static void begin_branch(struct evoked *e, uint32_t index)
{
    const struct scenario *s = e->scenario;
    const struct scenario_branch *from = &s->branch[index];
    struct branch *b = &e->branch[index];
    struct random *r = &e->random;
    const double fs = e->mix->rate_hz;
    b->next_frame = from->start_s * fs;
    b->direct = from->direct.text[0] ? scenario_muscle_find(s, from->direct.text) : -1;
    b->m_uv = draw(r, s->m_uv);
    b->m_latency_s = draw(r, s->m_latency_s);
    b->m_scale_frames = random_between(r, 0.9e-3, 1.4e-3) * fs;
    shape_compound(&b->m, r);
    b->laterals = from->lateral.count;
    for (uint32_t i = 0; i < b->laterals; i++) {
        struct lsr *l = &b->lateral[i];
        l->muscle = (uint32_t)scenario_muscle_find(s, from->lateral.labels[i]);
        const struct scenario_muscle *m = &s->muscle[l->muscle];
        const double latency_s = draw_latency(r, m);
        make_response(e, l, latency_s, s->lsr_spread_s, s->lsr_jitter_s, s->lsr_firing,
                      draw(r, m->lsr_uv));
    }
    for (uint32_t m = 0; m < s->muscles; m++) {
        shape_smooth(&b->spread[m], &b->m,
                     random_between(r, 0.2e-3, 0.6e-3) * fs / b->m_scale_frames);
        b->spread_share[m] = draw_signed(r, s->muscle[m].spread);
        b->spread_delay_s[m] = random_between(r, -0.2e-3, 0.3e-3);
        b->artifact_uv[m] = draw_signed(r, s->muscle[m].artifact_uv);
        b->tail_share[m] = draw_signed(r, s->tail_share); /* electrodes polarise either way */
        b->tail_s[m] = draw(r, s->tail_s);
        b->slow_share[m] = draw(r, s->slow_share);
    }
}

void evoked_begin(struct evoked *e, uint64_t seed, struct truth *truth)
{
    const struct scenario *s = e->scenario;
    e->truth = truth;
    e->stimuli = 0;
    random_init(&e->random, seed, STREAM_EVOKED);
    for (uint32_t b = 0; b < s->branches; b++)
        begin_branch(e, b);
    e->blink = s->blink_uv > 0 ? scenario_muscle_find(s, s->blink_text.text) : -1;
    if (e->blink >= 0) {
        /* R1 under anaesthesia: 11.6 ms (Ying 2021), overlapping the LSR entirely. */
        double latency_s = 11.6e-3 + 1.2e-3 * random_normal(&e->random);
        latency_s = latency_s < 9e-3 ? 9e-3 : latency_s > 15e-3 ? 15e-3 : latency_s;
        make_response(e, &e->blink_response, latency_s, 3e-3, (struct option_range){0.2e-3, 0.5e-3},
                      (struct option_range){0.7, 1}, s->blink_uv);
    }
}

double patient_pickup(const struct scenario *s, uint32_t muscle, double at_s)
{
    double pickup = 1;
    for (uint32_t i = 0; i < s->events; i++) {
        const struct scenario_event *e = &s->event[i];
        if (e->kind != EVENT_SHIFTED || at_s < e->at_s || at_s >= e->at_s + e->for_s)
            continue;
        const double ramp = at_s - e->at_s < 0.5 ? (at_s - e->at_s) / 0.5 : 1; /* it slips */
        for (uint32_t k = 0; k < e->channels.count; k++)
            if (strcmp(e->channels.labels[k], s->muscle[muscle].label) == 0)
                pickup *= 1 + ramp * (e->level - 1);
    }
    return pickup;
}

/* Pulse and tail on one muscle: a rectangle of current, then two exponentials. */
static void add_artifact(struct evoked *e, const struct branch *b, uint32_t muscle, uint64_t frame,
                         double uv)
{
    double *samples = mix_channel(e->mix, muscle);
    const double fs = e->mix->rate_hz;
    const int64_t begin = (int64_t)(frame - e->mix->first), length = e->mix->length;
    int64_t pulse = (int64_t)(e->scenario->width_s * fs + 0.5);
    pulse = pulse < 1 ? 1 : pulse;
    for (int64_t n = begin; n < begin + pulse && n < length; n++)
        samples[n] += uv;
    const double slow_s = b->tail_s[muscle] * e->scenario->slow_ratio;
    const double keep = exact_exp(-1 / (b->tail_s[muscle] * fs)),
                 keep_slow = exact_exp(-1 / (slow_s * fs));
    double fast = uv * b->tail_share[muscle] * (1 - b->slow_share[muscle]);
    double slow = uv * b->tail_share[muscle] * b->slow_share[muscle];
    for (int64_t n = begin + pulse; n < length; n++) {
        samples[n] += fast + slow;
        fast *= keep;
        slow *= keep_slow;
        if (fabs(fast) + fabs(slow) < 1e-3) /* a thousandth of a microvolt */
            break;
    }
}

static void add_trigger(struct evoked *e, int channel, uint64_t frame)
{
    if (channel < 0)
        return;
    double *samples = mix_channel(e->mix, (uint32_t)channel);
    int64_t width = (int64_t)(TRIGGER_SECONDS * e->mix->rate_hz);
    width = width < 2 ? 2 : width;
    const int64_t begin = (int64_t)(frame - e->mix->first);
    for (int64_t n = begin; n < begin + width && n < e->mix->length; n++)
        samples[n] = TRIGGER_UV;
}

static void add_sweep(struct evoked *e, uint32_t muscle, uint64_t frame)
{
    double *samples = mix_channel(e->mix, muscle);
    const int64_t begin = (int64_t)(frame - e->mix->first);
    for (int64_t n = 0; n < e->sweep_frames && begin + n < e->mix->length; n++)
        samples[begin + n] += e->sweep[n];
}

static void add_m_wave(struct evoked *e, const struct branch *b, uint64_t frame, double uv)
{
    const struct scenario *s = e->scenario;
    const double fs = e->mix->rate_hz;
    const double at = (double)frame + b->m_latency_s * fs + 2.0 * b->m_scale_frames;
    for (uint32_t m = 0; m < s->muscles; m++) {
        const bool is_direct = (int)m == b->direct;
        mix_add(e->mix, m, is_direct ? &b->m : &b->spread[m],
                is_direct ? at : at + b->spread_delay_s[m] * fs, b->m_scale_frames,
                uv * (is_direct ? 1 : b->spread_share[m]));
    }
}

/* Inconstant late responses that are no LSR: F waves, the blink reflex. */
static void add_late(struct evoked *e, const struct branch *b, uint64_t frame, double m_uv,
                     double answer, double drive)
{
    struct random *r = &e->random;
    const double fs = e->mix->rate_hz;
    const bool has_f = random_chance(r, e->scenario->f_wave_chance);
    const double f_at_s = random_between(r, 12e-3, 20e-3), f_share = random_between(r, 0.01, 0.05);
    if (has_f && b->direct >= 0) {
        struct shape shape;
        shape_motor_unit(&shape, r, 2);
        mix_add(e->mix, (uint32_t)b->direct, &shape, (double)frame + f_at_s * fs, 0.8e-3 * fs,
                m_uv * f_share);
    }
    if (e->blink < 0)
        return;
    const bool blinks = random_chance(r, e->scenario->blink_chance);
    int64_t onset;
    sum_units(e, &e->blink_response, blinks && drive > 0.6 ? e->blink_response.uv * answer : 0,
              &onset);
    add_sweep(e, (uint32_t)e->blink, frame);
}

/* The lateral spread response in every lateral muscle. Returns whether one was clearly there. */
static bool add_lsr(struct evoked *e, const struct branch *b, uint64_t frame, double answer,
                    struct truth_stimulus *truth)
{
    const struct scenario *s = e->scenario;
    struct random *r = &e->random;
    const double at_s = (double)frame / e->mix->rate_hz;
    const bool drops_out = random_chance(r, timeline_at(&s->dropout, at_s));
    const double level =
        truth->drive > s->lsr_threshold && !drops_out ? timeline_at(&s->lsr, at_s) * answer : 0;
    bool is_clear = false;
    for (uint32_t i = 0; i < b->laterals; i++) {
        const struct lsr *l = &b->lateral[i];
        double wiggle = 1 + s->lsr_cv * random_normal(r);
        wiggle = wiggle < 0.1 ? 0.1 : wiggle;
        const double own = timeline_at(&s->muscle[l->muscle].lsr, at_s);
        int64_t onset;
        const double p2p = sum_units(e, l, l->uv * level * own * wiggle, &onset);
        add_sweep(e, l->muscle, frame);
        truth->response[truth->responses++] = (struct truth_response){
            .muscle = l->muscle,
            .p2p_uv = p2p * patient_pickup(s, l->muscle, at_s),
            .onset_ms = onset >= 0 ? (double)onset / e->mix->rate_hz * 1e3 : -1,
        };
        is_clear |= p2p > 40;
    }
    return is_clear;
}

static void stimulate(struct evoked *e, uint32_t index, uint64_t frame)
{
    const struct scenario *s = e->scenario;
    struct branch *b = &e->branch[index];
    struct random *r = &e->random;
    const double at_s = (double)frame / e->mix->rate_hz;
    const double drive = timeline_at(&s->delivered, at_s);
    const double answer = timeline_at(&s->relaxant, at_s);
    struct truth_stimulus truth = {.sample = frame, .branch = index, .drive = drive};
    add_trigger(e, e->trigger[index], frame);
    const double sign = s->alternates && e->stimuli++ % 2 ? -1 : 1;
    for (uint32_t m = 0; m < s->muscles; m++)
        add_artifact(e, b, m, frame,
                     sign * b->artifact_uv[m] * drive * (1 + 0.02 * random_normal(r)));
    const double reach = drive < 1 ? drive : 1; /* supramaximal: more current adds no fibres */
    const double m_uv =
        b->m_uv * reach * answer * timeline_at(&s->m, at_s) * (1 + s->m_cv * random_normal(r));
    truth.m_uv = m_uv > 0 ? m_uv : 0;
    add_m_wave(e, b, frame, truth.m_uv);
    add_late(e, b, frame, truth.m_uv, answer, drive);
    const bool is_clear = add_lsr(e, b, frame, answer, &truth);
    const bool follows = random_chance(r, s->after_activity);
    const double follows_s = at_s + random_between(r, 0.022, 0.030);
    if (is_clear && follows) {
        uint64_t muscles = 0;
        for (uint32_t i = 0; i < b->laterals; i++)
            muscles |= 1ull << b->lateral[i].muscle;
        free_running_after_activity(e->free_, follows_s, muscles);
    }
    truth_add_stimulus(e->truth, &truth);
}

void evoked_render(struct evoked *e)
{
    const struct scenario *s = e->scenario;
    const double until = (double)e->mix->first + e->mix->slab;
    for (;;) {
        uint32_t next = 0; /* in the order of time, so that branches share one stream of numbers */
        for (uint32_t b = 1; b < s->branches; b++)
            if (e->branch[b].next_frame < e->branch[next].next_frame)
                next = b;
        if (s->branches == 0 || e->branch[next].next_frame >= until)
            return;
        struct branch *b = &e->branch[next];
        const struct scenario_branch *from = &s->branch[next];
        const uint64_t frame = (uint64_t)b->next_frame;
        const double at_s = (double)frame / e->mix->rate_hz;
        b->next_frame +=
            e->mix->rate_hz / from->rate_hz * (1 + s->jitter * random_between(&e->random, -1, 1));
        if (timeline_at(&from->on, at_s) >= 0.5 && at_s < s->duration_s - 0.2)
            stimulate(e, next, frame);
    }
}
