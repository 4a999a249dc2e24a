/* SPDX-License-Identifier: Apache-2.0 */
/* Removes the artifact's tail and the carried M wave. */
#include "detect/spread.h"

#include <stddef.h>

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

void spread_terms(const struct spread *s, const struct grid *g, double *x)
{
    for (int j = 0; j < SPREAD_LAGS; j++)
        for (uint32_t p = 0; p < g->post; p++) {
            const int32_t from = (int32_t)p - s->lag_low - j;
            x[(size_t)j * GRID_POST_MOST + p] =
                s->has_direct && from >= 0 && from < (int32_t)g->post ? s->mean_m[from] : 0.0;
        }
    tail_terms(g, s->lateral.from_ms, x + (size_t)SPREAD_LAGS * GRID_POST_MOST);
}

void spread_uncertainty(const struct spread *s, const struct grid *g, double *matrix)
{
    const uint32_t n = g->post - g->low;
    double x[SPREAD_TERMS * GRID_POST_MOST];
    double half[SPREAD_TERMS];
    spread_terms(s, g, x);
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
