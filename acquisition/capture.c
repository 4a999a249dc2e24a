/* SPDX-License-Identifier: Apache-2.0 */
/* The capture thread and its ring. A block lies in one item: head, counts, then its marks. */
#include "acquisition/capture.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/item.h"
#include "base/log.h"
#include "base/wake.h"

enum {
    ITEM_BLOCK = 100, /* types of this folder's own items */
    ITEM_FORMAT,
    ITEM_END,
    ITEM_FAILED,
    ROOM_WAIT_MS = 100, /* a stop is noticed within it */
    LIVE_CHANNELS = 64, /* of the widest device */
    STACK_BYTES = 64 << 10, /* more than ALSA and the sources use */
};

struct capture_head {
    uint64_t first_index;
    uint32_t frames;
    uint32_t channels;
    uint32_t stride;
    uint32_t mark_count;
    int64_t captured_ns;
};

struct capture {
    struct source *source;
    struct capture_options options;
    struct item_ring ring;
    struct wake data; /* producer to reader */
    struct wake room; /* reader to a producer that waits */
    pthread_t thread;
    bool has_thread;
    _Atomic bool stop;
    _Atomic uint64_t blocks;
    _Atomic uint64_t lost_frames;
    _Atomic int64_t newest_ns;
    int32_t *spill; /* where a live source writes what nobody has room for */
    /* What happened to dropped blocks travels with the next one that fits. Producer's. */
    uint64_t dropped_frames;
    uint32_t kept_count;
    struct mark kept[BLOCK_MARKS];
    /* Reader's copies. */
    struct stream_format format;
    struct err failure;
};

static size_t counts_size(uint32_t frames, uint32_t stride)
{
    return (size_t)frames * stride * sizeof(int32_t);
}

static uint32_t largest_item(uint32_t stride)
{
    return (uint32_t)(sizeof(struct capture_head) + counts_size(BLOCK_FRAMES, stride) +
                      (2 * BLOCK_MARKS + 1) * sizeof(struct mark));
}

struct capture *capture_create(struct source *source, const struct capture_options *options,
                               struct err *err)
{
    struct capture *c = calloc(1, sizeof *c);
    if (!c) {
        err_set(err, ERR_MEMORY, "capture");
        return NULL;
    }
    c->source = source;
    c->options = *options;
    c->data.fd = c->room.fd = -1;
    if (!wake_init(&c->data, err) || !wake_init(&c->room, err)) {
        capture_destroy(c);
        return NULL;
    }
    return c;
}

/* The ring is sized once the source knows its format. A live source may come back with more channels
 * than it had: two of the largest blocks of the widest device must always fit. */
static bool make_ring(struct capture *c, struct err *err)
{
    const struct stream_format *f = &c->source->format;
    const uint32_t stride = block_stride(f->channels);
    const double frames = c->options.ring_s * f->rate_hz;
    size_t size = counts_size(1, stride) * (size_t)frames;
    const size_t least = c->source->live ? (size_t)2 * largest_item(LIVE_CHANNELS)
                                         : (size_t)4 * largest_item(stride);
    if (size < least)
        size = least;
    c->spill = calloc(BLOCK_FRAMES, counts_size(1, block_stride(BLOCK_CHANNELS)));
    if (!c->spill)
        return err_set(err, ERR_MEMORY, "capture");
    memset(c->spill, 0, counts_size(BLOCK_FRAMES, stride)); /* touched now, not while frames flow */
    return item_ring_init(&c->ring, size, err);
}

/* Waits for room, unless stopped. */
static struct item *reserve_waiting(struct capture *c, uint32_t size)
{
    struct item *item;
    while (!(item = item_ring_reserve(&c->ring, size))) {
        if (atomic_load_explicit(&c->stop, memory_order_relaxed))
            return NULL;
        struct pollfd fd = { .fd = c->room.fd, .events = POLLIN };
        poll(&fd, 1, ROOM_WAIT_MS);
        wake_clear(&c->room);
    }
    return item;
}

static void publish_event(struct capture *c, uint32_t type, const void *bytes, uint32_t size)
{
    struct item *item = reserve_waiting(c, size);
    if (!item)
        return;
    item->type = type;
    if (size)
        memcpy(item->bytes, bytes, size);
    item_ring_publish(&c->ring);
    wake_signal(&c->data);
}

