/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/preview.h - what a proposed threshold would say: the last sweeps of every branch judged again
 * by the detectors' own functions, and the endpoint as it would stand, on a copy. Nothing that runs is
 * touched. Main thread. */
#ifndef LSRD_DAEMON_PREVIEW_H
#define LSRD_DAEMON_PREVIEW_H

#include "daemon/pipeline.h"
#include "protocol/text.h"

enum { PREVIEW_SWEEPS = 50 }; /* stimuli remembered of every branch */

struct preview;

struct preview *preview_create(struct err *err);
void preview_destroy(struct preview *p); /* takes NULL */

/* A life of the bank begins. */
void preview_begin(struct preview *p);

/* Remembers a run's stimuli. */
void preview_take(struct preview *p, const struct run_features *run);

/* `{"key", "value", "was", "sweeps": [{"branch", "channel", "judged", "now", "then"}], "branches":
 * [{"branch", "state", "then_state", "held", "then_held", "required"}]}` for `section.key` and its
 * proposed value. False: no such option, a value out of range, or one that no running case takes. */
bool preview_print(struct preview *p, const struct pipeline *pipeline, const char *key,
                   const char *value, struct text *t, struct err *err);

#endif
