/* SPDX-License-Identifier: Apache-2.0 */
/* detect/discharge.h - single discharges of one channel: excursions over a threshold that follows
 * the channel's own noise. Pure; one instance per channel.
 *
 * Noise: the power of 2 ms stretches has a lower quantile (20 %) that hardly moves while fewer than
 * three quarters of the time are active, so that a train does not raise its own threshold. For
 * Gaussian noise the quantile tells the RMS (chi-square, Wilson and Hilferty 1931).
 * False rate: Gaussian noise of this band crosses k times its RMS, either sign, 2 f0 exp(-k k / 2)
 * times a second (Rice 1945), f0 about 870 Hz: at k = 7, one crossing in 280 days a channel. */
#ifndef LSRD_DETECT_DISCHARGE_H
#define LSRD_DETECT_DISCHARGE_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/params.h"

struct discharge {
    uint64_t peak;  /* point */
    double peak_uv; /* largest absolute value */
    double span_uv; /* peak to peak within 2 ms of the peak */
    double middle;  /* point halfway between the two: steadier than either */
};

struct noise_level {
    double power;     /* the quantile being followed, uV^2; 0: nothing seen yet */
    double to_square; /* factor from it to the mean square */
    uint32_t tick_points;
    uint32_t seen; /* ticks, up to NOISE_LEARN */
};

enum { NOISE_LEARN = 250 }; /* ticks of 2 ms before the level counts */

/* rate_hz: points per second; band_hz: width of the noise band. */
void noise_level_init(struct noise_level *n, double rate_hz, double band_hz);

/* Takes count points of one slot, none of them masked. */
void noise_level_feed(struct noise_level *n, const float *points, uint32_t count);

/* The noise is known to have changed: learns as fast as at the start, unknown meanwhile. */
void noise_level_relearn(struct noise_level *n);

bool noise_level_known(const struct noise_level *n);
double noise_level_rms(const struct noise_level *n);

#endif
