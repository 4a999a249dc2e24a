/* SPDX-License-Identifier: Apache-2.0 */
/* Noise and wandering before the stimulus. */
#include "detect/level.h"

#include <math.h>
#include <stddef.h>

/* The level is taken this long before the stimulus; from there it may wander. */
static const double level_ms = 5.0;

/* Three neighbouring points share the kernel's noise. */
static const double correlated_points = 3.0;

double level_noise(const struct grid *g, const float *sweeps, uint32_t count)
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

/* A variance from n squares over the 95 % of them that are less: the 5 % point of chi-square over n
 * (Wilson and Hilferty 1931). */
static double upper(double n)
{
    const double cube = 1.0 - 2.0 / (9.0 * n) - 1.645 * sqrt(2.0 / (9.0 * n));
    return 1.0 / (cube * cube * cube);
}

/* A random walk's step between the first and the last third before the stimulus. */
double level_walk(const struct grid *g, const float *sweeps, uint32_t count)
{
    const uint32_t points = g->pre + g->post, third = (g->pre - 4) / 3;
    double square = 0.0;
    for (uint32_t k = 0; k < count; k++) {
        const float *s = sweeps + (size_t)k * points;
        double step = 0.0;
        for (uint32_t i = 0; i < third; i++)
            step += ((double)s[2 * third + i] - (double)s[i]) / third;
        square += step * step / count;
    }
    const double chance = 2.0 * correlated_points * level_noise(g, sweeps, count) / third;
    const double apart_ms = 2.0 * third * g->step_ms;
    return fmax(0.0, square - 2.0 * chance) * upper(count) / apart_ms;
}

double level_wandered(double walk, double ms)
{
    return walk * (level_ms + ms);
}
