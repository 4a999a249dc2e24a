/* SPDX-License-Identifier: Apache-2.0 */
/* The pass over a recording, and what it keeps. */
#include "daemon/case_index.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sha256.h"
#include "daemon/case_cache.h"
#include "daemon/case_kept.h"
#include "daemon/case_run.h"

/* 30 s are read again in a tenth of a second, and a state is some 700 kB in the cache: a three-hour
 * case takes 250 MB there. */
static const double checkpoint_s = 30;

enum {
    RECORD_FINDING = 1, /* the used part of a struct finding */
    RECORD_POINT,
    RECORD_STIMULUS,
    RECORD_CHECKPOINT,
    RECORD_END,
};

struct case_index {
    struct montage montage;
    struct recording *recording;
    struct case_cache *cache;
    struct case_run *run;
    uint64_t last_checkpoint;
    uint64_t previous_mark; /* newest sample at which a mark was read */
    bool is_broken;         /* error says why */
    struct err error;
    pthread_t thread;
    bool has_thread;
    _Atomic bool stop;
    pthread_mutex_t lock; /* of what follows */
    struct case_kept kept;
    uint64_t done;
    bool is_complete;
    bool has_failed;
    struct err failure;
};

/* ---- from the bank; under the lock */

static void write_record(struct case_index *i, uint32_t type, const void *bytes, size_t size)
{
    i->is_broken = i->is_broken || !case_cache_add(i->cache, type, bytes, size, &i->error);
}

static void take_sweep(struct case_index *i, const struct finding *f)
{
    const struct finding_sweep *v = &f->sweep;
    const struct message_trend_point point = {.stimulus_sample = v->stimulus_sample,
                                              .channel = v->channel,
                                              .branch = v->branch,
                                              .role = v->role,
                                              .present = v->present,
                                              .is_valid = v->reason == REASON_NONE,
                                              .amplitude_uv = v->amplitude_uv,
                                              .onset_ms = v->onset_ms};
    case_kept_add_point(&i->kept, &point);
    case_kept_judge(&i->kept, v->stimulus_sample, f->decided_sample);
    struct {
        struct message_trend_point point;
        uint64_t decided;
    } record;
    memset(&record, 0, sizeof record);
    record.point = point;
    record.decided = f->decided_sample;
    write_record(i, RECORD_POINT, &record, sizeof record);
}

static void take_finding(void *context, const struct finding *f, const char *line, size_t length)
{
    (void)line;
    (void)length;
    struct case_index *i = context;
    pthread_mutex_lock(&i->lock);
    i->kept.reach.lines++;
    if (f->type == FINDING_SWEEP) {
        take_sweep(i, f);
    } else if (f->type == FINDING_STIMULUS) {
        const struct kept_stimulus s = {f->stimulus.sample, f->decided_sample + 1};
        case_kept_add_stimulus(&i->kept, &s);
        write_record(i, RECORD_STIMULUS, &s, sizeof s);
    } else if (f->type != FINDING_EMG_EVENT || f->emg_event.kind != EMG_SPIKE) {
        case_kept_add_finding(&i->kept, f);
        write_record(i, RECORD_FINDING, f, case_kept_size(f));
    }
    pthread_mutex_unlock(&i->lock);
}

/* ---- checkpoints */

static void keep_checkpoint(struct case_index *i, uint64_t sample)
{
    struct kept_checkpoint c = {.place = i->kept.reach};
    c.place.sample = sample;
    i->last_checkpoint = sample;
    if (!case_cache_pack(i->cache, RECORD_CHECKPOINT, &c.place, sizeof c.place,
                         case_run_bank(i->run), bank_size(&i->montage.params), &c.offset,
                         &i->error)) {
        i->is_broken = true;
        return;
    }
    pthread_mutex_lock(&i->lock);
    case_kept_add_checkpoint(&i->kept, &c);
    pthread_mutex_unlock(&i->lock);
}

/* Before a block that follows the last without a hole, and whose own marks are all still to come:
 * reading on from its first frame gives the same blocks as reading through. */
static bool is_place_for_checkpoint(const struct case_index *i, const struct sample_block *block)
{
    return block->frames > 0 && block->first_index > 0 &&
           block->first_index == case_run_next_index(i->run) &&
           block->first_index > i->previous_mark &&
           block->first_index >= i->last_checkpoint +
                                     (uint64_t)(checkpoint_s * i->montage.params.rate_hz);
}

static void note_marks(struct case_index *i, const struct sample_block *block)
{
    for (uint32_t k = 0; k < block->mark_count; k++)
        if (block->marks[k].sample > i->previous_mark)
            i->previous_mark = block->marks[k].sample;
}

static void tell_done(struct case_index *i, uint64_t done, bool is_complete)
{
    pthread_mutex_lock(&i->lock);
    i->done = done;
    i->is_complete = is_complete;
    pthread_mutex_unlock(&i->lock);
}

