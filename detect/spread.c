/* SPDX-License-Identifier: Apache-2.0 */
/* Learns and removes the artifact's tail and the carried M wave. */
#include "detect/spread.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "detect/fmath.h"
#include "detect/linear.h"

enum { SCALES = 5, TAIL_SCALES = 4, ROUNDS = 4 };

/* From a fast electrode to a slow amplifier; a sum of these holds any tail in between. */
static const double time_constant_ms[SPREAD_TAILS] = { 0.5, 1.0, 2.0, 4.0, 8.0 };

/* A filter tap's prior deviation: M waves arrive across the face at 0 to 10 %. */
static const double tap_scale[SCALES] = { 0.002, 0.005, 0.01, 0.02, 0.05 };
static const double tail_scale[TAIL_SCALES] = { 0.03, 0.1, 0.3, 1.0 };

/* Neighbouring points share the kernel's noise: as many independent ones as a third of them. */
static const double correlated_points = 3.0;

/* Where sweeps vary by v beyond noise, the unknown mean may be this many times v: a response with
 * a coefficient of variation of 0.16 or more (its amplitude, and jitter on top), an M wave with one
 * of 0.03. */
static const double lateral_mean_per_variance = 40.0;
static const double direct_mean_per_variance = 1000.0;

static double tail_term(double from_ms, int k, double ms)
{
    return ms < from_ms - 1e-9 ? 0.0 : fmath_exp(-(ms - from_ms) / time_constant_ms[k]);
}

double tail_at(const struct tail *t, double ms)
{
    double sum = 0.0;
    for (int k = 0; k < SPREAD_TAILS; k++)
        sum += t->share[k] * tail_term(t->from_ms, k, ms);
    return sum;
}

static uint32_t point_of(const struct grid *g, double ms)
{
    const double p = ceil(ms / g->step_ms - 1e-9);
    return p < (double)g->post ? (uint32_t)p : g->post;
}

/* Behind the last point at which the tail is measured in every sweep. */
static uint32_t early_end(const struct grid *g, double from_ms)
{
    const uint32_t p = (uint32_t)floor((from_ms + SPREAD_TAIL_MS) / g->step_ms + 1e-9) + 1;
    return p < g->post ? p : g->post;
}

/* ---- least squares with a prior, the prior's scale by evidence */

struct ridge {
    uint32_t terms;
    double gram[SPREAD_TERMS * SPREAD_TERMS];
    double right[SPREAD_TERMS];
    double best_evidence;
    bool solved;
    double x[SPREAD_TERMS];
    double covariance[SPREAD_TERMS * SPREAD_TERMS];
};

/* x: terms rows of points. */
static void ridge_sums(struct ridge *r, uint32_t terms, const double *x, const double *y,
                       const double *weight, uint32_t from, uint32_t to)
{
    r->terms = terms;
    r->solved = false;
    for (uint32_t i = 0; i < terms; i++) {
        const double *xi = x + (size_t)i * GRID_POST_MOST;
        r->right[i] = 0.0;
        for (uint32_t p = from; p < to; p++)
            r->right[i] += weight[p] * xi[p] * y[p];
        for (uint32_t j = 0; j <= i; j++) {
            const double *xj = x + (size_t)j * GRID_POST_MOST;
            double sum = 0.0;
            for (uint32_t p = from; p < to; p++)
                sum += weight[p] * xi[p] * xj[p];
            r->gram[i * terms + j] = sum;
            r->gram[j * terms + i] = sum;
        }
    }
}

/* precision: the prior's inverse covariance. Keeps the solution of the greatest evidence. */
static void ridge_try(struct ridge *r, const double *precision, double precision_log_det)
{
    const uint32_t n = r->terms;
    double a[SPREAD_TERMS * SPREAD_TERMS], x[SPREAD_TERMS];
    for (uint32_t i = 0; i < n * n; i++)
        a[i] = r->gram[i] + precision[i];
    if (!linear_cholesky(a, n))
        return;
    memcpy(x, r->right, sizeof x);
    linear_solve(a, n, x);
    double evidence = 0.5 * precision_log_det - 0.5 * linear_log_det(a, n);
    for (uint32_t i = 0; i < n; i++)
        evidence += 0.5 * r->right[i] * x[i];
    if (r->solved && evidence <= r->best_evidence)
        return;
    r->solved = true;
    r->best_evidence = evidence;
    memcpy(r->x, x, sizeof x);
    for (uint32_t j = 0; j < n; j++) {
        double column[SPREAD_TERMS] = { 0.0 };
        column[j] = 1.0;
        linear_solve(a, n, column);
        for (uint32_t i = 0; i < n; i++)
            r->covariance[i * n + j] = column[i];
    }
}

