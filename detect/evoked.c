/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the signal, and has the sweeps of every stimulus judged when they are whole. */
#include "detect/evoked_parts.h"

#include <math.h>

enum { SHOWN_PRE_MS = 10 }; /* shown before the stimulus */

const struct option response_options[] = {
    OPTION(struct response_params, "window", window, UNIT_SECONDS, 0.002, 0.2, "6 ms .. 25 ms",
           OPTION_FEATURES,
           "searched for a response until its own window is learned; earlier is "
           "the direct M wave, later is no lateral spread in the face"),
    OPTION(struct response_params, "min_amplitude", min_amplitude_uv, UNIT_UV, 5, 1000, "15 uV",
           OPTION_JUDGEMENT | OPTION_LIVE,
           "a response must reach this peak to peak; smaller ones cannot be told "
           "from noise by eye either"),
    {0},
};

/* ---- memory */

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
        for (uint32_t k = 0; k < bank_branch_judged(&p->branch[b]); k++) {
            struct evoked_branch *s = &e->branch[b];
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

static void branch_init(struct evoked_branch *s, const struct bank_branch *b)
{
    electrode_init(&s->electrode);
    s->m_count = 0;
    s->m_baseline_uv = FINDING_UNKNOWN;
    s->m_ratio = 1.0;
    for (uint32_t k = 0; k < bank_branch_judged(b); k++) {
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
        grid_init(&e->grid, evoked_here(e, e->tables_at), params);
    layout_branches(e, params, at);
    e->params = *params;
    for (uint32_t i = 0; i < EVOKED_ONSETS; i++)
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
    double *raw_ring = evoked_here(e, e->raw_at), *clean_ring = evoked_here(e, e->clean_at);
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
    e->onset_next = (e->onset_next + 1) % EVOKED_ONSETS;
    if (e->waiting_count == EVOKED_WAITING)
        return; /* the refractory time makes this many at once impossible but in several branches */
    e->waiting[e->waiting_count++] =
        (struct evoked_waiting){.onset = *onset, .due = onset->sample + e->window_frames};
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

void evoked_open_sweep(const struct evoked_waiting *w, uint16_t channel, enum sweep_role role,
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

static void judge_stimulus(struct evoked *e, const struct evoked_waiting *w,
                           const struct evoked_context *x, struct stimulus_features *f)
{
    const struct bank_branch *b = &e->params.branch[w->onset.branch];
    struct evoked_branch *s = &e->branch[w->onset.branch];
    const bool whole = e->can_judge && !w->spoiled && w->onset.sample >= e->before_frames &&
                       w->onset.sample - e->before_frames >= e->from;
    memset(&e->electrodes, 0, sizeof e->electrodes);
    e->electrodes.delivered = TRISTATE_UNKNOWN;
    if (whole) {
        evoked_measure(e, w, x->artifact);
        evoked_clear_tone(e, w);
        electrode_judge(&s->electrode, &e->sizes, &e->electrodes);
    }
    f->has_direct = b->direct != FINDING_NO_CHANNEL;
    if (f->has_direct) {
        evoked_open_sweep(w, b->direct, SWEEP_DIRECT, &f->direct);
        evoked_judge_direct(e, w, b->direct, x, &f->direct);
    }
    f->stimulus.delivered = evoked_delivery(e, s, f->has_direct ? &f->direct : NULL);
    f->m_baseline_uv = s->m_baseline_uv;
    if (f->has_direct)
        evoked_show(e, &f->direct, NULL);
    f->lateral_count = b->lateral_count;
    f->control_count = b->control_count;
    for (uint32_t k = 0; k < bank_branch_judged(b); k++)
        evoked_take_lateral(e, w, k, f, x, &f->lateral[k]);
}

bool evoked_judge(struct evoked *e, uint64_t end, const struct evoked_beside *beside,
                  const struct response_params *response, struct stimulus_features *f)
{
    uint32_t k = 0;
    while (k < e->waiting_count && e->waiting[k].due > end)
        k++;
    if (k == e->waiting_count)
        return false;
    const struct evoked_waiting w = e->waiting[k];
    memmove(&e->waiting[k], &e->waiting[k + 1], sizeof e->waiting[0] * (e->waiting_count - k - 1));
    e->waiting_count--;
    memset(f, 0, sizeof *f);
    f->stimulus.sample = w.onset.sample;
    f->stimulus.branch = w.onset.branch;
    f->stimulus.source = w.onset.source;
    f->decided_sample = w.due - 1;
    const struct evoked_context x = {beside->artifact, beside->free_running, beside->hum, response};
    judge_stimulus(e, &w, &x, f);
    return true;
}
