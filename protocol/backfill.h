/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/backfill.h - the last minute of envelopes, kept at the finest level, given out at any
 * coarser one as BACKFILL_ENV frames. Pure after init: no I/O or clock; one thread. */
#ifndef LSRD_PROTOCOL_BACKFILL_H
#define LSRD_PROTOCOL_BACKFILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "protocol/frame.h"

struct backfill { /* fields are private to backfill.c; zeroed: empty, gives nothing */
    uint16_t channels;
    uint8_t level;
    uint16_t source_tag;
    uint8_t flags; /* replay */
    float uv_per_step;
    uint32_t capacity; /* blocks */
    uint64_t end;      /* block number behind the newest */
    uint64_t begin;    /* of the oldest that may be there */
    uint64_t *number;  /* of the block in each slot; UINT64_MAX: none */
    uint8_t *gap;
    int16_t *pairs; /* capacity x channels */
};

/* seconds of blocks of 2^level samples at rate_hz. Forgets what was there. */
bool backfill_init(struct backfill *b, uint32_t rate_hz, uint32_t seconds, uint16_t channels,
                   uint8_t level, uint16_t source_tag, struct err *err);
void backfill_fini(struct backfill *b); /* copes with a zeroed one */

/* Takes a decoded WAVE_ENV frame; one of another level, tag or width is ignored. */
void backfill_put(struct backfill *b, const struct frame *f, const unsigned char *payload);

/* The samples it can give at a level, as [*from, *until), both multiples of 2^level; a block that
 * is not complete yet is left to the live frames. False: nothing, or a level finer than kept. */
bool backfill_span(const struct backfill *b, uint8_t level, uint64_t *from, uint64_t *until);

/* Writes the next frame at *cursor, at most `room` bytes, and moves *cursor behind it. A hole ends
 * a frame, and the next carries the gap flag. The frame that reaches `until` carries the flag last
 * of batch. Returns its size; 0: nothing is left. */
size_t backfill_take(const struct backfill *b, uint8_t level, uint64_t *cursor, uint64_t until,
                     uint32_t sequence, uint32_t made_ms, unsigned char *bytes, size_t room);

#endif