/* Taps of a smooth filter: neighbours within 0.4 ms go together. */
static double tap_precision(const struct grid *g, double *precision)
{
    double k[SPREAD_LAGS * SPREAD_LAGS];
    for (int i = 0; i < SPREAD_LAGS; i++)
        for (int j = 0; j < SPREAD_LAGS; j++) {
            const double apart = (i - j) * g->step_ms / 0.4;
            k[i * SPREAD_LAGS + j] = fmath_exp(-0.5 * apart * apart) + (i == j ? 1e-3 : 0.0);
        }
    linear_cholesky(k, SPREAD_LAGS);
    const double log_det = -linear_log_det(k, SPREAD_LAGS);
    for (int j = 0; j < SPREAD_LAGS; j++) {
        double column[SPREAD_LAGS] = { 0.0 };
        column[j] = 1.0;
        linear_solve(k, SPREAD_LAGS, column);
        for (int i = 0; i < SPREAD_LAGS; i++)
            precision[i * SPREAD_LAGS + j] = column[i];
    }
    return log_det;
}

/* ---- what the sweeps say, point by point */

static double noise_of(const struct grid *g, const float *sweeps, uint32_t count)
{
    const uint32_t points = g->pre + g->post, quiet = g->pre - g->pre / 8;
    double sum = 0.0;
    for (uint32_t k = 0; k < count; k++) {
        const float *s = sweeps + (size_t)k * points;
        double mean = 0.0, square = 0.0;
        for (uint32_t i = 0; i < quiet; i++)
            mean += (double)s[i];
        mean /= quiet;
        for (uint32_t i = 0; i < quiet; i++)
            square += ((double)s[i] - mean) * ((double)s[i] - mean);
        sum += square / (quiet - 1);
    }
    return fmax(sum / count, 1e-6);
}

static void mean_of(const struct grid *g, const float *sweeps, uint32_t count, double *mean)
{
    const uint32_t points = g->pre + g->post;
    for (uint32_t p = 0; p < g->post; p++) {
        double sum = 0.0;
        for (uint32_t k = 0; k < count; k++)
            sum += (double)sweeps[(size_t)k * points + g->pre + p];
        mean[p] = sum / count;
    }
}

/* Variance over sweeps beyond noise, of the lateral sweep without carried M wave, smoothed over
 * three points; 0 where it is not more than chance would show. */
static void excess(const struct grid *g, const float *sweeps, uint32_t count, const double *lag,
                   int32_t lag_low, const double *m, double noise, double *varies)
{
    const uint32_t points = g->pre + g->post;
    double raw[GRID_POST_MOST];
    for (uint32_t p = 0; p < g->post; p++) {
        double sum = 0.0, square = 0.0;
        for (uint32_t k = 0; k < count; k++) {
            double v = (double)sweeps[(size_t)k * points + g->pre + p];
            if (m)
                for (int j = 0; j < SPREAD_LAGS; j++) {
                    const int32_t from = (int32_t)p - lag_low - j;
                    if (from >= 0 && from < (int32_t)g->post)
                        v -= lag[j] * m[(size_t)k * g->post + (uint32_t)from];
                }
            sum += v;
            square += v * v;
        }
        raw[p] = (square - sum * sum / count) / (count - 1);
    }
    const double chance = noise * (1.0 + 0.3 * sqrt(20.0 / count));
    for (uint32_t p = 0; p < g->post; p++) {
        const double before = raw[p > 0 ? p - 1 : p];
        const double after = raw[p + 1 < g->post ? p + 1 : p];
        varies[p] = fmax(0.0, (before + raw[p] + after) / 3.0 - chance);
    }
}

static double early_size(const struct grid *g, double from_ms, const double *mean)
{
    double most = 0.0;
    for (uint32_t p = point_of(g, from_ms); p < early_end(g, from_ms); p++)
        most = fmax(most, fabs(mean[p]));
    return most;
}

static void tail_set(struct tail *t, const struct grid *g, const double *share, double noise)
{
    memcpy(t->share, share, sizeof t->share);
    t->noise = noise;
    for (uint32_t p = 0; p < g->post; p++)
        t->curve[p] = tail_at(t, p * g->step_ms);
    t->early_power = 0.0;
    for (uint32_t p = point_of(g, t->from_ms); p < early_end(g, t->from_ms); p++)
        t->early_power += t->curve[p] * t->curve[p];
}

