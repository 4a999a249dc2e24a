/* SPDX-License-Identifier: Apache-2.0 */
/* web/spool.h - a bounded log of prebuilt messages that all browsers share: the newest stay, the
 * oldest go. Readers hold positions, which count messages for ever; nothing is copied for them.
 * The web thread's alone. */
#ifndef LSRD_WEB_SPOOL_H
#define LSRD_WEB_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { SPOOL_HEADROOM = 32 }; /* bytes before each message, for the WebSocket's own header */

struct spool_entry {
    unsigned char *bytes; /* SPOOL_HEADROOM writable bytes lie before */
    uint32_t size;
    uint8_t kind;
    uint8_t level;
    uint16_t source_tag;
    uint64_t id;   /* a finding's number, a client's key, a frame's first sample behind its last */
    int64_t captured_ns; /* of a frame's newest sample; 0: unknown */
    int64_t when;  /* monotonic ns at which it was pushed */
    size_t offset; /* of its headroom; spool.c's own, as span */
    size_t span;
};

struct spool {
    unsigned char *bytes; /* owned */
    size_t capacity;
    size_t head;
    struct spool_entry *entries; /* owned */
    uint32_t most;               /* entries, a power of two */
    uint64_t begin;              /* position of the oldest */
    uint64_t end;                /* behind the newest */
};

bool spool_init(struct spool *s, size_t capacity, uint32_t most, struct err *err);
void spool_fini(struct spool *s); /* copes with a zeroed one */

/* Makes room, forgetting the oldest. The caller fills bytes and fields at once. NULL: a message of
 * this size never fits. */
struct spool_entry *spool_push(struct spool *s, uint32_t size);

/* NULL: position is not there any more (or not yet). */
struct spool_entry *spool_at(const struct spool *s, uint64_t position);

#endif
