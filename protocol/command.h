/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/command.h - what browsers say: one JSON message becomes a checked struct, or one line
 * that says what is wrong. Nothing behind it checks again. Pure but for jansson's allocations. */
#ifndef LSRD_PROTOCOL_COMMAND_H
#define LSRD_PROTOCOL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mark.h"

enum {
    CLIENT_MESSAGE_MAX = 65536, /* bytes of one message */
    CLIENT_TOKEN = 129,         /* with their NUL, as all below */
    CLIENT_KEY = 41,
    COMMAND_TEXT = 256,
    COMMAND_SETS = 1024, /* of all thresholds of a what_if together */
    ITEM_COMMAND = 100, /* item type of a struct command, from the web thread to the main thread */
};

enum client_message_type {
    CLIENT_UNKNOWN, /* a type of a later version: ignored */
    CLIENT_HI,
    CLIENT_SUB,
    CLIENT_ACK,
    CLIENT_TIME,
    CLIENT_COMMAND,
};

enum display_audio { AUDIO_UNKNOWN, AUDIO_ON, AUDIO_BLOCKED, AUDIO_OFF };

struct client_hi {
    char token[CLIENT_TOKEN]; /* empty: none */
    char name[MARK_BY];       /* empty: none */
    char client[CLIENT_KEY];  /* empty: none; commands then are idempotent within a connection */
    bool has_resume;
    uint16_t source_tag;
    uint64_t last_finding;
};

struct client_sub {
    bool has_wave;
    uint8_t level;
    bool sweeps;
    bool live;
    bool audio;
    int32_t audio_channel; /* -1: the loudest */
};

struct client_ack {
    bool has_seq; /* false: nothing painted yet */
    uint32_t seq;
    uint64_t sample;
    bool is_visible;
    enum display_audio audio;
};

struct client_time {
    double c0;
};

enum command_op {
    COMMAND_CASE_START, /* text: the case's name, may be empty */
    COMMAND_CASE_END,
    COMMAND_MARK,        /* text: key=value */
    COMMAND_ACK,         /* text: an alarm's key */
    COMMAND_AUDIO_PAUSE, /* number: seconds */
    COMMAND_AUDIO_RESUME,
    COMMAND_AUDIO_OFF,
    COMMAND_CONTROL_TAKE,    /* the server's own, never seen by main */
    COMMAND_CONTROL_RELEASE, /* likewise */
    COMMAND_SET,             /* text: section.key; value */
    COMMAND_RELOAD,
    COMMAND_REPLAY_PLAY,
    COMMAND_REPLAY_PAUSE,
    COMMAND_REPLAY_SPEED, /* number: 0.25 to 64 */
    COMMAND_REPLAY_SEEK,  /* sample */
    COMMAND_REPLAY_STEP,  /* number: stimuli, -1000 to 1000, not 0 */
    COMMAND_REPLAY_LOOP,  /* sample, end_sample; equal: no loop */
    COMMAND_OPTIONS,
    COMMAND_ALARM_LOG,
    COMMAND_OVERVIEW,
    COMMAND_LABELS,
    COMMAND_LABEL,      /* text: kind; sample, end_sample; value: a channel or empty */
    COMMAND_LABEL_UNDO, /* sample: its place in the list */
    COMMAND_QUALITY,
    COMMAND_DEVICE,
    COMMAND_CASE_LAST,
    COMMAND_PROFILES,
    COMMAND_PROFILE_USE,  /* text: its name */
    COMMAND_PROFILE_KEEP, /* likewise */
    COMMAND_PREVIEW,  /* text: section.key; value: proposed */
    COMMAND_KEEP,     /* text: section.key */
    COMMAND_ACTIVITY, /* sample: its slot and later ones */
    COMMAND_WHAT_IF,  /* sets: section.key=value, a line each; empty: as monitored */
    COMMAND_MAP,        /* sets: what the file's channels are */
    COMMAND_COURSE,     /* sample: the lesson's number */
    COMMAND_REPORT,     /* text: the language */
    COMMAND_EXPORT,     /* text: what; sample, end_sample; number: 1 with names */
    COMMAND_OPS
};

/* Plain data: it travels through a ring to the main thread. */
struct command {
    uint64_t client; /* filled by the server; carried back in the reply */
    uint64_t id;
    enum command_op op;
    char by[MARK_BY]; /* filled by the server */
    char text[COMMAND_TEXT];
    char value[COMMAND_TEXT];
    char sets[COMMAND_SETS];
    double number;
    uint64_t sample;
    uint64_t end_sample; /* UINT64_MAX: none */
};

struct client_message {
    enum client_message_type type;
    union {
        struct client_hi hi;
        struct client_sub sub;
        struct client_ack ack;
        struct client_time time;
        struct command command;
    };
};

/* False: err->text is for the sender. Where type is CLIENT_COMMAND and command.id is not 0, the
 * sender can be answered by id; else the whole message breaks the protocol. */
bool client_message_decode(const char *bytes, size_t size, struct client_message *out,
                           struct err *err);

const char *command_op_name(enum command_op op);

/* Only the holder of control may ask for it; the others are for anybody. */
bool command_needs_control(enum command_op op);

#endif
