/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/envelope.h - microvolts become min/max blocks at several levels, cut into wire frames.
 * Every level is the exact merge of the next finer one. Frames are the same whatever the sizes in
 * which the samples are fed. Pure: no I/O, clock or allocation after init; one thread. */
#ifndef LSRD_PROTOCOL_ENVELOPE_H
#define LSRD_PROTOCOL_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "protocol/frame.h"

enum {
    ENVELOPE_LEVELS = 12,    /* most levels of a pyramid */
    ENVELOPE_LEVEL_MAX = 20, /* 2^20 samples a block: 52 s at 20 kHz */
};

struct envelope_params {
    uint32_t rate_hz;       /* above 0 */
    uint32_t channels;      /* 1 to 256 */
    uint8_t first_level;    /* the finest, 1 to ENVELOPE_LEVEL_MAX */
    uint8_t levels;         /* 1 to ENVELOPE_LEVELS */
    uint32_t frame_samples; /* 1 to 65536: a frame every so many; rate_hz / 50 is 20 ms */
    float uv_per_step;      /* above 0; values beyond 16 bit saturate */
};

/* Fills first_level, levels and frame_samples for a rate: the finest has at most 2500 blocks a
 * second (a one-second sweep over 1800 pixels), the coarsest at least 60 (30 s over the same). */
void envelope_params_for_rate(struct envelope_params *p, uint32_t rate_hz, uint32_t channels,
                              float uv_per_step);

/* Gets each frame as it is complete: header without source_tag, made_ms and replay flag, and the
 * payload's pairs, channel after channel (host order), valid during the call. */
typedef void envelope_sink(void *context, const struct frame *f, const int16_t *pairs);

struct envelope_level {
    uint64_t block;    /* first sample of the open block */
    uint64_t first;    /* first sample of the first collected block */
    uint32_t filled;   /* whether the open block holds anything: 0 or 1 */
    uint32_t count;    /* collected blocks */
    uint32_t capacity; /* most of them */
    uint32_t sequence;
    uint8_t flags;   /* of the frame being collected */
    int16_t *open;   /* channels pairs */
    int16_t *blocks; /* channels x capacity pairs */
};

struct envelope { /* fields are private to envelope.c */
    struct envelope_params params;
    envelope_sink *sink;
    void *context;
    uint64_t next_index; /* expected */
    uint64_t frame_end;  /* where the frames being collected are cut */
    bool started;
    uint32_t lanes; /* channels rounded up to 8 */
    float *low;     /* of the open finest block, in microvolts */
    float *high;
    int16_t *scratch; /* one payload */
    struct envelope_level level[ENVELOPE_LEVELS];
    void *memory; /* owned */
};

bool envelope_init(struct envelope *e, const struct envelope_params *params, envelope_sink *sink,
                   void *context, struct err *err);
void envelope_fini(struct envelope *e); /* copes with a zeroed one */

/* uv: frames x stride, stride at least channels rounded up to 8; the lanes above are ignored. A
 * first_index other than expected is a gap: open blocks end early, and the next frame of every
 * level says so. It never goes back. */
void envelope_feed(struct envelope *e, uint64_t first_index, const float *uv, uint32_t frames,
                   uint32_t stride);

/* Sends what is collected; open blocks end early, as at a gap. At the end of a case. */
void envelope_flush(struct envelope *e);

#endif
