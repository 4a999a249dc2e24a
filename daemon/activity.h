/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/activity.h - the free-running EMG of a case in slots of ten seconds, for trends: how many events of
 * each kind, how much train time so far, how many of the bursts muscles shared. Counted from findings;
 * main thread's alone. */
#ifndef LSRD_DAEMON_ACTIVITY_H
#define LSRD_DAEMON_ACTIVITY_H

#include <stdint.h>

#include "base/finding.h"
#include "detect/synchrony.h"
#include "protocol/text.h"

enum {
    ACTIVITY_SLOT_S = 10,
    ACTIVITY_SLOTS = 2880, /* eight hours; what comes later stays in the last one */
};

struct activity_slot {
    uint32_t events[EMG_KINDS];
    double train_s; /* A trains of the case, up to this slot's end */
    struct synchrony_trend synchrony; /* of the minute before its end */
};

struct activity {
    uint32_t rate_hz;
    uint32_t count; /* slots begun */
    struct activity_slot slots[ACTIVITY_SLOTS];
};

/* A case begins. */
void activity_begin(struct activity *a, uint32_t rate_hz);

void activity_finding(struct activity *a, const struct finding *f);

/* The slot that `sample` lies in is under way. */
void activity_now(struct activity *a, uint64_t sample, const struct synchrony_trend *synchrony);

/* `[[slot, spike, burst, a_train, b_train, c_train, spasm, train_s, bursts, common, lateral,
 * lag_ms], ...]` from the slot of `sample` on. */
void activity_print(const struct activity *a, uint64_t sample, struct text *t);

#endif
