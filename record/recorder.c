/* SPDX-License-Identifier: Apache-2.0 */
/* The record thread. */
#include "record/recorder.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/wake.h"
#include "record/annotation.h"
#include "record/brief.h"
#include "record/keeper.h"
#include "record/syncer.h"

enum {
    RING_BYTES = 16 << 20,
    TICK_MS = 100,
    RECORD_NICE = -10, /* before the main thread, behind capture, for a hundredth of a core */
    RESUME_BYTES = 4 << 20, /* room that must be there before a case is tried to be made again */
};
/* What a power cut may take is one such period and the time that the disk needs for it: at most a
 * second, so half of one. */
static const int64_t sync_period_ns = 500000000;

struct recorder {
    const struct file_ops *ops;
    struct clock *clock;
    char *directory;
    struct item_ring ring;
    struct wake wake;
    struct syncer syncer;
    struct keeper keeper; /* of what an earlier life left behind */
    pthread_t thread;
    bool is_running;
    _Atomic bool stop;

    /* The thread's own. */
    struct case_dir *open_case;
    struct case_opening *waiting_case; /* could not be made yet */
    bool is_closing;                   /* asked for, refused by the disk */
    bool is_refused;
    int sync_errno;
    uint64_t refused_at; /* bytes of the file then: more of them mean that it goes on */
    uint64_t marks_taken;
    uint64_t expected; /* next sample of the case, to count what never arrived */
    int64_t next_tick_ns;

    /* Published. */
    _Atomic bool is_behind; /* the ring is full of samples; written by the producer */
    _Atomic int state;
    _Atomic int os_errno;
    _Atomic int64_t free_s;
    _Atomic uint64_t free_bytes;
    _Atomic uint64_t next_sample;
    _Atomic uint64_t lost_frames;
    _Atomic uint64_t marks_written;
    _Atomic uint64_t lines_dropped;
    _Atomic uint64_t cases_closed;
    pthread_mutex_t path_lock;
    char path[CASE_PATH];
};

/* ---- what the disk says ---- */

static void refuse(struct recorder *r, const struct err *err)
{
    if (!r->is_refused)
        log_error("record", "recording=stopped %s", err->text);
    r->is_refused = true;
    r->refused_at = r->open_case ? writer_bytes(case_dir_writer(r->open_case)) : 0;
    atomic_store(&r->os_errno, err->os_errno ? err->os_errno : EIO);
    atomic_store(&r->state, RECORDER_STOPPED);
}

static void accept(struct recorder *r)
{
    log_info("record", "recording=yes case=%s", case_dir_path(r->open_case));
    r->is_refused = false;
    atomic_store(&r->os_errno, 0);
    atomic_store(&r->state, RECORDER_RECORDING);
}

static void publish_free(struct recorder *r)
{
    uint64_t bytes = 0;
    if (r->ops->free_bytes(r->directory, &bytes) != 0)
        return;
    atomic_store(&r->free_bytes, bytes);
    if (r->open_case)
        atomic_store(&r->free_s,
                     (int64_t)(bytes / writer_bytes_per_second(case_dir_writer(r->open_case))));
}

/* Whether it is worth trying a disk that refused. */
static bool has_room(struct recorder *r)
{
    const int why = atomic_load(&r->os_errno);
    if (why != ENOSPC && why != EDQUOT)
        return true;
    uint64_t wanted = RESUME_BYTES;
    if (r->open_case) {
        const struct writer *w = case_dir_writer(r->open_case);
        const uint64_t next = writer_next_index(w);
        wanted = writer_hole_bytes(w, r->expected > next ? r->expected - next : 0) +
                 2 * writer_bytes_per_second(w);
    }
    return atomic_load(&r->free_bytes) >= wanted;
}

/* ---- the case ---- */

static void begin_case(struct recorder *r, const struct case_opening *opening)
{
    struct err err = {0};
    r->open_case = case_dir_create(r->directory, opening, r->ops, &err);
    if (!r->open_case) {
        refuse(r, &err);
        if (!r->waiting_case) {
            const size_t size = sizeof *opening + opening->config_size;
            r->waiting_case = malloc(size);
            if (r->waiting_case)
                memcpy(r->waiting_case, opening, size);
        }
        return;
    }
    pthread_mutex_lock(&r->path_lock);
    strncpy(r->path, case_dir_path(r->open_case), sizeof r->path - 1);
    pthread_mutex_unlock(&r->path_lock);
    accept(r);
    publish_free(r);
}

