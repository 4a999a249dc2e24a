/* SPDX-License-Identifier: Apache-2.0 */
/* base/item.h - messages of any size from one thread to one other: type, source tag, sample, bytes.
 * A single-producer single-consumer ring of bytes; what a full ring means is the producer's
 * choice: samples and envelopes may be dropped and counted, findings never. */
#ifndef LSRD_BASE_ITEM_H
#define LSRD_BASE_ITEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum item_type {
    ITEM_FINDING = 1, /* one JSON line of the journal, with its newline */
    ITEM_SAMPLES,     /* struct item_samples, then frames x channels counts: for the recorder */
    ITEM_MARK,        /* struct mark, rebased to the case: for the recorder's annotations */
    ITEM_FRAME,       /* a prebuilt binary frame of the wire protocol: for browsers */
    ITEM_MESSAGE,     /* a prebuilt JSON text message: for browsers */
    ITEM_SNAPSHOT,    /* the complete state as JSON, replaces the last: for new browsers; one with
                       * another source tag goes to all of them, at once or, where its `sample` is
                       * 1, with the first one of that tag whose `sample` is 0: a replay that
                       * still runs up to its place */
    ITEM_CASE_OPEN,   /* struct case_opening of record/: for the recorder */
    ITEM_CASE_CLOSE,  /* no bytes */
    ITEM_REPLY,       /* struct item_reply, then JSON: the answer to one browser's command */
};

struct item_samples {
    uint64_t first_index;
    uint32_t frames;
    uint32_t channels; /* as in the file: without the lanes that fill up a stride */
};

struct item_reply {
    uint64_t client; /* both as the command carried them */
    uint64_t id;
};

struct item {
    uint32_t type; /* enum item_type, or a folder's own from 100 on */
    uint32_t size; /* bytes behind this header */
    uint64_t sample;
    uint16_t source_tag; /* which case or replay it belongs to */
    uint16_t level;  /* ITEM_FRAME: log2 of samples per envelope block; ITEM_SNAPSHOT: the finest
                      * level; ITEM_MESSAGE: the branch, of evidence */
    uint32_t stream; /* ITEM_FRAME: frame type; ITEM_FINDING: enum finding_type; ITEM_SNAPSHOT:
                      * sample rate; ITEM_MESSAGE: enum message_kind of protocol/ */
    int64_t captured_ns; /* ITEM_FRAME: when its newest sample was read from a device; 0: unknown */
    unsigned char bytes[]; /* aligned as any struct that travels here */
};
_Static_assert(offsetof(struct item, bytes) % 8 == 0, "structs are read where they lie");

struct item_ring {
    unsigned char *memory; /* owned */
    size_t capacity;       /* bytes, a power of two */
    _Atomic size_t produced;
    char apart[64];
    _Atomic size_t consumed;
};

bool item_ring_init(struct item_ring *r, size_t capacity_bytes, struct err *err);
void item_ring_fini(struct item_ring *r); /* copes with a zeroed ring */

/* Producer. NULL: no room for size bytes now. The item is the producer's until published; the
 * caller fills the header's fields but size, which is set. */
struct item *item_ring_reserve(struct item_ring *r, uint32_t size);
void item_ring_publish(struct item_ring *r);
size_t item_ring_room(const struct item_ring *r); /* bytes free now, at least; either thread */

/* Consumer. NULL: empty. The item stays valid until released. */
struct item *item_ring_peek(struct item_ring *r);
void item_ring_release(struct item_ring *r);

#endif
