/* SPDX-License-Identifier: Apache-2.0 */
/* detect/tone.h - a drill's tone in a sweep: one frequency and its double on most channels at once,
 * fitted by least squares before the stimulus and behind the response, and taken away between. The
 * frequency may change evenly meanwhile.
 * Looked for only where the channels are louder than they were. Pure. */
#ifndef LSRD_DETECT_TONE_H
#define LSRD_DETECT_TONE_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/grid.h"

struct tone {
    bool found;
    double hz;       /* in the middle of the fitted points */
    double bend;     /* of the frequency, Hz a second */
    double middle_s; /* from the stimulus */
    double gain[2]; /* of the grid's kernel at hz and its double */
    /* a channel's cosine and sine of both, on the grid; time counts from the stimulus */
    double share[4][BANK_CHANNELS];
};

/* points: (pre + post) x lanes, level removed; the tone found is taken away in place. noise_uv: RMS
 * before the stimulus as usual, now_uv as it is. response_ms: to where a response may reach. */
void tone_remove(struct tone *t, const struct grid *g, double *points, uint32_t channels,
                 uint32_t lanes, const double *noise_uv, const double *now_uv, double response_ms);

/* Takes the same tone from count samples of one channel, from the stimulus on. */
void tone_subtract(const struct tone *t, uint32_t channel, uint32_t rate_hz, double *sweep,
                   uint32_t count);

#endif
