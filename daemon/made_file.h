/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/made_file.h - reports and exports that people ask for on the page: made by another process
 * (daemon/job.h), then offered for download; the command is answered when the file is there. Main
 * thread. */
#ifndef LSRD_DAEMON_MADE_FILE_H
#define LSRD_DAEMON_MADE_FILE_H

#include <event2/event.h>

#include "daemon/arguments.h"
#include "daemon/publisher.h"
#include "protocol/command.h"
#include "web/server.h"

struct made_files;

/* server and publisher outlive it. */
struct made_files *made_files_create(struct event_base *base, struct server *server,
                                     struct publisher *publisher, struct err *err);
void made_files_destroy(struct made_files *m); /* takes NULL */

/* Of the case at `path`, with what the command line said of it (NULL: nothing). True: the answer
 * follows by itself. */
bool made_files_start(struct made_files *m, const struct command *command, const char *path,
                      uint32_t rate_hz, const struct arguments *arguments, struct err *err);

#endif
