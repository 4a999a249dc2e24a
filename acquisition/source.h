/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/source.h - what all sources of samples share: a device, a recorded case, a simulated
 * patient. Behind read() a live patient and a recorded case run the same code. */
#ifndef LSRD_ACQUISITION_SOURCE_H
#define LSRD_ACQUISITION_SOURCE_H

#include <stdbool.h>

#include "base/block.h"
#include "base/err.h"

enum read_result {
    READ_BLOCK,   /* out holds frames, marks or both */
    READ_TIMEOUT, /* nothing within the source's bounded wait (at most 100 ms); call again */
    READ_FORMAT,  /* the device is back with another format: source->format is the new one; frames
                   * that follow belong to a new stream, index from 0 */
    READ_END,     /* a recorded case or scenario is over; a live source never says so */
    READ_FAILED,  /* cannot go on; source->failure says why */
};

struct source;

struct source_ops {
    const char *name; /* as in the config file */
    /* Opens the tap; format is final from here on. Not real-time. */
    bool (*start)(struct source *, struct err *);
    /* Fills out->first_index, frames, marks, captured_ns and counts (room for BLOCK_FRAMES frames
     * of stride format.channels rounded up). Marks ride inside the block; lost frames are a jump of
     * first_index. A device that goes away is no failure: a block with the mark device=lost, then
     * READ_TIMEOUT while it is reopened with a bounded back-off, then a block with device=back
     * whose first_index has jumped by the outage, measured once at the edge. Real-time for live
     * sources: no allocation, lock, log or file while frames flow. The capture thread's. */
    enum read_result (*read)(struct source *, struct sample_block *out);
    void (*destroy)(struct source *); /* copes with a source that never started */
    /* After start: what was obtained, in a line for the log. May be NULL. */
    void (*describe)(const struct source *, char *text, size_t size);
};

struct source {
    const struct source_ops *ops;
    struct stream_format format; /* valid once created for files and patients; after start for
                                  * devices */
    bool live;                   /* drops and counts when the ring is full; every other one waits */
    struct err failure;
};

static inline void source_destroy(struct source *s)
{
    if (s)
        s->ops->destroy(s);
}

#endif