static void forget_case(struct recorder *r)
{
    case_dir_destroy(r->open_case);
    r->open_case = NULL;
    free(r->waiting_case);
    r->waiting_case = NULL;
    r->is_closing = false;
    r->is_refused = false;
    atomic_store(&r->os_errno, 0);
    atomic_store(&r->free_s, -1);
    atomic_store(&r->state, RECORDER_IDLE);
}

static void end_case(struct recorder *r)
{
    struct err err = {0};
    r->is_closing = true;
    if (!r->open_case)
        return; /* is still to be made */
    if (!case_dir_close(r->open_case, r->expected, &err)) {
        refuse(r, &err);
        return;
    }
    atomic_store(&r->marks_written, r->marks_taken);
    atomic_fetch_add(&r->cases_closed, 1);
    log_info("record", "recording=no closed=%s lost_frames=%llu", case_dir_path(r->open_case),
             (unsigned long long)atomic_load(&r->lost_frames));
    forget_case(r);
}

/* A case that the disk does not let us close is left as one that lost power: repaired later. */
static void abandon_case(struct recorder *r)
{
    log_error("record", "case=%s could not be %s", r->open_case ? case_dir_path(r->open_case) : "",
              r->open_case ? "closed: it is repaired at the next start" : "made: nothing was kept");
    forget_case(r);
}

/* The case has come so far: what is not there by its end is missing. */
static void expect(struct recorder *r, uint64_t index)
{
    if (index > r->expected)
        r->expected = index;
}

static void take_samples(struct recorder *r, const struct item *item)
{
    struct item_samples head;
    struct err err = {0};
    memcpy(&head, item->bytes, sizeof head);
    const int32_t *counts = (const int32_t *)(const void *)(item->bytes + sizeof head);
    expect(r, head.first_index + head.frames);
    if (!r->open_case || r->is_closing || r->is_refused) {
        atomic_fetch_add(&r->lost_frames, head.frames);
        return;
    }
    const bool ok = case_dir_samples(r->open_case, head.first_index, head.frames, counts, &err);
    const uint64_t next = writer_next_index(case_dir_writer(r->open_case));
    atomic_store(&r->next_sample, next);
    if (ok) {
        if (atomic_load(&r->state) == RECORDER_STOPPED && !r->sync_errno &&
            writer_bytes(case_dir_writer(r->open_case)) != r->refused_at)
            accept(r);
        return;
    }
    if (next < head.first_index + head.frames)
        atomic_fetch_add(&r->lost_frames, head.first_index + head.frames -
                                              (next > head.first_index ? next : head.first_index));
    refuse(r, &err);
}

static void take_mark(struct recorder *r, const struct item *item)
{
    struct mark mark;
    char text[MARK_TEXT + MARK_BY + 8];
    memcpy(&mark, item->bytes, sizeof mark);
    annotation_from_mark(&mark, text);
    expect(r, mark.sample);
    r->marks_taken++;
    if (r->open_case && !case_dir_annotate(r->open_case, mark.sample, 0, text))
        log_error("record", "mark=lost sample=%llu: too many wait for the disk",
                  (unsigned long long)mark.sample);
}

static void take_finding(struct recorder *r, const struct item *item)
{
    struct brief brief;
    if (!r->open_case)
        return;
    journal_add(case_dir_findings(r->open_case), item->bytes, item->size);
    if (brief_finding((const char *)item->bytes, item->size, item->stream, item->sample, &brief))
        case_dir_annotate(r->open_case, brief.sample, brief.frames, brief.text);
}

static void take_item(struct recorder *r, const struct item *item)
{
    switch (item->type) {
    case ITEM_CASE_OPEN:
        if (r->open_case || r->waiting_case)
            end_case(r);
        if (r->open_case || r->waiting_case)
            abandon_case(r);
        r->expected = 0;
        atomic_store(&r->next_sample, 0);
        atomic_store(&r->lost_frames, 0);
        begin_case(r, (const struct case_opening *)(const void *)item->bytes);
        break;
    case ITEM_SAMPLES:
        take_samples(r, item);
        break;
    case ITEM_MARK:
        take_mark(r, item);
        break;
    case ITEM_FINDING:
        take_finding(r, item);
        break;
    case RECORDER_ITEM_ALARM:
        if (r->open_case)
            journal_add(case_dir_alarms(r->open_case), item->bytes, item->size);
        break;
    case ITEM_CASE_CLOSE:
        expect(r, item->sample);
        if (r->open_case || r->waiting_case)
            end_case(r);
        break;
    default:
        break; /* another consumer's */
    }
}

/* ---- the thread ---- */

