/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the signal, cuts sweeps out of it, has them judged. */
#include "detect/evoked.h"

#include <math.h>

#include "detect/electrode.h"
#include "detect/fine.h"
#include "detect/fmath.h"
#include "detect/grid.h"
#include "detect/lateral.h"
#include "detect/tone.h"

enum {
    SHOWN_PRE_MS = 10,    /* shown before the stimulus */
    M_BASELINE = 20,      /* M waves whose median is the baseline */
    LEVEL_TO = 3,         /* grid points before the stimulus that its artifact cannot reach */
    ROUGH_RATE_HZ = 8000, /* under it no band is left above the muscles' */
    PULSE_MS = 3,         /* a pulse of 1 ms and its millisecond of rounding are over */
    QUIET_MS = 45,        /* before the stimulus the muscle must be at rest */
    TRAIN_BACK_MS = 800,  /* two discharges so far back at most are a train ... */
    TRAIN_PAUSE_MS = 250, /* ... that runs on, if the last was so short ago */
    AFTER_MS = 150,       /* after-activity is over behind a stimulus */
    ONSETS = 16,          /* stimuli remembered for it: 0.8 s at 20 a second */
};

/* Under this share of its baseline the M wave is missing: the nerve was not stimulated, or nothing
 * could have answered. */
static const double m_missing = 0.1;

/* RMS of the window's last 5 ms over what it usually is: louder than chance and any slow drift. */
static const double late_over = 3.0;

/* Until the tail is learned, the M wave is looked for from here on. */
static const double m_not_before_ms = 2.75;

/* A pulse's own edges change by this share of the steepest one within a sample; tails and M waves
 * do not. */
static const double steep = 0.25;

/* An M wave is one from this many times the noise on (and 30 uV, before a baseline is known). */
static const double m_over_noise = 12.0;
static const double m_least_uv = 30.0;

struct waiting {
    struct stimulus_onset onset;
    uint64_t due; /* run ends here */
    bool spoiled; /* samples of it were lost */
};

struct branch_state {
    struct electrode electrode;
    uint32_t m_count;
    float m_sizes[M_BASELINE];
    double m_baseline_uv; /* NAN until learned */
    double m_ratio;       /* newest */
    struct lateral lateral[FINDING_LATERAL];
    uint32_t template_sweeps[FINDING_LATERAL];
    size_t memory_at[FINDING_LATERAL]; /* lateral_memory_size() bytes */
    size_t
        template_at[FINDING_LATERAL]; /* window_frames floats: mean of the baseline's responses */
    size_t tail_at[FINDING_LATERAL];  /* 2 x window_frames floats: lateral's and direct's curve */
};

struct evoked {
    struct bank_params params;
    bool can_judge; /* the rate suffices */
    uint32_t lanes;
    uint32_t window_frames; /* from the stimulus to the window's end */
    uint32_t before_frames; /* needed before the stimulus */
    uint32_t shown_pre;
    uint32_t sweep_frames; /* shown: shown_pre + window */
    uint32_t ring_frames;
    uint64_t next; /* index behind the newest frame kept */
    uint64_t from; /* oldest index without a hole */
    uint32_t waiting_count;
    struct waiting waiting[EVOKED_WAITING];
    uint32_t onset_next;
    uint64_t onsets[ONSETS]; /* newest stimuli of all branches; NO_SAMPLE: none */
    uint32_t shown_count;
    struct bank_sweep shown[EVOKED_SHOWN]; /* pointers filled when asked for */
    struct grid grid;
    struct branch_state branch[BANK_BRANCHES];
    struct lateral_verdict verdicts[FINDING_LATERAL];
    struct electrode_sizes sizes;
    struct electrode_verdict electrodes;
    struct tone tone;
    bool everywhere; /* half of the channels are loud at the window's end: no muscle's doing */
    double level[BANK_CHANNELS];
    double sweep_points[GRID_MOST], direct_points[GRID_MOST];
    size_t raw_at, clean_at; /* offsets from this struct */
    size_t shown_at;         /* EVOKED_SHOWN x 2 x sweep_frames floats */
    size_t tables_at, points_at, work_at;
    size_t fine_at; /* 4 x window_frames doubles */
};

const struct option response_options[] = {
    OPTION(struct response_params, "window", window, UNIT_SECONDS, 0.002, 0.2, "6 ms .. 25 ms",
           OPTION_FEATURES,
           "searched for a response until its own window is learned; earlier is "
           "the direct M wave, later is no lateral spread in the face"),
    OPTION(struct response_params, "min_amplitude", min_amplitude_uv, UNIT_UV, 5, 1000, "15 uV",
           OPTION_JUDGEMENT,
           "a response must reach this peak to peak; smaller ones cannot be told "
           "from noise by eye either"),
    {0},
};

