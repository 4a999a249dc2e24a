/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/commander.h - does what a person asked for on the page, and answers once it is safe: a mark
 * is answered when the recorder has written it. Main thread. */
#ifndef LSRD_DAEMON_COMMANDER_H
#define LSRD_DAEMON_COMMANDER_H

#include <stdbool.h>

#include "acquisition/replay.h"
#include "daemon/activity.h"
#include "daemon/live.h"
#include "daemon/live_case.h"
#include "daemon/made_file.h"
#include "daemon/pipeline.h"
#include "daemon/preview.h"
#include "daemon/publisher.h"
#include "daemon/steering.h"
#include "daemon/timing.h"
#include "daemon/what_if_worker.h"
#include "protocol/command.h"
#include "web/server.h"

struct commander;

struct commander_parts { /* all outlive the commander */
    struct pipeline *pipeline;
    struct publisher *publisher;
    struct live_case *case_;
    struct server *server;
    struct replay *replay;     /* NULL: a live source */
    struct steering *steering; /* of a replay that a person steers; else NULL */
    const struct live_recorded *recorded;
    const struct activity *activity;
    struct what_if_worker *what_if; /* NULL: no recorded case */
    struct preview *preview;
    const struct source *source;
    const bool *is_waiting; /* for a device that was not there at the start */
    const struct timing *timing;
    struct made_files *files;
    const struct settings_origin *origin;
};

struct commander *commander_create(const struct commander_parts *parts, struct err *err);
void commander_destroy(struct commander *c); /* takes NULL */

void commander_take(struct commander *c, const struct command *command);

/* Gives the answers that waited for the recorder. After every turn of the loop. */
void commander_tick(struct commander *c);

/* Reads the configuration again: all or nothing. */
bool commander_reload(struct commander *c, const char *by, struct err *err);

/* Fills who is connected, who has control, and where a replay stands; strings live in c. */
void commander_facts(struct commander *c, struct publisher_facts *facts);

#endif
