/* SPDX-License-Identifier: Apache-2.0 */
/* web/server.h - the browsers' server: one thread that passes on what the main thread puts into its
 * ring, and hands back what people command. */
#ifndef LSRD_WEB_SERVER_H
#define LSRD_WEB_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/item.h"
#include "base/mark.h"
#include "base/wake.h"
#include "protocol/command.h"
#include "web/download.h"
#include "web/options.h"
#include "web/token.h"

enum { SERVER_CLIENTS = 32 };

struct server;

/* Opens the address; an error names what would be right. The clock is used by the web thread. */
struct server *server_create(const struct web_params *params, struct clock *clock, struct err *err);
bool server_start(struct server *s, struct err *err);

/* The main thread's end of things. It fills the item ring (ITEM_FINDING, ITEM_FRAME, ITEM_MESSAGE,
 * ITEM_SNAPSHOT, ITEM_REPLY) and signals the wake afterwards; it empties the ring of commands (type
 * ITEM_COMMAND, one struct command each) when the other wake is readable, and answers each with an
 * ITEM_REPLY. A snapshot comes first, and again whenever something in it changes. */
struct item_ring *server_item_ring(struct server *s);
struct wake *server_wake(struct server *s);
struct item_ring *server_commands(struct server *s);
struct wake *server_command_wake(struct server *s);

/* Who is looking. Any thread. */
struct server_display {
    char name[MARK_BY];
    enum role role;
    enum display_audio audio;
    bool is_listening;
    int32_t listens; /* to which channel's sound; -1: the loudest */
    bool is_visible;
    int64_t painted_age_ms; /* -1: nothing painted yet */
};
struct server_displays {
    uint32_t count;
    struct server_display items[SERVER_CLIENTS];
    bool has_control;
    char control[MARK_BY]; /* who holds it */
};
void server_displays(struct server *s, struct server_displays *out);

/* The longest that a frame's newest sample took, since the last call: until it was written to a socket,
 * until a page that is looked at said that it was painted. Microseconds; -1: none. Main thread. */
void server_timing(struct server *s, int64_t *socket_us, int64_t *paint_us);

/* Offers a file for half an hour; url receives its address, from the root on. Any thread. */
bool server_offer(struct server *s, const char *path, const char *name, char url[DOWNLOAD_URL],
                  struct err *err);

uint16_t server_port(const struct server *s); /* the one taken, where 0 was asked for */

void server_stop(struct server *s); /* says goodbye, ends the thread; copes with one not started */
void server_destroy(struct server *s); /* stops first; takes NULL */

#endif
