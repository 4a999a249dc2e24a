/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/live_place.h - the directories through which live daemons and replays of one machine hear of
 * each other: $RUNTIME_DIRECTORY of the service (which others may read, /run/lsrd), else
 * $XDG_RUNTIME_DIR/lsrd, else /dev/shm/lsrd-UID. All lie in memory: nobody waits for a disk. */
#ifndef LSRD_DAEMON_LIVE_PLACE_H
#define LSRD_DAEMON_LIVE_PLACE_H

#include <stdbool.h>

#include "base/err.h"

enum { LIVE_PLACES = 2 };

#define LIVE_FILE "live-%d.json" /* of the process */

/* Opens the one where this process tells of itself, made where it is missing; the caller closes it.
 * -1: err says why. */
int live_place_own(struct err *err);

/* Opens those where one may hear of others; the caller closes them. Returns how many there are. */
int live_place_others(int fds[LIVE_PLACES]);

#endif
