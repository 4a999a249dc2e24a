/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what people marked, so that a late word, an earlier beginning and an undo all come to the
 * same: the list without what was taken back. */
#include "detect/endpoint_parts.h"

static void remove_item(struct endpoint_said *s, uint32_t i)
{
    memmove(&s->items[i], &s->items[i + 1], sizeof s->items[0] * (s->count - i - 1));
    s->count--;
}

static bool is_decompression(const struct said_item *i)
{
    return i->kind == MARK_PHASE && i->phase == MARK_DECOMPRESSED;
}

/* The oldest goes when the list is full, but never a mark of decompression while others can. */
static void make_room(struct endpoint_said *s)
{
    if (s->count < SAID_ITEMS)
        return;
    uint32_t i = 0;
    while (i < SAID_ITEMS - 1 && is_decompression(&s->items[i]))
        i++;
    remove_item(s, i);
}

static bool undo(struct endpoint_said *s, uint64_t sample)
{
    for (uint32_t i = s->count; i-- > 0;)
        if (s->items[i].sample == sample) {
            remove_item(s, i);
            return true;
        }
    return false;
}

static uint64_t earlier(uint64_t sample, double seconds, uint32_t rate_hz)
{
    const double frames = -seconds * (double)rate_hz;
    return frames >= (double)sample ? 0 : sample - (uint64_t)frames;
}

bool said_mark(struct endpoint_said *s, uint32_t rate_hz, const struct mark *m,
               const struct mark_meaning *meaning)
{
    if (meaning->kind == MARK_UNDO)
        return undo(s, meaning->count);
    if (!mark_is_said(meaning->kind))
        return false;
    make_room(s);
    s->items[s->count++] =
        (struct said_item){.kind = meaning->kind,
                           .phase = meaning->phase,
                           .sample = m->sample,
                           .effective = earlier(m->sample, meaning->since_s, rate_hz),
                           .number = meaning->number};
    return true;
}

uint64_t said_decompressed(const struct endpoint_said *s)
{
    uint64_t first = NO_SAMPLE;
    for (uint32_t i = 0; i < s->count; i++)
        if (is_decompression(&s->items[i]) && s->items[i].effective < first)
            first = s->items[i].effective;
    return first;
}

const struct said_item *said_newest(const struct endpoint_said *s, enum mark_kind kind)
{
    for (uint32_t i = s->count; i-- > 0;)
        if (s->items[i].kind == kind)
            return &s->items[i];
    return NULL;
}

const struct said_item *said_relaxation(const struct endpoint_said *s)
{
    for (uint32_t i = s->count; i-- > 0;)
        if (s->items[i].kind == MARK_RELAXANT || s->items[i].kind == MARK_TRAIN_OF_FOUR)
            return &s->items[i];
    return NULL;
}
