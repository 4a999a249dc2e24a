/* SPDX-License-Identifier: Apache-2.0 */
/* Learns from baseline sweeps what of them is no response. */
#include "detect/spread.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "detect/fmath.h"
#include "detect/level.h"
#include "detect/linear.h"
#include "detect/ridge.h"

enum { SCALES = 5, TAIL_SCALES = 4, ROUNDS = 4 };

/* A filter tap's prior deviation: M waves arrive across the face at 0 to 10 %. */
static const double tap_scale[SCALES] = {0.002, 0.005, 0.01, 0.02, 0.05};
static const double tail_scale[TAIL_SCALES] = {0.03, 0.1, 0.3, 1.0};

/* Taps within this go together, and they shrink by a factor e for so much delay: tissue smooths and
 * delays the M wave by tenths of a millisecond. */
static const double taps_together_ms = 0.4;
static const double taps_reach_ms = 1.0;

/* Where sweeps vary by v beyond noise, the unknown mean may be this many times v: a response with
 * a coefficient of variation of 0.16 or more (its amplitude, and jitter on top), an M wave with one
 * of 0.03. */
static const double lateral_mean_per_variance = 40.0;
static const double direct_mean_per_variance = 1000.0;

/* From and to here a direct M wave may last: those of the face begin some 2.5 ms after the stimulus,
 * and the grid's kernel carries a begin a third of a millisecond ahead. */
static const double m_may_begin_ms = 2.2;
static const double m_until_ms = 16.0;

/* Variance over 20 sweeps exceeds the true one by this share in one of twenty. */
static const double by_chance = 0.3;

/* ---- what is believed beforehand */

static double tap_precision(const struct grid *g, int32_t lag_low, double *precision)
{
    double k[SPREAD_LAGS * SPREAD_LAGS], reach[SPREAD_LAGS];
    for (int i = 0; i < SPREAD_LAGS; i++)
        reach[i] = fmath_exp(-fabs((lag_low + i) * g->step_ms) / taps_reach_ms);
    for (int i = 0; i < SPREAD_LAGS; i++)
        for (int j = 0; j < SPREAD_LAGS; j++) {
            const double apart = (i - j) * g->step_ms / taps_together_ms;
            const double alike = fmath_exp(-0.5 * apart * apart) + (i == j ? 1e-3 : 0.0);
            k[i * SPREAD_LAGS + j] = alike * reach[i] * reach[j];
        }
    linear_cholesky(k, SPREAD_LAGS);
    const double log_det = -linear_log_det(k, SPREAD_LAGS);
    for (int j = 0; j < SPREAD_LAGS; j++) {
        double column[SPREAD_LAGS] = {0.0};
        column[j] = 1.0;
        linear_solve(k, SPREAD_LAGS, column);
        for (int i = 0; i < SPREAD_LAGS; i++)
            precision[i * SPREAD_LAGS + j] = column[i];
    }
    return log_det;
}

static void try_tail_scales(struct ridge *r, double size_uv)
{
    for (int k = 0; k < TAIL_SCALES; k++) {
        const double deviation = tail_scale[k] * size_uv + 0.5;
        double precision[TAIL_TERMS * TAIL_TERMS] = {0.0};
        for (int i = 0; i < TAIL_TERMS; i++)
            precision[i * TAIL_TERMS + i] = 1.0 / (deviation * deviation);
        ridge_try(r, precision, -2.0 * TAIL_TERMS * fmath_log(deviation));
    }
}

static void try_scales(struct ridge *r, const struct grid *g, int32_t lag_low, double size_uv)
{
    double taps[SPREAD_LAGS * SPREAD_LAGS];
    const double taps_log_det = tap_precision(g, lag_low, taps);
    for (int k = 0; k < SCALES; k++)
        for (int t = 1; t < TAIL_SCALES; t += 2) {
            const double deviation = tail_scale[t] * size_uv + 0.5;
            double precision[SPREAD_TERMS * SPREAD_TERMS] = {0.0};
            for (int i = 0; i < SPREAD_LAGS; i++)
                for (int j = 0; j < SPREAD_LAGS; j++)
                    precision[i * SPREAD_TERMS + j] =
                        taps[i * SPREAD_LAGS + j] / (tap_scale[k] * tap_scale[k]);
            for (int i = SPREAD_LAGS; i < SPREAD_TERMS; i++)
                precision[i * SPREAD_TERMS + i] = 1.0 / (deviation * deviation);
            ridge_try(r, precision,
                      taps_log_det - 2.0 * SPREAD_LAGS * fmath_log(tap_scale[k]) -
                          2.0 * TAIL_TERMS * fmath_log(deviation));
        }
}

