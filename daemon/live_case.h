/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/live_case.h - what a running daemon keeps of a case beside the bank: its recording and the
 * signals of its alarms. Main thread. */
#ifndef LSRD_DAEMON_LIVE_CASE_H
#define LSRD_DAEMON_LIVE_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "daemon/alarm_signals.h"
#include "daemon/pipeline.h"
#include "daemon/publisher.h"
#include "daemon/timing.h"

struct live_case;

/* records: a replay is not recorded again. */
struct live_case *live_case_create(const struct settings *settings, bool records,
                                   struct clock *clock, struct err *err);
/* Writes what waits, closes the case. Takes NULL. */
void live_case_destroy(struct live_case *c);

/* Name and person of the next case; both are used once. */
void live_case_next(struct live_case *c, const char *name, const char *by);

/* As the pipeline tells. */
void live_case_open(struct live_case *c, const struct pipeline *pipeline);
void live_case_close(struct live_case *c);
void live_case_block(struct live_case *c, const struct sample_block *block);
void live_case_mark(struct live_case *c, const struct mark *mark);
void live_case_finding(struct live_case *c, const struct finding *f, const char *line,
                       size_t length);

/* At the end of a live case: how long its samples took at worst, as a mark of the system. */
bool live_case_note_timing(const struct timing *timing, struct pipeline *pipeline, struct err *err);

/* Marks that the recording stopped or goes on, where that changed. */
bool live_case_tell_recording(struct live_case *c, struct pipeline *pipeline, struct err *err);

/* For a person's answers, for time to act, for what is shown. */
struct alarm_signals *live_case_alarms(struct live_case *c);

/* {`sounder`: {`state`, `why`} or null, `lines`: the newest of the alarm log, oldest first}. */
void live_case_print_alarms(struct live_case *c, struct text *t);

/* Lets the loudspeaker follow the signals; after each change of them. */
void live_case_sound(struct live_case *c);

/* How many marks have been handed to the recorder, and whether so many are in the file (write(2)
 * has returned): what a command's answer waits for. Always true where nothing is recorded. */
uint64_t live_case_marks(const struct live_case *c);
bool live_case_is_written(const struct live_case *c, uint64_t marks);

/* The directory of the newest case that was closed; NULL: none yet. */
const char *live_case_last(const struct live_case *c);

/* Fills case_, alarms, audio and lost_samples of the facts; strings live in c. */
void live_case_facts(struct live_case *c, struct publisher_facts *facts);

#endif
