/* SPDX-License-Identifier: Apache-2.0 */
/* A lateral channel of one stimulus, or its control: judged on the grid, measured at full rate,
 * learned from. */
#include "detect/evoked_parts.h"

#include <math.h>

#include "detect/fine.h"

/* The noise before the stimulus is taken over 28 ms against the level of the last 9: so long a
 * random walk has gone on average. What it explains is no noise, down to a ninth of the power. */
static const double level_before_ms = 10.0;
static const double noise_at_least = 1.0 / 9.0;

static void fine_sweep(struct evoked *e, const struct evoked_waiting *w, uint32_t k,
                       uint16_t channel, uint16_t direct, bool direct_valid, double *residual)
{
    const struct evoked_branch *s = &e->branch[w->onset.branch];
    const struct lateral *l = &s->lateral[k];
    const float *curves = evoked_here(e, s->tail_at[k]);
    double *sweep = evoked_here(e, e->fine_at), *other = sweep + e->window_frames;
    double *m = other + e->window_frames;
    evoked_cut(e, w->onset.sample, channel, sweep);
    double direct_ratio = 1.0;
    if (direct_valid) {
        evoked_cut(e, w->onset.sample, direct, other);
        direct_ratio = tail_ratio(&l->spread.direct, &e->grid, e->direct_points + e->grid.pre);
    }
    fine_residual(&l->spread, &e->grid, e->params.rate_hz, e->window_frames, sweep, curves,
                  e->verdicts[k].tail_ratio, direct_valid ? other : NULL, curves + e->window_frames,
                  direct_ratio, m, residual);
}

static void collect_template(struct evoked *e, struct evoked_branch *s, uint32_t k,
                             const double *residual)
{
    float *mean = evoked_here(e, s->template_at[k]);
    const float share = 1.0f / (float)++s->template_sweeps[k];
    for (uint32_t i = 0; i < e->window_frames; i++)
        mean[i] += share * ((float)residual[i] - mean[i]);
}

static void measure_lateral(struct evoked *e, const struct evoked_waiting *w, uint32_t k,
                            bool direct_valid, double *residual, struct lateral_features *f)
{
    const struct bank_branch *b = &e->params.branch[w->onset.branch];
    const struct lateral *l = &e->branch[w->onset.branch].lateral[k];
    const struct lateral_verdict *v = &e->verdicts[k];
    const struct grid *g = &e->grid;
    fine_sweep(e, w, k, f->channel, b->direct, direct_valid, residual);
    const double from_ms = (g->low + l->presence.support_from) * g->step_ms;
    const double to_ms = (g->low + l->presence.support_to) * g->step_ms;
    const double all = e->sizes.noise_uv[f->channel] * e->sizes.noise_uv[f->channel];
    const double wandered = l->presence.walk * l->presence.noise_scale * level_before_ms;
    const struct fine_noise noise = {
        .rms_uv = sqrt(fmax(all - wandered, noise_at_least * all)),
        .half_ms = 1.5 * g->step_ms,
        .walk = {presence_wandered(&l->presence, from_ms), presence_wandered(&l->presence, to_ms)},
    };
    double *level = (double *)evoked_here(e, e->fine_at) + 2 * (size_t)e->window_frames;
    memcpy(level, residual, sizeof *residual * e->window_frames);
    const struct fine_size size =
        fine_measure(level, e->params.rate_hz, e->window_frames, from_ms, to_ms, &noise);
    f->judged = true;
    f->significant = v->present;
    f->score = v->score;
    f->along = v->along;
    f->size_uv = v->size_uv;
    f->amplitude_uv = size.amplitude_uv;
    f->onset_ms = size.onset_ms;
}

static enum sweep_role role_of(const struct evoked *e, const struct evoked_waiting *w, uint32_t k)
{
    return k < e->params.branch[w->onset.branch].lateral_count ? SWEEP_LSR : SWEEP_CONTROL;
}

static void judge_lateral(struct evoked *e, const struct evoked_waiting *w, uint32_t k,
                          const double *direct, const struct evoked_context *x,
                          struct lateral_features *f)
{
    struct evoked_branch *s = &e->branch[w->onset.branch];
    struct lateral *l = &s->lateral[k];
    struct lateral_memory memory = lateral_memory_at(&e->grid, evoked_here(e, s->memory_at[k]));
    struct lateral_verdict *v = &e->verdicts[k];
    double *residual = (double *)evoked_here(e, e->fine_at) + 3 * (size_t)e->window_frames;
    struct finding_sweep shown;
    evoked_column(e, f->channel, e->sweep_points);
    lateral_judge(l, &e->grid, &memory, e->sweep_points, direct, s->m_ratio, e->tone.found, v);
    if (v->judged && v->active)
        f->reason = e->tone.found ? REASON_ARTIFACT : REASON_ACTIVITY;
    else if (v->judged)
        measure_lateral(e, w, k, direct != NULL, residual, f);
    evoked_open_sweep(w, f->channel, SWEEP_LSR, &shown);
    lateral_verdict(f, x->response, &shown);
    shown.role = role_of(e, w, k);
    evoked_show(e, &shown, f->judged ? residual : NULL);
    if (f->reason != REASON_NONE)
        return;
    if (f->judged) {
        lateral_follow_noise(l, v);
        if (shown.present == TRISTATE_YES && l->stored < SPREAD_SWEEPS)
            collect_template(e, s, k, residual);
    }
    if (lateral_collect(l, &e->grid, &memory, s->electrode.pulse_end_ms, e->sweep_points, direct,
                        evoked_here(e, e->work_at))) {
        float *curves = evoked_here(e, s->tail_at[k]);
        fine_tail(&l->spread.lateral, e->params.rate_hz, e->window_frames, curves);
        fine_tail(&l->spread.direct, e->params.rate_hz, e->window_frames,
                  curves + e->window_frames);
    }
}

/* A channel's features, with what its baseline is worth once this sweep is in. */
void evoked_take_lateral(struct evoked *e, const struct evoked_waiting *w, uint32_t k,
                         const struct stimulus_features *so_far, const struct evoked_context *x,
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
    f->reason = evoked_reason(e, w, f->channel, x);
    if (f->reason == REASON_NONE && (so_far->stimulus.delivered == TRISTATE_NO || m_gone))
        f->reason = REASON_STIMULUS;
    if (f->reason == REASON_NONE) {
        judge_lateral(e, w, k, direct_valid ? e->direct_points : NULL, x, f);
    } else {
        evoked_open_sweep(w, f->channel, role_of(e, w, k), &shown);
        shown.reason = f->reason;
        evoked_show(e, &shown, NULL);
    }
    f->learned = l->learned;
    f->elicited = l->elicited;
    f->directions = l->presence.directions;
    f->stored = l->stored;
    f->responses = l->responses;
    f->baseline_uv = l->baseline_uv;
}