/* ---- what the sweeps say, point by point */

/* The sweeps' sum, each times its factor (NULL: 1), divided. */
static void sum_of(const struct grid *g, const float *sweeps, uint32_t count, const double *factor,
                   double divisor, double *sum)
{
    const uint32_t points = g->pre + g->post;
    memset(sum, 0, sizeof *sum * g->post);
    for (uint32_t k = 0; k < count; k++)
        for (uint32_t p = 0; p < g->post; p++)
            sum[p] += (factor ? factor[k] : 1.0) * (double)sweeps[(size_t)k * points + g->pre + p];
    for (uint32_t p = 0; p < g->post; p++)
        sum[p] /= divisor;
}

/* What a channel does by itself. */
struct rest {
    double noise, walk;
};

static struct rest rest_of(const struct grid *g, const float *sweeps, uint32_t count)
{
    return (struct rest){level_noise(g, sweeps, count), level_walk(g, sweeps, count)};
}

/* The pulses of one channel's sweeps: their size and sign, on average and beyond it. */
struct pulses {
    double ratio[SPREAD_SWEEPS], beyond[SPREAD_SWEEPS];
    double mean, power, beyond_power;
};

static void learn_pulses(struct pulses *q, struct tail *t, const struct grid *g, double from_ms,
                         const float *sweeps, uint32_t count, double noise)
{
    memset(q, 0, sizeof *q);
    tail_learn_pulse(t, g, from_ms, sweeps, count, noise, q->ratio);
    for (uint32_t k = 0; k < count; k++) {
        q->mean += q->ratio[k] / count;
        q->power += q->ratio[k] * q->ratio[k];
    }
    for (uint32_t k = 0; k < count; k++) {
        q->beyond[k] = q->ratio[k] - q->mean;
        q->beyond_power += q->beyond[k] * q->beyond[k];
    }
}

/* Largest value of the tail where it is measured. */
static double tail_size(const struct pulses *q, const struct grid *g, double from_ms,
                        const float *sweeps, uint32_t count, double *scratch)
{
    double most = 0.0;
    sum_of(g, sweeps, count, q->ratio, q->power, scratch);
    for (uint32_t p = tail_first(g, from_ms); p < tail_measured(g, from_ms); p++)
        most = fmax(most, fabs(scratch[p]));
    return most;
}

/* Sweeps with their tail and carried M wave taken away, as far as known. */
struct known {
    const double *curve; /* of the tail */
    const double *lag;
    int32_t lag_low;
    const double *m; /* count x post; NULL: no direct channel */
};

static double without(const struct known *known, const struct grid *g, uint32_t k, uint32_t p,
                      double ratio, double v)
{
    v -= ratio * known->curve[p];
    if (known->m)
        for (int j = 0; j < SPREAD_LAGS; j++) {
            const int32_t from = (int32_t)p - known->lag_low - j;
            if (from >= 0 && from < (int32_t)g->post)
                v -= known->lag[j] * known->m[(size_t)k * g->post + (uint32_t)from];
        }
    return v;
}

/* Variance that so many sweeps do not show beside what a point does alone. */
static double unseen(double alone, uint32_t count)
{
    return by_chance * sqrt(20.0 / count) * alone;
}

/* Variance over sweeps beyond noise of what is not known yet, smoothed over three points; 0 where
 * it is not more than chance would show. */
