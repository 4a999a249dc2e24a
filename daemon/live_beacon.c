/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the notice beside itself and renames it: a reader finds the old one or the new one. */
#include "daemon/live_beacon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/live_place.h"
#include "protocol/live_notice.h"

struct live_beacon {
    struct clock *clock;
    int place;
    char name[32];
    char next[32]; /* before it is renamed */
    struct live_notice notice;
    bool has_failed; /* and it was said */
    char bytes[LIVE_NOTICE_BYTES];
};

static void remove_left_behind(int place)
{
    const int fd = dup(place);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        if (fd >= 0)
            close(fd);
        return;
    }
    int pid;
    for (const struct dirent *e; (e = readdir(d));)
        if (sscanf(e->d_name, "live-%d.", &pid) == 1 && kill(pid, 0) != 0 && errno == ESRCH)
            unlinkat(place, e->d_name, 0);
    closedir(d);
}

struct live_beacon *live_beacon_create(const struct settings *settings, uint16_t port,
                                       struct clock *clock, struct err *err)
{
    static const char *const sources[] = {"alsa", "replay", "patient"};
    struct live_beacon *b = calloc(1, sizeof *b);
    if (!b) {
        err_set(err, ERR_MEMORY, "the notice to replays");
        return NULL;
    }
    b->clock = clock;
    b->place = live_place_own(err);
    if (b->place < 0) {
        free(b);
        return NULL;
    }
    remove_left_behind(b->place);
    snprintf(b->name, sizeof b->name, LIVE_FILE, (int)getpid());
    snprintf(b->next, sizeof b->next, "live-%d.next", (int)getpid());
    snprintf(b->notice.source, sizeof b->notice.source, "%s", sources[settings->device.source]);
    snprintf(b->notice.site, sizeof b->notice.site, "%s", settings->device.site.text);
    snprintf(b->notice.address, sizeof b->notice.address, "%s", settings->web.address.text);
    b->notice.port = port;
    b->notice.is_tls = settings->web.certificate.text[0] != 0;
    return b;
}

void live_beacon_destroy(struct live_beacon *b)
{
    if (!b)
        return;
    unlinkat(b->place, b->name, 0);
    close(b->place);
    free(b);
}

static void take_alarms(struct live_notice *n, const struct publisher_facts *facts)
{
    n->alarm_count = n->more = 0;
    for (uint32_t i = 0; i < facts->alarm_count; i++) {
        const struct message_alarm *from = &facts->alarms[i];
        if (n->alarm_count == LIVE_NOTICE_ALARMS) {
            n->more++;
            continue;
        }
        struct live_alarm *a = &n->alarms[n->alarm_count++];
        memset(a, 0, sizeof *a);
        a->id = from->id;
        a->priority = from->priority;
        a->state = live_alarm_state_find(from->state);
        a->raised_utc_ms = from->raised_utc_ms;
        snprintf(a->channel, sizeof a->channel, "%s", from->channel ? from->channel : "");
        snprintf(a->branch, sizeof a->branch, "%s", from->branch ? from->branch : "");
    }
}

static bool replace(const struct live_beacon *b, size_t size)
{
    const int fd = openat(b->place, b->next, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                          0644); /* the directory says who may look */
    if (fd < 0)
        return false;
    const bool is_written = write(fd, b->bytes, size) == (ssize_t)size;
    return close(fd) == 0 && is_written && renameat(b->place, b->next, b->place, b->name) == 0;
}

void live_beacon_tell(struct live_beacon *b, const struct publisher_facts *facts)
{
    if (!b)
        return;
    b->notice.heartbeat_ns = b->clock->now_ns(b->clock);
    b->notice.is_case = facts->case_.is_open;
    b->notice.audio = live_audio_find(facts->audio.state);
    take_alarms(&b->notice, facts);
    struct text t;
    text_init(&t, b->bytes, sizeof b->bytes);
    live_notice_encode(&t, &b->notice);
    const bool is_told = text_ok(&t) && replace(b, t.length);
    if (!is_told && !b->has_failed) /* its heartbeat grows old, and replays say so */
        log_warn("live", "replays on this machine do not hear of alarms: %s", strerror(errno));
    b->has_failed = !is_told;
}
