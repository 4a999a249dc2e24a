/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/report_case.h - what a case directory says of itself, beside its samples: who made it, what its
 * files' sums are, how its alarms were answered. A file of somebody else says nothing. */
#ifndef LSRD_DAEMON_REPORT_CASE_H
#define LSRD_DAEMON_REPORT_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "protocol/alarm_line.h"
#include "record/case_files.h"
#include "record/reader.h"

enum { REPORT_ANSWERS = 4000 };

/* One alarm, as people had it. */
struct report_answer {
    struct alarm_line raised;
    bool is_acked;
    int64_t acked_utc_ms;
    char acked_by[MARK_BY];
};

struct report_case {
    char name[256];        /* the last part of its path */
    char started[32];      /* empty where nobody knows */
    char version[64];      /* of the program that recorded it; empty: unknown */
    char calibration[256]; /* empty: none was known */
    const char *state;     /* closed, repaired, ...; NULL: no case directory */
    struct case_sums sums; /* those of its signals */
    bool has_alarm_log;
    uint32_t answer_count;
    struct report_answer *answers; /* owned; REPORT_ANSWERS */
};

/* False: no memory; whatever cannot be read is left out. */
bool report_case_read(struct report_case *c, const char *path, const struct recording_info *info,
                      struct err *err);
void report_case_fini(struct report_case *c); /* copes with a zeroed one */

/* How the alarm that was raised at a sample was answered; NULL: the log does not have it. */
const struct report_answer *report_case_answer(const struct report_case *c, enum alarm_id id,
                                               const char *channel, const char *branch,
                                               uint64_t raised_sample);

#endif
