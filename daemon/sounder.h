/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/sounder.h - lets this machine's loudspeaker follow the alarm signals. Main thread. */
#ifndef LSRD_DAEMON_SOUNDER_H
#define LSRD_DAEMON_SOUNDER_H

#include "base/err.h"
#include "daemon/alarm_signals.h"
#include "sound/player_alsa.h"

struct sounder;

struct sounder *sounder_create(const struct player_options *options, struct err *err);
void sounder_destroy(struct sounder *s); /* takes NULL */

/* After every change of the signals. */
void sounder_follow(struct sounder *s, struct alarm_sound sound);

/* ok, broken or off; why: one line of what is wrong, empty where nothing is. */
const char *sounder_state(struct sounder *s, char *why, size_t size);

#endif
