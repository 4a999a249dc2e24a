/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/job.h - work on recorded cases beside a running daemon: this same program as another process
 * at the lowest priority, so that neither its time nor its faults can touch a live case. Main
 * thread. */
#ifndef LSRD_DAEMON_JOB_H
#define LSRD_DAEMON_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/err.h"

enum { JOB_ARGUMENTS = 64, JOB_NAME = 96 };

struct jobs;

/* One that has ended. error: its own line, or NULL where it did what it should. */
struct job_end {
    uint64_t client; /* as given */
    uint64_t id;
    const char *path; /* of what it made; stays until jobs_destroy() */
    const char *name; /* for whoever saves it */
    const char *error;
};
typedef void job_ended(void *context, const struct job_end *end);

struct jobs *jobs_create(struct event_base *base, job_ended *ended, void *context, struct err *err);
/* Ends what still runs and removes what was made. Takes NULL. */
void jobs_destroy(struct jobs *j);

/* Runs `lsrd ARGUMENTS`; an argument `%` stands for the file to be made, which is called `name` for
 * people. Two run at a time, eight may wait. arguments ends with NULL and is copied. */
bool jobs_start(struct jobs *j, uint64_t client, uint64_t id, const char *const *arguments,
                const char *name, struct err *err);

#endif
