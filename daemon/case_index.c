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
    ARENA_MAX = 24 << 20, /* of findings in memory; a three-hour case has a tenth */
};

struct stimulus {
    uint64_t sample;
    uint64_t judged; /* behind the newest sweep of it */
};

struct checkpoint {
    struct case_index_place place;
    uint64_t offset; /* in the cache */
};

struct kept {
    uint32_t at; /* in the arena */
    uint16_t size;
    uint16_t type;
};

/* A list that grows by doubling; count says how many are used. */
struct list {
    unsigned char *bytes;
    size_t used;
    size_t capacity;
};

struct case_index {
    struct montage montage;
    struct recording *recording;
    struct case_cache *cache;
    struct case_run *run;
    struct case_index_place reach;
    uint64_t last_checkpoint;
    uint64_t previous_mark; /* newest sample at which a mark was read */
    bool is_broken;         /* error says why */
    struct err error;
    pthread_t thread;
    bool has_thread;
    _Atomic bool stop;
    pthread_mutex_t lock; /* of what follows */
    struct list arena, kept, points, stimuli, checkpoints;
    uint64_t done;
    bool is_complete;
    bool has_failed;
    struct err failure;
};

static bool add(struct list *l, const void *bytes, size_t size)
{
    if (l->used + size > l->capacity) {
        const size_t capacity = l->capacity ? 2 * l->capacity : 4096 + size;
        unsigned char *larger = realloc(l->bytes, capacity);
        if (!larger)
            return false;
        l->bytes = larger;
        l->capacity = capacity;
    }
    memcpy(l->bytes + l->used, bytes, size);
    l->used += size;
    return true;
}

#define ITEMS(list, T) ((T *)(void *)(list).bytes)
#define COUNT(list, T) ((uint32_t)((list).used / sizeof(T)))

/* How much of the union a type uses: a summary is fifty times as large as an event. */
static size_t used_size(const struct finding *f)
{
    const size_t head = offsetof(struct finding, mark);
    switch (f->type) {
    case FINDING_MARK:
        return head + sizeof f->mark;
    case FINDING_ARTIFACT:
        return head + sizeof f->artifact;
    case FINDING_EMG_EVENT:
        return head + sizeof f->emg_event;
    case FINDING_ENDPOINT:
        return head + sizeof f->endpoint;
    case FINDING_ALARM:
        return head + sizeof f->alarm;
    case FINDING_SUMMARY:
        return head + sizeof f->summary;
    default:
        return head;
    }
}

/* ---- what is kept; under the lock */

static void keep_finding(struct case_index *i, const struct finding *f, size_t size)
{
    const struct kept kept = {.at = (uint32_t)i->arena.used, .size = (uint16_t)size,
                              .type = (uint16_t)f->type};
    if (i->arena.used + size > ARENA_MAX)
        return;
    if (add(&i->arena, f, size) && add(&i->kept, &kept, sizeof kept))
        i->reach.findings = COUNT(i->kept, struct kept);
}

static void keep_point(struct case_index *i, const struct message_trend_point *p)
{
    if (add(&i->points, p, sizeof *p))
        i->reach.points = COUNT(i->points, struct message_trend_point);
}

static void keep_stimulus(struct case_index *i, const struct stimulus *s)
{
    if (add(&i->stimuli, s, sizeof *s))
        i->reach.stimuli = COUNT(i->stimuli, struct stimulus);
}

static void judge_stimulus(struct case_index *i, const struct finding_sweep *v, uint64_t decided)
{
    for (uint32_t k = i->reach.stimuli; k > 0; k--) {
        struct stimulus *s = &ITEMS(i->stimuli, struct stimulus)[k - 1];
        if (s->sample > v->stimulus_sample)
            continue;
        if (s->sample == v->stimulus_sample && s->judged <= decided)
            s->judged = decided + 1;
        return;
    }
}

/* ---- from the bank */


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
    keep_point(i, &point);
    judge_stimulus(i, v, f->decided_sample);
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
    i->reach.lines++;
    if (f->type == FINDING_SWEEP) {
        take_sweep(i, f);
    } else if (f->type == FINDING_STIMULUS) {
        const struct stimulus s = {f->stimulus.sample, f->decided_sample + 1};
        keep_stimulus(i, &s);
        write_record(i, RECORD_STIMULUS, &s, sizeof s);
    } else if (f->type != FINDING_EMG_EVENT || f->emg_event.kind != EMG_SPIKE) {
        keep_finding(i, f, used_size(f));
        write_record(i, RECORD_FINDING, f, used_size(f));
    }
    pthread_mutex_unlock(&i->lock);
}

/* ---- checkpoints */

