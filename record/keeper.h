/* SPDX-License-Identifier: Apache-2.0 */
/* record/keeper.h - walks a folder of cases, and, as a thread, repairs those that were interrupted
 * while nobody waits for it. */
#ifndef LSRD_RECORD_KEEPER_H
#define LSRD_RECORD_KEEPER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/err.h"
#include "record/file_ops.h"

/* Calls visit for every case directory under root, in the order of their names. Stops when visit
 * returns false. False with err set where root cannot be read; no root is no case. */
bool cases_walk(const char *root, bool (*visit)(void *context, const char *directory),
                void *context, struct err *err);

struct keeper {
    const struct file_ops *ops;
    const char *root; /* the caller's */
    pthread_t thread;
    bool is_running;
    _Atomic bool stop;
};

/* Starts one walk that repairs and logs a line for each case that needed it. */
bool keeper_start(struct keeper *k, const char *root, const struct file_ops *ops, struct err *err);
void keeper_stop(struct keeper *k); /* soon, also within a large case; copes with a zeroed one */

#endif
