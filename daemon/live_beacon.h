/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/live_beacon.h - tells replays on the same machine that this daemon lives and which alarms stand:
 * a small file in memory, replaced whole with every heartbeat, gone when the daemon ends. A daemon
 * that was killed leaves it with an old heartbeat. Main thread. */
#ifndef LSRD_DAEMON_LIVE_BEACON_H
#define LSRD_DAEMON_LIVE_BEACON_H

#include "base/clock.h"
#include "daemon/publisher.h"
#include "daemon/settings.h"

struct live_beacon;

/* port: the one taken. Removes what daemons left that are no more. */
struct live_beacon *live_beacon_create(const struct settings *settings, uint16_t port,
                                       struct clock *clock, struct err *err);
void live_beacon_destroy(struct live_beacon *b); /* takes NULL */

/* A heartbeat with the alarms as they stand: four a second, and at every change. Takes NULL. */
void live_beacon_tell(struct live_beacon *b, const struct publisher_facts *facts);

#endif
