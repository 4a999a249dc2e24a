/* SPDX-License-Identifier: Apache-2.0 */
/* A case of many hours through the running daemon, as fast as it can: memory, descriptors, frames.
 *   day_bench DIRECTORY SCENARIO HOURS
 * The whole live path: capture thread, ring, bank, alarms, recorder, server; on a clock of its own, which
 * goes on with the samples. The file of signals is real; holes are punched into what was written and
 * synced, so that a day fits into a small disk. A Markdown table; 1 if a limit was broken. */
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "acquisition/patient.h"
#include "base/log.h"
#include "daemon/live.h"

enum {
    RATE = 4000, /* the least at which sweeps are judged: a day is 346 million frames */
    LOOP_S = 60,
    PERIOD = 40, /* frames: 10 ms */
    KEPT = 8 << 20,
    LIMIT_KIB = 256,
    AHEAD_S = 30, /* of the file: a disk has no part in what is measured */
};

/* Main, web and record read it; the source moves it. */
struct day_clock {
    struct clock base;
    _Atomic int64_t ns;
};

static int64_t day_now(struct clock *c)
{
    return atomic_load(&((struct day_clock *)c)->ns);
}

static int64_t day_utc(struct clock *c)
{
    return 1767225600000000000 + day_now(c); /* 2026 begins */
}

static struct day_clock day = { { day_now, day_utc }, 1000000000 };

/* Seconds that stand in the file's header. */
static _Atomic int64_t recorded_s;

/* A minute of a simulated patient, round and round. It is live, so that it is recorded, until it
 * starts; then it waits for its reader, as no device would. */
struct day_source {
    struct source base;
    int32_t *counts; /* LOOP_S x RATE frames in lanes */
    uint32_t stride;
    uint64_t next, total;
};

static bool day_start(struct source *s, struct err *err)
{
    (void)err;
    s->live = false;
    return true;
}

static enum read_result day_read(struct source *s, struct sample_block *out)
{
    struct day_source *d = (struct day_source *)s;
    if (d->next >= d->total)
        return READ_END;
    if (d->next / RATE > (uint64_t)atomic_load(&recorded_s) + AHEAD_S) {
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        return READ_TIMEOUT;
    }
    out->first_index = d->next;
    out->frames = PERIOD; /* divides the loop */
    out->mark_count = 0;
    memcpy(out->counts, d->counts + d->next % (LOOP_S * RATE) * d->stride,
           (size_t)PERIOD * d->stride * sizeof *out->counts);
    d->next += PERIOD;
    atomic_fetch_add(&day.ns, 1000000000ll * PERIOD / RATE);
    out->captured_ns = day_now(&day.base);
    return READ_BLOCK;
}

static void day_destroy(struct source *s)
{
    free(((struct day_source *)s)->counts);
    free(s);
}

static const struct source_ops day_ops = {
    .name = "day", .start = day_start, .read = day_read, .destroy = day_destroy
};

static struct source *make_source(const char *scenario, double hours, struct err *err)
{
    const char *const overrides[] = { "scenario.rate=4kHz", "scenario.duration=60s" };
    const struct patient_setup setup = { .scenario = scenario, .overrides = overrides,
                                         .override_count = 2, .is_single = true, .complaints = stderr };
    struct source *patient = patient_create(&setup, err);
    struct day_source *d = calloc(1, sizeof *d);
    if (!patient || !d || !patient->ops->start(patient, err))
        return NULL;
    d->base.ops = &day_ops;
    d->base.live = true;
    d->base.format = patient->format;
    d->stride = block_stride(patient->format.channels);
    d->total = (uint64_t)(hours * 3600) * RATE;
    d->counts = calloc((size_t)LOOP_S * RATE + BLOCK_FRAMES, d->stride * sizeof *d->counts);
    struct sample_block b = { .channels = patient->format.channels, .stride = d->stride };
    for (uint64_t at = 0; d->counts && at < LOOP_S * RATE; at += b.frames) {
        b.counts = d->counts + at * d->stride;
        if (patient->ops->read(patient, &b) == READ_END)
            break;
    }
    source_destroy(patient);
    return d->counts ? &d->base : NULL;
}

static long resident_kib(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%*d %ld", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* The least of a moment: small files are opened to be replaced, and a sync holds its files twice; a slow disk
 * gets up to five seconds to come down to what there was at first. What leaks never does. */
static int descriptors(int at_first)
{
    int least = 1024;
    for (int i = 0; i < 25 || (at_first > 0 && least > at_first && i < 2500); i++) {
        int count = 0;
        for (int fd = 0; fd < 1024; fd++)
            count += fcntl(fd, F_GETFD) != -1;
        least = count < least ? count : least;
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    }
    return least;
}

/* Of the case's file: how much its header says it holds; the middle of it goes. */
static void look_at(const char *path)
{
    struct stat st;
    char head[17] = "";
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    if (pread(fd, head, 16, 236) == 16) { /* number and duration of records */
        const double duration_s = strtod(head + 8, NULL);
        head[8] = 0;
        atomic_store(&recorded_s, (int64_t)(strtod(head, NULL) * duration_s));
    }
    if (fstat(fd, &st) == 0 && st.st_size > 2 * KEPT)
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, KEPT, st.st_size - 2 * KEPT);
    close(fd);
}