/* ---- memory */

static void *here(struct evoked *e, size_t at)
{
    return (unsigned char *)e + at;
}

static size_t take(size_t *at, size_t bytes)
{
    const size_t begin = *at;
    *at += (bytes + 63) / 64 * 64;
    return begin;
}

static size_t layout(struct evoked *e, const struct bank_params *p)
{
    e->lanes = block_stride(p->channels);
    e->window_frames = (uint32_t)rint(p->response.window.high * (double)p->rate_hz);
    const size_t tables = grid_size(p);
    e->can_judge = tables > 0;
    e->shown_pre = SHOWN_PRE_MS * p->rate_hz / 1000;
    e->sweep_frames = e->shown_pre + e->window_frames;
    e->before_frames = (GRID_PRE_MS + 2) * p->rate_hz / 1000;
    e->ring_frames = e->before_frames + e->window_frames + 2 * tick_frames_max(p->rate_hz);
    const size_t ring_bytes = sizeof(double) * e->ring_frames * e->lanes;
    size_t at = 0;
    take(&at, sizeof *e);
    e->raw_at = take(&at, ring_bytes);
    e->clean_at = take(&at, ring_bytes);
    e->shown_at = take(&at, sizeof(float) * EVOKED_SHOWN * 2 * e->sweep_frames);
    e->tables_at = take(&at, tables);
    e->points_at = take(&at, sizeof(double) * GRID_MOST * e->lanes);
    e->work_at = take(&at, sizeof(struct lateral_work));
    e->fine_at = take(&at, sizeof(double) * 4 * e->window_frames);
    return at;
}

/* The grid's shape is known only after its tables are made, the memory beside every lateral channel
 * only from the grid. */
static size_t layout_branches(struct evoked *e, const struct bank_params *p, size_t at)
{
    if (!e->can_judge)
        return at;
    for (uint32_t b = 0; b < p->branches; b++)
        for (uint32_t k = 0; k < p->branch[b].lateral_count; k++) {
            struct branch_state *s = &e->branch[b];
            s->memory_at[k] = take(&at, lateral_memory_size(&e->grid));
            s->template_at[k] = take(&at, sizeof(float) * e->window_frames);
            s->tail_at[k] = take(&at, sizeof(float) * 2 * e->window_frames);
        }
    return at;
}

size_t evoked_size(const struct bank_params *params)
{
    struct evoked e;
    memset(&e, 0, sizeof e);
    const size_t at = layout(&e, params);
    if (e.can_judge)
        grid_shape(&e.grid, params);
    return layout_branches(&e, params, at);
}

static void branch_init(struct branch_state *s, const struct bank_branch *b)
{
    electrode_init(&s->electrode);
    s->m_count = 0;
    s->m_baseline_uv = FINDING_UNKNOWN;
    s->m_ratio = 1.0;
    for (uint32_t k = 0; k < b->lateral_count; k++) {
        lateral_init(&s->lateral[k], b->direct != FINDING_NO_CHANNEL);
        s->template_sweeps[k] = 0;
    }
}

void evoked_init(struct evoked *e, const struct bank_params *params)
{
    const size_t size = evoked_size(params);
    memset((void *)e, 0, size);
    const size_t at = layout(e, params);
    if (e->can_judge)
        grid_init(&e->grid, here(e, e->tables_at), params);
    layout_branches(e, params, at);
    e->params = *params;
    for (uint32_t i = 0; i < ONSETS; i++)
        e->onsets[i] = NO_SAMPLE;
    for (uint32_t b = 0; b < params->branches; b++)
        branch_init(&e->branch[b], &params->branch[b]);
}

void evoked_retake(struct evoked *e, uint8_t branch)
{
    branch_init(&e->branch[branch], &e->params.branch[branch]);
}

/* ---- the ring, and what waits */

void evoked_feed(struct evoked *e, const struct frame_run *raw, const double *clean)
{
    double *raw_ring = here(e, e->raw_at), *clean_ring = here(e, e->clean_at);
    for (uint32_t i = 0; i < raw->frames;) {
        const uint32_t at = (uint32_t)((raw->first_index + i) % e->ring_frames);
        uint32_t count = raw->frames - i; /* up to the ring's end at once */
        if (count > e->ring_frames - at)
            count = e->ring_frames - at;
        const size_t to = (size_t)at * e->lanes, from = (size_t)i * raw->stride;
        memcpy(raw_ring + to, raw->uv + from, sizeof(double) * e->lanes * count);
        memcpy(clean_ring + to, clean + from, sizeof(double) * e->lanes * count);
        i += count;
    }
    e->next = raw->first_index + raw->frames;
}

