/* SPDX-License-Identifier: Apache-2.0 */
/* Resamples sweeps. */
#include "detect/grid.h"

#include <math.h>
#include <string.h>

#include "detect/lanes.h"
#include "detect/special.h"

enum { RATE_MIN_HZ = 4000 }; /* under it the grid would be finer than the samples */

void grid_shape(struct grid *g, const struct bank_params *p)
{
    memset(g, 0, sizeof *g);
    const double high_ms = p->response.window.high * 1e3, low_ms = p->response.window.low * 1e3;
    const double per_ms = (double)p->rate_hz / 1e3;
    g->step_ms = fmax(0.25, high_ms / (GRID_POST_MOST - 1));
    g->pre = (uint32_t)floor(GRID_PRE_MS / g->step_ms);
    /* the last point's kernel ends with the window */
    g->post = (uint32_t)floor(high_ms / g->step_ms - 1.5 + 1e-9) + 1;
    const double low = ceil(low_ms / g->step_ms - 1e-9);
    g->low = low < (double)g->post ? (uint32_t)low : g->post - 1;
    g->taps = (uint32_t)floor(3.0 * g->step_ms * per_ms) + 1;
    g->window_frames = (uint32_t)rint(p->response.window.high * (double)p->rate_hz);
    g->pre_frames = (uint32_t)ceil((g->pre + 1.5) * g->step_ms * per_ms) + 1;
    g->first_at = 0;
    g->weights_at = ((g->pre + g->post) * sizeof(int32_t) + 7) / 8 * 8;
}

size_t grid_size(const struct bank_params *params)
{
    if (params->rate_hz < RATE_MIN_HZ || !(params->response.window.high > 0.0))
        return 0;
    struct grid g;
    grid_shape(&g, params);
    return g.weights_at + sizeof(double) * g.taps * (g.pre + g.post);
}

void grid_init(struct grid *g, void *tables, const struct bank_params *params)
{
    grid_shape(g, params);
    int32_t *first = (int32_t *)(void *)((unsigned char *)tables + g->first_at);
    double *weights = (double *)(void *)((unsigned char *)tables + g->weights_at);
    const double per_step = g->step_ms * (double)params->rate_hz / 1e3;
    for (uint32_t k = 0; k < g->pre + g->post; k++) {
        const double centre = ((double)k - (double)g->pre) * per_step;
        first[k] = (int32_t)ceil(centre - 1.5 * per_step + 1e-9);
        double *w = weights + (size_t)k * g->taps;
        double sum = 0.0;
        for (uint32_t i = 0; i < g->taps; i++) {
            const double away = ((double)first[k] + i - centre) / (3.0 * per_step); /* turns */
            double s, c;
            special_sin_cos(away, &s, &c);
            const bool inside = fabs(away) < 0.5 && first[k] + (int32_t)i < (int32_t)g->window_frames;
            w[i] = inside ? 0.5 + 0.5 * c : 0.0;
            sum += w[i];
        }
        for (uint32_t i = 0; i < g->taps; i++)
            w[i] /= sum;
    }
}

void grid_sweep(const struct grid *g, const void *tables, const double *ring, uint32_t ring_frames,
                uint32_t lanes, uint64_t stimulus, double *out)
{
    const int32_t *first =
        (const int32_t *)(const void *)((const unsigned char *)tables + g->first_at);
    const double *weights =
        (const double *)(const void *)((const unsigned char *)tables + g->weights_at);
    for (uint32_t k = 0; k < g->pre + g->post; k++)
        for (uint32_t l = 0; l < lanes; l += BLOCK_LANES) {
            lane_part sum[LANE_PARTS] = {{0}};
            /* before the case's start the ring holds zeros; such a sweep is never judged */
            uint64_t at = (stimulus + ring_frames + (uint64_t)(int64_t)first[k]) % ring_frames;
            for (uint32_t i = 0; i < g->taps; i++) {
                for (int p = 0; p < LANE_PARTS; p++)
                    sum[p] += weights[(size_t)k * g->taps + i] * lanes_load(ring + at * lanes + l, p);
                if (++at == ring_frames)
                    at = 0;
            }
            for (int p = 0; p < LANE_PARTS; p++)
                lanes_store(out + (size_t)k * lanes + l, p, sum[p]);
        }
}
