/* SPDX-License-Identifier: Apache-2.0 */
/* detect/electrode.h - proof that a sweep could have shown a response: was current delivered, and
 * does every electrode still pick up what it did? Every stimulus is its own test pulse: its
 * artifact on all channels together is the stimulator, on one channel against the others the
 * electrode. Pure. */
#ifndef LSRD_DETECT_ELECTRODE_H
#define LSRD_DETECT_ELECTRODE_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/params.h"

enum { ELECTRODE_BASELINE = 15 }; /* stimuli from which the usual sizes are learned */

/* Sizes on all channels, of one branch's stimuli: an artifact depends on where one stimulates. */
struct electrode {
    uint32_t stored;
    float artifacts[BANK_CHANNELS][ELECTRODE_BASELINE];
    float noises[BANK_CHANNELS][ELECTRODE_BASELINE];
    float roughs[BANK_CHANNELS][ELECTRODE_BASELINE];
    float lates[BANK_CHANNELS][ELECTRODE_BASELINE];
    float pulse_ends[ELECTRODE_BASELINE];
    bool learned;
    double pulse_end_ms;               /* of the stimulus pulse itself */
    double artifact_uv[BANK_CHANNELS]; /* medians of the baseline */
    double noise_uv[BANK_CHANNELS];
    double rough_uv[BANK_CHANNELS];
    double late_uv[BANK_CHANNELS];
};

/* What is measured around one stimulus, a channel each. */
struct electrode_sizes {
    uint32_t channels;
    double pulse_end_ms; /* the last steep change of the first 2 ms, on any channel */
    double artifact_uv[BANK_CHANNELS]; /* peak to peak in the first millisecond */
    double noise_uv[BANK_CHANNELS];    /* RMS before the stimulus */
    double rough_uv[BANK_CHANNELS];    /* median absolute second difference at the window's end:
                                        * the noise above any muscle's band; 0 unknown */
    double late_uv[BANK_CHANNELS];     /* RMS of the window's last 5 ms: what a high-pass leaves of
                                        * artifact and M wave is there in every sweep */
    bool masked[BANK_CHANNELS];        /* cautery, saturation, a gap: says nothing */
    bool off[BANK_CHANNELS];           /* masked by a person: the others are learned without it */
};

struct electrode_verdict {
    enum tristate delivered;   /* by the artifact alone */
    double artifact_ratio;     /* of all channels together, to the baseline; NAN unknown */
    bool fault[BANK_CHANNELS]; /* open, bridged or shifted */
};

void electrode_init(struct electrode *e);

/* Judges one stimulus, and learns from it while the baseline is collected. */
void electrode_judge(struct electrode *e, const struct electrode_sizes *s,
                     struct electrode_verdict *v);

#endif
