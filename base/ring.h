/* SPDX-License-Identifier: Apache-2.0 */
/* base/ring.h - single-producer single-consumer ring of equal slots: two indices, acquire/release.
 * The producer reserves a slot, fills it and publishes; the consumer peeks and releases. What a
 * full ring means is decided where it is filled. */
#ifndef LSRD_BASE_RING_H
#define LSRD_BASE_RING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct ring {
    unsigned char *slots; /* owned */
    size_t slot_size;
    uint32_t capacity;         /* a power of two */
    _Atomic uint32_t produced; /* published slots, mod 2^32 */
    char apart[64];            /* keep the two indices on two cache lines */
    _Atomic uint32_t consumed;
};

/* capacity is rounded up to a power of two. The memory is touched, so that it is there. */
bool ring_init(struct ring *r, size_t slot_size, uint32_t capacity, struct err *err);
void ring_fini(struct ring *r); /* copes with a zeroed ring */

/* Producer's thread. NULL: full. The slot stays the producer's until published. */
void *ring_reserve(struct ring *r);
void ring_publish(struct ring *r);

/* Consumer's thread. NULL: empty. The slot stays valid until released. */
void *ring_peek(struct ring *r);
void ring_release(struct ring *r);

/* Either thread: filled slots, at least as many as the other side has seen. */
uint32_t ring_fill(const struct ring *r);

#endif
