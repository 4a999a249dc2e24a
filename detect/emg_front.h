/* SPDX-License-Identifier: Apache-2.0 */
/* detect/emg_front.h - the free-running path up to the detectors: band 80 to 1500 Hz, at 4 to
 * 8 kHz, in slots of 25 ms, remembered for a second. Pure, one block of memory.
 *
 * Motor-unit potentials of needle electrodes have their power between 150 and 1000 Hz. The lower
 * corner leaves hum's residue, drift and a stimulus artifact's tail behind it and rings for 3 ms
 * only; the upper one takes away three quarters of the amplifier's noise. */
#ifndef LSRD_DETECT_EMG_FRONT_H
#define LSRD_DETECT_EMG_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/biquad.h"
#include "detect/params.h"
#include "detect/run.h"

enum {
    FRONT_RING = 8192, /* points remembered: over 1 s; a power of two */
    FRONT_SLOT_MS = 25,
    FRONT_SLOT_MAX = 200,  /* points of a slot */
    FRONT_RATE_MIN = 1000, /* frames per second below which there is no EMG to see */
    FRONT_LOW_HZ = 80,     /* corners of the band */
    FRONT_HIGH_HZ = 1500,  /* where the rate is over 2.5 times that */
};

/* Decimated samples are called points. Point m is the filter's value at frame (m + 1) * step - 1.
 * Slots lie on multiples of slot_points: absolute, whatever the blocks. */
struct emg_front {
    uint32_t channels;
    uint32_t stride;
    uint32_t step;        /* frames a point */
    uint32_t slot_points; /* points a slot */
    double rate_hz;       /* points per second */
    double band_hz;       /* width of the noise band */
    bool has_low_pass;
    bool primed;
    uint64_t first; /* first point since the start or the last gap */
    uint64_t next;  /* first point not yet made */
    struct biquad low_pass[2];
    struct biquad high_pass;
    double low_state[2][2 * BANK_CHANNELS];
    double high_state[2 * BANK_CHANNELS];
    struct stimulus_blank blank; /* in points */
    uint8_t blanked[FRONT_RING]; /* 1: belongs to a stimulus */
};

void emg_front_init(struct emg_front *f, const struct bank_params *params);

/* Whether the rate suffices for events. */
bool emg_front_works(const struct emg_front *f);

/* Feeds one run; writes points to ring (channels x FRONT_RING, channel after channel). blank: the
 * newest stimulus, in frames; it may begin in the past, at most 50 ms back. */
void emg_front_feed(struct emg_front *f, const struct frame_run *clean, struct stimulus_blank blank,
                    float *ring);

/* Forgets the past: the next frame has index to. */
void emg_front_gap(struct emg_front *f, uint64_t to);

/* First frame that point m stands for, and a point's number for a frame. */
static inline uint64_t emg_front_frame(const struct emg_front *f, uint64_t point)
{
    return point * f->step;
}

#endif
