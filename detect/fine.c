/* SPDX-License-Identifier: Apache-2.0 */
/* Residual, size and onset at full rate. */
#include "detect/fine.h"

#include <math.h>
#include <stddef.h>

#include "detect/special.h"

void fine_tail(const struct tail *t, uint32_t rate_hz, uint32_t frames, float *curve)
{
    for (uint32_t i = 0; i < frames; i++)
        curve[i] = (float)tail_at(t, 1e3 * (double)i / (double)rate_hz);
}

void fine_residual(const struct spread *s, const struct grid *g, uint32_t rate_hz, uint32_t frames,
                   const double *sweep, const float *tail_curve, double ratio,
                   const double *direct, const float *direct_curve, double direct_ratio, double *m,
                   double *residual)
{
    for (uint32_t i = 0; i < frames; i++)
        residual[i] = sweep[i] - ratio * (double)tail_curve[i];
    if (!s->has_direct || !direct)
        return;
    const double per_ms = (double)rate_hz / 1e3;
    const uint32_t start = (uint32_t)ceil(SPREAD_M_FROM_MS * per_ms);
    for (uint32_t i = 0; i < frames; i++)
        m[i] = i < start ? 0.0 : direct[i] - direct_ratio * (double)direct_curve[i];
    for (int j = 0; j < SPREAD_LAGS; j++) {
        const double lag = (s->lag_low + j) * g->step_ms * per_ms;
        const double whole = floor(lag), part = lag - whole;
        const int64_t shift = (int64_t)whole;
        for (int64_t i = 0; i < (int64_t)frames; i++) {
            const int64_t at = i - shift; /* between m[at - 1] and m[at] where part is not 0 */
            if (at < 1 || at >= (int64_t)frames)
                continue;
            residual[i] -= s->lag[j] * ((1.0 - part) * m[at] + part * m[at - 1]);
        }
    }
}

/* Raised cosine of this half width; at least the sample itself. */
static double smoothed(const double *x, uint32_t frames, uint32_t at, double half)
{
    const int32_t reach = (int32_t)floor(half);
    double sum = 0.0, weights = 0.0;
    for (int32_t k = -reach; k <= reach; k++) {
        const int64_t i = (int64_t)at + k;
        if (i < 0 || i >= (int64_t)frames)
            continue;
        double s, c;
        special_sin_cos(k / (2.0 * half), &s, &c);
        const double w = half > 0.0 ? 0.5 + 0.5 * c : 1.0;
        sum += w * x[i];
        weights += w;
    }
    return sum / weights;
}

struct fine_size fine_measure(const double *residual, uint32_t rate_hz, uint32_t frames,
                              double from_ms, double to_ms, double noise_uv)
{
    (void)noise_uv;
    const double per_ms = (double)rate_hz / 1e3;
    const uint32_t from = (uint32_t)rint(from_ms * per_ms);
    const double end = rint(to_ms * per_ms);
    const uint32_t to = end < (double)frames ? (uint32_t)end : frames;
    double low = 0.0, high = 0.0;
    for (uint32_t i = from; i < to; i++) {
        const double v = smoothed(residual, frames, i, 0.1 * per_ms);
        low = fmin(low, v);
        high = fmax(high, v);
    }
    struct fine_size size = { .amplitude_uv = high - low, .onset_ms = FINDING_UNKNOWN };
    const double tenth = 0.1 * fmax(high, -low);
    for (uint32_t i = from; i < to; i++)
        if (fabs(smoothed(residual, frames, i, 0.15 * per_ms)) > tenth) {
            size.onset_ms = (double)i / per_ms;
            break;
        }
    return size;
}
