/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/live.h - the running daemon: one source, its pipeline, the recorder, the web server and the
 * alarms on one libevent loop. Creates in dependency order, destroys in the mirrored order. */
#ifndef LSRD_DAEMON_LIVE_H
#define LSRD_DAEMON_LIVE_H

#include <stdbool.h>

#include "acquisition/replay.h"
#include "acquisition/source.h"
#include "base/clock.h"
#include "daemon/arguments.h"
#include "daemon/case_index.h"
#include "daemon/labels.h"
#include "daemon/settings.h"

/* What belongs to a recorded case; both outlive the daemon. */
struct live_recorded {
    struct case_index *index;
    struct labels *labels;
    const char *path;
    const char *name; /* the last part of it */
    uint64_t from; /* where it begins */
    const struct arguments *arguments; /* of the command line, for what is made of the case */
    uint32_t *next_lesson; /* a person asked for it: the replay ends; LESSON_NONE: nobody */
};

struct live_options {
    const struct settings *settings;       /* copied */
    const struct settings_origin *origin;  /* for a reload; outlives the daemon */
    struct source *source;                 /* owned by the daemon from now on */
    struct replay *replay;                 /* the same source where it is a replay; else NULL */
    const struct live_recorded *recorded;  /* of a replay that a person steers; else NULL */
    bool prints_findings;                  /* the journal on standard output */
    struct clock *clock;
};

struct live;

struct live *live_create(const struct live_options *options, struct err *err);

/* Runs until a signal, or until the source is over and nobody watches it. False: err says why. */
bool live_run(struct live *l, struct err *err);

void live_destroy(struct live *l); /* takes NULL */

#endif
