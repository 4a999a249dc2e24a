/* SPDX-License-Identifier: Apache-2.0 */
/* detect/biquad.h - second-order Butterworth sections over all lanes of a frame at once.
 * Pure. Transposed direct form II in double: at 30 Hz and 192 kHz single precision is too coarse.
 */
#ifndef LSRD_DETECT_BIQUAD_H
#define LSRD_DETECT_BIQUAD_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/lanes.h"

struct biquad {
    double b0, b1, b2, a1, a2; /* a0 is 1 */
    double into1, into2;       /* b1 - a1 b0, b2 - a2 b0: what an input adds to the states */
};

/* Section of a Butterworth filter by the bilinear transform. quality: 0.70710678 for a filter of
 * order 2; order 4 is two sections of 0.54119610 and 1.30656296. corner_hz: above 0, below half of
 * rate_hz. */
struct biquad biquad_low_pass(double corner_hz, double quality, double rate_hz);
struct biquad biquad_high_pass(double corner_hz, double quality, double rate_hz);

/* One step of LANE_WIDTH lanes; *s1 and *s2 are their state. The output is written out in the next
 * state, which is then one product and one difference away from the last, not four operations: the
 * loop waits for nothing else. */
static inline lane_part biquad_step(const struct biquad *q, lane_part *s1, lane_part *s2, lane_part x)
{
    const lane_part y = q->b0 * x + *s1;
    const lane_part next = (q->into1 * x + *s2) - q->a1 * *s1;
    *s2 = q->into2 * x - q->a2 * *s1;
    *s1 = next;
    return y;
}

/* frames x stride values in place, frame after frame. state: 2 x stride, zeroed before the first
 * frame. stride is a multiple of 8 and each lane's result depends on that lane alone, so any vector
 * width gives the same bits. */
void biquad_frames(const struct biquad *q, double *state, double *values, uint32_t frames,
                   uint32_t stride);

/* Puts the state where it would be after the constant inputs values (stride of them) had lasted for
 * ever, so that an electrode's offset does not ring. */
void biquad_settle(const struct biquad *q, double *state, const double *values, uint32_t stride);

#endif
