/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/tune_job.h - one case under every combination: a job, whoever starts it. */
#ifndef LSRD_DAEMON_TUNE_JOB_H
#define LSRD_DAEMON_TUNE_JOB_H

#include <stdio.h>

#include "daemon/arguments.h"
#include "daemon/tune_grid.h"

/* base: what the inputs are. truth_path may be NULL. Writes the job's table. */
bool tune_job(const char *path, const struct arguments *base, const char *truth_path,
              const struct tune_grid *grid, FILE *out, struct err *err);

/* Runs count jobs in processes of their own, so many at a time, and tells on stderr how far it is.
 * run returns a process's exit status; it is called in the child. Returns how many failed. */
uint32_t tune_jobs_run(uint32_t count, uint32_t at_a_time,
                       int (*run)(void *context, uint32_t job), void *context);

#endif