static enum recording_result take_block(struct case_index *i, struct sample_block *block)
{
    const enum recording_result result = recording_read(i->recording, block, &i->error);
    if (result != RECORDING_BLOCK)
        return result;
    if (is_place_for_checkpoint(i, block))
        keep_checkpoint(i, block->first_index);
    note_marks(i, block);
    case_run_feed(i->run, block);
    tell_done(i, case_run_next_index(i->run), false);
    return result;
}

static void pass(struct case_index *i)
{
    const uint32_t stride = block_stride(recording_format(i->recording)->channels);
    struct sample_block *block = calloc(1, sizeof *block);
    int32_t *counts = aligned_alloc(64, (size_t)BLOCK_FRAMES * stride * sizeof *counts);
    enum recording_result result = block && counts ? RECORDING_BLOCK : RECORDING_FAILED;
    while (result == RECORDING_BLOCK && !i->is_broken && !atomic_load(&i->stop)) {
        block->counts = counts;
        result = take_block(i, block);
    }
    if (result == RECORDING_FAILED)
        i->is_broken = true;
    if (result == RECORDING_END) {
        case_run_finish(i->run);
        write_record(i, RECORD_END, "", 0);
        tell_done(i, recording_info(i->recording)->length, true);
    }
    free(counts);
    free(block);
}

/* Only what others leave: a live case on the same machine comes first. */
static void step_back(void)
{
    const id_t self = (id_t)gettid();
    setpriority(PRIO_PROCESS, self, 10);
}

static void *run(void *argument)
{
    struct case_index *i = argument;
    step_back();
    pass(i);
    case_run_destroy(i->run);
    i->run = NULL;
    if (!i->is_broken)
        return NULL;
    pthread_mutex_lock(&i->lock);
    i->failure = i->error;
    i->has_failed = i->is_complete = true;
    log_warn("replay", "the overview ends at sample %llu: %s", (unsigned long long)i->done,
             i->failure.text);
    pthread_mutex_unlock(&i->lock);
    return NULL;
}

/* ---- from the cache */

static bool read_finding(struct case_index *i, const void *bytes, size_t size)
{
    struct finding f;
    if (size < offsetof(struct finding, mark) || size > sizeof f)
        return false;
    memcpy(&f, bytes, size);
    if (size != case_kept_size(&f))
        return false;
    case_kept_add_finding(&i->kept, &f);
    return true;
}

static bool read_point(struct case_index *i, const void *bytes, size_t size)
{
    struct {
        struct message_trend_point point;
        uint64_t decided;
    } record;
    if (size != sizeof record)
        return false;
    memcpy(&record, bytes, size);
    case_kept_add_point(&i->kept, &record.point);
    case_kept_judge(&i->kept, record.point.stimulus_sample, record.decided);
    return true;
}

static bool read_checkpoint(struct case_index *i, const void *bytes, size_t size, uint64_t offset)
{
    struct kept_checkpoint c = {.offset = offset};
    if (size != sizeof c.place)
        return false;
    memcpy(&c.place, bytes, size);
    const struct case_index_place *reach = &i->kept.reach;
    if (c.place.findings != reach->findings || c.place.points != reach->points ||
        c.place.stimuli != reach->stimuli)
        return false;
    i->last_checkpoint = i->done = c.place.sample;
    return case_kept_add_checkpoint(&i->kept, &c);
}

static bool read_record(void *context, uint32_t type, const void *bytes, size_t size,
                        uint64_t packed_at)
{
    struct case_index *i = context;
    struct kept_stimulus s;
    switch (type) {
    case RECORD_FINDING:
        return read_finding(i, bytes, size);
    case RECORD_POINT:
        return read_point(i, bytes, size);
    case RECORD_STIMULUS:
        if (size != sizeof s)
            return false;
        memcpy(&s, bytes, size);
        case_kept_add_stimulus(&i->kept, &s);
        return true;
    case RECORD_CHECKPOINT:
        return read_checkpoint(i, bytes, size, packed_at);
    case RECORD_END:
        i->is_complete = true;
        i->done = recording_info(i->recording)->length;
        return true;
    default:
        return false;
    }
}

static void forget(struct case_index *i)
{
    case_kept_clear(&i->kept);
    i->done = i->last_checkpoint = 0;
    i->is_complete = false;
}

/* What the cache depends on. The program counts by its own file: a version under development keeps
 * its number. */