static void excess(const struct known *known, const struct pulses *q, const struct grid *g,
                   const float *sweeps, uint32_t count, const struct rest *rest, double *varies)
{
    const uint32_t points = g->pre + g->post;
    double raw[GRID_POST_MOST];
    for (uint32_t p = 0; p < g->post; p++) {
        double sum = 0.0, square = 0.0;
        for (uint32_t k = 0; k < count; k++) {
            const double v = without(known, g, k, p, q->ratio[k],
                                     (double)sweeps[(size_t)k * points + g->pre + p]);
            sum += v;
            square += v * v;
        }
        raw[p] = (square - sum * sum / count) / (count - 1);
    }
    for (uint32_t p = 0; p < g->post; p++) {
        const double alone = rest->noise + level_wandered(rest->walk, p * g->step_ms);
        const double chance = alone + unseen(alone, count);
        const double before = raw[p > 0 ? p - 1 : p];
        const double after = raw[p + 1 < g->post ? p + 1 : p];
        varies[p] = fmax(0.0, (before + raw[p] + after) / 3.0 - chance);
    }
}

/* ---- the fit */

/* Two looks at the sweeps. Their mean holds a response's unknown mean as well, and weighs by what
 * that may be. What goes with the pulse's own changes from sweep to sweep holds none: where
 * polarity alternates it gives the tail alone, where pulses are alike next to nothing. */
static void weigh(const struct grid *g, const struct rest *rest, uint32_t count,
                  double mean_per_variance, struct spread_work *w)
{
    for (uint32_t p = 0; p < g->post; p++) {
        const double point =
            rest->noise * TAIL_CORRELATED_POINTS + level_wandered(rest->walk, p * g->step_ms);
        w->weight[p] = 1.0 / (point / count + mean_per_variance * w->varies[p]);
        w->weight_beyond[p] = 1.0 / (point + w->varies[p]);
    }
}

/* x: rows as they stand in the mean sweep, first_tail of them before the tail's. */
static void fit(struct ridge *r, const struct pulses *q, const struct grid *g, double from_ms,
                uint32_t first_tail, const double *x, const struct spread_work *w)
{
    const uint32_t from = tail_first(g, from_ms);
    ridge_init(r, first_tail + TAIL_TERMS);
    ridge_add(r, 0, x, w->mean, w->weight, from, g->post, 1.0);
    ridge_add(r, first_tail, w->tail, w->beyond, w->weight_beyond, from, g->post, q->beyond_power);
}

/* What one channel's sweeps show before anything is fitted. */
struct first_look {
    struct rest rest;
    struct pulses pulses;
    double tail_uv;
};

static void look(struct first_look *l, struct tail *t, const struct grid *g, double from_ms,
                 const float *sweeps, uint32_t count, struct spread_work *w)
{
    l->rest = rest_of(g, sweeps, count);
    struct pulses *q = &l->pulses;
    learn_pulses(q, t, g, from_ms, sweeps, count, l->rest.noise);
    l->tail_uv = tail_size(q, g, from_ms, sweeps, count, w->mean);
    sum_of(g, sweeps, count, NULL, count, w->mean);
    sum_of(g, sweeps, count, q->beyond, 1.0, w->beyond);
    /* a first idea of the tail; 0 where the pulses are all alike */
    for (uint32_t p = 0; p < g->post; p++)
        w->curve[p] = w->beyond[p] / (q->beyond_power + 1.0);
}

static void scale_rows(double *x, uint32_t rows, double factor)
{
    for (size_t i = 0; i < (size_t)rows * GRID_POST_MOST; i++)
        x[i] *= factor;
}

/* Until this time nothing but the tail can be there: what varies there is the tail. */
static void nothing_varies_until(double until_ms, const struct grid *g, double *varies)
{
    for (uint32_t p = 0; p < g->post && p * g->step_ms <= until_ms + 1e-9; p++)
        varies[p] = 0.0;
}

/* An M wave may be anywhere between its earliest begin and its latest end, and where it is small its
 * variance is not seen: it may be as large as variance that chance would hide allows. The few
 * microvolts with which it begins would otherwise be taken for a slow tail, and that one carried on
 * under all of it. */
static void doubt_where_m_may_be(const struct grid *g, const struct rest *rest, uint32_t count,
                                 double *varies)
{
    for (uint32_t p = 0; p < g->post; p++) {
        const double ms = p * g->step_ms;
        if (ms >= m_may_begin_ms && ms < m_until_ms)
            varies[p] = fmax(
                varies[p], unseen(rest->noise + level_wandered(rest->walk, ms), count));
    }
}

