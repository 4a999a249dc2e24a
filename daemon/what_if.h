/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/what_if.h - a recorded case as it was monitored, and as other thresholds would have judged
 * it. One pass over the samples; thresholds of judgement are then tried from the features kept,
 * others by another pass. As monitored is: the case's configuration, with the changes that its
 * `set=` marks made on the way. A threshold that is tried holds from the beginning to the end: such
 * marks of its key mean nothing then. One thread at a time. */
#ifndef LSRD_DAEMON_WHAT_IF_H
#define LSRD_DAEMON_WHAT_IF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "daemon/arguments.h"
#include "daemon/comparison.h"
#include "detect/rejudge.h"
#include "protocol/finding_json.h"

enum { WHAT_IF_SETS = 32 };

/* How far a pass is, and whether it shall stop; written and read by different threads. */
struct what_if_watch {
    _Atomic uint32_t permille;
    _Atomic bool stop;
};

/* Thresholds to try: `section.key=value`. */
struct what_if_sets {
    uint32_t count;
    const char *texts[WHAT_IF_SETS];
};

struct what_if;

/* Opens the case as recorded_open() does and passes over it. watch may be NULL. */
struct what_if *what_if_open(const char *path, const struct arguments *arguments,
                             struct what_if_watch *watch, struct err *err);
void what_if_close(struct what_if *w); /* takes NULL */

const struct finding_context *what_if_context(const struct what_if *w);
uint64_t what_if_length(const struct what_if *w); /* frames */

/* Whether these can be tried from the features. False with err: one of them cannot be set. */
bool what_if_check(const struct what_if *w, const struct what_if_sets *sets, bool *is_quick,
                   struct err *err);

/* The findings under these, in the order of the journal; none: as monitored. */
bool what_if_judge(struct what_if *w, const struct what_if_sets *sets,
                   const struct rejudge_sink *sink, struct what_if_watch *watch, struct err *err);

/* As monitored against these. The caller destroys it. */
struct comparison *what_if_compare(struct what_if *w, const struct what_if_sets *sets,
                                   struct what_if_watch *watch, struct err *err);

/* Whether a `section.key=value` says what the inputs are, not how they are judged: it belongs to
 * the case on both sides of a comparison. */
bool what_if_is_mapping(const char *assignment);

#endif
