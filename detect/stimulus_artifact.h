/* SPDX-License-Identifier: Apache-2.0 */
/* detect/stimulus_artifact.h - finds stimuli where no trigger tells of them: by the jump that a
 * current pulse makes on most channels within the same sample. A muscle's potentials rise slower
 * and on one channel at a time; every stimulus jumps by the same shares on the same channels, so a
 * jump must look like those before it. Pure. */
#ifndef LSRD_DETECT_STIMULUS_ARTIFACT_H
#define LSRD_DETECT_STIMULUS_ARTIFACT_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/params.h"
#include "detect/run.h"

enum { JUMP_PATTERNS = 2 };

/* The mean jump of the stimuli so far, a channel each. */
struct jump_pattern {
    uint32_t seen;
    double step_uv[BANK_CHANNELS];
};

struct stimulus_artifact {
    uint32_t channels, lanes;
    uint32_t quiet_frames; /* without any jump before a stimulus */
    uint32_t settle_frames;
    bool started;
    uint64_t first;                  /* index from which on noise is known */
    uint64_t last_jump;              /* NO_SAMPLE: none */
    double before[BANK_CHANNELS];    /* the newest frame */
    double noise_uv[BANK_CHANNELS];  /* mean absolute change a sample */
    struct jump_pattern pattern[JUMP_PATTERNS]; /* the one in use, and a challenger */
};

void stimulus_artifact_init(struct stimulus_artifact *s, const struct bank_params *params);

/* Whether a stimulus begins with this frame (raw microvolts, one value a lane). */
bool stimulus_artifact_frame(struct stimulus_artifact *s, uint64_t index, const double *uv,
                             bool spoiled);

/* Samples were lost up to to: the step across the hole is none. */
void stimulus_artifact_gap(struct stimulus_artifact *s, uint64_t to);

#endif
