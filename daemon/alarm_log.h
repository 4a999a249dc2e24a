/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/alarm_log.h - the newest lines of the alarm log, for a page that asks. The whole log of a case
 * is its alarms.ndjson. Main thread. */
#ifndef LSRD_DAEMON_ALARM_LOG_H
#define LSRD_DAEMON_ALARM_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/alarm_signals.h"
#include "protocol/text.h"

enum { ALARM_LOG_LINES = 256 };

struct alarm_log { /* zeroed: empty */
    uint32_t count; /* so far; the newest ALARM_LOG_LINES are kept */
    char lines[ALARM_LOG_LINES][ALARM_SIGNALS_LINE];
};

/* line: one of alarms.ndjson, with its newline. */
void alarm_log_add(struct alarm_log *l, const char *line, size_t length);

/* A JSON array, oldest first. */
void alarm_log_print(const struct alarm_log *l, struct text *t);

#endif
