/* SPDX-License-Identifier: Apache-2.0 */
/* Lags between envelopes, and their count. */
#include "detect/synchrony.h"

#include <math.h>

static const double COMMON_MS = 3.0, LATERAL_FROM_MS = 5.0, LATERAL_TO_MS = 8.0;

static void envelope(const float *x, uint32_t count, uint32_t width, double *out)
{
    double sum = 0.0, mean = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        sum += fabs((double)x[i]);
        if (i >= width)
            sum -= fabs((double)x[i - width]);
        out[i] = sum;
        mean += sum / (double)count;
    }
    for (uint32_t i = 0; i < count; i++)
        out[i] -= mean;
}

int32_t synchrony_lag(const float *x, const float *y, uint32_t count, uint32_t reach,
                      uint32_t width)
{
    double a[SYNCHRONY_POINTS], b[SYNCHRONY_POINTS];
    if (count > SYNCHRONY_POINTS)
        count = SYNCHRONY_POINTS;
    envelope(x, count, width, a);
    envelope(y, count, width, b);
    double best = 0.0;
    int32_t best_lag = 0;
    for (int32_t lag = -(int32_t)reach; lag <= (int32_t)reach; lag++) {
        double sum = 0.0;
        for (uint32_t i = 0; i < count; i++) {
            const int64_t k = (int64_t)i + lag;
            if (k >= 0 && k < (int64_t)count)
                sum += a[i] * b[k];
        }
        if (sum > best) {
            best = sum;
            best_lag = lag;
        }
    }
    return best_lag;
}

void synchrony_add(struct synchrony *s, uint64_t at, double lag_ms)
{
    const uint32_t i = s->count++ % SYNCHRONY_BURSTS;
    s->at[i] = at;
    s->lag_ms[i] = (float)lag_ms;
}

struct synchrony_trend synchrony_since(const struct synchrony *s, uint64_t since)
{
    struct synchrony_trend t = { 0, 0, 0, (double)NAN };
    const uint32_t known = s->count < SYNCHRONY_BURSTS ? s->count : SYNCHRONY_BURSTS;
    double sum = 0.0;
    uint32_t shared = 0;
    for (uint32_t i = 0; i < known; i++) {
        if (s->at[i] < since)
            continue;
        const double lag = (double)s->lag_ms[i];
        t.bursts++;
        t.common += lag <= COMMON_MS;
        t.lateral += lag >= LATERAL_FROM_MS && lag <= LATERAL_TO_MS;
        if (!isnan(lag)) {
            sum += lag;
            shared++;
        }
    }
    if (shared > 0)
        t.lag_ms = sum / (double)shared;
    return t;
}