static void keep_checkpoint(struct case_index *i, uint64_t sample)
{
    struct checkpoint c = {.place = i->reach};
    c.place.sample = sample;
    i->last_checkpoint = sample;
    if (!case_cache_pack(i->cache, RECORD_CHECKPOINT, &c.place, sizeof c.place,
                         case_run_bank(i->run), bank_size(&i->montage.params), &c.offset,
                         &i->error)) {
        i->is_broken = true;
        return;
    }
    pthread_mutex_lock(&i->lock);
    add(&i->checkpoints, &c, sizeof c);
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
    if (size != used_size(&f))
        return false;
    keep_finding(i, &f, size);
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
    keep_point(i, &record.point);
    const struct finding_sweep v = {.stimulus_sample = record.point.stimulus_sample};
    judge_stimulus(i, &v, record.decided);
    return true;
}

static bool read_checkpoint(struct case_index *i, const void *bytes, size_t size, uint64_t offset)
{
    struct checkpoint c = {.offset = offset};
    if (size != sizeof c.place)
        return false;
    memcpy(&c.place, bytes, size);
    if (c.place.findings != i->reach.findings || c.place.points != i->reach.points ||
        c.place.stimuli != i->reach.stimuli)
        return false;
    i->last_checkpoint = i->done = c.place.sample;
    return add(&i->checkpoints, &c, sizeof c);
}

static bool read_record(void *context, uint32_t type, const void *bytes, size_t size,
                        uint64_t packed_at)
{
    struct case_index *i = context;
    struct stimulus s;
    switch (type) {
    case RECORD_FINDING:
        return read_finding(i, bytes, size);
    case RECORD_POINT:
        return read_point(i, bytes, size);
    case RECORD_STIMULUS:
        if (size != sizeof s)
            return false;
        memcpy(&s, bytes, size);
        keep_stimulus(i, &s);
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
    i->arena.used = i->kept.used = i->points.used = i->stimuli.used = i->checkpoints.used = 0;
    i->reach = (struct case_index_place){0};
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

void case_index_destroy(struct case_index *i)
{
    if (!i)
        return;
    atomic_store(&i->stop, true);
    if (i->has_thread)
        pthread_join(i->thread, NULL);
    case_run_destroy(i->run);
    recording_close(i->recording);
    case_cache_close(i->cache);
    free(i->arena.bytes);
    free(i->kept.bytes);
    free(i->points.bytes);
    free(i->stimuli.bytes);
    free(i->checkpoints.bytes);
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
    bool is_found = false;
    struct checkpoint best;
    pthread_mutex_lock(&i->lock);
    const uint32_t count = COUNT(i->checkpoints, struct checkpoint);
    for (uint32_t k = 0; k < count; k++) {
        const struct checkpoint *c = &ITEMS(i->checkpoints, struct checkpoint)[k];
        if (c->place.sample > sample)
            break;
        best = *c;
        is_found = true;
    }
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
    struct case_index_place reach = i->reach;
    reach.sample = i->done;
    pthread_mutex_unlock(&i->lock);
    return reach;
}

void case_index_findings(struct case_index *i, uint32_t from, uint32_t to, case_index_visit *visit,
                         void *context)
{
    struct finding f;
    for (uint32_t k = from; k < to; k++) {
        pthread_mutex_lock(&i->lock);
        const bool is_there = k < COUNT(i->kept, struct kept);
        if (is_there) {
            const struct kept *kept = &ITEMS(i->kept, struct kept)[k];
            memcpy(&f, i->arena.bytes + kept->at, kept->size);
        }
        pthread_mutex_unlock(&i->lock);
        if (!is_there)
            return;
        visit(context, &f);
    }
}

void case_index_points(struct case_index *i, uint32_t from, uint32_t count,
                       struct message_trend_point *out)
{
    pthread_mutex_lock(&i->lock);
    memcpy(out, ITEMS(i->points, struct message_trend_point) + from, count * sizeof *out);
    pthread_mutex_unlock(&i->lock);
}

bool case_index_step(struct case_index *i, uint64_t sample, int by, uint64_t *to)
{
    pthread_mutex_lock(&i->lock);
    const struct stimulus *s = ITEMS(i->stimuli, struct stimulus);
    const int64_t count = COUNT(i->stimuli, struct stimulus);
    int64_t before = 0; /* stimuli judged before `sample`, */
    while (before < count && s[before].judged < sample)
        before++;
    int64_t reached = before; /* and at it */
    while (reached < count && s[reached].judged == sample)
        reached++;
    const int64_t at = by > 0 ? reached + by - 1 : before + by;
    const bool is_there = at >= 0 && at < count;
    if (is_there)
        *to = s[at].judged;
    pthread_mutex_unlock(&i->lock);
    return is_there;
}
