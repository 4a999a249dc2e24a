/* SPDX-License-Identifier: Apache-2.0 */
/* Collects, learns, judges. */
#include "detect/lateral.h"

#include <math.h>
#include <string.h>

#include "base/finding.h"
#include "detect/level.h"

/* Energy before the stimulus, in units of the baseline's: above it the muscle was active. The mean
 * of 70 chi-square variables stays under 2 in one sweep of a million. */
static const double active_over = 3.0;

size_t lateral_memory_size(const struct grid *g)
{
    const size_t points = g->pre + g->post;
    return sizeof(double) * presence_doubles(g) + 2 * sizeof(float) * SPREAD_SWEEPS * points;
}

struct lateral_memory lateral_memory_at(const struct grid *g, void *memory)
{
    struct lateral_memory m;
    m.matrices = memory;
    m.direct = (float *)(void *)(m.matrices + presence_doubles(g));
    m.lateral = m.direct + (size_t)SPREAD_SWEEPS * (g->pre + g->post);
    return m;
}

void lateral_init(struct lateral *l, bool has_direct)
{
    memset(l, 0, sizeof *l);
    l->has_direct = has_direct;
    l->baseline_uv = FINDING_UNKNOWN;
}

static double size_within(const struct lateral *l, const struct grid *g, const double *residual)
{
    double low = 0.0, high = 0.0;
    for (uint32_t i = l->presence.support_from; i < l->presence.support_to; i++) {
        const double v = residual[g->low + i];
        low = fmin(low, v);
        high = fmax(high, v);
    }
    return high - low;
}

void lateral_judge(const struct lateral *l, const struct grid *g, const struct lateral_memory *m,
                   const double *sweep, const double *direct, double m_ratio,
                   struct lateral_verdict *v)
{
    memset(v, 0, sizeof *v);
    v->tail_ratio = 1.0;
    v->quiet = 1.0;
    if (!l->learned)
        return;
    double wave[GRID_POST_MOST];
    if (direct)
        spread_direct(&l->spread, g, direct + g->pre, wave);
    else
        for (uint32_t p = 0; p < g->post; p++)
            wave[p] = m_ratio * l->spread.mean_m[p];
    spread_residual(&l->spread, g, wave, sweep + g->pre, v->residual);
    v->tail_ratio = tail_ratio(&l->spread.lateral, g, sweep + g->pre);
    struct presence_result r;
    presence_judge(&l->presence, m->matrices, v->residual + g->low, &r);
    v->judged = true;
    v->score = r.score;
    v->along = r.along;
    v->size_uv = size_within(l, g, v->residual);
    v->present = r.score >= PRESENCE_SCORE;
    const uint32_t n = l->presence.points, last = g->pre - 4;
    if (n <= last) {
        v->quiet = presence_quiet(&l->presence, m->matrices, sweep + last - n);
        v->active = v->quiet > active_over * l->presence.noise_scale;
    }
}

void lateral_follow_noise(struct lateral *l, double quiet)
{
    const double bounded = fmin(quiet, 3.0 * l->presence.noise_scale);
    l->presence.noise_scale =
        fmax(0.7, l->presence.noise_scale + 0.02 * (bounded - l->presence.noise_scale));
}

static float median(float *values, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const float v = values[i];
        uint32_t k = i;
        for (; k > 0 && values[k - 1] > v; k--)
            values[k] = values[k - 1];
        values[k] = v;
    }
    return 0.5f * (values[(count - 1) / 2] + values[count / 2]);
}

static void learn(struct lateral *l, const struct grid *g, struct lateral_memory *m,
                  double pulse_end_ms, struct lateral_work *work)
{
    const uint32_t points = g->pre + g->post;
    spread_learn(&l->spread, g, pulse_end_ms, l->has_direct ? m->direct : NULL, m->lateral,
                 l->stored, &work->spread);
    for (uint32_t k = 0; k < l->stored; k++) {
        double sweep[GRID_MOST], direct[GRID_MOST], wave[GRID_POST_MOST];
        for (uint32_t p = 0; p < points; p++) {
            sweep[p] = (double)m->lateral[(size_t)k * points + p];
            direct[p] = (double)m->direct[(size_t)k * points + p];
        }
        double *to = work->presence.residual + (size_t)k * points;
        memcpy(to, sweep, sizeof *to * g->pre);
        spread_direct(&l->spread, g, direct + g->pre, wave);
        spread_residual(&l->spread, g, wave, sweep + g->pre, to + g->pre);
    }
    presence_learn(&l->presence, g, &l->spread, level_walk(g, m->lateral, l->stored),
                   work->presence.residual, l->stored, m->matrices, &work->presence);
    l->learned = true;
    l->responses = 0;
    for (uint32_t k = 0; k < l->stored; k++) {
        const double *residual = work->presence.residual + (size_t)k * points + g->pre;
        struct presence_result r;
        presence_judge(&l->presence, m->matrices, residual + g->low, &r);
        if (r.score >= PRESENCE_SCORE)
            l->sizes[l->responses++] = (float)size_within(l, g, residual);
    }
    /* a baseline with a response in under 20 % is none */
    l->elicited = l->presence.directions > 0 && 5 * l->responses > l->stored;
    l->baseline_uv = FINDING_UNKNOWN;
    if (l->elicited)
        l->baseline_uv = (double)median(l->sizes, l->responses);
}

bool lateral_collect(struct lateral *l, const struct grid *g, struct lateral_memory *m,
                     double pulse_end_ms, const double *sweep, const double *direct,
                     struct lateral_work *work)
{
    if (l->stored == SPREAD_SWEEPS || (l->has_direct && !direct))
        return false;
    const size_t points = g->pre + g->post, at = l->stored * points;
    for (uint32_t p = 0; p < points; p++) {
        m->lateral[at + p] = (float)sweep[p];
        m->direct[at + p] = direct ? (float)direct[p] : 0.0f;
    }
    l->stored++;
    if (l->stored < LATERAL_FIRST || (l->stored - LATERAL_FIRST) % LATERAL_STEP != 0)
        return false;
    learn(l, g, m, pulse_end_ms, work);
    return true;
}
