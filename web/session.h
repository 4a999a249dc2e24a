/* SPDX-License-Identifier: Apache-2.0 */
/* web/session.h - who a browser is over its reconnects: its answered commands, and who holds
 * control. No sockets; the web thread's alone. */
#ifndef LSRD_WEB_SESSION_H
#define LSRD_WEB_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/command.h"
#include "web/token.h"

enum {
    SESSIONS = 64,         /* twice the clients: a browser that reconnects finds its own again */
    SESSION_COMMANDS = 32, /* remembered, of each */
    SESSION_REPLY = 400,   /* bytes of a remembered reply; longer ones are asked for again */
};

#define SESSION_CONTROL_KEPT_NS (30 * INT64_C(1000000000)) /* after a holder disconnected */

struct session_command {
    uint64_t id; /* 0: empty */
    bool is_answered;
    char reply[SESSION_REPLY]; /* empty: too long to remember */
};

struct session {
    uint64_t key; /* 0: free. Never used twice */
    char client[CLIENT_KEY];
    char name[MARK_BY];
    enum role role;
    bool is_connected;
    int64_t seen_ns; /* when it was last connected */
    uint32_t next_command;
    struct session_command commands[SESSION_COMMANDS];
};

struct session_table {
    struct session sessions[SESSIONS];
    uint64_t next_key;
    uint64_t holder;          /* key of who has control; 0: nobody */
    uint32_t control_version; /* changes with the holder */
};

void session_table_init(struct session_table *t);

/* Finds the session of this client key and name, or takes the free or longest unused one. An empty
 * client key always makes a new one. NULL: every session is connected. */
struct session *session_open(struct session_table *t, const char *client, const char *name,
                             enum role role, int64_t now_ns);
void session_close(struct session_table *t, struct session *s, int64_t now_ns);
struct session *session_by_key(struct session_table *t, uint64_t key);

/* What is known of a command: NULL if it is new; it then is remembered as under way. */
const struct session_command *session_begin(struct session *s, uint64_t id);
void session_answer(struct session *s, uint64_t id, const char *reply, size_t size);

void session_take_control(struct session_table *t, const struct session *s);
void session_release_control(struct session_table *t);
const struct session *session_holder(struct session_table *t); /* NULL: nobody */

/* Takes control from a holder that has been away for too long. */
void session_tick(struct session_table *t, int64_t now_ns);

#endif
