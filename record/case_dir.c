/* SPDX-License-Identifier: Apache-2.0 */
/* Creates, continues and ends the files of a case. */
#include "record/case_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "record/annotation.h"
#include "record/case_files.h"
#include "record/edf_header.h"

enum { NAMES_TRIED = 1000 };

struct case_dir {
    const struct file_ops *ops;
    struct case_opening *opening; /* own copy, config included */
    char path[CASE_PATH];
    int lock; /* of the directory: says that somebody records here, until we end in any way */
    struct writer *writer;
    uint32_t part; /* 1: signals.bdf */
    struct journal findings;
    struct journal alarms;
    struct case_sums sums; /* of the files that are ended */
    uint64_t skipped;      /* annotations, in the files before this one */
    bool is_ending;
    uint64_t end;      /* index behind the last frame, once closing began */
    bool ends_in_hole; /* the last frames of the case were lost, and that is still to be said */
};

/* Only what is harmless in a file's name on every system. */
static void safe_name(const char *from, char *to, size_t size)
{
    size_t n = 0;
    for (; from[n] && n + 1 < size; n++) {
        const char c = from[n];
        const bool is_safe = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                             (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || (c == '.' && n > 0);
        to[n] = is_safe ? c : '_';
    }
    to[n] = 0;
}

bool case_root_make(const char *root, const struct file_ops *ops, struct err *err)
{
    char path[CASE_PATH];
    if (strlen(root) >= sizeof path)
        return err_set(err, ERR_USAGE, "%.60s...: path is too long", root);
    strcpy(path, root);
    for (char *at = path + 1; *at; at++)
        if (*at == '/') {
            *at = 0;
            if (ops->mkdir(path, 0750) != 0 && errno != EEXIST)
                return err_set_os(err, ERR_IO, errno, "cannot make directory %s", path);
            *at = '/';
        }
    if (ops->mkdir(path, 0750) != 0 && errno != EEXIST)
        return err_set_os(err, ERR_IO, errno, "cannot make directory %s", path);
    return true;
}

static bool make_directory(struct case_dir *c, const char *root, struct err *err)
{
    char name[CASE_TEXT];
    char stamp[32];
    const time_t seconds = (time_t)(c->opening->start_utc_ns / 1000000000);
    struct tm t;
    gmtime_r(&seconds, &t);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H%M%SZ", &t);
    safe_name(c->opening->name, name, sizeof name);
    for (int i = 1; i <= NAMES_TRIED; i++) {
        char suffix[16] = "";
        if (i > 1)
            snprintf(suffix, sizeof suffix, "-%d", i);
        const int n = snprintf(c->path, sizeof c->path, "%s/%s%s%s%s", root, stamp,
                               name[0] ? "-" : "", name, suffix);
        if (n < 0 || (size_t)n >= sizeof c->path - 32)
            return err_set(err, ERR_USAGE, "%.60s...: path is too long", root);
        if (c->ops->mkdir(c->path, 0750) == 0)
            return true;
        if (errno != EEXIST)
            return err_set_os(err, ERR_IO, errno, "cannot make directory %s", c->path);
    }
    return err_set(err, ERR_IO, "%s: %d cases of that name are there already", c->path,
                   NAMES_TRIED);
}

static bool open_part(struct case_dir *c, uint32_t part, uint64_t first_frame, struct err *err)
{
    char path[CASE_PATH + 32];
    case_part_path(c->path, part, path, sizeof path);
    const struct stream_format *format = &c->opening->format;
    const struct writer_options o = {
        .path = path,
        .format = format,
        .first_frame = first_frame,
        .start_utc_ns = c->opening->start_utc_ns +
                        (int64_t)(first_frame / format->rate_hz) * 1000000000 +
                        (int64_t)(first_frame % format->rate_hz * 1000000000 / format->rate_hz),
        .patient = c->opening->patient,
        .site = c->opening->site,
        .version = c->opening->version,
    };
    struct writer *w = writer_open(&o, c->ops, err);
    if (!w)
        return false;
    c->writer = w;
    c->part = part;
    return true;
}

static bool make_files(struct case_dir *c, struct err *err)
{
    char path[CASE_PATH + 32];
    c->lock = open(c->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (c->lock < 0 || flock(c->lock, LOCK_EX | LOCK_NB) != 0)
        return err_set_os(err, ERR_IO, errno, "cannot lock %s", c->path);
    snprintf(path, sizeof path, "%s/lsrd.conf", c->path);
    if (!case_file_replace(path, c->opening->config, c->opening->config_size, c->ops, err))
        return false;
    snprintf(path, sizeof path, "%s/findings.ndjson", c->path);
    if (!journal_open(&c->findings, path, c->ops, err))
        return false;
    snprintf(path, sizeof path, "%s/alarms.ndjson", c->path);
    if (!journal_open(&c->alarms, path, c->ops, err))
        return false;
    return open_part(c, 1, 0, err) &&
           case_json_write(c->path, c->opening, "open", 0, c->ops, err) &&
           case_directory_sync(c->path, c->ops, err);
}

/* A directory that could not be filled would only be in the way: it holds no sample. */
static void remove_files(struct case_dir *c)
{
    static const char *const names[] = {"lsrd.conf",     "lsrd.conf.new", "findings.ndjson",
                                        "alarms.ndjson", "signals.bdf",   "case.json",
                                        "case.json.new"};
    char path[CASE_PATH + 32];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", c->path, names[i]);
        c->ops->unlink(path);
    }
    c->ops->rmdir(c->path);
}

struct case_dir *case_dir_create(const char *root, const struct case_opening *opening,
                                 const struct file_ops *ops, struct err *err)
{
    struct case_dir *c = calloc(1, sizeof *c);
    const size_t size = sizeof *opening + opening->config_size;
    struct case_opening *copy = malloc(size);
    if (!c || !copy) {
        free(c);
        free(copy);
        err_set(err, ERR_MEMORY, "case");
        return NULL;
    }
    memcpy(copy, opening, size);
    c->opening = copy;
    c->ops = ops;
    c->lock = -1;
    journal_init(&c->findings);
    journal_init(&c->alarms);
    bool ok = case_root_make(root, ops, err) && make_directory(c, root, err);
    if (ok && !make_files(c, err)) {
        remove_files(c);
        ok = false;
    }
    if (!ok) {
        case_dir_destroy(c);
        return NULL;
    }
    return c;
}

void case_dir_destroy(struct case_dir *c)
{
    if (!c)
        return;
    writer_close(c->writer);
    journal_close(&c->findings);
    journal_close(&c->alarms);
    if (c->lock >= 0)
        close(c->lock);
    free(c->opening);
    free(c);
}

static void sum_part(struct case_dir *c)
{
    char name[32];
    char path[CASE_PATH + 32];
    char header[SHA256_HEX];
    char data[SHA256_HEX];
    case_part_path(c->path, c->part, path, sizeof path);
    snprintf(name, sizeof name, "%s", strrchr(path, '/') + 1);
    writer_checksums(c->writer, header, data);
    const uint64_t header_bytes = (uint64_t)EDF_BLOCK * (c->opening->format.channels + 2);
    case_sums_add(&c->sums, name, 0, header_bytes, header);
    case_sums_add(&c->sums, name, header_bytes, writer_bytes(c->writer), data);
}

/* Makes the writer one that takes this index: another file behind a hole that is too long. */
static bool go_on_at(struct case_dir *c, uint64_t index, struct err *err)
{
    if (writer_takes(c->writer, index))
        return true;
    if (!writer_finish(c->writer, err))
        return false;
    struct writer *ended = c->writer;
    if (c->ops->fdatasync(writer_fd(ended)) != 0)
        return err_set_os(err, ERR_IO, errno, "cannot write %s", c->path);
    if (!open_part(c, c->part + 1, index, err))
        return false;
    struct writer *next = c->writer;
    c->writer = ended;
    c->part--;
    sum_part(c);
    c->skipped += writer_skipped_annotations(ended);
    writer_close(ended);
    c->writer = next;
    c->part++;
    return true;
}

bool case_dir_samples(struct case_dir *c, uint64_t first_index, uint32_t frames,
                      const int32_t *counts, struct err *err)
{
    return go_on_at(c, first_index, err) &&
           writer_samples(c->writer, first_index, frames, counts, err);
}

bool case_dir_annotate(struct case_dir *c, uint64_t sample, uint64_t frames, const char *text)
{
    return writer_annotate(c->writer, sample, frames, text);
}

struct journal *case_dir_findings(struct case_dir *c)
{
    return &c->findings;
}

struct journal *case_dir_alarms(struct case_dir *c)
{
    return &c->alarms;
}

bool case_dir_write(struct case_dir *c, struct err *err)
{
    return journal_write(&c->findings, err) && journal_write(&c->alarms, err);
}

static void sum_journal(struct case_sums *sums, const struct journal *j, const char *name)
{
    char hex[SHA256_HEX];
    struct sha256 s = j->hash;
    sha256_finish(&s, hex);
    case_sums_add(sums, name, 0, j->bytes, hex);
}

/* Fills what is missing at the end; without the annotation it would read as a record's empty rest.
 */
static bool reach_end(struct case_dir *c, uint64_t end, struct err *err)
{
    if (!c->is_ending) { /* finishing fills the last record up: not asked again */
        const uint64_t next = writer_next_index(c->writer);
        c->is_ending = true;
        c->ends_in_hole = end > next;
        c->end = end > next ? end : next;
    }
    if (!c->ends_in_hole)
        return true;
    if (!go_on_at(c, c->end, err) || !writer_lose(c->writer, c->end, err))
        return false;
    c->ends_in_hole = false;
    return writer_annotate(c->writer, c->end, 0, ANNOTATION_END) ||
           err_set(err, ERR_IO, "%s: too many annotations wait", c->path);
}

bool case_dir_close(struct case_dir *c, uint64_t end, struct err *err)
{
    if (!reach_end(c, end, err) || !writer_finish(c->writer, err) || !case_dir_write(c, err))
        return false;
    if (c->ops->fdatasync(writer_fd(c->writer)) != 0 || c->ops->fdatasync(c->findings.fd) != 0 ||
        c->ops->fdatasync(c->alarms.fd) != 0)
        return err_set_os(err, ERR_IO, errno, "cannot write %s", c->path);
    if (!case_json_write(c->path, c->opening, "closed", c->end, c->ops, err))
        return false;
    const uint32_t kept = c->sums.count; /* another try adds the rest again */
    sum_part(c);
    sum_journal(&c->sums, &c->findings, "findings.ndjson");
    sum_journal(&c->sums, &c->alarms, "alarms.ndjson");
    struct sha256 s;
    char hex[SHA256_HEX];
    sha256_init(&s);
    sha256_feed(&s, c->opening->config, c->opening->config_size);
    sha256_finish(&s, hex);
    case_sums_add(&c->sums, "lsrd.conf", 0, c->opening->config_size, hex);
    const bool ok = case_sums_write(&c->sums, c->path, c->ops, err) &&
                    case_directory_sync(c->path, c->ops, err);
    c->sums.count = kept;
    return ok;
}

const char *case_dir_path(const struct case_dir *c)
{
    return c->path;
}

const struct writer *case_dir_writer(const struct case_dir *c)
{
    return c->writer;
}

uint64_t case_dir_skipped_annotations(const struct case_dir *c)
{
    return c->skipped + writer_skipped_annotations(c->writer);
}
