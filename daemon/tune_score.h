/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/tune_score.h - counts how findings agree with what is known of a case. Pure. */
#ifndef LSRD_DAEMON_TUNE_SCORE_H
#define LSRD_DAEMON_TUNE_SCORE_H

#include "base/finding.h"
#include "daemon/tune_truth.h"

enum { TUNE_TRAINS = 1024 };

/* Plain sums: those of cases add up. */
struct tune_counts {
    double hours;
    uint32_t present, found;   /* judged sweeps (or stimuli) with a response, and verdicts so */
    uint32_t absent, mistaken; /* without one, and verdicts of a response all the same */
    uint32_t trains, trains_found, trains_mistaken;
    uint32_t endpoints, endpoints_reached, endpoints_mistaken;
    double delay_s; /* from gone for good to reached; NAN: not reached, or not known */
};

struct tune_score {
    const struct tune_truth *truth;
    uint32_t rate_hz;
    struct tune_counts counts;
    size_t next_sweep;    /* of the truth */
    uint64_t stimulus;    /* the one at hand */
    bool has_stimulus, is_valid, is_present;
    bool train_found[TUNE_TRAINS];
};

void tune_score_begin(struct tune_score *s, const struct tune_truth *truth, uint32_t rate_hz);
void tune_score_add(struct tune_score *s, const struct finding *f); /* the whole journal */

#endif