static void drain(struct recorder *r)
{
    struct item *item;
    while ((item = item_ring_peek(&r->ring))) {
        take_item(r, item);
        item_ring_release(&r->ring);
    }
    if (!r->open_case)
        return;
    struct err err = {0};
    if (!r->is_refused && !case_dir_write(r->open_case, &err))
        refuse(r, &err);
    if (!writer_has_queued(case_dir_writer(r->open_case)))
        atomic_store(&r->marks_written, r->marks_taken);
    atomic_store(&r->lines_dropped, case_dir_findings(r->open_case)->dropped_lines +
                                        case_dir_alarms(r->open_case)->dropped_lines);
}

static void try_again(struct recorder *r)
{
    struct err err = {0};
    if (!has_room(r))
        return;
    if (r->waiting_case) {
        begin_case(r, r->waiting_case);
        if (!r->open_case)
            return;
        free(r->waiting_case);
        r->waiting_case = NULL;
    } else if (r->open_case && !case_dir_write(r->open_case, &err)) {
        refuse(r, &err);
    } else if (r->open_case) {
        r->is_refused = false; /* said to be recording again once a record is written */
    }
    if (r->is_closing)
        end_case(r);
}

/* A sync that failed may have lost what was written: said, but writing goes on. */
static void heed_sync(struct recorder *r, int failed)
{
    const bool is_new = failed != r->sync_errno;
    r->sync_errno = failed;
    if (!is_new || r->is_refused)
        return;
    if (!failed) {
        accept(r);
        return;
    }
    log_error("record", "recording=stopped cannot sync %s: %s", case_dir_path(r->open_case),
              strerror(failed));
    atomic_store(&r->os_errno, failed);
    atomic_store(&r->state, RECORDER_STOPPED);
}

static void tick(struct recorder *r)
{
    publish_free(r);
    if (r->is_refused)
        try_again(r);
    if (!r->open_case)
        return;
    const int files[] = {writer_fd(case_dir_writer(r->open_case)),
                         case_dir_findings(r->open_case)->fd, case_dir_alarms(r->open_case)->fd};
    heed_sync(r, syncer_errno(&r->syncer));
    syncer_request(&r->syncer, files, sizeof files / sizeof *files);
}

static void *run(void *argument)
{
    struct recorder *r = argument;
    /* A machine that is too slow for its device loses frames at capture then, before detectors and
     * file alike, so that the two agree. Without the right to it things stay as they are. */
    setpriority(PRIO_PROCESS, (id_t)gettid(), RECORD_NICE);
    struct pollfd wait = {.fd = r->wake.fd, .events = POLLIN};
    for (;;) {
        poll(&wait, 1, TICK_MS);
        wake_clear(&r->wake);
        const bool last = atomic_load(&r->stop);
        drain(r);
        if (last)
            break;
        const int64_t now_ns = r->clock->now_ns(r->clock);
        if (now_ns >= r->next_tick_ns) {
            r->next_tick_ns = now_ns + sync_period_ns;
            tick(r);
        }
    }
    if (r->open_case)
        end_case(r);
    if (r->open_case || r->waiting_case)
        abandon_case(r);
    return NULL;
}

static bool start(struct recorder *r, const struct recorder_options *o, struct err *err)
{
    r->directory = strdup(o->directory);
    if (!r->directory)
        return err_set(err, ERR_MEMORY, "recorder");
    if (!case_root_make(r->directory, r->ops, err) ||
        !item_ring_init(&r->ring, o->ring_bytes ? o->ring_bytes : RING_BYTES, err) ||
        !wake_init(&r->wake, err) || !syncer_start(&r->syncer, r->ops, err) ||
        !keeper_start(&r->keeper, r->directory, r->ops, err))
        return false;
    publish_free(r);
    const int failed = pthread_create(&r->thread, NULL, run, r);
    if (failed)
        return err_set_os(err, ERR_IO, failed, "record thread");
    r->is_running = true;
    pthread_setname_np(r->thread, "lsrd-record");
    return true;
}

struct recorder *recorder_create(const struct recorder_options *o, struct clock *clock,
                                 struct err *err)
{
    struct recorder *r = calloc(1, sizeof *r);
    if (!r) {
        err_set(err, ERR_MEMORY, "recorder");
        return NULL;
    }
    r->ops = o->ops ? o->ops : file_ops_system();
    r->clock = clock;
    r->wake.fd = -1;
    atomic_init(&r->free_s, -1);
    pthread_mutex_init(&r->path_lock, NULL);
    if (!start(r, o, err)) {
        recorder_destroy(r);
        return NULL;
    }
    return r;
}

