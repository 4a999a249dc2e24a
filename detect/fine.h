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
                   const double *sweep, const float *tail_curve, double ratio,
                   const double *direct, const float *direct_curve, double direct_ratio, double *m,
                   double *residual);

struct fine_size {
    double amplitude_uv; /* peak to peak */
    double onset_ms;     /* first sample over 10 % of the absolute peak */
};

/* Within [from_ms, to_ms] of the residual. grid_noise_uv: RMS of the channel's noise on the grid,
 * whose kernel is grid_half_ms wide to either side; from it follows the noise of any other width. */
struct fine_size fine_measure(const double *residual, uint32_t rate_hz, uint32_t frames,
                              double from_ms, double to_ms, double grid_noise_uv,
                              double grid_half_ms);

#endif
