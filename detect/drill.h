/* SPDX-License-Identifier: Apache-2.0 */
/* detect/drill.h - the whine of a drill or another turning tool: one frequency (and its double) on
 * half of the muscles at once. Follows it and takes it away from the free-running path. Pure.
 *
 * Window w covers slots w - 1 and w (50 ms). In it, one frequency for all channels maximises the
 * sum of their normalised powers at f and 2 f; amplitude and phase are fitted for each channel by
 * least squares on the points that no stimulus covers. The window is tonal where the fit explains
 * 70 % of the power of at least half of the channels, none of them under 15 % of the largest: a
 * neighbour's few percent of an A train do not count. A drill is tonal in at least 4 of 7 windows
 * in a row: two tenths of a second, which no burst or spasm is at one frequency. Slot s is cleaned
 * by cross-fading from window s's fit to window s + 1's, so a frequency that moves by 100 Hz a
 * second is followed. Needs two channels. */
#ifndef LSRD_DETECT_DRILL_H
#define LSRD_DETECT_DRILL_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/emg_front.h"

enum { DRILL_WINDOWS = 16, DRILL_TERMS = 4, DRILL_AHEAD = 5 };

struct drill_window {
    bool tonal;
    bool fitted;
    uint32_t explained; /* channels */
    double hz;
    double term[BANK_CHANNELS][DRILL_TERMS]; /* cos and sin of f, cos and sin of 2 f, in uV */
};

struct drill {
    uint32_t needed; /* channels */
    struct drill_window window[DRILL_WINDOWS];
    uint64_t newest;   /* window */
    double hz;         /* of the newest tonal window */
    uint32_t row;      /* tonal windows in a row */
    uint64_t heard;    /* window behind which a drill is forgotten */
    bool on;           /* a drill is being reported */
    uint64_t from, to; /* points */
};

void drill_init(struct drill *d, uint32_t channels);

/* Looks at window w, whose second slot is complete in ring. loud_uv: per channel, the RMS over
 * which a slot is worth looking at; 0: leave the channel out. Call for every w in order. */
void drill_look(struct drill *d, const struct emg_front *f, const float *ring, uint64_t w,
                const double *loud_uv);

/* Whether slot s runs under a drill; drill_look() must be DRILL_AHEAD windows ahead. */
bool drill_runs(const struct drill *d, uint64_t s);

/* Takes the drill out of slot s of the ring; where it starts or stops the slot is blanked. */
void drill_clean(struct drill *d, struct emg_front *f, float *ring, uint64_t s);

/* Whether four tonal windows in a row came within the last second. */
bool drill_heard(const struct drill *d);

/* Peak of what was taken out of a channel in slot s. */
double drill_share_uv(const struct drill *d, uint32_t channel, uint64_t s);

/* Peak of the drill's share in the channel's newest window; 0 where none is. */
double drill_peak_uv(const struct drill *d, uint32_t channel);

#endif
