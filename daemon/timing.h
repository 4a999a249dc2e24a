/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/timing.h - how long samples take through the running daemon: from the moment the newest of them was
 * read from the device until it was decided, until it was written to a display's socket, until a page
 * said that it was painted. Newest and the case's worst of each. Pure; the main thread's. */
#ifndef LSRD_DAEMON_TIMING_H
#define LSRD_DAEMON_TIMING_H

#include <stdint.h>

#include "protocol/message.h"

enum timing_stage { TIMING_DECISION, TIMING_SOCKET, TIMING_PAINT, TIMING_STAGES };

struct timing { /* caller owns the memory; fields are private to timing.c */
    struct message_timing shown[TIMING_STAGES]; /* as of the last timing_settle() */
    int64_t running_us[TIMING_STAGES];          /* the worst since then; -1: none */
};

/* A new case begins. */
void timing_init(struct timing *t);

/* us: -1 is nothing. */
void timing_note(struct timing *t, enum timing_stage stage, int64_t us);

/* Four times a second: what was noted since becomes the newest. */
void timing_settle(struct timing *t);

/* In one line for the case's record, as a mark: `note=latency, worst of the case: ...`. False: nothing
 * was measured. */
bool timing_line(const struct timing *t, char *text, size_t size);

#endif
