/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/capture.h - the capture thread: it waits for the source, publishes what came, wakes the
 * reader, and does nothing else. A live source never waits for the reader: a full ring drops the
 * block, counts it, and leaves a jump of the index; every other source waits for room. */
#ifndef LSRD_ACQUISITION_CAPTURE_H
#define LSRD_ACQUISITION_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "acquisition/source.h"
#include "base/clock.h"

struct capture_options {
    double ring_s;     /* seconds of samples that the ring holds, 0.25 to 60 */
    uint32_t priority; /* SCHED_FIFO priority 1 to 99; 0: an ordinary thread */
};

struct capture;

/* source must be created, not started; it stays the caller's and must outlive the capture. */
struct capture *capture_create(struct source *source, const struct capture_options *options,
                               struct err *err);

/* Starts the source and the thread. Warns once where real-time priority is refused. */
bool capture_start(struct capture *c, struct err *err);
void capture_stop(struct capture *c);    /* bounded: a source's wait is at most 100 ms */
void capture_destroy(struct capture *c); /* stops; takes NULL */

/* Readable when something was published; for an event loop. */
int capture_wake_fd(const struct capture *c);
/* The reader, before it takes what there is. */
void capture_wake_clear(struct capture *c);
/* The reader, when it leaves something for its next turn. */
void capture_wake_again(struct capture *c);

enum capture_event {
    CAPTURE_NOTHING, /* the ring is empty */
    CAPTURE_BLOCK,   /* out is filled; out->counts lies in the ring until released */
    CAPTURE_FORMAT,  /* the stream goes on with capture_format(), its index from 0 */
    CAPTURE_END,     /* the source is over */
    CAPTURE_FAILED,  /* capture_failure() says why; nothing follows */
};

/* The reader's thread. Everything but CAPTURE_NOTHING must be released before the next. */
enum capture_event capture_peek(struct capture *c, struct sample_block *out);
void capture_release(struct capture *c);
const struct stream_format *capture_format(const struct capture *c); /* after CAPTURE_FORMAT */
const struct err *capture_failure(const struct capture *c);          /* after CAPTURE_FAILED */

/* Any thread. */
struct capture_counters {
    uint64_t blocks;
    uint64_t lost_frames; /* dropped because the reader was late */
    int64_t newest_ns;    /* monotonic time of the newest published block; 0: none yet */
};
struct capture_counters capture_counters(const struct capture *c);

#endif
