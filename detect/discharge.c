/* SPDX-License-Identifier: Apache-2.0 */
/* Noise level by a quantile. */
#include "detect/discharge.h"

#include <math.h>
#include <string.h>

static const double QUANTILE = 0.2;
static const double QUANTILE_NORMAL = -0.8416212335729143; /* of the normal distribution */
static const double STEP_LEARN = 0.05;                     /* a tick, while learning */
static const double STEP = 0.004; /* doubles in 1.7 s of noise risen for good, halves in 0.4 s */

void noise_level_init(struct noise_level *n, double rate_hz, double band_hz)
{
    memset(n, 0, sizeof *n);
    n->tick_points = (uint32_t)fmax(1.0, rint(rate_hz * 0.002));
    const double freedom = fmax(1.0, 2.0 * band_hz * (double)n->tick_points / rate_hz);
    const double spread = 2.0 / (9.0 * freedom);
    const double root = fmax(0.1, 1.0 - spread + QUANTILE_NORMAL * sqrt(spread));
    n->to_square = 1.0 / (root * root * root);
}

void noise_level_feed(struct noise_level *n, const float *points, uint32_t count)
{
    for (uint32_t from = 0; from + n->tick_points <= count; from += n->tick_points) {
        double sum = 0.0;
        for (uint32_t i = 0; i < n->tick_points; i++)
            sum += (double)points[from + i] * (double)points[from + i];
        const double power = sum / (double)n->tick_points;
        if (n->power <= 0.0) {
            n->power = power;
            continue;
        }
        const double step = n->seen < NOISE_LEARN ? STEP_LEARN : STEP;
        n->power *= power > n->power ? 1.0 + QUANTILE * step : 1.0 - (1.0 - QUANTILE) * step;
        n->seen += n->seen < NOISE_LEARN;
    }
}

void noise_level_relearn(struct noise_level *n)
{
    n->seen = 0;
}

bool noise_level_known(const struct noise_level *n)
{
    return n->seen >= NOISE_LEARN;
}

double noise_level_rms(const struct noise_level *n)
{
    return sqrt(n->power * n->to_square);
}
