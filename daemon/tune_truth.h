/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/tune_truth.h - what is known of a case: a reviewer's labels beside it, or the truth of a
 * simulated one (CASE.truth.json beside it). */
#ifndef LSRD_DAEMON_TUNE_TRUTH_H
#define LSRD_DAEMON_TUNE_TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "protocol/finding_json.h"

enum { TUNE_ANY_CHANNEL = 0xffff };

struct tune_stretch {
    uint64_t from, to;
    uint16_t channel; /* or TUNE_ANY_CHANNEL */
    bool is_present;  /* of the LSR */
};

/* One channel at one stimulus. */
struct tune_sweep {
    uint64_t stimulus;
    uint16_t channel;
    bool is_present;
};

struct tune_truth {
    size_t sweep_count;
    struct tune_sweep *sweeps; /* by stimulus; where there are any, stretches say nothing more */
    size_t stretch_count;
    struct tune_stretch *stretches; /* of the LSR */
    size_t train_count;
    struct tune_stretch *trains;
    bool knows_trains; /* all trains there are */
    size_t artifact_count;
    struct tune_stretch *artifacts; /* what is found there counts neither way */
    uint64_t gone; /* the LSR is gone for good from here on; UINT64_MAX: it never is */
    bool knows_endpoint;
};

/* truth_path: NULL: CASE.truth.json if it is there, else labels. False: neither is there, or it
 * cannot be read. length: frames of the case. */
bool tune_truth_open(struct tune_truth *t, const char *path, const char *truth_path,
                     const struct finding_context *context, uint64_t length, struct err *err);
void tune_truth_close(struct tune_truth *t);

#endif
