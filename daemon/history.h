/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/history.h - tells alarms and browsers what they would have heard, had a recorded case been
 * played through to a place. Main thread. */
#ifndef LSRD_DAEMON_HISTORY_H
#define LSRD_DAEMON_HISTORY_H

#include "daemon/activity.h"
#include "daemon/case_index.h"
#include "daemon/live_case.h"
#include "daemon/publisher.h"

struct history {
    struct case_index *index;
    const struct pipeline *pipeline;
    struct live_case *case_;
    struct publisher *publisher;
    struct activity *activity;
};

void history_tell(const struct history *h, const struct case_index_place *place);

#endif