void evoked_stimulus(struct evoked *e, const struct stimulus_onset *onset)
{
    e->onsets[e->onset_next] = onset->sample;
    e->onset_next = (e->onset_next + 1) % ONSETS;
    if (e->waiting_count == EVOKED_WAITING)
        return; /* the refractory time makes this many at once impossible but in several branches */
    e->waiting[e->waiting_count++] =
        (struct waiting){.onset = *onset, .due = onset->sample + e->window_frames};
}

uint64_t evoked_window_end(const struct evoked *e, uint64_t stimulus_sample)
{
    return stimulus_sample + e->window_frames;
}

uint64_t evoked_due(const struct evoked *e)
{
    uint64_t due = NO_SAMPLE;
    for (uint32_t i = 0; i < e->waiting_count; i++)
        if (e->waiting[i].due < due)
            due = e->waiting[i].due;
    return due;
}

void evoked_gap(struct evoked *e, uint64_t from, uint64_t to)
{
    (void)from;
    for (uint32_t i = 0; i < e->waiting_count; i++) {
        e->waiting[i].spoiled = true;
        e->waiting[i].due = to + 1;
    }
    e->from = to;
    e->next = to;
}

/* ---- one stimulus */

/* Samples from the stimulus on of one channel, its level before it removed. */
static void cut(struct evoked *e, uint64_t stimulus, uint16_t channel, double *sweep)
{
    const double *ring = here(e, e->clean_at);
    for (uint32_t i = 0; i < e->window_frames; i++)
        sweep[i] = ring[(size_t)((stimulus + i) % e->ring_frames) * e->lanes + channel] -
                   e->level[channel];
    tone_subtract(&e->tone, channel, e->params.rate_hz, sweep, e->window_frames);
}

/* Median absolute second difference of the window's last 5 ms: the noise that no muscle makes. */
static double roughness(struct evoked *e, const struct waiting *w, uint32_t channel)
{
    enum { MOST = 256 };
    const uint32_t span = 5 * e->params.rate_hz / 1000, stride = 1 + span / MOST;
    const double *ring = here(e, e->clean_at);
    const uint64_t end = w->onset.sample + e->window_frames;
    double sorted[MOST];
    uint32_t count = 0;
    if (e->params.rate_hz < ROUGH_RATE_HZ)
        return 0.0;
    for (uint64_t i = end - span + 2; i < end && count < MOST; i += stride) {
        const double x = ring[(size_t)(i % e->ring_frames) * e->lanes + channel];
        const double y = ring[(size_t)((i - 1) % e->ring_frames) * e->lanes + channel];
        const double z = ring[(size_t)((i - 2) % e->ring_frames) * e->lanes + channel];
        const double rough = fabs(x - 2.0 * y + z);
        uint32_t k = count++;
        for (; k > 0 && sorted[k - 1] > rough; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = rough;
    }
    return sorted[count / 2];
}

/* Milliseconds from the stimulus to its pulse's last edge on one channel. */
static double pulse_end(struct evoked *e, const struct waiting *w, uint32_t channel)
{
    const double *ring = here(e, e->clean_at);
    const uint32_t span = 2 * e->params.rate_hz / 1000;
    double steepest = 0.0, before = 0.0;
    uint32_t last = 0;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i <= span; i++) { /* from the sample before the onset */
            const double v =
                ring[(size_t)((w->onset.sample + i - 1) % e->ring_frames) * e->lanes + channel];
            const double change = i > 0 ? fabs(v - before) : 0.0;
            before = v;
            if (pass == 0)
                steepest = fmax(steepest, change);
            else if (change > steep * steepest)
                last = i - 1;
        }
    return 1e3 * (double)last / (double)e->params.rate_hz;
}

static double rms_before(const struct evoked *e, const double *points, uint32_t channel)
{
    const uint32_t to = e->grid.pre - LEVEL_TO;
    double square = 0.0;
    for (uint32_t p = 0; p < to; p++) {
        const double v = points[(size_t)p * e->lanes + channel];
        square += v * v;
    }
    return sqrt(square / to);
}