void recorder_destroy(struct recorder *r)
{
    if (!r)
        return;
    if (r->is_running) {
        atomic_store(&r->stop, true);
        wake_signal(&r->wake);
        pthread_join(r->thread, NULL);
    }
    keeper_stop(&r->keeper);
    syncer_stop(&r->syncer);
    wake_fini(&r->wake);
    item_ring_fini(&r->ring);
    pthread_mutex_destroy(&r->path_lock);
    free(r->directory);
    free(r);
}

/* ---- the producer's side ---- */

static bool put(struct recorder *r, enum item_type type, uint64_t sample, uint32_t stream,
                const void *bytes, size_t size)
{
    struct item *item = item_ring_reserve(&r->ring, (uint32_t)size);
    if (!item)
        return false;
    item->type = (uint32_t)type;
    item->sample = sample;
    item->stream = stream;
    memcpy(item->bytes, bytes, size);
    item_ring_publish(&r->ring);
    wake_signal(&r->wake);
    return true;
}

bool recorder_open_case(struct recorder *r, const struct case_opening *opening)
{
    atomic_store(&r->is_behind, false);
    return put(r, ITEM_CASE_OPEN, 0, 0, opening, sizeof *opening + opening->config_size);
}

static size_t filled(const struct recorder *r)
{
    return r->ring.capacity - item_ring_room(&r->ring);
}

bool recorder_samples(struct recorder *r, const struct sample_block *block)
{
    const struct item_samples head = {
        .first_index = block->first_index, .frames = block->frames, .channels = block->channels};
    const size_t size = sizeof head + (size_t)block->frames * block->channels * sizeof(int32_t);
    const size_t most = r->ring.capacity / 4 * 3;
    if (block->frames == 0)
        return true;
    if (atomic_load(&r->is_behind) && filled(r) <= r->ring.capacity / 2)
        atomic_store(&r->is_behind, false);
    struct item *item = !atomic_load(&r->is_behind) && filled(r) + size <= most
                            ? item_ring_reserve(&r->ring, (uint32_t)size)
                            : NULL;
    if (!item) {
        atomic_store(&r->is_behind, true);
        atomic_fetch_add(&r->lost_frames, block->frames);
        return false;
    }
    item->type = ITEM_SAMPLES;
    item->sample = block->first_index;
    memcpy(item->bytes, &head, sizeof head);
    unsigned char *to = item->bytes + sizeof head;
    const size_t frame = block->channels * sizeof(int32_t);
    for (uint32_t i = 0; i < block->frames; i++, to += frame)
        memcpy(to, block->counts + (size_t)i * block->stride, frame);
    item_ring_publish(&r->ring);
    if (filled(r) + size > most)
        atomic_store(&r->is_behind, true); /* said before the next one is dropped */
    wake_signal(&r->wake);
    return true;
}

bool recorder_mark(struct recorder *r, const struct mark *mark)
{
    return put(r, ITEM_MARK, mark->sample, 0, mark, sizeof *mark);
}

bool recorder_finding(struct recorder *r, enum finding_type type, uint64_t decided_sample,
                      const char *line, size_t size)
{
    return put(r, ITEM_FINDING, decided_sample, (uint32_t)type, line, size);
}

bool recorder_alarm(struct recorder *r, const char *line, size_t size)
{
    return put(r, (enum item_type)RECORDER_ITEM_ALARM, 0, 0, line, size);
}

bool recorder_close_case(struct recorder *r, uint64_t end)
{
    return put(r, ITEM_CASE_CLOSE, end, 0, "", 0);
}

struct item_ring *recorder_ring(struct recorder *r)
{
    return &r->ring;
}

void recorder_wake(struct recorder *r)
{
    wake_signal(&r->wake);
}

struct recorder_status recorder_status(const struct recorder *r)
{
    const enum recorder_state state = (enum recorder_state)atomic_load(&r->state);
    const bool is_behind = state == RECORDER_RECORDING && atomic_load(&r->is_behind);
    return (struct recorder_status){
        .state = is_behind ? RECORDER_STOPPED : state,
        .os_errno = is_behind ? ENOBUFS : atomic_load(&r->os_errno),
        .free_s = atomic_load(&r->free_s),
        .free_bytes = atomic_load(&r->free_bytes),
        .next_sample = atomic_load(&r->next_sample),
        .lost_frames = atomic_load(&r->lost_frames),
        .marks_written = atomic_load(&r->marks_written),
        .lines_dropped = atomic_load(&r->lines_dropped),
        .cases_closed = atomic_load(&r->cases_closed),
    };
}

void recorder_case_path(struct recorder *r, char *path, size_t size)
{
    pthread_mutex_lock(&r->path_lock);
    const size_t length = strnlen(r->path, size - 1);
    memcpy(path, r->path, length);
    path[length] = 0;
    pthread_mutex_unlock(&r->path_lock);
}
