/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/said_marks.h - the marks that say how the operation stands, as they were written: what a
 * display that comes late and the beginning of an excerpt have to know. Phases, intensity,
 * relaxation, anaesthetic; one that was taken back is gone. {} is empty. Owned by its user, any
 * thread. */
#ifndef LSRD_DAEMON_SAID_MARKS_H
#define LSRD_DAEMON_SAID_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mark.h"

enum { SAID_MARKS = 32 /* as many as the endpoint keeps */ };

struct said_marks {
    struct mark marks[SAID_MARKS]; /* that stand, in the order of marking */
    uint32_t count;
    char phase[16]; /* the newest of them; empty: none */
};

/* Whether anything that stands has changed. When the list is full the oldest goes, but no phase
 * while others can. */
bool said_marks_hear(struct said_marks *s, const struct mark *m);

#endif
