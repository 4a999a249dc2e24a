/* SPDX-License-Identifier: Apache-2.0 */
/* detect/grid.h - a sweep on a time grid of its own, the same at every sample rate: smoothed by a
 * raised cosine of three steps' width (half power near 1.6 kHz at the usual step of 0.25 ms, above
 * the band of a response) and taken at every step from the stimulus on. A kernel of finite length
 * cannot ring and carries the artifact nowhere. Pure. */
#ifndef LSRD_DETECT_GRID_H
#define LSRD_DETECT_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "detect/params.h"

enum {
    GRID_PRE_MS = 28,    /* before the stimulus: level, noise, activity */
    GRID_PRE_MOST = 112, /* points */
    GRID_POST_MOST = 161,
    GRID_MOST = GRID_PRE_MOST + GRID_POST_MOST,
};

struct grid {
    double step_ms;     /* 0.25; more where the window is longer than 40 ms */
    uint32_t pre, post; /* points before the stimulus, and from it on (at its onset: point pre) */
    uint32_t low;       /* first point of the response window, counted from the stimulus */
    uint32_t taps;      /* most weights of a point */
    uint32_t pre_frames, window_frames; /* samples that the points need before and after */
    size_t first_at;    /* int32_t a point: its first sample, relative to the stimulus */
    size_t weights_at;  /* taps doubles a point */
};

/* Bytes of the tables; 0 where the rate is too low to judge (under 4 kHz). */
size_t grid_size(const struct bank_params *params);

/* The shape alone, without tables. */
void grid_shape(struct grid *g, const struct bank_params *params);

/* tables: grid_size() bytes aligned to 8; offsets count from it. */
void grid_init(struct grid *g, void *tables, const struct bank_params *params);

/* Reads the sweep of the stimulus at this index from a ring of frames x lanes; out: points x lanes. */
void grid_sweep(const struct grid *g, const void *tables, const double *ring, uint32_t ring_frames,
                uint32_t lanes, uint64_t stimulus, double *out);

#endif
