/* SPDX-License-Identifier: Apache-2.0 */
/* detect/fine.h - a lateral sweep at the case's own rate without tail and carried M wave: what is
 * shown, and what size and onset are measured on (the grid is too coarse for both). Pure. */
#ifndef LSRD_DETECT_FINE_H
#define LSRD_DETECT_FINE_H

#include <stdint.h>

#include "detect/grid.h"
#include "detect/spread.h"

/* Fills a tail's curve for every sample of the window. */
void fine_tail(const struct tail *t, uint32_t rate_hz, uint32_t frames, float *curve);

/* sweep and direct: frames samples from the stimulus on, level removed (direct NULL: none);
 * curves as fine_tail gives them, ratios of this sweep; m: frames doubles of workspace. */
void fine_residual(const struct spread *s, const struct grid *g, uint32_t rate_hz, uint32_t frames,
                   const double *sweep, const float *tail_curve, double ratio, const double *direct,
                   const float *direct_curve, double direct_ratio, double *m, double *residual);

struct fine_size {
    double amplitude_uv; /* peak to peak */
    double onset_ms;     /* first sample over 10 % of the absolute peak */
};

/* What is known of a sweep's surroundings before its response is measured. */
struct fine_noise {
    double rms_uv;  /* of the channel's noise on the grid, the level's wandering aside */
    double half_ms; /* the grid's kernel is so wide to either side: so any other width's noise
                       follows */
    double walk[2]; /* variance of the level's random walk at from_ms and at to_ms, uV^2 */
};

/* Within [from_ms, to_ms] of the residual, which the response does not leave. What the level did
 * meanwhile goes first, in place: the line between its means over a millisecond on either side is
 * what is to be expected of a random walk (Brownian bridge), each drawn to 0 by its own noise. */
struct fine_size fine_measure(double *residual, uint32_t rate_hz, uint32_t frames, double from_ms,
                              double to_ms, const struct fine_noise *noise);

#endif
