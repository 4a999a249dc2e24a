/* SPDX-License-Identifier: Apache-2.0 */
/* detect/level.h - what a channel does by itself, as baseline sweeps show it before the stimulus:
 * noise, and the level's random walk (electrodes drift, skin moves). Pure. */
#ifndef LSRD_DETECT_LEVEL_H
#define LSRD_DETECT_LEVEL_H

#include <stdint.h>

#include "detect/grid.h"

/* Variance of a point about its sweep's level before the stimulus, uV^2, above 0. sweeps: count of
 * pre + post points each. */
double level_noise(const struct grid *g, const float *sweeps, uint32_t count);

/* How fast the level wanders, uV^2 a millisecond: the upper end of what so few sweeps allow (one in
 * twenty would wander more), 0 where noise alone explains them. */
double level_walk(const struct grid *g, const float *sweeps, uint32_t count);

/* Variance that this walk has given the level at a time after the stimulus. */
double level_wandered(double walk, double ms);

#endif
