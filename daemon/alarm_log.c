/* SPDX-License-Identifier: Apache-2.0 */
/* The newest lines of the alarm log. */
#include "daemon/alarm_log.h"

#include <string.h>

void alarm_log_add(struct alarm_log *l, const char *line, size_t length)
{
    while (length > 0 && line[length - 1] == '\n')
        length--;
    if (length >= ALARM_SIGNALS_LINE)
        return; /* no line is so long */
    char *to = l->lines[l->count++ % ALARM_LOG_LINES];
    memcpy(to, line, length);
    to[length] = 0;
}

void alarm_log_print(const struct alarm_log *l, struct text *t)
{
    const uint32_t kept = l->count < ALARM_LOG_LINES ? l->count : ALARM_LOG_LINES;
    text_raw(t, "[");
    for (uint32_t i = 0; i < kept; i++) {
        if (i > 0)
            text_raw(t, ",");
        text_raw(t, l->lines[(l->count - kept + i) % ALARM_LOG_LINES]);
    }
    text_raw(t, "]");
}
