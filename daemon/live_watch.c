/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what was seen alive. */
#include "daemon/live_watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/live_place.h"

struct live_watch {
    struct clock *clock;
    uint32_t count;
    int pids[LIVE_WATCH_MOST];
    struct live_case_seen seen[LIVE_WATCH_MOST];
    bool is_there[LIVE_WATCH_MOST]; /* in this look */
    struct log_ratelimit nonsense;
    char bytes[LIVE_NOTICE_BYTES];
};

struct live_watch *live_watch_create(struct clock *clock, struct err *err)
{
    struct live_watch *w = calloc(1, sizeof *w);
    if (!w)
        err_set(err, ERR_MEMORY, "watching live cases");
    else
        w->clock = clock;
    return w;
}

void live_watch_destroy(struct live_watch *w)
{
    free(w);
}

/* A file that is gone, or no ordinary one, is nothing. */
static size_t read_file(struct live_watch *w, int place, const char *name)
{
    struct stat s;
    const int fd = openat(place, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return 0;
    const ssize_t n = fstat(fd, &s) == 0 && S_ISREG(s.st_mode)
                          ? read(fd, w->bytes, sizeof w->bytes)
                          : -1;
    close(fd);
    return n < 0 ? 0 : (size_t)n;
}

static uint32_t place_of(const struct live_watch *w, int pid)
{
    uint32_t i = 0;
    while (i < w->count && w->pids[i] != pid)
        i++;
    return i;
}

static void take(struct live_watch *w, int place, const char *name, int pid)
{
    static struct live_notice notice; /* 5 kB, main thread */
    struct err err;
    const size_t size = read_file(w, place, name);
    const uint32_t i = place_of(w, pid);
    if (size == 0 || i == LIVE_WATCH_MOST)
        return;
    if (!live_notice_decode(w->bytes, size, &notice, &err)) {
        if (log_ratelimit_pass(&w->nonsense, w->clock->now_ns(w->clock), 10000000000, 1))
            log_warn("live", "%s: %s", name, err.text);
        return; /* heartbeats that cannot be read are none */
    }
    const bool is_old = w->clock->now_ns(w->clock) - notice.heartbeat_ns > LIVE_STALE_NS;
    if (i == w->count && is_old)
        return;
    if (i == w->count) {
        w->count++;
        w->pids[i] = pid;
        log_info("live", "a live daemon: port=%u", notice.port);
    }
    if (is_old && !w->seen[i].is_lost)
        log_warn("live", "the live daemon is lost: port=%u", notice.port);
    w->seen[i].notice = notice;
    w->seen[i].is_lost = is_old;
    w->is_there[i] = true;
}

static void drop_gone(struct live_watch *w)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        if (!w->is_there[i])
            continue;
        w->pids[kept] = w->pids[i];
        w->seen[kept++] = w->seen[i];
    }
    w->count = kept;
}

void live_watch_look(struct live_watch *w)
{
    int places[LIVE_PLACES];
    const int count = live_place_others(places);
    memset(w->is_there, 0, sizeof w->is_there);
    for (int i = 0; i < count; i++) {
        DIR *d = fdopendir(places[i]);
        int pid, end;
        for (const struct dirent *e; d && (e = readdir(d));) {
            end = 0;
            if (sscanf(e->d_name, "live-%d.json%n", &pid, &end) == 1 && end && !e->d_name[end])
                take(w, places[i], e->d_name, pid);
        }
        if (d)
            closedir(d); /* and its descriptor */
        else
            close(places[i]);
    }
    drop_gone(w);
}

const struct live_case_seen *live_watch_list(const struct live_watch *w, uint32_t *count)
{
    *count = w->count;
    return w->seen;
}
