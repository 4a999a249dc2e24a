/* SPDX-License-Identifier: Apache-2.0 */
/* web/hub.h - what all browsers are served from: the newest messages and frames, as the main
 * thread built them. No sockets; the web thread's alone. */
#ifndef LSRD_WEB_HUB_H
#define LSRD_WEB_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/finding.h"
#include "base/item.h"
#include "protocol/backfill.h"
#include "protocol/message.h"
#include "web/session.h"
#include "web/spool.h"
#include "web/trend.h"

enum {
    HUB_FINDINGS = 10000,  /* kept for browsers that resume */
    HUB_MESSAGE = 1 << 18, /* largest hello, trend or other text */
    HUB_SWEEPS = 256,      /* kept for browsers that come later */
    HUB_BACKFILL_S = 60,
    HUB_BACKFILL_FRAME = 65536,
};

enum hub_text_kind { HUB_FINDING, HUB_QUEUED, HUB_HELLO, HUB_REPLY };

/* A message whose newest version replaces the last. */
struct hub_slot {
    unsigned char *bytes; /* owned; SPOOL_HEADROOM before the text */
    uint32_t size;
    uint32_t capacity;
    uint32_t version; /* 0: nothing yet */
};

struct hub {
    struct clock *clock;
    struct spool text;      /* findings, alarms, replies, new hellos: nothing may be lost of it */
    struct spool waves;     /* WAVE_ENV, WAVE_RAW, AUDIO */
    struct spool sweeps;    /* SWEEP */
    struct spool templates; /* TEMPLATE */
    struct hub_slot snapshot;
    bool is_untold; /* the source's first hello is still to come */
    uint64_t snapshot_at; /* position in text at which it was true */
    struct hub_slot status;
    struct hub_slot metrics;
    struct hub_slot evidence[FINDING_BRANCHES];
    struct backfill backfill;
    struct trend trend;
    uint16_t source_tag;
    uint32_t rate_hz;
    uint8_t finest_level;
    uint64_t last_finding;   /* of the source tag; they count from 1 */
    uint64_t findings_begin; /* position in text of the tag's first finding, if still there */
    struct session_table sessions;
    unsigned char *scratch; /* owned; HUB_MESSAGE bytes behind SPOOL_HEADROOM */
    uint64_t dropped;       /* items that made no sense: a bug of the sender */
};

bool hub_init(struct hub *h, struct clock *clock, struct err *err);
void hub_fini(struct hub *h); /* copes with a zeroed one */

/* Takes one item from the main thread. */
void hub_take(struct hub *h, const struct item *item);

/* Queues text for one browser. */
void hub_reply(struct hub *h, uint64_t client, const char *text, size_t size);

/* Where the findings after `last` begin in the text spool, of the present source tag. */
uint64_t hub_findings_after(const struct hub *h, uint64_t last);

#endif
