/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/alarm_line.h - one line of a case's alarms.ndjson: what became of an alarm, or of the sound,
 * when and by whom. Pure but for jansson's allocations. */
#ifndef LSRD_PROTOCOL_ALARM_LINE_H
#define LSRD_PROTOCOL_ALARM_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/block.h"
#include "base/err.h"
#include "base/finding.h"
#include "base/mark.h"
#include "protocol/text.h"

struct alarm_line {
    int64_t utc_ms;
    char event[16]; /* raised, acknowledged, cleared, again, escalated; audio_paused, ..., reminder */
    bool has_alarm; /* else it is of the sound */
    enum alarm_id id;
    enum alarm_priority priority;
    uint64_t raised_sample;
    char channel[STREAM_LABEL]; /* empty: none */
    char branch[STREAM_LABEL];
    char by[MARK_BY]; /* empty: nobody */
};

/* One object, without a newline. */
void alarm_line_encode(struct text *t, const struct alarm_line *l);

/* False: err says what is wrong with it. */
bool alarm_line_decode(const char *bytes, size_t size, struct alarm_line *l, struct err *err);

#endif