/* The direct channel's tail: what of it neither varies as an M wave does, nor could be one. */
static void learn_direct_tail(struct spread *s, const struct grid *g, double from_ms,
                              const float *direct, uint32_t count, struct spread_work *w)
{
    struct first_look l;
    look(&l, &s->direct, g, from_ms, direct, count, w);
    const struct known known = {.curve = w->curve};
    tail_terms(g, from_ms, w->tail);
    memcpy(w->x, w->tail, sizeof w->tail);
    scale_rows(w->x, TAIL_TERMS, l.pulses.mean);
    struct ridge r;
    for (int round = 0; round < ROUNDS; round++) {
        excess(&known, &l.pulses, g, direct, count, &l.rest, w->varies);
        nothing_varies_until(m_may_begin_ms, g, w->varies);
        doubt_where_m_may_be(g, &l.rest, count, w->varies);
        weigh(g, &l.rest, count, direct_mean_per_variance, w);
        fit(&r, &l.pulses, g, from_ms, 0, w->x, w);
        try_tail_scales(&r, l.tail_uv);
        tail_set(&s->direct, g, r.x);
        memcpy(w->curve, s->direct.curve, sizeof w->curve);
    }
}

static void learn_m(struct spread *s, const struct grid *g, const float *direct, uint32_t count,
                    struct spread_work *w)
{
    const uint32_t points = g->pre + g->post;
    for (uint32_t k = 0; k < count; k++) {
        double *m = w->m + (size_t)k * g->post;
        for (uint32_t p = 0; p < g->post; p++)
            m[p] = (double)direct[(size_t)k * points + g->pre + p];
        spread_direct(s, g, m, m);
        for (uint32_t p = 0; p < g->post; p++)
            s->mean_m[p] += m[p] / count;
    }
}

static void learn_lateral(struct spread *s, const struct grid *g, double from_ms,
                          const float *lateral, uint32_t count, struct spread_work *w)
{
    struct first_look l;
    look(&l, &s->lateral, g, from_ms, lateral, count, w);
    spread_terms(s, g, w->x);
    memcpy(w->tail, w->x + (size_t)SPREAD_LAGS * GRID_POST_MOST, sizeof w->tail);
    scale_rows(w->x + (size_t)SPREAD_LAGS * GRID_POST_MOST, TAIL_TERMS, l.pulses.mean);
    const struct known known = {
        .curve = w->curve, .lag = s->lag, .lag_low = s->lag_low, .m = s->has_direct ? w->m : NULL};
    struct ridge r;
    for (int round = 0; round < ROUNDS; round++) {
        excess(&known, &l.pulses, g, lateral, count, &l.rest, w->varies);
        nothing_varies_until(tail_until(from_ms), g, w->varies);
        weigh(g, &l.rest, count, lateral_mean_per_variance, w);
        fit(&r, &l.pulses, g, from_ms, SPREAD_LAGS, w->x, w);
        try_scales(&r, g, s->lag_low, l.tail_uv);
        memcpy(s->lag, r.x, sizeof s->lag);
        tail_set(&s->lateral, g, r.x + SPREAD_LAGS);
        memcpy(w->curve, s->lateral.curve, sizeof w->curve);
    }
    memcpy(s->covariance, r.covariance, sizeof s->covariance);
}

void spread_learn(struct spread *s, const struct grid *g, double pulse_end_ms, const float *direct,
                  const float *lateral, uint32_t count, struct spread_work *w)
{
    memset(s, 0, sizeof *s);
    /* the kernel reaches 1.5 steps; a little more for the amplifier's own smoothing */
    const double clear = pulse_end_ms + 1.5 * g->step_ms + 0.2;
    const double from_ms = ceil(clear / g->step_ms - 1e-9) * g->step_ms;
    s->m_from_ms = fmax(from_ms, tail_until(from_ms) - g->step_ms);
    s->has_direct = direct != NULL;
    s->lag_low = -(int32_t)rint(0.5 / g->step_ms);
    s->direct.from_ms = from_ms;
    if (direct) {
        learn_direct_tail(s, g, from_ms, direct, count, w);
        learn_m(s, g, direct, count, w);
    }
    learn_lateral(s, g, from_ms, lateral, count, w);
}
