/* SPDX-License-Identifier: Apache-2.0 */
/* The ring: indices run freely and wrap; their difference is the fill. */
#include "base/ring.h"

#include <stdlib.h>
#include <string.h>

bool ring_init(struct ring *r, size_t slot_size, uint32_t capacity, struct err *err)
{
    uint32_t size = 1;
    while (size < capacity)
        size *= 2;
    const size_t alignment = 64;
    const size_t rounded = (slot_size + alignment - 1) / alignment * alignment;
    r->slots = aligned_alloc(alignment, rounded * size);
    if (!r->slots)
        return err_set(err, ERR_MEMORY, "ring of %u slots of %zu bytes", size, rounded);
    memset(r->slots, 0, rounded * size);
    r->slot_size = rounded;
    r->capacity = size;
    atomic_init(&r->produced, 0);
    atomic_init(&r->consumed, 0);
    return true;
}

void ring_fini(struct ring *r)
{
    free(r->slots);
    r->slots = NULL;
}

static void *slot(const struct ring *r, uint32_t index)
{
    return r->slots + (size_t)(index & (r->capacity - 1)) * r->slot_size;
}

void *ring_reserve(struct ring *r)
{
    const uint32_t produced = atomic_load_explicit(&r->produced, memory_order_relaxed);
    const uint32_t consumed = atomic_load_explicit(&r->consumed, memory_order_acquire);
    return produced - consumed == r->capacity ? NULL : slot(r, produced);
}

void ring_publish(struct ring *r)
{
    const uint32_t produced = atomic_load_explicit(&r->produced, memory_order_relaxed);
    atomic_store_explicit(&r->produced, produced + 1, memory_order_release);
}

void *ring_peek(struct ring *r)
{
    const uint32_t consumed = atomic_load_explicit(&r->consumed, memory_order_relaxed);
    const uint32_t produced = atomic_load_explicit(&r->produced, memory_order_acquire);
    return produced == consumed ? NULL : slot(r, consumed);
}

void ring_release(struct ring *r)
{
    const uint32_t consumed = atomic_load_explicit(&r->consumed, memory_order_relaxed);
    atomic_store_explicit(&r->consumed, consumed + 1, memory_order_release);
}

uint32_t ring_fill(const struct ring *r)
{
    return atomic_load_explicit(&r->produced, memory_order_acquire) -
           atomic_load_explicit(&r->consumed, memory_order_acquire);
}
