/* SPDX-License-Identifier: Apache-2.0 */
/* detect/emg_hum.h - whether a stretch of the free-running path is the mains itself: hum that stepped
 * up and is not subtracted yet. At 60 Hz it would pass for an A train. Pure, stateless. */
#ifndef LSRD_DETECT_EMG_HUM_H
#define LSRD_DETECT_EMG_HUM_H

#include <stdbool.h>
#include <stdint.h>

enum { EMG_HUM_MS = 100 }; /* whole cycles of 50 and of 60 Hz */

/* x: EMG_HUM_MS of points. Hum is what the mains and its harmonics 2 and 3 explain by 80 %, the
 * fundamental by half, and what keeps its phase from one half to the other within 0.25 radian: within
 * 0.8 Hz of the mains. A discharge train has sharp potentials, or a frequency of its own. */
bool emg_hum_is(const float *x, uint32_t count, double rate_hz, double mains_hz);

#endif
