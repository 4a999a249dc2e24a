/* SPDX-License-Identifier: Apache-2.0 */
/* Delivers a recording's blocks when they are due. */
#include "acquisition/replay.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/wake.h"

enum {
    WAIT_MS = 100,
    LATE_NS = 500000000, /* a reader that fell behind by more is not hurried after */
};
static const double block_s = 0.02; /* of a paced block, as a device's period would be */

struct request {
    bool has_seek;
    uint64_t from;
    uint64_t target;
    bool has_stop;
    uint64_t stop_at;
};

struct replay {
    struct source base; /* first */
    struct recording *recording;
    struct clock *clock;
    struct wake wake; /* a request came */
    bool waits_at_end;
    /* The capture thread's own. */
    uint64_t unpaced_until;
    uint64_t next_sample;
    bool has_anchor; /* anchor_sample was due at anchor_ns */
    uint64_t anchor_sample;
    int64_t anchor_ns;
    double anchor_speed;
    /* Shared. */
    _Atomic bool is_paused;
    _Atomic bool is_at_end;
    _Atomic double speed;
    _Atomic uint64_t position;
    _Atomic uint64_t stop_at; /* pauses there; UINT64_MAX: nowhere */
    pthread_mutex_t lock;     /* of the request: a seek has two numbers */
    uint32_t seeks_taken;
    struct request request;
};

static double in_range(double speed)
{
    if (!(speed > 0))
        return 0;
    return speed < REPLAY_SPEED_MIN   ? REPLAY_SPEED_MIN
           : speed > REPLAY_SPEED_MAX ? REPLAY_SPEED_MAX
                                      : speed;
}

/* Sleeps until then, a request, or 100 ms. False: it is not then yet. */
static bool wait_until(struct replay *r, int64_t due_ns)
{
    const int64_t left_ns = due_ns - r->clock->now_ns(r->clock);
    if (left_ns <= 0)
        return true;
    struct pollfd fd = {.fd = r->wake.fd, .events = POLLIN};
    const int64_t left_ms = left_ns / 1000000 + 1;
    poll(&fd, 1, left_ms < WAIT_MS ? (int)left_ms : WAIT_MS);
    wake_clear(&r->wake);
    return r->clock->now_ns(r->clock) >= due_ns;
}

/* Whether a seek was asked for; it is done then. */
static bool take_request(struct replay *r)
{
    pthread_mutex_lock(&r->lock);
    const struct request request = r->request;
    r->request = (struct request){0};
    if (request.has_seek)
        r->seeks_taken++;
    pthread_mutex_unlock(&r->lock);
    if (request.has_stop) {
        atomic_store(&r->stop_at, request.stop_at);
        atomic_store(&r->is_paused, false);
    }
    if (!request.has_seek)
        return false;
    recording_seek(r->recording, request.from);
    r->next_sample = request.from;
    r->unpaced_until = request.target;
    r->has_anchor = false;
    atomic_store(&r->is_at_end, false);
    if (!request.has_stop)
        atomic_store(&r->stop_at, UINT64_MAX);
    atomic_store(&r->position, request.from);
    return true;
}

/* How many frames may be read now; 0: not yet, or paused. */
static uint32_t due_frames(struct replay *r)
{
    const double speed = atomic_load(&r->speed);
    if (r->next_sample < r->unpaced_until) {
        const uint64_t left = r->unpaced_until - r->next_sample;
        r->has_anchor = false;
        return left < BLOCK_FRAMES ? (uint32_t)left : BLOCK_FRAMES;
    }
    if (atomic_load(&r->is_paused)) {
        r->has_anchor = false;
        wait_until(r, INT64_MAX);
        return 0;
    }
    const uint64_t stop_at = atomic_load(&r->stop_at);
    const uint64_t most = stop_at > r->next_sample ? stop_at - r->next_sample : 1;
    const uint32_t rate_hz = r->base.format.rate_hz;
    double frames = speed > 0 ? rate_hz * block_s * speed : BLOCK_FRAMES;
    frames = frames < 1 ? 1 : frames < BLOCK_FRAMES ? frames : BLOCK_FRAMES;
    const uint32_t wanted = (uint32_t)frames < most ? (uint32_t)frames : (uint32_t)most;
    if (!(speed > 0))
        return wanted;
    const int64_t now_ns = r->clock->now_ns(r->clock);
    if (!r->has_anchor || speed < r->anchor_speed || speed > r->anchor_speed) {
        r->has_anchor = true;
        r->anchor_sample = r->next_sample;
        r->anchor_ns = now_ns;
        r->anchor_speed = speed;
    }
    const double ahead_s = (double)(r->next_sample + wanted - r->anchor_sample) / (rate_hz * speed);
    const int64_t due_ns = r->anchor_ns + (int64_t)(ahead_s * 1e9);
    if (now_ns - due_ns > LATE_NS)
        r->has_anchor = false;
    return wait_until(r, due_ns) ? wanted : 0;
}