/* How many files of signals there are: one, unless samples were lost. */
static size_t look(const char *directory)
{
    char pattern[512];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/*/signals*.bdf", directory);
    if (glob(pattern, 0, NULL, &found) != 0)
        return 0;
    const size_t count = found.gl_pathc;
    look_at(found.gl_pathv[0]);
    globfree(&found);
    return count;
}

struct watch {
    const char *directory;
    _Atomic bool stop;
    long first_kib, last_kib;
    int first_fds, last_fds;
};

static void row(struct watch *w, double hour)
{
    w->last_kib = resident_kib();
    w->last_fds = descriptors(w->first_fds);
    if (!w->first_kib) { /* half an hour has filled what is kept for displays that come later */
        w->first_kib = w->last_kib;
        w->first_fds = w->last_fds;
    }
    printf("| %g h | %.1f MiB | %d |\n", hour, (double)w->last_kib / 1024, w->last_fds);
    fflush(stdout);
}

static void *watch(void *argument)
{
    struct watch *w = argument;
    static const double hours[] = { 0.5, 0.75, 1, 2, 4, 8, 12, 16, 20, 23.5 };
    for (size_t next = 0; !atomic_load(&w->stop);) {
        nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
        look(w->directory);
        const double hour = (double)day_now(&day.base) / 3.6e12;
        if (next < sizeof hours / sizeof hours[0] && hour >= hours[next])
            row(w, hours[next++]);
    }
    return NULL;
}

static bool run(const char *directory, struct source *source, struct err *err)
{
    char record[300];
    snprintf(record, sizeof record, "record.directory=%s", directory);
    const char *const overrides[] = { record, "web.port=0", "device.autostart=yes", "stimulus.trigger=STIM",
                                      "branch.zygomatic.direct=OOC",
                                      "branch.zygomatic.lateral=MENT,OOR" };
    const struct settings_origin origin = { .override_count = 6, .overrides = overrides };
    struct settings *settings = calloc(1, sizeof *settings);
    bool is_good = settings && settings_load(settings, &origin, err);
    const struct live_options options = { .settings = settings, .origin = &origin, .source = source,
                                          .clock = &day.base };
    struct live *live = is_good ? live_create(&options, err) : NULL;
    is_good = live && live_run(live, err);
    live_destroy(live);
    free(settings);
    return is_good;
}

int main(int argc, char **argv)
{
    struct err err = { .text = "" };
    const double hours = argc == 4 ? strtod(argv[3], NULL) : 0;
    struct source *source = hours > 0 ? make_source(argv[2], hours, &err) : NULL;
    if (!source) {
        fprintf(stderr, "day_bench: %s\n", hours > 0 ? err.text : "DIRECTORY SCENARIO HOURS");
        return 1;
    }
    const uint64_t total = ((struct day_source *)source)->total;
    log_set_level(LOG_LEVEL_ERROR);
    /* What is allocated is resident: a ring that is filled for the first time does not look like growth. */
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        fprintf(stderr, "day_bench: memory is not locked: rings that fill up count as growth\n");
    struct watch w = { .directory = argv[1] };
    pthread_t thread;
    printf("| of the case | memory | descriptors |\n|---|---|---|\n");
    fflush(stdout);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    if (pthread_create(&thread, NULL, watch, &w) != 0)
        return 1;
    const bool is_good = run(argv[1], source, &err);
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (!is_good)
        fprintf(stderr, "day_bench: %s\n", err.text);
    const size_t files = look(argv[1]);
    const bool is_whole = files == 1 && (uint64_t)atomic_load(&recorded_s) == total / RATE;
    const double took_s = (double)(after.tv_sec - before.tv_sec);
    printf("\n%.1f h in %.0f s: %.0f times real time; memory grew by %ld KiB (at most %d), descriptors by %d; "
           "%llu frames were played, %lld s stand in %zu file%s\n",
           hours, took_s, hours * 3600 / (took_s > 1 ? took_s : 1), w.last_kib - w.first_kib, LIMIT_KIB,
           w.last_fds - w.first_fds, (unsigned long long)total,
           (long long)atomic_load(&recorded_s), files, files == 1 ? "" : "s");
    return !(is_good && is_whole && w.first_kib && w.last_kib - w.first_kib <= LIMIT_KIB && w.last_fds <= w.first_fds);
}