/* Grid points of all channels, levels removed; sizes of artifact and noise. */
static void measure(struct evoked *e, const struct waiting *w, const struct artifact *artifact)
{
    const struct grid *g = &e->grid;
    double *points = here(e, e->points_at);
    const double *ring = here(e, e->clean_at);
    grid_sweep(g, here(e, e->tables_at), ring, e->ring_frames, e->lanes, w->onset.sample, points);
    const uint32_t to = g->pre - LEVEL_TO, from = to - (uint32_t)floor(9.0 / g->step_ms);
    const uint32_t first_ms = e->params.rate_hz / 1000;
    e->sizes.channels = e->params.channels;
    e->sizes.pulse_end_ms = 0.0;
    for (uint32_t c = 0; c < e->params.channels; c++) {
        double level = 0.0;
        for (uint32_t p = from; p < to; p++)
            level += points[(size_t)p * e->lanes + c] / (to - from);
        for (uint32_t p = 0; p < g->pre + g->post; p++)
            points[(size_t)p * e->lanes + c] -= level;
        const double end_ms = pulse_end(e, w, c);
        e->sizes.pulse_end_ms = fmax(e->sizes.pulse_end_ms, end_ms);
        double low = 0.0, high = 0.0;
        for (uint32_t i = 0; i < first_ms; i++) {
            const double v =
                ring[(size_t)((w->onset.sample + i) % e->ring_frames) * e->lanes + c] - level;
            low = fmin(low, v);
            high = fmax(high, v);
        }
        e->level[c] = level;
        e->sizes.artifact_uv[c] = high - low;
        e->sizes.noise_uv[c] = rms_before(e, points, c);
        /* the stimulus itself looks like cautery: only what is sure counts here */
        e->sizes.masked[c] = artifact_proved(artifact, c, w->onset.sample,
                                             w->onset.sample + first_ms) != REASON_NONE;
        e->sizes.rough_uv[c] = roughness(e, w, c);
    }
}

/* To where, after the stimulus, this branch's responses reach. */
static double response_end_ms(const struct evoked *e, uint8_t branch)
{
    const struct branch_state *s = &e->branch[branch];
    double end = 0.0;
    for (uint32_t k = 0; k < e->params.branch[branch].lateral_count; k++) {
        const struct presence *p = &s->lateral[k].presence;
        if (s->lateral[k].learned && s->lateral[k].elicited)
            end = fmax(end, (e->grid.low + p->support_to) * e->grid.step_ms);
    }
    const double last = (e->grid.post - 1) * e->grid.step_ms;
    /* unknown: two thirds of the window; always some of it is left to fit a tone to */
    return end > 0.0 ? fmin(end, last - 3.0) : last * 2.0 / 3.0;
}

static double rms_late(const struct evoked *e, const double *points, uint32_t c)
{
    const struct grid *g = &e->grid;
    const uint32_t late = (uint32_t)floor(5.0 / g->step_ms), all = g->pre + g->post;
    double square = 0.0;
    for (uint32_t p = all - late; p < all; p++) {
        const double v = points[(size_t)p * e->lanes + c];
        square += v * v;
    }
    return sqrt(square / late);
}

/* A drill's tone goes before anything is judged; what begins within the window on half of the
 * channels at once spoils it. */
static void clear_tone(struct evoked *e, const struct waiting *w)
{
    const struct electrode *usual = &e->branch[w->onset.branch].electrode;
    double *points = here(e, e->points_at);
    memset(&e->tone, 0, sizeof e->tone);
    e->everywhere = false;
    if (usual->learned)
        tone_remove(&e->tone, &e->grid, points, e->params.channels, e->lanes, usual->noise_uv,
                    e->sizes.noise_uv, response_end_ms(e, w->onset.branch));
    if (e->tone.found)
        for (uint32_t c = 0; c < e->params.channels; c++)
            e->sizes.noise_uv[c] = rms_before(e, points, c);
    uint32_t loud = 0;
    for (uint32_t c = 0; c < e->params.channels; c++) {
        e->sizes.late_uv[c] = rms_late(e, points, c);
        const double usually = fmax(fmax(usual->noise_uv[c], usual->late_uv[c]), 1.0);
        loud += e->sizes.late_uv[c] > late_over * usually;
    }
    e->everywhere = usual->learned && e->params.channels > 2 && 2 * loud >= e->params.channels;
}

static void column(struct evoked *e, uint16_t channel, double *sweep)
{
    const double *points = here(e, e->points_at);
    for (uint32_t p = 0; p < e->grid.pre + e->grid.post; p++)
        sweep[p] = points[(size_t)p * e->lanes + channel];
}

