/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/case_index.h - a recorded case at a glance, and the way to any place in it: one pass of the
 * bank over the whole recording, in a thread of its own at low priority, keeps every finding that
 * a person looks at, every stimulus, every judged amplitude, and the bank's state every 30 s. A
 * restored state gives the findings of playing through, because it is a copy of the one that did.
 * All of it is a cache (daemon/case_cache.h) of version, configuration and recording. */
#ifndef LSRD_DAEMON_CASE_INDEX_H
#define LSRD_DAEMON_CASE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/finding.h"
#include "daemon/recorded.h"
#include "protocol/message.h"

struct case_index;

/* recorded is read during the call only; path is its own. The pass has begun on return. */
struct case_index *case_index_create(const struct recorded *recorded, const char *path,
                                     struct err *err);
void case_index_destroy(struct case_index *i); /* ends the pass where it is; takes NULL */
void case_index_wait(struct case_index *i);    /* until the pass has ended by itself */

/* ---- from here on, any one thread beside the pass's own */

struct case_index_progress {
    uint64_t done;    /* samples behind which nothing is known yet */
    uint64_t length;  /* of the recording */
    bool is_complete; /* to the end; or as far as it can be read */
    bool has_failed;
};
struct case_index_progress case_index_progress(struct case_index *i, struct err *failure);

/* What the bank had handed out at a place. */
struct case_index_place {
    uint64_t sample;    /* of the next frame */
    uint64_t lines;     /* findings of all types before it */
    uint32_t findings;  /* kept ones */
    uint32_t points;
    uint32_t stimuli;
};

/* The newest checkpoint at or before `sample`, not behind its end; its state is copied to `state`
 * (bank_size bytes). False: none, so the case is played from its start. */
bool case_index_checkpoint(struct case_index *i, uint64_t sample, void *state,
                           struct case_index_place *place);

/* Everything known so far. */
struct case_index_place case_index_reach(struct case_index *i);

/* Findings [from, to) of those kept: all but sweeps, stimuli and single spikes, in the journal's
 * order. *f is valid during the call. */
typedef void case_index_visit(void *context, const struct finding *f);
void case_index_findings(struct case_index *i, uint32_t from, uint32_t to, case_index_visit *visit,
                         void *context);

/* Copies judged amplitudes [from, from + count). */
void case_index_points(struct case_index *i, uint32_t from, uint32_t count,
                       struct message_trend_point *out);

/* Where the sweeps of the stimulus `by` behind (or, negative, before) this sample were judged: the
 * place a step leads to. False: there is none that far, or not known yet. */
bool case_index_step(struct case_index *i, uint64_t sample, int by, uint64_t *to);

#endif
