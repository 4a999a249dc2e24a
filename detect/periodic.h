/* SPDX-License-Identifier: Apache-2.0 */
/* detect/periodic.h - whether a stretch of EMG repeats itself, and how fast. Pure.
 *
 * Normalised autocorrelation r(lag) = sum x(n) x(n + lag) / sqrt(sum x(n)^2 sum x(n + lag)^2). An
 * A train is monomorphic and regular, so r is near 1 at its period; where several units fire, or
 * one fires irregularly, the products average out. */
#ifndef LSRD_DETECT_PERIODIC_H
#define LSRD_DETECT_PERIODIC_H

#include <stdint.h>

enum { PERIODIC_POINTS = 800 }; /* longest stretch */

struct period {
    double lag;         /* points, interpolated; 0: none */
    double correlation; /* at it */
    double again;       /* largest correlation within 10 % of twice the lag: a train goes on, the
                         * ripple of noise in a narrow band dies */
};

/* The shortest repetition of x (count points, masked ones 0) between lags low and high: the first
 * local maximum that reaches 85 % of the highest one, so that a multiple is not taken for the
 * period. masked: 1 where a point is unknown. low at least 2, high + 1 below count. */
struct period period_find(const float *x, const uint8_t *masked, uint32_t count, uint32_t low,
                          uint32_t high);

#endif
