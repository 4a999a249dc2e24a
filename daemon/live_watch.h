/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/live_watch.h - what a replay hears of live daemons on the same machine. It only reads.
 * Main thread. */
#ifndef LSRD_DAEMON_LIVE_WATCH_H
#define LSRD_DAEMON_LIVE_WATCH_H

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "protocol/live_notice.h"

enum { LIVE_WATCH_MOST = 4 }; /* daemons at once; one theatre has one */

#define LIVE_STALE_NS INT64_C(1000000000) /* four heartbeats: old data is told within a second */

struct live_watch;

struct live_watch *live_watch_create(struct clock *clock, struct err *err);
void live_watch_destroy(struct live_watch *w); /* takes NULL */

/* Looks what there is now. Four times a second: reading some hundred bytes from memory costs less than
 * being told of each heartbeat. One that was alive and whose heartbeat is old is lost until it
 * beats again or its file is gone; one that was never seen alive is not told. */
void live_watch_look(struct live_watch *w);

const struct live_case_seen *live_watch_list(const struct live_watch *w, uint32_t *count);

#endif
