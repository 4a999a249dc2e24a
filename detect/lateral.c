/* SPDX-License-Identifier: Apache-2.0 */
/* Collects, learns, judges. */
#include "detect/lateral.h"

#include <math.h>
#include <string.h>

#include "base/finding.h"
#include "detect/level.h"
#include "detect/special.h"

/* Energy before the stimulus, in units of the baseline's: above it the muscle was active. The mean
 * of 70 chi-square variables stays under 2 in one sweep of a million. */
static const double active_over = 3.0;

/* The mean of ten sweeps: a tone too weak to stand out before one stimulus does so before ten. */
static const double alike_follows = 0.1;

/* It counts from where chance seldom brings it: a mean of ten from half of a degree's energy on, a
 * single sweep's from 1 % on (ln 100); from 1e-6 on (ln 1e6) a response could hide in it. */
static const double alike_known = 0.5, alike_seen = 4.6, alike_hides = 13.8;

/* A tone is fitted on both sides of the response and taken away between them, where the fit misses by
 * up to twice as much: four times the power. */
static const double between = 4.0;

static const struct presence_louder as_learned = {0.0, 0.0};

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

/* What the stretch before the stimulus says of this very sweep: whether the muscle was quiet, and by
 * how much the noise is louder than followed, along the baseline's directions and altogether. Where
 * so much looks like a response that a response could hide, the sweep says nothing either. */
static struct presence_louder look_before(const struct lateral *l, const struct grid *g,
                                          const struct lateral_memory *m, const double *sweep,
                                          bool cleaned, struct lateral_verdict *v)
{
    const struct presence *p = &l->presence;
    const uint32_t n = p->points, last = g->pre - 4;
    struct presence_louder louder = {0};
    if (n > last)
        return louder;
    v->quiet = presence_quiet(p, m->matrices, sweep + last - n);
    const double doubt = cleaned ? between : 1.0, usual = p->quiet_along * p->noise_scale;
    v->alike = doubt * presence_alike(p, m->matrices, sweep, last);
    louder.whole = doubt * fmax(0.0, v->quiet - p->noise_scale);
    /* no sharper than the energy at one place: chance cannot make more of it */
    const double unlikely =
        p->directions > 0 && v->alike > 0.0
            ? special_chi2_score(p->directions * (1.0 + v->alike / usual), p->directions)
            : 0.0;
    if (p->alike > alike_known)
        louder.along = p->alike;
    if (unlikely > alike_seen)
        louder.along = fmax(louder.along, v->alike);
    v->active = v->quiet > active_over * p->noise_scale || unlikely > alike_hides;
    return louder;
}

void lateral_judge(const struct lateral *l, const struct grid *g, const struct lateral_memory *m,
                   const double *sweep, const double *direct, double m_ratio,
                   bool cleaned, struct lateral_verdict *v)
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
    const struct presence_louder louder = look_before(l, g, m, sweep, cleaned, v);
    struct presence_result r;
    presence_judge(&l->presence, m->matrices, v->residual + g->low, &louder, &r);
    v->judged = true;
    v->score = r.score;
    v->along = r.along;
    v->size_uv = size_within(l, g, v->residual);
    v->present = r.score >= PRESENCE_SCORE;
}

void lateral_follow_noise(struct lateral *l, const struct lateral_verdict *v)
{
    struct presence *p = &l->presence;
    const double bounded = fmin(v->quiet, 3.0 * p->noise_scale);
    p->noise_scale = fmax(0.7, p->noise_scale + 0.02 * (bounded - p->noise_scale));
    p->alike += alike_follows * (v->alike - p->alike);
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
        presence_judge(&l->presence, m->matrices, residual + g->low, &as_learned, &r);
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
