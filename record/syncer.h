/* SPDX-License-Identifier: Apache-2.0 */
/* record/syncer.h - a thread that makes written bytes durable, so that whoever writes never waits
 * for a slow disk. */
#ifndef LSRD_RECORD_SYNCER_H
#define LSRD_RECORD_SYNCER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "record/file_ops.h"

enum { SYNCER_FILES = 4 };

struct syncer {
    const struct file_ops *ops;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_running;
    bool is_stopping;
    bool is_busy;
    int files[SYNCER_FILES]; /* duplicates, owned until synced */
    size_t count;
    int last_errno;
};

bool syncer_start(struct syncer *s, const struct file_ops *ops, struct err *err);
void syncer_stop(struct syncer *s); /* ends after what was asked for; copes with a zeroed one */

/* Asks for a sync of these files, which may be closed meanwhile. False: the last request is still
 * under way, nothing was asked for. */
bool syncer_request(struct syncer *s, const int *files, size_t count);

/* errno of the last sync that ended; 0: it was good. */
int syncer_errno(struct syncer *s);

#endif