static void make_key(const struct case_index *i, const char *path, char key[CASE_CACHE_KEY])
{
    struct sha256 hash;
    struct stat st = {0};
    char text[512];
    char signals[4096];
    sha256_init(&hash);
    stat("/proc/self/exe", &st);
    int n = snprintf(text, sizeof text, "%s %lld %lld.%ld %zu %.64s ", LSRD_VERSION,
                     (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                     bank_size(&i->montage.params), i->montage.params.config_sha256);
    sha256_feed(&hash, text, (size_t)n);
    sha256_feed(&hash, &i->montage.params, sizeof i->montage.params);
    char *real = realpath(path, NULL);
    snprintf(signals, sizeof signals, "%s/signals.bdf", path);
    if (stat(signals, &st) != 0)
        stat(path, &st);
    n = snprintf(text, sizeof text, " %lld %lld.%ld %llu ", (long long)st.st_size,
                 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                 (unsigned long long)recording_info(i->recording)->length);
    sha256_feed(&hash, text, (size_t)n);
    if (real)
        sha256_feed(&hash, real, strlen(real));
    free(real);
    sha256_finish(&hash, key);
}

static bool begin(struct case_index *i, struct err *err)
{
    const struct case_run_sink sink = {.context = i, .finding = take_finding};
    if (!case_cache_read(i->cache, read_record, i, err))
        return false;
    if (i->is_complete)
        return true;
    /* A pass that was cut short is begun again: it takes less time than to describe its end. */
    forget(i);
    if (!case_cache_clear(i->cache, err))
        return false;
    i->run = case_run_create(&i->montage, &sink, err);
    if (!i->run)
        return false;
    const int failed = pthread_create(&i->thread, NULL, run, i);
    if (failed)
        return err_set_os(err, ERR_IO, failed, "the pass over the recording");
    i->has_thread = true;
    pthread_setname_np(i->thread, "lsrd-index");
    return true;
}

struct case_index *case_index_create(const struct recorded *recorded, const char *path,
                                     struct err *err)
{
    char key[CASE_CACHE_KEY];
    struct case_index *i = calloc(1, sizeof *i);
    if (!i) {
        err_set(err, ERR_MEMORY, "the overview of a case");
        return NULL;
    }
    pthread_mutex_init(&i->lock, NULL);
    i->montage = recorded->montage;
    i->recording = recorded_again(recorded, path, err);
    if (i->recording) {
        make_key(i, path, key);
        i->cache = case_cache_open(key, err);
    }
    if (!i->recording || !i->cache || !begin(i, err)) {
        case_index_destroy(i);
        return NULL;
    }
    return i;
}

void case_index_wait(struct case_index *i)
{
    if (i->has_thread)
        pthread_join(i->thread, NULL);
    i->has_thread = false;
}

void case_index_destroy(struct case_index *i)
{
    if (!i)
        return;
    atomic_store(&i->stop, true);
    case_index_wait(i);
    case_run_destroy(i->run);
    recording_close(i->recording);
    case_cache_close(i->cache);
    case_kept_fini(&i->kept);
    pthread_mutex_destroy(&i->lock);
    free(i);
}

/* ---- questions */

struct case_index_progress case_index_progress(struct case_index *i, struct err *failure)
{
    pthread_mutex_lock(&i->lock);
    const struct case_index_progress p = {.done = i->done,
                                          .length = recording_info(i->recording)->length,
                                          .is_complete = i->is_complete,
                                          .has_failed = i->has_failed};
    if (i->has_failed && failure)
        *failure = i->failure;
    pthread_mutex_unlock(&i->lock);
    return p;
}

bool case_index_checkpoint(struct case_index *i, uint64_t sample, void *state,
                           struct case_index_place *place)
{
    struct kept_checkpoint best;
    pthread_mutex_lock(&i->lock);
    const bool is_found = case_kept_checkpoint(&i->kept, sample, &best);
    pthread_mutex_unlock(&i->lock);
    if (!is_found ||
        !case_cache_unpack(i->cache, best.offset, state, bank_size(&i->montage.params)))
        return false;
    *place = best.place;
    return true;
}

struct case_index_place case_index_reach(struct case_index *i)
{
    pthread_mutex_lock(&i->lock);
    struct case_index_place reach = i->kept.reach;
    reach.sample = i->done;
    pthread_mutex_unlock(&i->lock);
    return reach;
}

void case_index_findings(struct case_index *i, uint32_t from, uint32_t to, case_index_visit *visit,
                         void *context)
{
    struct finding f;
    bool is_there = true;
    for (uint32_t k = from; k < to && is_there; k++) {
        pthread_mutex_lock(&i->lock);
        is_there = case_kept_finding(&i->kept, k, &f);
        pthread_mutex_unlock(&i->lock);
        if (is_there)
            visit(context, &f);
    }
}

void case_index_points(struct case_index *i, uint32_t from, uint32_t count,
                       struct message_trend_point *out)
{
    pthread_mutex_lock(&i->lock);
    case_kept_points(&i->kept, from, count, out);
    pthread_mutex_unlock(&i->lock);
}

bool case_index_step(struct case_index *i, uint64_t sample, int by, uint64_t *to)
{
    pthread_mutex_lock(&i->lock);
    const bool is_there = case_kept_step(&i->kept, sample, by, to);
    pthread_mutex_unlock(&i->lock);
    return is_there;
}
