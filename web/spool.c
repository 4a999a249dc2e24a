/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of bytes with a ring of entries that say where each message lies. */
#include "web/spool.h"

#include <stdlib.h>
#include <string.h>

enum { SPOOL_ALIGN = 16 };

bool spool_init(struct spool *s, size_t capacity, uint32_t most, struct err *err)
{
    memset(s, 0, sizeof *s);
    s->most = 1;
    while (s->most < most)
        s->most *= 2;
    s->capacity = capacity;
    s->bytes = malloc(capacity);
    s->entries = calloc(s->most, sizeof *s->entries);
    if (!s->bytes || !s->entries) {
        spool_fini(s);
        return err_set(err, ERR_MEMORY, "spool of %zu bytes", capacity);
    }
    return true;
}

void spool_fini(struct spool *s)
{
    free(s->bytes);
    free(s->entries);
    memset(s, 0, sizeof *s);
}

struct spool_entry *spool_at(const struct spool *s, uint64_t position)
{
    if (position < s->begin || position >= s->end)
        return NULL;
    return &s->entries[position & (s->most - 1)];
}

struct spool_entry *spool_push(struct spool *s, uint32_t size)
{
    const size_t span =
        (SPOOL_HEADROOM + (size_t)size + SPOOL_ALIGN - 1) / SPOOL_ALIGN * SPOOL_ALIGN;
    if (span > s->capacity)
        return NULL;
    if (s->end - s->begin == s->most)
        s->begin++;
    if (s->capacity - s->head < span) {
        /* What lies behind the head is older than what lies at the start: it goes first. */
        while (s->begin < s->end && spool_at(s, s->begin)->offset >= s->head)
            s->begin++;
        s->head = 0;
    }
    for (; s->begin < s->end; s->begin++) {
        const struct spool_entry *oldest = spool_at(s, s->begin);
        if (oldest->offset < s->head || oldest->offset >= s->head + span)
            break;
    }
    struct spool_entry *e = &s->entries[s->end & (s->most - 1)];
    *e = (struct spool_entry){.bytes = s->bytes + s->head + SPOOL_HEADROOM,
                              .size = size,
                              .offset = s->head,
                              .span = span};
    s->head += span;
    s->end++;
    return e;
}
