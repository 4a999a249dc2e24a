/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of blocks, each in the slot of its number, so that a hole is a slot with another number.
 */
#include "protocol/backfill.h"

#include <stdlib.h>
#include <string.h>

bool backfill_init(struct backfill *b, uint32_t rate_hz, uint32_t seconds, uint16_t channels,
                   uint8_t level, uint16_t source_tag, struct err *err)
{
    backfill_fini(b);
    const uint64_t blocks = ((uint64_t)rate_hz * seconds >> level) + 1;
    b->capacity = (uint32_t)blocks;
    b->number = malloc(sizeof *b->number * blocks);
    b->gap = calloc(blocks, 1);
    b->pairs = calloc(blocks * channels, 2 * sizeof *b->pairs);
    if (!b->number || !b->gap || !b->pairs) {
        backfill_fini(b);
        return err_set(err, ERR_MEMORY, "backfill of %u s", seconds);
    }
    memset(b->number, 0xff, sizeof *b->number * blocks);
    b->channels = channels;
    b->level = level;
    b->source_tag = source_tag;
    return true;
}

void backfill_fini(struct backfill *b)
{
    free(b->number);
    free(b->gap);
    free(b->pairs);
    memset(b, 0, sizeof *b);
}

void backfill_put(struct backfill *b, const struct frame *f, const unsigned char *payload)
{
    if (b->capacity == 0 || f->type != FRAME_WAVE_ENV || f->level != b->level ||
        f->source_tag != b->source_tag || f->channels != b->channels)
        return;
    b->uv_per_step = f->uv_per_step;
    b->flags = f->flags & FRAME_REPLAY;
    const uint64_t first = f->first_sample >> b->level;
    for (uint32_t i = 0; i < f->count; i++) {
        const uint64_t number = first + i;
        const size_t slot = (size_t)(number % b->capacity);
        int16_t *out = b->pairs + 2 * slot * b->channels;
        /* A block that a gap ended and the samples behind the gap in it: one column here. */
        const bool again = b->number[slot] == number;
        for (uint32_t c = 0; c < b->channels; c++) {
            const size_t at = 2 * ((size_t)c * f->count + i);
            const int16_t low = frame_payload_i16(payload, at);
            const int16_t high = frame_payload_i16(payload, at + 1);
            out[2 * c] = again && out[2 * c] < low ? out[2 * c] : low;
            out[2 * c + 1] = again && out[2 * c + 1] > high ? out[2 * c + 1] : high;
        }
        b->gap[slot] = i == 0 && (f->flags & FRAME_GAP_BEFORE);
        b->number[slot] = number;
        if (b->end == 0)
            b->begin = number;
        if (number >= b->end)
            b->end = number + 1;
    }
    if (b->end - b->begin > b->capacity)
        b->begin = b->end - b->capacity;
}

bool backfill_span(const struct backfill *b, uint8_t level, uint64_t *from, uint64_t *until)
{
    if (b->end == 0 || level < b->level || level > 40)
        return false;
    const uint64_t length = (uint64_t)1 << (level - b->level);
    *from = b->begin / length * length << b->level;
    *until = b->end / length * length << b->level;
    return *from < *until;
}

/* Merges the finer blocks of one coarse block. False: none of them is there. */
static bool column(const struct backfill *b, uint64_t first, uint64_t length, int16_t *pairs,
                   bool *gap)
{
    bool any = false;
    *gap = false;
    for (uint64_t number = first; number < first + length; number++) {
        const size_t slot = (size_t)(number % b->capacity);
        if (b->number[slot] != number)
            continue;
        const int16_t *in = b->pairs + 2 * slot * b->channels;
        for (uint32_t c = 0; c < 2u * b->channels; c += 2) {
            pairs[c] = any && pairs[c] < in[c] ? pairs[c] : in[c];
            pairs[c + 1] = any && pairs[c + 1] > in[c + 1] ? pairs[c + 1] : in[c + 1];
        }
        any = true;
        if (b->gap[slot])
            *gap = true;
    }
    return any;
}

static void put_i16(unsigned char *p, int16_t v)
{
    p[0] = (unsigned char)((uint16_t)v & 0xff);
    p[1] = (unsigned char)((uint16_t)v >> 8);
}

size_t backfill_take(const struct backfill *b, uint8_t level, uint64_t *cursor, uint64_t until,
                     uint32_t sequence, uint32_t made_ms, unsigned char *bytes, size_t room)
{
    if (b->end == 0 || level < b->level || *cursor >= until)
        return 0;
    const uint64_t length = (uint64_t)1 << (level - b->level);
    const uint64_t stop = until >> b->level;
    uint64_t number = *cursor >> b->level;
    if (number < b->begin / length * length)
        number = b->begin / length * length; /* overtaken by the live end meanwhile */

    int16_t pairs[2 * 256];
    bool gap = false;
    bool hole = false;
    while (number < stop && !column(b, number, length, pairs, &gap)) {
        number += length;
        hole = true;
    }
    if (number >= stop) {
        *cursor = until;
        return 0;
    }
    size_t most = (room - FRAME_HEADER) / (4 * (size_t)b->channels);
    if (most > UINT16_MAX)
        most = UINT16_MAX;
    const uint64_t first = number;
    const uint64_t wanted = (stop - first) / length;
    const size_t rows = wanted < most ? (size_t)wanted : most;
    struct frame f = {
        .type = FRAME_BACKFILL_ENV,
        .flags = (uint8_t)(b->flags | (hole || gap ? FRAME_GAP_BEFORE : 0)),
        .sequence = sequence,
        .first_sample = first << b->level,
        .channels = b->channels,
        .level = level,
        .source_tag = b->source_tag,
        .uv_per_step = b->uv_per_step,
        .made_ms = made_ms,
    };
    /* How many columns follow without a break is known only afterwards, and rows lie one channel
     * behind the other: count first. */
    size_t count = 0;
    for (; count < rows; count++, number += length) {
        if (!column(b, number, length, pairs, &gap) || (gap && count > 0))
            break;
    }
    f.count = (uint16_t)count;
    *cursor = (first + count * length) << b->level;
    number = first + count * length;
    while (number < stop && !column(b, number, length, pairs, &gap))
        number += length;
    if (number >= stop) {
        f.flags |= FRAME_LAST_OF_BATCH;
        *cursor = until;
    }
    unsigned char *payload = frame_encode_header(&f, bytes);
    for (size_t i = 0; i < count; i++) {
        column(b, first + i * length, length, pairs, &gap);
        for (size_t c = 0; c < b->channels; c++) {
            put_i16(payload + 4 * (c * count + i), pairs[2 * c]);
            put_i16(payload + 4 * (c * count + i) + 2, pairs[2 * c + 1]);
        }
    }
    return frame_size(FRAME_BACKFILL_ENV, b->channels, f.count);
}
