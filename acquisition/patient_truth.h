/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/patient_truth.h - what really happened in a simulated case, for scoring findings
 * against it: every stimulus with its responses, every event and artifact. Collected while the
 * case is made; written as JSON. One thread. */
#ifndef LSRD_ACQUISITION_PATIENT_TRUTH_H
#define LSRD_ACQUISITION_PATIENT_TRUTH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "acquisition/patient_scenario.h"
#include "base/err.h"

struct truth_response {
    uint32_t muscle;
    double p2p_uv; /* of what was added to the signal, the electrode's pick-up included; 0: none */
    double onset_ms; /* of the first sample over 10 % of its own peak; below 0: none */
};

struct truth_stimulus {
    uint64_t sample;
    uint32_t branch;
    double drive; /* current that arrived, of what it should be */
    double m_uv;
    uint32_t responses;
    struct truth_response response[OPTION_LABELS_MAX];
};

struct truth_event {
    enum patient_event_kind kind;
    uint64_t muscles; /* bit by muscle */
    uint64_t start, end;
    double uv, hz; /* 0: has none */
};

struct truth; /* NULL is one that notes nothing */

struct truth *truth_create(const struct scenario *scenario, uint64_t seed, struct err *err);
void truth_destroy(struct truth *t); /* NULL is fine */

void truth_add_stimulus(struct truth *t, const struct truth_stimulus *s);
/* Also artifacts: those of kind EVENT_CAUTERY and later. */
void truth_add_event(struct truth *t, const struct truth_event *e);

/* samples: of the whole case. False: out of memory on the way, or the file failed. */
bool truth_write(const struct truth *t, uint64_t samples, FILE *to, struct err *err);

#endif
