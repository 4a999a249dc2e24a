/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the program again, reads its complaints, tells when it has ended. */
#include "daemon/job.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { JOBS = 8, AT_ONCE = 2, MADE = 64, LINE = 256, PATH = 512, WORDS = 16384 };

struct job {
    struct jobs *jobs;
    bool is_used;
    uint32_t number; /* the lowest begins first */
    pid_t pid;       /* 0: waits for its turn */
    int complaints;
    struct event *event;
    uint64_t client;
    uint64_t id;
    char path[PATH];
    char name[JOB_NAME];
    char line[LINE]; /* the newest of what it said */
    size_t length;
    char words[WORDS]; /* its command line, word after word */
};

struct jobs {
    struct event_base *base;
    job_ended *ended;
    void *context;
    char directory[PATH]; /* empty until the first */
    uint32_t number;
    uint32_t made_count;
    char made[MADE][PATH]; /* the oldest gives way */
    struct job items[JOBS];
};

struct jobs *jobs_create(struct event_base *base, job_ended *ended, void *context, struct err *err)
{
    struct jobs *j = calloc(1, sizeof *j);
    if (!j) {
        err_set(err, ERR_MEMORY, "jobs");
        return NULL;
    }
    j->base = base;
    j->ended = ended;
    j->context = context;
    return j;
}

static void release(struct job *job)
{
    if (job->event)
        event_free(job->event);
    if (job->complaints > 0)
        close(job->complaints);
    memset(job, 0, sizeof *job);
}

void jobs_destroy(struct jobs *j)
{
    if (!j)
        return;
    for (int i = 0; i < JOBS; i++) {
        struct job *job = &j->items[i];
        if (!job->pid)
            continue;
        kill(job->pid, SIGKILL);
        waitpid(job->pid, NULL, 0);
        unlink(job->path);
        release(job);
    }
    for (uint32_t i = 0; i < MADE; i++)
        if (j->made[i][0])
            unlink(j->made[i]);
    if (j->directory[0])
        rmdir(j->directory);
    free(j);
}

/* ---- the end of one */

/* `lsrd report: why`: people need the why. */
static const char *complaint(struct job *job)
{
    job->line[job->length] = 0;
    job->line[strcspn(job->line, "\n")] = 0;
    const char *colon = strstr(job->line, ": ");
    return !job->line[0] ? "it ended without saying why" : colon ? colon + 2 : job->line;
}

static void keep(struct jobs *j, const char *path)
{
    char *slot = j->made[j->made_count++ % MADE];
    if (slot[0])
        unlink(slot);
    snprintf(slot, PATH, "%s", path);
}

static void start_next(struct jobs *j);

static void end(struct job *job)
{
    int status = 0;
    struct jobs *j = job->jobs;
    event_del(job->event);
    waitpid(job->pid, &status, 0);
    job->pid = 0;
    const bool is_fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const struct job_end what = {.client = job->client,
                                 .id = job->id,
                                 .path = job->path,
                                 .name = job->name,
                                 .error = is_fine ? NULL : complaint(job)};
    if (is_fine)
        keep(j, job->path);
    else
        unlink(job->path);
    j->ended(j->context, &what);
    release(job);
    start_next(j);
}

/* Of many lines the last one counts: remarks come first. */
static void on_complaint(evutil_socket_t fd, short what, void *context)
{
    (void)what;
    struct job *job = context;
    char bytes[LINE];
    const ssize_t n = read(fd, bytes, sizeof bytes);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end(job);
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (job->length && job->line[job->length - 1] == '\n')
            job->length = 0;
        if (job->length < LINE - 1)
            job->line[job->length++] = bytes[i];
    }
}

/* ---- the start */

static bool make_directory(struct jobs *j, struct err *err)
{
    if (j->directory[0])
        return true;
    const char *root = getenv("TMPDIR");
    snprintf(j->directory, sizeof j->directory, "%.400s/lsrd-files-XXXXXX",
             root && root[0] ? root : "/tmp");
    if (mkdtemp(j->directory))
        return true;
    const int why = errno;
    j->directory[0] = 0;
    return err_set_os(err, ERR_IO, why, "no place for the file");
}

static bool spawn(struct job *job, char **argv, struct err *err)
{
    int ends[2];
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    const struct sched_param none = {.sched_priority = 0};
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_set_os(err, ERR_IO, errno, "a pipe");
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, ends[1], 2);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setschedpolicy(&attributes, SCHED_IDLE);
    posix_spawnattr_setschedparam(&attributes, &none);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    const int failed = posix_spawn(&job->pid, "/proc/self/exe", &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    job->complaints = ends[0];
    return failed == 0 || err_set_os(err, ERR_IO, failed, "another lsrd");
}

static bool begin(struct job *job, struct err *err)
{
    char *argv[JOB_ARGUMENTS + 2] = {"lsrd"};
    int count = 1;
    for (char *word = job->words; *word; word += strlen(word) + 1)
        argv[count++] = strcmp(word, "%") == 0 ? job->path : word;
    if (!spawn(job, argv, err)) {
        job->pid = 0;
        return false;
    }
    job->event = event_new(job->jobs->base, job->complaints, EV_READ | EV_PERSIST, on_complaint, job);
    return (job->event && event_add(job->event, NULL) == 0) || err_set(err, ERR_MEMORY, "a job");
}

static void tell_failure(struct job *job, const struct err *err)
{
    const struct job_end what = {.client = job->client, .id = job->id, .name = job->name,
                                 .error = err->text};
    job->jobs->ended(job->jobs->context, &what);
    release(job);
}

static void start_next(struct jobs *j)
{
    for (;;) {
        struct err err = {0};
        struct job *next = NULL;
        int running = 0;
        for (int i = 0; i < JOBS; i++) {
            struct job *job = &j->items[i];
            running += job->pid != 0;
            if (job->is_used && !job->pid && (!next || job->number < next->number))
                next = job;
        }
        if (!next || running >= AT_ONCE)
            return;
        if (!begin(next, &err))
            tell_failure(next, &err);
    }
}

/* False: longer than any command line of ours. */
static bool keep_words(struct job *job, const char *const *arguments)
{
    size_t at = 0;
    for (int i = 0; arguments[i]; i++) {
        const size_t size = strlen(arguments[i]) + 1;
        if (i == JOB_ARGUMENTS || size == 1 || at + size + 1 > WORDS)
            return false;
        memcpy(job->words + at, arguments[i], size);
        at += size;
    }
    return true;
}

bool jobs_start(struct jobs *j, uint64_t client, uint64_t id, const char *const *arguments,
                const char *name, struct err *err)
{
    struct job *job = NULL;
    for (int i = 0; i < JOBS && !job; i++)
        if (!j->items[i].is_used)
            job = &j->items[i];
    if (!job)
        return err_set(err, ERR_STATE, "%d files are being made: wait for one of them", JOBS);
    if (!make_directory(j, err))
        return false;
    const char *dot = strrchr(name, '.');
    *job = (struct job){.jobs = j, .number = ++j->number, .client = client, .id = id};
    snprintf(job->path, sizeof job->path, "%.480s/%u%.16s", j->directory, job->number,
             dot ? dot : "");
    snprintf(job->name, sizeof job->name, "%s", name);
    if (!keep_words(job, arguments))
        return err_set(err, ERR_STATE, "the command line has too many options for this");
    job->is_used = true;
    start_next(j);
    return true;
}