static void tail_terms(const struct grid *g, double from_ms, double *x)
{
    for (int k = 0; k < SPREAD_TAILS; k++)
        for (uint32_t p = 0; p < g->post; p++)
            x[(size_t)k * GRID_POST_MOST + p] = tail_term(from_ms, k, p * g->step_ms);
}

/* The direct channel's tail: before the M wave, and long after it. */
static void learn_direct_tail(struct spread *s, const struct grid *g, const float *direct,
                              uint32_t count, struct spread_work *w)
{
    const double noise = noise_of(g, direct, count), from_ms = s->direct.from_ms;
    mean_of(g, direct, count, w->mean);
    excess(g, direct, count, NULL, 0, NULL, noise, w->varies);
    for (uint32_t p = 0; p < g->post; p++) {
        const double ms = p * g->step_ms;
        const double plain = noise / count * correlated_points;
        if (ms <= from_ms + SPREAD_TAIL_MS + 1e-9)
            w->weight[p] = 1.0 / plain;
        else if (ms < 16.0) /* an M wave may be there */
            w->weight[p] = 0.0;
        else
            w->weight[p] = 1.0 / (plain + direct_mean_per_variance * w->varies[p]);
    }
    tail_terms(g, from_ms, w->x);
    struct ridge r;
    memset(&r, 0, sizeof r);
    ridge_sums(&r, SPREAD_TAILS, w->x, w->mean, w->weight, point_of(g, from_ms), g->post);
    const double size = early_size(g, from_ms, w->mean);
    for (int k = 0; k < TAIL_SCALES; k++) {
        const double deviation = tail_scale[k] * size + 0.5;
        double precision[SPREAD_TAILS * SPREAD_TAILS] = { 0.0 };
        for (int i = 0; i < SPREAD_TAILS; i++)
            precision[i * SPREAD_TAILS + i] = 1.0 / (deviation * deviation);
        ridge_try(&r, precision, -2.0 * SPREAD_TAILS * fmath_log(deviation));
    }
    tail_set(&s->direct, g, r.x, noise);
}

static void learn_m(struct spread *s, const struct grid *g, const float *direct, uint32_t count,
                    struct spread_work *w)
{
    const uint32_t points = g->pre + g->post;
    memset(s->mean_m, 0, sizeof s->mean_m);
    for (uint32_t k = 0; k < count; k++) {
        double *m = w->m + (size_t)k * g->post;
        for (uint32_t p = 0; p < g->post; p++)
            m[p] = (double)direct[(size_t)k * points + g->pre + p];
        spread_direct(s, g, m, m);
        for (uint32_t p = 0; p < g->post; p++)
            s->mean_m[p] += m[p] / count;
    }
}

static void lateral_terms(const struct spread *s, const struct grid *g, double *x)
{
    for (int j = 0; j < SPREAD_LAGS; j++)
        for (uint32_t p = 0; p < g->post; p++) {
            const int32_t from = (int32_t)p - s->lag_low - j;
            x[(size_t)j * GRID_POST_MOST + p] =
                s->has_direct && from >= 0 && from < (int32_t)g->post ? s->mean_m[from] : 0.0;
        }
    tail_terms(g, s->lateral.from_ms, x + (size_t)SPREAD_LAGS * GRID_POST_MOST);
}

static void try_scales(struct ridge *r, const struct grid *g, double size)
{
    double taps[SPREAD_LAGS * SPREAD_LAGS];
    const double taps_log_det = tap_precision(g, taps);
    for (int k = 0; k < SCALES; k++)
        for (int t = 1; t < TAIL_SCALES; t += 2) {
            const double deviation = tail_scale[t] * size + 0.5;
            double precision[SPREAD_TERMS * SPREAD_TERMS] = { 0.0 };
            for (int i = 0; i < SPREAD_LAGS; i++)
                for (int j = 0; j < SPREAD_LAGS; j++)
                    precision[i * SPREAD_TERMS + j] =
                        taps[i * SPREAD_LAGS + j] / (tap_scale[k] * tap_scale[k]);
            for (int i = SPREAD_LAGS; i < SPREAD_TERMS; i++)
                precision[i * SPREAD_TERMS + i] = 1.0 / (deviation * deviation);
            ridge_try(r, precision,
                      taps_log_det - 2.0 * SPREAD_LAGS * fmath_log(tap_scale[k]) -
                          2.0 * SPREAD_TAILS * fmath_log(deviation));
        }
}

