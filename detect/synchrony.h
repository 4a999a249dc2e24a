/* SPDX-License-Identifier: Apache-2.0 */
/* detect/synchrony.h - how many of the last minute's fast bursts muscles share, and with which lag:
 * a trend for research, never an input to the endpoint. Pure.
 *
 * Discharges that arise at the nerve's root reach the muscles within 3 ms of each other; those that
 * spread from one branch over the root into another come 5 to 8 ms later (difference of lateral and
 * direct latency). The lag is the maximum of the cross-correlation of the two envelopes. */
#ifndef LSRD_DETECT_SYNCHRONY_H
#define LSRD_DETECT_SYNCHRONY_H

#include <stdint.h>

enum { SYNCHRONY_BURSTS = 64, SYNCHRONY_POINTS = 2048 };

struct synchrony {
    uint32_t count; /* ever */
    uint64_t at[SYNCHRONY_BURSTS];
    float lag_ms[SYNCHRONY_BURSTS]; /* magnitude; NAN: one muscle alone */
};

struct synchrony_trend {
    uint32_t bursts;  /* in the last minute, at most SYNCHRONY_BURSTS */
    uint32_t common;  /* shared within 3 ms */
    uint32_t lateral; /* shared with 5 to 8 ms */
    double lag_ms;    /* mean of the shared ones; NAN: none */
};

/* Lag of y behind x in points, at most reach either way: where their envelopes (absolute values,
 * means removed, smoothed over width points) correlate best. count: up to SYNCHRONY_POINTS. */
int32_t synchrony_lag(const float *x, const float *y, uint32_t count, uint32_t reach,
                      uint32_t width);

void synchrony_add(struct synchrony *s, uint64_t at, double lag_ms);

/* Bursts from since on. */
struct synchrony_trend synchrony_since(const struct synchrony *s, uint64_t since);

#endif
