/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/what_if_worker.h - answers `what_if` of the page for one recorded case: a thread of its own,
 * at low priority, passes over the samples when somebody first asks and then judges again. The
 * newest question wins; what is asked again is answered at once. Main thread, but for the thread
 * inside. */
#ifndef LSRD_DAEMON_WHAT_IF_WORKER_H
#define LSRD_DAEMON_WHAT_IF_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "daemon/settings.h"
#include "protocol/command.h"

enum { WHAT_IF_RESULT = 192 * 1024 }; /* bytes of an answer */

struct what_if_worker;

/* How an answer leaves; error or result is NULL. */
struct what_if_reply {
    void *context;
    void (*reply)(void *context, uint64_t client, uint64_t id, const char *error,
                  const char *result);
};

/* path, and what origin points to, outlive the worker. Nothing runs before the first question. */
struct what_if_worker *what_if_worker_create(const char *path,
                                             const struct settings_origin *origin,
                                             const struct what_if_reply *reply, struct err *err);
void what_if_worker_destroy(struct what_if_worker *w); /* ends what runs; takes NULL */

/* command->sets: thresholds, a line each. Answered here, or by the next tick. */
void what_if_worker_ask(struct what_if_worker *w, const struct command *command);

/* Readable when an answer is there: call tick. */
int what_if_worker_fd(const struct what_if_worker *w);

/* Gives answers that are there. is_time: those that wait are told how far it is. */
void what_if_worker_tick(struct what_if_worker *w, bool is_time);

#endif