void spread_learn(struct spread *s, const struct grid *g, double pulse_end_ms, const float *direct,
                  const float *lateral, uint32_t count, struct spread_work *w)
{
    memset(s, 0, sizeof *s);
    /* the kernel reaches 1.5 steps; a little more for the amplifier's own smoothing */
    const double clear = pulse_end_ms + 1.5 * g->step_ms + 0.2;
    const double from_ms = ceil(clear / g->step_ms - 1e-9) * g->step_ms;
    s->direct.from_ms = from_ms;
    s->lateral.from_ms = from_ms;
    s->m_from_ms = from_ms + SPREAD_TAIL_MS - g->step_ms;
    s->has_direct = direct != NULL;
    s->lag_low = -(int32_t)rint(0.5 / g->step_ms);
    if (direct) {
        learn_direct_tail(s, g, direct, count, w);
        learn_m(s, g, direct, count, w);
    }
    const double noise = noise_of(g, lateral, count);
    mean_of(g, lateral, count, w->mean);
    lateral_terms(s, g, w->x);
    const double size = early_size(g, from_ms, w->mean);
    struct ridge r;
    memset(&r, 0, sizeof r);
    for (int round = 0; round < ROUNDS; round++) {
        excess(g, lateral, count, s->lag, s->lag_low, direct ? w->m : NULL, noise, w->varies);
        for (uint32_t p = 0; p < g->post; p++) {
            const bool early = p * g->step_ms <= from_ms + SPREAD_TAIL_MS + 1e-9;
            w->weight[p] = 1.0 / (noise / count * correlated_points +
                                  (early ? 0.0 : lateral_mean_per_variance * w->varies[p]));
        }
        ridge_sums(&r, SPREAD_TERMS, w->x, w->mean, w->weight, point_of(g, from_ms), g->post);
        try_scales(&r, g, size);
        memcpy(s->lag, r.x, sizeof s->lag);
    }
    tail_set(&s->lateral, g, r.x + SPREAD_LAGS, noise);
    memcpy(s->covariance, r.covariance, sizeof s->covariance);
}

/* ---- use */

double tail_ratio(const struct tail *t, const struct grid *g, const double *sweep)
{
    double product = 0.0;
    for (uint32_t p = point_of(g, t->from_ms); p < early_end(g, t->from_ms); p++)
        product += sweep[p] * t->curve[p];
    /* measured, and drawn to 1 where the tail is too small to measure: it varies by a tenth */
    const double prior = 0.1 * 0.1, noise = correlated_points * t->noise;
    return (prior * product + noise) / (prior * t->early_power + noise);
}

void spread_direct(const struct spread *s, const struct grid *g, const double *sweep, double *m)
{
    const double ratio = tail_ratio(&s->direct, g, sweep);
    for (uint32_t p = 0; p < g->post; p++) {
        const double ms = p * g->step_ms;
        m[p] = ms < s->m_from_ms - 1e-9 ? 0.0 : sweep[p] - ratio * s->direct.curve[p];
    }
}

void spread_residual(const struct spread *s, const struct grid *g, const double *m,
                     const double *sweep, double *residual)
{
    const double ratio = tail_ratio(&s->lateral, g, sweep);
    for (uint32_t p = 0; p < g->post; p++) {
        double v = sweep[p] - ratio * s->lateral.curve[p];
        if (s->has_direct)
            for (int j = 0; j < SPREAD_LAGS; j++) {
                const int32_t from = (int32_t)p - s->lag_low - j;
                if (from >= 0 && from < (int32_t)g->post)
                    v -= s->lag[j] * m[from];
            }
        residual[p] = v;
    }
}

void spread_uncertainty(const struct spread *s, const struct grid *g, double *matrix)
{
    const uint32_t n = g->post - g->low;
    double x[SPREAD_TERMS * GRID_POST_MOST];
    double half[SPREAD_TERMS];
    lateral_terms(s, g, x);
    for (uint32_t i = 0; i < n; i++) {
        for (int a = 0; a < SPREAD_TERMS; a++) {
            half[a] = 0.0;
            for (int b = 0; b < SPREAD_TERMS; b++)
                half[a] += s->covariance[a * SPREAD_TERMS + b] *
                           x[(size_t)b * GRID_POST_MOST + g->low + i];
        }
        for (uint32_t j = 0; j < n; j++)
            for (int a = 0; a < SPREAD_TERMS; a++)
                matrix[(size_t)i * n + j] += half[a] * x[(size_t)a * GRID_POST_MOST + g->low + j];
    }
}