/* A mark of a dropped block acts before the first frame that follows, and so does the loss. */
static uint32_t add_kept_marks(struct capture *c, const struct sample_block *block,
                               unsigned char *to)
{
    uint32_t count = 0;
    if (c->dropped_frames) {
        struct mark loss;
        char text[48];
        snprintf(text, sizeof text, "overrun=%llu", (unsigned long long)c->dropped_frames);
        mark_set(&loss, block->first_index, text, "system");
        memcpy(to, &loss, sizeof loss);
        count = 1;
    }
    for (uint32_t i = 0; i < c->kept_count; i++, count++) {
        c->kept[i].sample = block->first_index;
        memcpy(to + count * sizeof(struct mark), &c->kept[i], sizeof(struct mark));
    }
    c->kept_count = 0;
    c->dropped_frames = 0;
    return count;
}

static void publish_block(struct capture *c, struct item *item, const struct sample_block *block)
{
    struct capture_head head = { .first_index = block->first_index,
                                 .frames = block->frames,
                                 .channels = block->channels,
                                 .stride = block->stride,
                                 .captured_ns = block->captured_ns };
    unsigned char *marks =
        item->bytes + sizeof head + counts_size(block->frames, block->stride);
    head.mark_count = add_kept_marks(c, block, marks);
    memcpy(marks + head.mark_count * sizeof(struct mark), block->marks,
           block->mark_count * sizeof(struct mark));
    head.mark_count += block->mark_count;
    memcpy(item->bytes, &head, sizeof head);
    item->type = ITEM_BLOCK;
    item->sample = block->first_index;
    item->size = (uint32_t)(sizeof head + counts_size(block->frames, block->stride) +
                            head.mark_count * sizeof(struct mark));
    item_ring_publish(&c->ring);
    atomic_fetch_add_explicit(&c->blocks, 1, memory_order_relaxed);
    if (block->captured_ns)
        atomic_store_explicit(&c->newest_ns, block->captured_ns, memory_order_relaxed);
    wake_signal(&c->data);
}

static void drop_block(struct capture *c, const struct sample_block *block)
{
    atomic_fetch_add_explicit(&c->lost_frames, block->frames, memory_order_relaxed);
    c->dropped_frames += block->frames;
    for (uint32_t i = 0; i < block->mark_count && c->kept_count < BLOCK_MARKS; i++)
        c->kept[c->kept_count++] = block->marks[i];
}

static enum read_result read_once(struct capture *c)
{
    const uint32_t stride = block_stride(c->source->format.channels);
    struct item *item = c->source->live ? item_ring_reserve(&c->ring, largest_item(stride))
                                        : reserve_waiting(c, largest_item(stride));
    if (!item && !c->source->live)
        return READ_TIMEOUT; /* stopped while waiting for room */
    struct sample_block block = {
        .channels = c->source->format.channels,
        .stride = stride,
        .counts = item ? (int32_t *)(void *)(item->bytes + sizeof(struct capture_head)) : c->spill,
    };
    const enum read_result result = c->source->ops->read(c->source, &block);
    if (result == READ_BLOCK) {
        if (item)
            publish_block(c, item, &block);
        else
            drop_block(c, &block);
    }
    return result;
}

/* The first use of a page of the stack is a fault, which must not come while frames flow. */
static void touch_stack(void)
{
    volatile unsigned char bytes[STACK_BYTES];
    for (size_t i = 0; i < sizeof bytes; i += 1024)
        bytes[i] = 0;
}

static void *run(void *argument)
{
    struct capture *c = argument;
    touch_stack();
    while (!atomic_load_explicit(&c->stop, memory_order_relaxed)) {
        const enum read_result result = read_once(c);
        if (result == READ_FORMAT) {
            c->dropped_frames = 0; /* of a stream that is over */
            publish_event(c, ITEM_FORMAT, &c->source->format, sizeof c->source->format);
        } else if (result == READ_END) {
            publish_event(c, ITEM_END, NULL, 0);
            break;
        } else if (result == READ_FAILED) {
            publish_event(c, ITEM_FAILED, &c->source->failure, sizeof c->source->failure);
            break;
        }
    }
    return NULL;
}

