/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/alarm_signals.h - what becomes of an alarm condition on the clock: latching,
 * acknowledging, pausing the sound, reminders, escalation, and the log of a case. Conditions come
 * from the journal; nothing here ever goes back into it. Main thread.
 *
 * - active: bar and sound. Acknowledged: no sound for this one; it sounds again after 3 min if it
 * is still true, and at once when it worsens. Latched: the condition is over and nobody has seen it
 *   (high ones go on sounding, medium ones stay on the bar); ends when acknowledged.
 * - Audio paused: no sound until the time is over, somebody resumes, or a new alarm of at least the
 *   priority comes that was highest when it was paused. Audio off: no sound until somebody turns
 *   it on, with a reminder every 2 min.
 * - An acquisition lost for 10 s that nobody has acknowledged becomes a high alarm. */
#ifndef LSRD_DAEMON_ALARM_SIGNALS_H
#define LSRD_DAEMON_ALARM_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/finding.h"
#include "protocol/message.h"

enum { ALARM_SIGNALS_MAX = 96, ALARM_SIGNALS_LINE = 768, ALARM_PAUSE_MAX_S = 600 };

/* Takes one line of the case's alarms.ndjson, with its newline. */
typedef void alarm_signals_log(void *context, const char *line, size_t length);

/* What the loudspeaker should do now. */
struct alarm_sound {
    enum alarm_priority priority; /* PRIORITY_INFORMATION: no burst */
    uint32_t chimes;              /* of the endpoint, so far: one more is one chime */
    uint32_t reminders;           /* that the sound is off, so far */
};

struct alarm_signals;

/* clock and log outlive it. log may be NULL. */
struct alarm_signals *alarm_signals_create(struct clock *clock, alarm_signals_log *log,
                                           void *log_context, struct err *err);
void alarm_signals_destroy(struct alarm_signals *s); /* takes NULL */

/* A new life of the bank: conditions of the last one are over. names is copied. */
void alarm_signals_open(struct alarm_signals *s, const struct finding_context *names);

/* Alarm findings change conditions; all others are ignored. */
void alarm_signals_take(struct alarm_signals *s, const struct finding *f);

/* Commands of a person; by is never NULL. ack sets *id for the mark `ack=ID` that belongs to it. */
bool alarm_signals_ack(struct alarm_signals *s, const char *key, const char *by, enum alarm_id *id,
                       struct err *err);
bool alarm_signals_pause(struct alarm_signals *s, uint32_t seconds, const char *by,
                         struct err *err); /* 1 to ALARM_PAUSE_MAX_S */
void alarm_signals_resume(struct alarm_signals *s, const char *by);
void alarm_signals_off(struct alarm_signals *s, const char *by);

/* Lets time act. A few times a second. */
void alarm_signals_tick(struct alarm_signals *s);

/* Whether list or audio changed since this was last asked. */
bool alarm_signals_changed(struct alarm_signals *s);

/* The bar's alarms, highest priority first, newest of equals first. Strings are valid until the
 * next call of any function here. */
uint32_t alarm_signals_list(const struct alarm_signals *s,
                            struct message_alarm list[ALARM_SIGNALS_MAX]);
struct message_audio alarm_signals_audio(const struct alarm_signals *s);
struct alarm_sound alarm_signals_sound(const struct alarm_signals *s);

#endif
