/* SPDX-License-Identifier: Apache-2.0 */
/* Autocorrelation of a short stretch. */
#include "detect/periodic.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "detect/lanes.h"

enum { LANES = BLOCK_LANES, LAGS = 256 };

/* Sums in eight fixed lanes: fast on every instruction set, and the same bits. */
static double product_sum(const float *x, const float *y, uint32_t count)
{
    lanes_float lane = {0};
    uint32_t i = 0;
    for (; i + LANES <= count; i += LANES)
        lane += *(const lanes_float *)(const void *)(x + i) *
                *(const lanes_float *)(const void *)(y + i);
    double sum = 0.0;
    for (uint32_t k = 0; k < LANES; k++)
        sum += (double)lane[k];
    for (; i < count; i++)
        sum += (double)(x[i] * y[i]);
    return sum;
}

/* Powers of the parts that the products at a lag are made of. */
struct powers {
    bool whole;
    double before[PERIODIC_POINTS + 1]; /* of the points before n, where nothing is masked */
    float square[PERIODIC_POINTS];
    float known[PERIODIC_POINTS];
};

static double power_at(const struct powers *p, uint32_t count, uint32_t lag)
{
    double early, late;
    if (p->whole) {
        early = p->before[count - lag];
        late = p->before[count] - p->before[lag];
    } else {
        early = product_sum(p->square, p->known + lag, count - lag);
        late = product_sum(p->square + lag, p->known, count - lag);
    }
    return sqrt(early * late);
}

static void powers_fill(struct powers *p, const float *x, const uint8_t *masked, uint32_t count)
{
    p->whole = true;
    p->before[0] = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        p->square[i] = x[i] * x[i];
        p->known[i] = masked[i] ? 0.0f : 1.0f;
        p->before[i + 1] = p->before[i] + (double)p->square[i];
        if (masked[i])
            p->whole = false;
    }
}

static double correlation_at(const struct powers *p, const float *x, uint32_t count, uint32_t lag)
{
    const double power = power_at(p, count, lag);
    return power > 0.0 ? product_sum(x, x + lag, count - lag) / power : 0.0;
}

static double largest_around(const struct powers *p, const float *x, uint32_t count, double lag)
{
    double largest = 0.0;
    for (uint32_t k = (uint32_t)(0.9 * lag); (double)k <= 1.1 * lag + 1.0; k++)
        if (k + 2 < count)
            largest = fmax(largest, correlation_at(p, x, count, k));
    return largest;
}

struct period period_find(const float *x, const uint8_t *masked, uint32_t count, uint32_t low,
                          uint32_t high)
{
    struct powers p;
    double r[LAGS];
    struct period none = {0.0, 0.0, 0.0};
    if (count > PERIODIC_POINTS || high + 2 > count || high - low + 3 > LAGS || low < 2)
        return none;
    powers_fill(&p, x, masked, count);
    double highest = 0.0;
    for (uint32_t i = 0; i < high - low + 3; i++) {
        const uint32_t lag = low - 1 + i;
        r[i] = correlation_at(&p, x, count, lag);
    }
    for (uint32_t i = 1; i + 1 < high - low + 3; i++)
        if (r[i] > r[i - 1] && r[i] >= r[i + 1])
            highest = fmax(highest, r[i]);
    for (uint32_t i = 1; i + 1 < high - low + 3; i++) {
        if (!(r[i] > r[i - 1] && r[i] >= r[i + 1]) || r[i] < 0.85 * highest || r[i] <= 0.0)
            continue;
        const double bend = r[i - 1] - 2.0 * r[i] + r[i + 1];
        const double shift = bend < 0.0 ? 0.5 * (r[i - 1] - r[i + 1]) / bend : 0.0;
        const double lag = (double)(low - 1 + i) + shift;
        return (struct period){.lag = lag,
                               .correlation = r[i],
                               .again = largest_around(&p, x, count, 2.0 * lag)};
    }
    return none;
}
