/* SPDX-License-Identifier: Apache-2.0 */
/* Appends labels, and keeps those that hold. */
#include "daemon/labels.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

enum { LINE = 512 };

struct labels {
    struct clock *clock;
    char path[4096];
    uint32_t count;
    uint32_t version;
    struct label items[LABELS_MAX];
};

static void drop(struct labels *l, uint32_t at)
{
    l->count--;
    memmove(&l->items[at], &l->items[at + 1], (l->count - at) * sizeof *l->items);
}

/* A retraction takes its label away; false: there are too many. */
static bool take(struct labels *l, const struct label *label)
{
    for (uint32_t i = l->count; i > 0; i--)
        if (label_is_same(&l->items[i - 1], label)) {
            if (label->retracted_by[0])
                drop(l, i - 1);
            return true; /* said twice is said once */
        }
    if (label->retracted_by[0])
        return true;
    if (l->count == LABELS_MAX)
        return false;
    l->items[l->count++] = *label;
    return true;
}

static void read_lines(struct labels *l, FILE *f)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    for (uint32_t number = 1; (length = getline(&line, &size, f)) > 0; number++) {
        struct label label;
        struct err err;
        if (line[length - 1] == '\n')
            length--;
        if (length == 0)
            continue;
        if (!label_decode(line, (size_t)length, &label, &err))
            log_warn("labels", "%s:%u: %s", l->path, number, err.text);
        else if (!take(l, &label))
            log_warn("labels", "%s:%u: at most %d labels", l->path, number, LABELS_MAX);
    }
    free(line);
}

struct labels *labels_open(const char *case_path, struct clock *clock, struct err *err)
{
    struct labels *l = calloc(1, sizeof *l);
    struct stat st;
    if (!l) {
        err_set(err, ERR_MEMORY, "labels");
        return NULL;
    }
    l->clock = clock;
    const bool is_directory = stat(case_path, &st) == 0 && S_ISDIR(st.st_mode);
    snprintf(l->path, sizeof l->path, "%s%s", case_path,
             is_directory ? "/labels.ndjson" : ".labels.ndjson");
    FILE *f = fopen(l->path, "re");
    if (f) {
        read_lines(l, f);
        fclose(f);
    }
    return l;
}

void labels_close(struct labels *l)
{
    free(l);
}

const struct label *labels_list(const struct labels *l, uint32_t *count)
{
    *count = l->count;
    return l->items;
}

uint32_t labels_version(const struct labels *l)
{
    return l->version;
}

/* One write(2) of one whole line: two programs that add at once do not mix theirs. */
static bool append(const struct labels *l, const struct label *label, struct err *err)
{
    char line[LINE];
    struct text t;
    text_init(&t, line, sizeof line);
    label_encode(&t, label);
    text_raw(&t, "\n");
    if (!text_ok(&t))
        return err_set(err, ERR_USAGE, "the label is too long");
    const int fd = open(l->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    const bool is_written = fd >= 0 && write(fd, t.bytes, t.length) == (ssize_t)t.length &&
                            fdatasync(fd) == 0;
    const int why = errno;
    if (fd >= 0)
        close(fd);
    return is_written || err_set_os(err, ERR_IO, why, "%s", l->path);
}

static void sign(struct labels *l, struct label *label, char signature[MARK_BY], const char *by)
{
    const time_t now = (time_t)(l->clock->utc_ns(l->clock) / 1000000000);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(label->utc, sizeof label->utc, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(signature, MARK_BY, "%s", by[0] ? by : "nobody");
}

bool labels_add(struct labels *l, const struct label *label, const char *by, struct err *err)
{
    struct label mine = *label;
    mine.retracted_by[0] = 0;
    sign(l, &mine, mine.by, by);
    if (l->count == LABELS_MAX)
        return err_set(err, ERR_STATE, "a case holds at most %d labels", LABELS_MAX);
    if (!append(l, &mine, err))
        return false;
    take(l, &mine);
    l->version++;
    return true;
}

bool labels_retract(struct labels *l, uint32_t at, const char *by, struct err *err)
{
    if (at >= l->count)
        return err_set(err, ERR_STATE, "there is no label %u", at);
    struct label retraction = l->items[at];
    sign(l, &retraction, retraction.retracted_by, by);
    if (!append(l, &retraction, err))
        return false;
    drop(l, at);
    l->version++;
    return true;
}
