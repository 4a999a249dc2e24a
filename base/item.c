/* SPDX-License-Identifier: Apache-2.0 */
/* The byte ring: items lie contiguous; a filler item covers the rest before the wrap. */
#include "base/item.h"

#include <stdlib.h>
#include <string.h>

enum { ITEM_FILLER = 0, ITEM_ALIGN = 16 };

static size_t item_span(uint32_t size)
{
    return (sizeof(struct item) + size + ITEM_ALIGN - 1) / ITEM_ALIGN * ITEM_ALIGN;
}

bool item_ring_init(struct item_ring *r, size_t capacity_bytes, struct err *err)
{
    size_t capacity = 4096;
    while (capacity < capacity_bytes)
        capacity *= 2;
    r->memory = aligned_alloc(64, capacity);
    if (!r->memory)
        return err_set(err, ERR_MEMORY, "item ring of %zu bytes", capacity);
    memset(r->memory, 0, capacity);
    r->capacity = capacity;
    atomic_init(&r->produced, 0);
    atomic_init(&r->consumed, 0);
    return true;
}

void item_ring_fini(struct item_ring *r)
{
    free(r->memory);
    r->memory = NULL;
}

struct item *item_ring_reserve(struct item_ring *r, uint32_t size)
{
    const size_t span = item_span(size);
    size_t produced = atomic_load_explicit(&r->produced, memory_order_relaxed);
    const size_t consumed = atomic_load_explicit(&r->consumed, memory_order_acquire);
    const size_t offset = produced & (r->capacity - 1);
    const size_t to_end = r->capacity - offset;
    const size_t needed = to_end < span ? to_end + span : span;
    if (r->capacity - (produced - consumed) < needed)
        return NULL;
    struct item *item = (struct item *)(void *)(r->memory + offset);
    if (to_end < span) {
        /* Offsets are multiples of ITEM_ALIGN, so at least that much is left for the filler; its
         * type lies in the first word, which is all that the reader looks at. */
        item->type = ITEM_FILLER;
        atomic_store_explicit(&r->produced, produced + to_end, memory_order_release);
        item = (struct item *)(void *)r->memory;
    }
    memset(item, 0, sizeof *item);
    item->size = size;
    return item;
}

void item_ring_publish(struct item_ring *r)
{
    const size_t produced = atomic_load_explicit(&r->produced, memory_order_relaxed);
    const struct item *item =
        (const struct item *)(const void *)(r->memory + (produced & (r->capacity - 1)));
    atomic_store_explicit(&r->produced, produced + item_span(item->size), memory_order_release);
}

size_t item_ring_room(const struct item_ring *r)
{
    return r->capacity - (atomic_load_explicit(&r->produced, memory_order_acquire) -
                          atomic_load_explicit(&r->consumed, memory_order_acquire));
}

struct item *item_ring_peek(struct item_ring *r)
{
    for (;;) {
        const size_t consumed = atomic_load_explicit(&r->consumed, memory_order_relaxed);
        if (consumed == atomic_load_explicit(&r->produced, memory_order_acquire))
            return NULL;
        const size_t offset = consumed & (r->capacity - 1);
        struct item *item = (struct item *)(void *)(r->memory + offset);
        if (item->type != ITEM_FILLER)
            return item;
        atomic_store_explicit(&r->consumed, consumed + r->capacity - offset, memory_order_release);
    }
}

void item_ring_release(struct item_ring *r)
{
    const size_t consumed = atomic_load_explicit(&r->consumed, memory_order_relaxed);
    const struct item *item =
        (const struct item *)(const void *)(r->memory + (consumed & (r->capacity - 1)));
    atomic_store_explicit(&r->consumed, consumed + item_span(item->size), memory_order_release);
}
