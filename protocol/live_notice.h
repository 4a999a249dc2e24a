/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/live_notice.h - what a live daemon tells replays on the same machine: that it lives, where
 * its page is, which alarms stand. No names of people. One JSON object, in a file and in a replay's
 * `status` alike. Pure but for jansson's allocations. */
#ifndef LSRD_PROTOCOL_LIVE_NOTICE_H
#define LSRD_PROTOCOL_LIVE_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/block.h"
#include "base/err.h"
#include "base/finding.h"
#include "protocol/text.h"

enum {
    LIVE_NOTICE_ALARMS = 16, /* the highest; more is one disaster, which these tell as well */
    LIVE_NOTICE_TEXT = 256, /* as the configuration holds it */
    LIVE_NOTICE_BYTES = 32768, /* of a notice whose every text is full of escapes */
};

enum live_alarm_state { LIVE_ALARM_ACTIVE, LIVE_ALARM_ACKNOWLEDGED, LIVE_ALARM_LATCHED };
enum live_audio { LIVE_AUDIO_ON, LIVE_AUDIO_PAUSED, LIVE_AUDIO_OFF };

struct live_alarm {
    enum alarm_id id;
    enum alarm_priority priority;
    enum live_alarm_state state;
    int64_t raised_utc_ms;
    char channel[STREAM_LABEL]; /* empty: none */
    char branch[STREAM_LABEL];
};

struct live_notice {
    int64_t heartbeat_ns; /* this machine's monotonic clock */
    char source[16];      /* alsa, patient */
    char site[LIVE_NOTICE_TEXT];
    char address[LIVE_NOTICE_TEXT]; /* web.address */
    uint16_t port;
    bool is_tls;
    bool is_case; /* one is open */
    enum live_audio audio;
    uint32_t alarm_count;
    struct live_alarm alarms[LIVE_NOTICE_ALARMS]; /* highest first */
    uint32_t more;                                /* alarms for which there was no room */
};

/* As a replay sees it. */
struct live_case_seen {
    bool is_lost; /* its heartbeats ended, and nobody ended it */
    struct live_notice notice;
};

/* By the words that message_alarm and message_audio travel with. */
enum live_alarm_state live_alarm_state_find(const char *word);
enum live_audio live_audio_find(const char *word);

/* One object, without a newline. */
void live_notice_encode(struct text *t, const struct live_notice *n);

/* False: err says what is wrong with it. */
bool live_notice_decode(const char *bytes, size_t size, struct live_notice *n, struct err *err);

#endif