static enum read_result at_end(struct replay *r)
{
    atomic_store(&r->is_at_end, true);
    if (!r->waits_at_end)
        return READ_END;
    atomic_store(&r->is_paused, true);
    wait_until(r, INT64_MAX);
    return READ_TIMEOUT;
}

static enum read_result replay_read(struct source *source, struct sample_block *out)
{
    struct replay *r = (struct replay *)source;
    if (take_request(r))
        return READ_FORMAT;
    if (atomic_load(&r->is_at_end) && r->waits_at_end)
        return at_end(r);
    const uint32_t frames = due_frames(r);
    if (frames == 0)
        return READ_TIMEOUT;
    switch (recording_read_some(r->recording, frames, out, &source->failure)) {
    case RECORDING_FAILED:
        return READ_FAILED;
    case RECORDING_END:
        return at_end(r);
    case RECORDING_BLOCK:
        break;
    }
    if (out->first_index != r->next_sample)
        r->has_anchor = false; /* nobody wants to sit through an outage */
    r->next_sample = out->first_index + out->frames;
    out->captured_ns = r->clock->now_ns(r->clock);
    atomic_store(&r->position, r->next_sample);
    if (r->next_sample >= atomic_load(&r->stop_at)) {
        atomic_store(&r->is_paused, true);
        atomic_store(&r->stop_at, UINT64_MAX);
    }
    return READ_BLOCK;
}

static bool replay_start(struct source *source, struct err *err)
{
    (void)source;
    (void)err;
    return true;
}

static void replay_destroy(struct source *source)
{
    struct replay *r = (struct replay *)source;
    recording_close(r->recording);
    wake_fini(&r->wake);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static const struct source_ops replay_ops = {
    .name = "replay",
    .start = replay_start,
    .read = replay_read,
    .destroy = replay_destroy,
};

struct replay *replay_create(struct recording *recording, const struct replay_options *options,
                             struct clock *clock, struct err *err)
{
    struct replay *r = calloc(1, sizeof *r);
    if (!r) {
        recording_close(recording);
        err_set(err, ERR_MEMORY, "replay");
        return NULL;
    }
    r->base.ops = &replay_ops;
    r->base.format = *recording_format(recording);
    r->recording = recording;
    r->clock = clock;
    r->waits_at_end = options->waits_at_end;
    r->wake.fd = -1;
    pthread_mutex_init(&r->lock, NULL);
    atomic_init(&r->is_paused, options->is_paused);
    atomic_init(&r->speed, in_range(options->speed));
    atomic_init(&r->stop_at, UINT64_MAX);
    if (!wake_init(&r->wake, err)) {
        replay_destroy(&r->base);
        return NULL;
    }
    if (options->from) {
        recording_seek(recording, options->from);
        r->next_sample = options->from;
        atomic_store(&r->position, options->from);
    }
    return r;
}

struct source *replay_source(struct replay *r)
{
    return &r->base;
}

void replay_set_paused(struct replay *r, bool is_paused)
{
    atomic_store(&r->is_paused, is_paused);
    wake_signal(&r->wake);
}

void replay_set_speed(struct replay *r, double speed)
{
    atomic_store(&r->speed, in_range(speed));
    wake_signal(&r->wake);
}

void replay_seek(struct replay *r, uint64_t from, uint64_t target)
{
    pthread_mutex_lock(&r->lock);
    r->request =
        (struct request){.has_seek = true, .from = from, .target = target > from ? target : from};
    pthread_mutex_unlock(&r->lock);
    wake_signal(&r->wake);
}

bool replay_has_arrived(struct replay *r, uint32_t seen)
{
    pthread_mutex_lock(&r->lock);
    const bool has_arrived = !r->request.has_seek && r->seeks_taken == seen;
    pthread_mutex_unlock(&r->lock);
    return has_arrived;
}

void replay_run_until(struct replay *r, uint64_t sample)
{
    pthread_mutex_lock(&r->lock);
    r->request.has_stop = true;
    r->request.stop_at = sample;
    pthread_mutex_unlock(&r->lock);
    wake_signal(&r->wake);
}

struct replay_position replay_position(const struct replay *r)
{
    return (struct replay_position){
        .sample = atomic_load(&r->position),
        .length = recording_info(r->recording)->length,
        .speed = atomic_load(&r->speed),
        .is_paused = atomic_load(&r->is_paused),
        .is_at_end = atomic_load(&r->is_at_end),
    };
}

const struct recording *replay_recording(const struct replay *r)
{
    return r->recording;
}