/* Everything that is ever touched, where there is no limit that later memory could hit; else the ring.
 * Not what merely could be touched: the stacks of all threads would be half of the daemon's memory. */
static bool lock_memory(const struct capture *c)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
        return mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
    return mlock(c->ring.memory, c->ring.capacity) == 0;
}

static void ask_for_real_time(struct capture *c)
{
    if (c->options.priority == 0 || !c->source->live)
        return;
    const struct sched_param parameter = { .sched_priority = (int)c->options.priority };
    const int refused = pthread_setschedparam(c->thread, SCHED_FIFO, &parameter);
    const bool is_locked = lock_memory(c);
    if (refused || !is_locked)
        log_warn("capture",
                 "no real-time rights (%s): under load frames may come late or be lost; allow rtprio "
                 "and memlock for this user",
                 refused ? strerror(refused) : "memory is not locked");
}

bool capture_start(struct capture *c, struct err *err)
{
    assert(!c->has_thread);
    if (!c->source->ops->start(c->source, err) || !make_ring(c, err))
        return false;
    const int failed = pthread_create(&c->thread, NULL, run, c);
    if (failed)
        return err_set_os(err, ERR_IO, failed, "capture thread");
    c->has_thread = true;
    pthread_setname_np(c->thread, "lsrd-capture");
    ask_for_real_time(c);
    return true;
}

void capture_stop(struct capture *c)
{
    atomic_store(&c->stop, true);
    wake_signal(&c->room);
    if (c->has_thread)
        pthread_join(c->thread, NULL);
    c->has_thread = false;
}

void capture_destroy(struct capture *c)
{
    if (!c)
        return;
    capture_stop(c);
    item_ring_fini(&c->ring);
    wake_fini(&c->data);
    wake_fini(&c->room);
    free(c->spill);
    free(c);
}

int capture_wake_fd(const struct capture *c)
{
    return c->data.fd;
}

void capture_wake_clear(struct capture *c)
{
    wake_clear(&c->data);
}

void capture_wake_again(struct capture *c)
{
    wake_signal(&c->data);
}

static void read_block(struct item *item, struct sample_block *out)
{
    struct capture_head head;
    memcpy(&head, item->bytes, sizeof head);
    *out = (struct sample_block){ .first_index = head.first_index,
                                  .frames = head.frames,
                                  .channels = head.channels,
                                  .stride = head.stride,
                                  .captured_ns = head.captured_ns };
    out->counts = (int32_t *)(void *)(item->bytes + sizeof head);
    /* Kept marks and a block's own may exceed what a block holds; the oldest matter most. */
    out->mark_count = head.mark_count < BLOCK_MARKS ? head.mark_count : BLOCK_MARKS;
    memcpy(out->marks, item->bytes + sizeof head + counts_size(head.frames, head.stride),
           out->mark_count * sizeof(struct mark));
}

enum capture_event capture_peek(struct capture *c, struct sample_block *out)
{
    struct item *item = item_ring_peek(&c->ring);
    if (!item)
        return CAPTURE_NOTHING;
    switch (item->type) {
    case ITEM_BLOCK:
        read_block(item, out);
        return CAPTURE_BLOCK;
    case ITEM_FORMAT:
        memcpy(&c->format, item->bytes, sizeof c->format);
        return CAPTURE_FORMAT;
    case ITEM_END:
        return CAPTURE_END;
    default:
        memcpy(&c->failure, item->bytes, sizeof c->failure);
        return CAPTURE_FAILED;
    }
}

void capture_release(struct capture *c)
{
    item_ring_release(&c->ring);
    if (!c->source->live)
        wake_signal(&c->room);
}

const struct stream_format *capture_format(const struct capture *c)
{
    return &c->format;
}

const struct err *capture_failure(const struct capture *c)
{
    return &c->failure;
}

struct capture_counters capture_counters(const struct capture *c)
{
    return (struct capture_counters){
        .blocks = atomic_load_explicit(&c->blocks, memory_order_relaxed),
        .lost_frames = atomic_load_explicit(&c->lost_frames, memory_order_relaxed),
        .newest_ns = atomic_load_explicit(&c->newest_ns, memory_order_relaxed),
    };
}
