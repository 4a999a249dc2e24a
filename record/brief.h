/* SPDX-License-Identifier: Apache-2.0 */
/* record/brief.h - a finding's line of the journal as a short annotation, for people who open the
 * file in another program. Pure. */
#ifndef LSRD_RECORD_BRIEF_H
#define LSRD_RECORD_BRIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/finding.h"

enum { BRIEF_TEXT = 120 };

struct brief {
    uint64_t sample;       /* where it begins */
    uint64_t frames;       /* how long it lasts; 0: a moment */
    char text[BRIEF_TEXT]; /* `lsrd:emg_event a_train MENT`; no control characters */
};

/* line: as protocol/ prints it. False: this type is not annotated, because samples and journal tell
 * it (sweeps, which are many) or because it is a mark, which has its own annotation. */
bool brief_finding(const char *line, size_t size, enum finding_type type, uint64_t decided_sample,
                   struct brief *out);

#endif
