/* SPDX-License-Identifier: Apache-2.0 */
/* detect/stimulus.h - when a nerve was stimulated: from a trigger input, or from the artifact that
 * every stimulus leaves on the muscle channels. Only the onset is found here; whether current
 * flowed is proved later from the sweep. Pure, one block of memory. */
#ifndef LSRD_DETECT_STIMULUS_H
#define LSRD_DETECT_STIMULUS_H

#include <stddef.h>
#include <stdint.h>

#include "detect/artifact.h"
#include "detect/params.h"
#include "detect/run.h"

enum { STIMULUS_PER_RUN = BANK_BRANCHES };

struct stimulus;

struct stimulus_onset {
    uint64_t sample;
    uint8_t branch;
    enum stimulus_source source;
};

struct stimulus_onsets {
    uint32_t count;
    struct stimulus_onset items[STIMULUS_PER_RUN];
};

extern const struct option stimulus_options[]; /* of struct stimulus_params */

size_t stimulus_size(const struct bank_params *params);
void stimulus_init(struct stimulus *s, const struct bank_params *params);

/* triggers: counts of every branch's trigger input, frames x BANK_BRANCHES (0 where it has none).
 * raw: before any filter. Fills onsets with those found in this run. */
void stimulus_feed(struct stimulus *s, const struct frame_run *raw, const int32_t *triggers,
                   const struct artifact *artifact, struct stimulus_onsets *onsets);

/* Samples were lost: an edge across the hole is no edge. */
void stimulus_gap(struct stimulus *s, uint64_t to);

/* `branch=NAME` says which branch is stimulated where only the artifact shows it. */
void stimulus_branch(struct stimulus *s, uint8_t branch);

#endif