struct context {
    const struct artifact *artifact;
    const struct free_running *free_running;
    const struct hum *hum;
    const struct response_params *response;
};

/* Whether the muscle discharges again and again of itself, slowly enough that a sweep falls between
 * two discharges and yet may catch one: a B train. The time behind a stimulus is left out, because
 * after-activity belongs to the response. */
static bool train_runs(const struct evoked *e, uint16_t channel, uint64_t at,
                       const struct free_running *f)
{
    const uint64_t ms = e->params.rate_hz / 1000, back = TRAIN_BACK_MS * ms;
    const uint64_t oldest = at > back ? at - back : 0;
    uint64_t to = at, newest = 0;
    uint32_t discharges = 0;
    for (uint32_t i = 1; i <= ONSETS && to > oldest; i++) {
        const uint64_t onset = e->onsets[(e->onset_next + ONSETS - i) % ONSETS];
        if (onset >= at && onset != NO_SAMPLE)
            continue;
        const uint64_t free_from = onset == NO_SAMPLE ? 0 : onset + AFTER_MS * ms;
        const uint64_t from = free_from > oldest ? free_from : oldest;
        uint64_t seen = newest;
        if (from < to)
            discharges += free_running_discharges(f, channel, from, to, &seen);
        newest = seen > newest ? seen : newest;
        to = onset == NO_SAMPLE ? 0 : onset;
    }
    return discharges >= 2 && at - newest < TRAIN_PAUSE_MS * ms;
}

/* What the artifact stage holds against the sweep. A pulse that clips by itself for a millisecond or
 * two, or whose edges are as steep as cautery, is no suspicion against what comes behind it. */
static enum sweep_reason masked_by(const struct evoked *e, const struct waiting *w,
                                   uint16_t channel, const struct artifact *artifact)
{
    const uint64_t ms = e->params.rate_hz / 1000, at = w->onset.sample;
    const uint64_t from = at - 5 * ms, to = at + e->window_frames, pulse_to = at + PULSE_MS * ms;
    const enum sweep_reason whole = artifact_masks(artifact, channel, from, to);
    if (whole == REASON_NONE || artifact_proved(artifact, channel, from, to) != REASON_NONE)
        return whole;
    const enum sweep_reason before = artifact_masks(artifact, channel, from, at - ms);
    return before != REASON_NONE ? before : artifact_masks(artifact, channel, pulse_to, to);
}

static enum sweep_reason reason_of(const struct evoked *e, const struct waiting *w,
                                   uint16_t channel, const struct context *x)
{
    const uint64_t rate = e->params.rate_hz, at = w->onset.sample;
    const uint64_t quiet = QUIET_MS * rate / 1000;
    if (w->spoiled)
        return REASON_GAP;
    if (!e->can_judge)
        return REASON_RATE;
    if (at < e->before_frames)
        return REASON_SETTLING;
    if (at - e->before_frames < e->from)
        return REASON_GAP;
    const enum sweep_reason masked = masked_by(e, w, channel, x->artifact);
    if (masked != REASON_NONE)
        return masked;
    if (!hum_settled(x->hum))
        return REASON_SETTLING;
    if (e->electrodes.fault[channel])
        return REASON_ELECTRODE;
    if (e->everywhere)
        return REASON_ARTIFACT;
    if (free_running_active(x->free_running, channel, at > quiet ? at - quiet : 0,
                            at + e->window_frames) ||
        train_runs(e, channel, at, x->free_running))
        return REASON_ACTIVITY;
    return REASON_NONE;
}

/* ---- for display */

/* residual: the sweep as judged from the stimulus on; NULL: as recorded, hum removed. */
static void show(struct evoked *e, const struct finding_sweep *verdict, const double *residual)
{
    if (e->shown_count == EVOKED_SHOWN)
        return;
    const uint32_t k = e->shown_count++;
    float *uv = (float *)here(e, e->shown_at) + (size_t)k * 2 * e->sweep_frames;
    struct bank_sweep *s = &e->shown[k];
    memset(s, 0, sizeof *s);
    s->verdict = *verdict;
    const uint64_t stimulus = verdict->stimulus_sample;
    const uint64_t begin = stimulus > e->shown_pre ? stimulus - e->shown_pre : 0;
    s->first_sample = begin;
    s->pre_samples = (uint32_t)(stimulus - begin);
    if (e->next < stimulus + e->window_frames || e->from > begin)
        return; /* spoiled: nothing to show */
    const double *raw = here(e, e->raw_at), *clean = here(e, e->clean_at);
    s->samples = s->pre_samples + e->window_frames;
    for (uint32_t i = 0; i < s->samples; i++) {
        const size_t at = (size_t)((begin + i) % e->ring_frames) * e->lanes + verdict->channel;
        const bool judged = residual && i >= s->pre_samples;
        uv[i] = judged ? (float)residual[i - s->pre_samples]
                       : (float)(clean[at] - e->level[verdict->channel]);
        uv[e->sweep_frames + i] = (float)raw[at];
    }
}

