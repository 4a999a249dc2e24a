/* SPDX-License-Identifier: Apache-2.0 */
/* web/client.h - one browser: what it said, what it has been sent, what comes next. No sockets:
 * bytes in, one message at a time out. The web thread's alone. */
#ifndef LSRD_WEB_CLIENT_H
#define LSRD_WEB_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/item.h"
#include "base/wake.h"
#include "protocol/command.h"
#include "web/hub.h"
#include "web/session.h"
#include "web/token.h"

enum {
    CLIENT_INFLIGHT = 64, /* moments at which unacknowledged waves were sent */
    CLIENT_DIRECT = 8,    /* answers of the server's own that wait */
    CLIENT_DIRECT_SIZE = 320,
    CLIENT_BACKLOG = 4096, /* texts that a browser may be behind before it must resume */
};

#define CLIENT_UNACKED_NS (500 * INT64_C(1000000)) /* of waves; then frames are skipped */
#define CLIENT_QUIET_NS (2000 * INT64_C(1000000))  /* without ack: waves stop */
#define CLIENT_SILENT_NS (5000 * INT64_C(1000000)) /* without ack: closed */
#define CLIENT_INPUT_BYTES_S (1 << 20)

enum client_close {
    CLOSE_NOT = 0,
    CLOSE_STOPPING = 1001,
    CLOSE_PROTOCOL = 1002,
    CLOSE_FLOOD = 1008,
    CLOSE_TOKEN = 4003,
    CLOSE_SILENT = 4008,
    CLOSE_OVERFLOW = 4009,
    CLOSE_FULL = 4010,
};

/* What all clients of a server share. */
struct client_house {
    struct hub *hub;
    const struct token_list *tokens; /* NULL: nobody needs one, the name of `hi` counts */
    struct item_ring *commands;      /* toward the main thread */
    struct wake *command_wake;
    struct client *clients; /* all of them */
    size_t client_count;
    /* Worst since main last asked, us; -1: none. */
    _Atomic int64_t socket_us, paint_us;
};

struct client {
    bool is_used;
    struct client_house *house;
    struct session *session; /* NULL until `hi` */
    int64_t opened_ns;
    int64_t acked_ns;
    enum client_close close; /* what to close with, once `bye` is sent */
    bool has_said_bye;
    int64_t closing_ns;

    bool is_hello_due;
    bool is_trend_due;
    bool has_resume;
    uint16_t resume_tag;
    uint64_t resume_finding;
    uint16_t source_tag; /* of the last hello sent */
    bool has_hello;
    uint64_t text_at;
    uint64_t text_live;  /* before it only findings are sent: the snapshot tells the rest */
    uint64_t text_read;  /* behind the newest entry looked at: answers are given once */
    uint64_t text_known; /* end when hello was sent: catching up to it is no backlog */
    uint32_t control_version;
    uint32_t status_version;
    uint32_t evidence_version[FINDING_BRANCHES];

    struct client_sub sub;
    uint64_t sweeps_at;
    uint64_t templates_at;
    uint64_t waves_at;
    bool wave_gap;
    bool raw_gap;
    uint64_t live_from; /* sample: waves up to here have gone as backfill */
    bool is_backfilling;
    uint64_t backfill_cursor;
    uint32_t backfill_sequence;
    int64_t backfill_ns;
    double backfill_allowance;

    struct client_sent_wave {
        uint32_t seq;
        int64_t sent_ns;
        int64_t captured_ns; /* 0: unknown */
    } inflight[CLIENT_INFLIGHT];
    uint32_t inflight_begin, inflight_end;
    struct client_ack ack;
    int64_t painted_ns; /* when something new was painted; 0: never */

    uint32_t direct_begin, direct_end;
    struct client_direct {
        bool is_time; /* answered as it is sent, from c0 and s1 */
        double c0, s1;
        uint32_t size;
        char text[CLIENT_DIRECT_SIZE];
    } direct[CLIENT_DIRECT];

    int64_t input_second;
    uint32_t input_bytes;
    size_t message_size;
    char *message; /* CLIENT_MESSAGE_MAX bytes, the server's */

    uint64_t frames_sent;
    uint64_t frames_skipped;
};

/* One message to write. SPOOL_HEADROOM writable bytes lie before bytes. */
struct client_output {
    unsigned char *bytes;
    size_t size;
    bool is_binary;
    bool is_bye;       /* close with client->close once written */
    bool is_gap_added; /* the shared frame carries this client's gap flag until client_sent() */
};

/* message: CLIENT_MESSAGE_MAX bytes that outlive the client. */
void client_open(struct client *c, struct client_house *house, char *message);
void client_closed(struct client *c);

/* Bytes of a text message, as they come; is_final ends it. What is wrong leads to a close. */
void client_receive(struct client *c, const char *bytes, size_t size, bool is_final);

/* For what is refused before any message: 32 clients, a binary message, stopping. */
void client_refuse(struct client *c, enum client_close close, const char *why);

/* The clock's limits. Call it about every 20 to 250 ms. */
void client_tick(struct client *c);

/* Whether client_next() would give something now. */
bool client_has_output(struct client *c);

/* The next message; false: none now. After writing it call client_sent(). */
bool client_next(struct client *c, struct client_output *out);
void client_sent(struct client *c, struct client_output *out);

#endif