static void open_sweep(const struct waiting *w, uint16_t channel, enum sweep_role role,
                       struct finding_sweep *f)
{
    f->stimulus_sample = w->onset.sample;
    f->channel = channel;
    f->branch = w->onset.branch;
    f->role = role;
    f->reason = REASON_NONE;
    f->present = TRISTATE_UNKNOWN;
    f->score = FINDING_UNKNOWN;
    f->amplitude_uv = FINDING_UNKNOWN;
    f->onset_ms = FINDING_UNKNOWN;
}

/* ---- the direct channel */

static double median_of(const float *values, uint32_t count)
{
    float sorted[M_BASELINE];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = i;
        for (; k > 0 && sorted[k - 1] > values[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = values[i];
    }
    return (double)sorted[count / 2];
}

static void judge_direct(struct evoked *e, const struct waiting *w, uint16_t channel,
                         const struct context *x, struct finding_sweep *f)
{
    struct branch_state *s = &e->branch[w->onset.branch];
    const struct grid *g = &e->grid;
    f->reason = reason_of(e, w, channel, x);
    if (f->reason != REASON_NONE)
        return;
    double wave[GRID_POST_MOST];
    column(e, channel, e->direct_points);
    if (s->lateral[0].learned && s->lateral[0].has_direct)
        spread_direct(&s->lateral[0].spread, g, e->direct_points + g->pre, wave);
    else
        for (uint32_t p = 0; p < g->post; p++)
            wave[p] =
                (double)p * g->step_ms < m_not_before_ms ? 0.0 : e->direct_points[g->pre + p];
    double low = 0.0, high = 0.0;
    for (uint32_t p = 0; p < g->post; p++) {
        low = fmin(low, wave[p]);
        high = fmax(high, wave[p]);
    }
    f->amplitude_uv = high - low;
    const double noise = e->sizes.noise_uv[channel];
    const double least = s->m_count == M_BASELINE
                             ? fmax(m_missing * s->m_baseline_uv, m_over_noise * noise)
                             : fmax(m_least_uv, m_over_noise * noise);
    f->score = f->amplitude_uv / least;
    f->present = f->amplitude_uv > least ? TRISTATE_YES : TRISTATE_NO;
    const double tenth = 0.1 * fmax(high, -low);
    for (uint32_t p = 0; p < g->post && f->present == TRISTATE_YES; p++)
        if (fabs(wave[p]) > tenth) {
            f->onset_ms = p * g->step_ms;
            break;
        }
}

/* Proof of the stimulus: by artifact and M wave together. */
static enum tristate judge_delivery(struct evoked *e, struct branch_state *s,
                                    struct finding_sweep *direct)
{
    enum tristate delivered = e->electrodes.delivered;
    if (!direct || direct->reason != REASON_NONE)
        return delivered;
    if (direct->present == TRISTATE_YES)
        delivered = TRISTATE_YES;
    if (delivered == TRISTATE_NO) {
        direct->reason = REASON_STIMULUS;
        return delivered;
    }
    if (direct->present == TRISTATE_YES && s->m_count < M_BASELINE) {
        s->m_sizes[s->m_count++] = (float)direct->amplitude_uv;
        if (s->m_count == M_BASELINE)
            s->m_baseline_uv = median_of(s->m_sizes, M_BASELINE);
    }
    if (s->m_count == M_BASELINE)
        s->m_ratio = direct->amplitude_uv / s->m_baseline_uv;
    return delivered;
}

/* ---- a lateral channel */

static void fine_sweep(struct evoked *e, const struct waiting *w, uint32_t k, uint16_t channel,
                       uint16_t direct, bool direct_valid, double *residual)
{
    const struct branch_state *s = &e->branch[w->onset.branch];
    const struct lateral *l = &s->lateral[k];
    const float *curves = here(e, s->tail_at[k]);
    double *sweep = here(e, e->fine_at), *other = sweep + e->window_frames;
    double *m = other + e->window_frames;
    cut(e, w->onset.sample, channel, sweep);
    double direct_ratio = 1.0;
    if (direct_valid) {
        cut(e, w->onset.sample, direct, other);
        direct_ratio = tail_ratio(&l->spread.direct, &e->grid, e->direct_points + e->grid.pre);
    }
    fine_residual(&l->spread, &e->grid, e->params.rate_hz, e->window_frames, sweep, curves,
                  e->verdicts[k].tail_ratio, direct_valid ? other : NULL, curves + e->window_frames,
                  direct_ratio, m, residual);
}

static void collect_template(struct evoked *e, struct branch_state *s, uint32_t k,
                             const double *residual)
{
    float *mean = here(e, s->template_at[k]);
    const float share = 1.0f / (float)++s->template_sweeps[k];
    for (uint32_t i = 0; i < e->window_frames; i++)
        mean[i] += share * ((float)residual[i] - mean[i]);
}

static void measure_lateral(struct evoked *e, const struct waiting *w, uint32_t k, bool direct_valid,
                            double *residual, struct lateral_features *f)
{
    const struct bank_branch *b = &e->params.branch[w->onset.branch];
    const struct lateral *l = &e->branch[w->onset.branch].lateral[k];
    const struct lateral_verdict *v = &e->verdicts[k];
    const struct grid *g = &e->grid;
    fine_sweep(e, w, k, f->channel, b->direct, direct_valid, residual);
    const double from_ms = (g->low + l->presence.support_from) * g->step_ms;
    const double to_ms = (g->low + l->presence.support_to) * g->step_ms;
    const struct fine_size size =
        fine_measure(residual, e->params.rate_hz, e->window_frames, from_ms, to_ms,
                     e->sizes.noise_uv[f->channel], 1.5 * g->step_ms);
    f->judged = true;
    f->significant = v->present;
    f->score = v->score;
    f->along = v->along;
    f->size_uv = v->size_uv;
    f->amplitude_uv = size.amplitude_uv;
    f->onset_ms = size.onset_ms;
}

static void judge_lateral(struct evoked *e, const struct waiting *w, uint32_t k,
                          const double *direct, const struct context *x, struct lateral_features *f)
{
    struct branch_state *s = &e->branch[w->onset.branch];
    struct lateral *l = &s->lateral[k];
    struct lateral_memory memory = lateral_memory_at(&e->grid, here(e, s->memory_at[k]));
    struct lateral_verdict *v = &e->verdicts[k];
    double *residual = (double *)here(e, e->fine_at) + 3 * (size_t)e->window_frames;
    struct finding_sweep shown;
    column(e, f->channel, e->sweep_points);
    lateral_judge(l, &e->grid, &memory, e->sweep_points, direct, s->m_ratio, v);
    if (v->judged && v->active)
        f->reason = REASON_ACTIVITY;
    else if (v->judged)
        measure_lateral(e, w, k, direct != NULL, residual, f);
    open_sweep(w, f->channel, SWEEP_LSR, &shown);
    lateral_verdict(f, x->response, &shown);
    show(e, &shown, f->judged ? residual : NULL);
    if (f->reason != REASON_NONE)
        return;
    if (f->judged) {
        lateral_follow_noise(l, v->quiet);
        if (shown.present == TRISTATE_YES && l->stored < SPREAD_SWEEPS)
            collect_template(e, s, k, residual);
    }
    if (lateral_collect(l, &e->grid, &memory, s->electrode.pulse_end_ms, e->sweep_points, direct,
                        here(e, e->work_at))) {
        float *curves = here(e, s->tail_at[k]);
        fine_tail(&l->spread.lateral, e->params.rate_hz, e->window_frames, curves);
        fine_tail(&l->spread.direct, e->params.rate_hz, e->window_frames,
                  curves + e->window_frames);
    }
}

/* A channel's features, with what its baseline is worth once this sweep is in. */
static void take_lateral(struct evoked *e, const struct waiting *w, uint32_t k,
                         const struct stimulus_features *so_far, const struct context *x,
                         struct lateral_features *f)
{
    const struct finding_sweep *direct = so_far->has_direct ? &so_far->direct : NULL;
    const bool direct_valid = direct && direct->reason == REASON_NONE;
    const bool m_gone = direct_valid && direct->present == TRISTATE_NO;
    const struct lateral *l = &e->branch[w->onset.branch].lateral[k];
    struct finding_sweep shown;
    f->channel = e->params.branch[w->onset.branch].lateral[k];
    f->amplitude_uv = FINDING_UNKNOWN;
    f->onset_ms = FINDING_UNKNOWN;
    f->reason = reason_of(e, w, f->channel, x);
    if (f->reason == REASON_NONE && (so_far->stimulus.delivered == TRISTATE_NO || m_gone))
        f->reason = REASON_STIMULUS;
    if (f->reason == REASON_NONE) {
        judge_lateral(e, w, k, direct_valid ? e->direct_points : NULL, x, f);
    } else {
        open_sweep(w, f->channel, SWEEP_LSR, &shown);
        shown.reason = f->reason;
        show(e, &shown, NULL);
    }
    f->learned = l->learned;
    f->elicited = l->elicited;
    f->directions = l->presence.directions;
    f->stored = l->stored;
    f->responses = l->responses;
    f->baseline_uv = l->baseline_uv;
}

static void judge_stimulus(struct evoked *e, const struct waiting *w, const struct context *x,
                           struct stimulus_features *f)
{
    const struct bank_branch *b = &e->params.branch[w->onset.branch];
    struct branch_state *s = &e->branch[w->onset.branch];
    const bool whole = e->can_judge && !w->spoiled && w->onset.sample >= e->before_frames &&
                       w->onset.sample - e->before_frames >= e->from;
    memset(&e->electrodes, 0, sizeof e->electrodes);
    e->electrodes.delivered = TRISTATE_UNKNOWN;
    if (whole) {
        measure(e, w, x->artifact);
        clear_tone(e, w);
        electrode_judge(&s->electrode, &e->sizes, &e->electrodes);
    }
    f->has_direct = b->direct != FINDING_NO_CHANNEL;
    if (f->has_direct) {
        open_sweep(w, b->direct, SWEEP_DIRECT, &f->direct);
        judge_direct(e, w, b->direct, x, &f->direct);
    }
    f->stimulus.delivered = judge_delivery(e, s, f->has_direct ? &f->direct : NULL);
    f->m_baseline_uv = s->m_baseline_uv;
    if (f->has_direct)
        show(e, &f->direct, NULL);
    for (uint32_t k = 0; k < b->lateral_count; k++)
        take_lateral(e, w, k, f, x, &f->lateral[f->lateral_count++]);
}

bool evoked_judge(struct evoked *e, uint64_t end, const struct evoked_beside *beside,
                  const struct response_params *response, struct stimulus_features *f)
{
    uint32_t k = 0;
    while (k < e->waiting_count && e->waiting[k].due > end)
        k++;
    if (k == e->waiting_count)
        return false;
    const struct waiting w = e->waiting[k];
    memmove(&e->waiting[k], &e->waiting[k + 1], sizeof e->waiting[0] * (e->waiting_count - k - 1));
    e->waiting_count--;
    memset(f, 0, sizeof *f);
    f->stimulus.sample = w.onset.sample;
    f->stimulus.branch = w.onset.branch;
    f->stimulus.source = w.onset.source;
    f->decided_sample = w.due - 1;
    const struct context x = {beside->artifact, beside->free_running, beside->hum, response};
    judge_stimulus(e, &w, &x, f);
    return true;
}

/* ---- for the caller */

uint32_t evoked_shown(const struct evoked *e, struct bank_sweep *sweeps)
{
    for (uint32_t i = 0; i < e->shown_count; i++) {
        sweeps[i] = e->shown[i];
        sweeps[i].uv = (const float *)(const void *)((const unsigned char *)e + e->shown_at) +
                       (size_t)i * 2 * e->sweep_frames;
        sweeps[i].raw_uv = sweeps[i].uv + e->sweep_frames;
    }
    return e->shown_count;
}

uint32_t evoked_shown_count(const struct evoked *e)
{
    return e->shown_count;
}

void evoked_shown_clear(struct evoked *e)
{
    e->shown_count = 0;
}

const float *evoked_template(const struct evoked *e, uint8_t branch, uint16_t channel,
                             uint32_t *samples, double *first_ms)
{
    *samples = 0;
    *first_ms = 0.0;
    const struct bank_branch *b = &e->params.branch[branch];
    for (uint32_t k = 0; k < b->lateral_count; k++)
        if (b->lateral[k] == channel && e->branch[branch].template_sweeps[k] > 0) {
            *samples = e->window_frames;
            return (const float *)(const void *)((const unsigned char *)e +
                                                 e->branch[branch].template_at[k]);
        }
    return NULL;
}
