/* SPDX-License-Identifier: Apache-2.0 */
/* Brings an interrupted case in order, file by file. */
#include "record/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/annotation.h"
#include "record/case_files.h"
#include "record/edf_file.h"
#include "record/journal_marks.h"
#include "record/reader.h"

const char *const case_state_names[] = {"recording", "interrupted", "repaired", "closed"};

enum { PARTS = 256 };

static bool has_file(const char *directory, const char *name)
{
    char path[CASE_PATH + 32];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The directory's lock, which the recorder holds alone (LOCK_EX) as long as it lives, and so does who
 * repairs; those who only look (LOCK_SH) do not meet each other. -1 with EWOULDBLOCK: another's. */
static int lock_case(const char *directory, int kind)
{
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, kind | LOCK_NB) != 0) {
        const int why = errno;
        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

static enum case_state look(const char *directory)
{
    char text[CASE_JSON_BYTES];
    if (!has_file(directory, "checksums.txt"))
        return CASE_INTERRUPTED;
    if (case_json_read(directory, text) && strstr(text, "\"state\": \"repaired\""))
        return CASE_REPAIRED;
    return CASE_CLOSED;
}

bool case_state(const char *directory, enum case_state *state, struct err *err)
{
    if (strlen(directory) >= CASE_PATH)
        return err_set(err, ERR_USAGE, "%.60s...: path is too long", directory);
    if (!has_file(directory, "signals.bdf"))
        return err_set(err, ERR_USAGE, "%s: a directory without signals.bdf is no case", directory);
    const int lock = lock_case(directory, LOCK_SH);
    const bool is_locked = lock < 0 && errno == EWOULDBLOCK;
    *state = look(directory);
    if (is_locked && *state == CASE_INTERRUPTED)
        *state = CASE_RECORDING;
    if (lock >= 0)
        close(lock);
    return true;
}

/* ---- signals ---- */

struct part {
    char path[CASE_PATH + 32];
    struct edf_file *file;
    int fd;
    uint64_t records;
    uint64_t record_bytes;
    uint32_t record_frames;
    size_t tal_bytes; /* at the end of each record */
};

static void part_close(struct part *p)
{
    if (p->file)
        edf_file_base(p->file)->ops->close(edf_file_base(p->file));
    if (p->fd >= 0)
        close(p->fd);
    p->file = NULL;
    p->fd = -1;
}

static bool part_open(struct part *p, const char *directory, uint32_t number, struct err *err)
{
    struct remarks ignored = {0};
    p->fd = -1;
    case_part_path(directory, number, p->path, sizeof p->path);
    p->file = edf_file_open(p->path, &ignored, err);
    if (!p->file)
        return false;
    const struct edf_header *h = edf_file_header(p->file);
    const struct edf_signal *last = edf_file_signal(p->file, h->signals - 1);
    if (!strstr(h->recording, " lsrd_") || !last->is_annotations || h->signals < 2)
        return err_set(err, ERR_FORMAT, "%s: was not recorded by lsrd: must not be changed",
                       p->path);
    p->fd = open(p->path, O_RDWR | O_CLOEXEC);
    if (p->fd < 0)
        return err_set_os(err, ERR_IO, errno, "cannot open %s", p->path);
    p->record_bytes = edf_file_record_bytes(p->file);
    p->record_frames = edf_file_signal(p->file, 0)->samples;
    p->tal_bytes = last->samples * edf_sample_bytes(h);
    return true;
}

/* Whether a record is as it was written: after a power cut there may be zeros instead. */
static bool record_is_whole(const struct part *p, uint64_t record)
{
    unsigned char bytes[64];
    const struct edf_header *h = edf_file_header(p->file);
    const size_t size = p->tal_bytes < sizeof bytes ? p->tal_bytes : sizeof bytes;
    const uint64_t at = h->header_bytes + (record + 1) * p->record_bytes - p->tal_bytes;
    if (pread(p->fd, bytes, size, (off_t)at) != (ssize_t)size)
        return false;
    struct tal_cursor cursor = {0};
    struct annotation a;
    if (tal_next(&cursor, bytes, size, &a) != TAL_FOUND || !a.is_clock)
        return false;
    return fabs(a.onset_s - (double)record * h->duration_s) < 1e-6;
}

static bool part_write_count(const struct part *p, const struct file_ops *ops, struct err *err)
{
    char count[9];
    snprintf(count, sizeof count, "%-8llu", (unsigned long long)p->records);
    const int failed = file_pwrite_all(ops, p->fd, count, 8, EDF_RECORD_COUNT_AT);
    return failed ? err_set_os(err, ERR_IO, failed, "cannot write %s", p->path) : true;
}

/* Keeps the records that are whole. */
static bool part_trim(struct part *p, const struct file_ops *ops, struct case_repair *report,
                      struct err *err)
{
    struct stat st;
    if (fstat(p->fd, &st) != 0)
        return err_set_os(err, ERR_IO, errno, "cannot look at %s", p->path);
    const uint64_t data = (uint64_t)st.st_size - edf_file_header(p->file)->header_bytes;
    p->records = data / p->record_bytes;
    report->bytes_cut += data % p->record_bytes;
    while (p->records > 0 && !record_is_whole(p, p->records - 1)) {
        p->records--;
        report->records_cut++;
    }
    const uint64_t size = edf_file_header(p->file)->header_bytes + p->records * p->record_bytes;
    if (ops->ftruncate(p->fd, (off_t)size) != 0)
        return err_set_os(err, ERR_IO, errno, "cannot shorten %s", p->path);
    return part_write_count(p, ops, err);
}

/* Adds one record without samples, annotated as lost, that carries marks; returns how many fitted.
 */
static bool part_add_marks(struct part *p, const struct mark *marks, uint32_t count,
                           uint32_t *added, const struct file_ops *ops, struct err *err)
{
    const struct edf_header *h = edf_file_header(p->file);
    const uint32_t rate_hz = edf_signal_rate_hz(h, edf_file_signal(p->file, 0));
    unsigned char *record = calloc(1, p->record_bytes);
    if (!record)
        return err_set(err, ERR_MEMORY, "%s", p->path);
    char *area = (char *)record + p->record_bytes - p->tal_bytes;
    const uint64_t start = p->records * p->record_frames;
    const uint64_t first_frame = case_first_frame(h->recording);
    size_t n = annotation_format_clock(area, p->tal_bytes, start, rate_hz);
    n += annotation_format(area + n, p->tal_bytes - n, start, p->record_frames, rate_hz,
                           ANNOTATION_LOST);
    for (*added = 0; *added < count; (*added)++) {
        char text[MARK_TEXT + MARK_BY + 8];
        const struct mark *m = &marks[*added];
        annotation_from_mark(m, text);
        const uint64_t sample = m->sample > first_frame ? m->sample - first_frame : 0;
        const size_t size = annotation_format(area + n, p->tal_bytes - n, sample, 0, rate_hz, text);
        if (size == 0)
            break;
        n += size;
    }
    const off_t at = (off_t)(h->header_bytes + p->records * p->record_bytes);
    const int failed = file_pwrite_all(ops, p->fd, record, p->record_bytes, at);
    free(record);
    if (failed)
        return err_set_os(err, ERR_IO, failed, "cannot write %s", p->path);
    p->records++;
    return part_write_count(p, ops, err);
}

/* ---- the whole ---- */

/* Cuts a text file behind its last whole line; after a power cut zeros may follow it. */
static bool trim_lines(const char *directory, const char *name, const struct file_ops *ops,
                       struct case_repair *report, struct err *err)
{
    char path[CASE_PATH + 32];
    char bytes[65536];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        const int why = errno;
        if (fd >= 0)
            close(fd);
        return err_set_os(err, ERR_IO, why, "cannot open %s", path);
    }
    off_t keep = 0;
    bool in_order = true;
    for (off_t at = 0; in_order;) {
        const ssize_t n = pread(fd, bytes, sizeof bytes, at);
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n && in_order; i++) {
            in_order = bytes[i] != 0;
            if (bytes[i] == '\n')
                keep = at + i + 1;
        }
        at += n;
    }
    const bool ok = st.st_size == keep || ops->ftruncate(fd, keep) == 0;
    const int why = errno;
    report->line_bytes_cut += (uint64_t)(st.st_size - keep);
    const bool synced = ops->fdatasync(fd) == 0;
    close(fd);
    return ok && synced ? true
                        : err_set_os(err, ERR_IO, ok ? errno : why, "cannot repair %s", path);
}

/* Puts marks that only the journal has behind the last record. */
static bool restore_marks(struct part *last, const char *directory, const struct file_ops *ops,
                          struct case_repair *report, struct err *err)
{
    struct recording *r = recording_open(directory, NULL, err);
    if (!r)
        return false;
    const uint32_t known = recording_info(r)->marks;
    report->length = recording_info(r)->length;
    report->rate_hz = recording_format(r)->rate_hz;
    recording_close(r);
    struct journal_marks journal;
    if (!journal_marks_read(&journal, directory, known, err))
        return false;
    report->decided_last = journal.decided_last;
    bool ok = true;
    uint32_t done = 0;
    while (ok && done < journal.count) {
        uint32_t added = 0;
        ok = part_add_marks(last, journal.list + done, journal.count - done, &added, ops, err);
        if (added == 0)
            break;
        done += added;
    }
    report->marks_restored = done;
    journal_marks_free(&journal);
    return ok;
}

bool case_decided_last(const char *directory, uint64_t *sample, struct err *err)
{
    struct journal_marks journal;
    if (!journal_marks_read(&journal, directory, UINT32_MAX, err))
        return false;
    *sample = journal.decided_last;
    journal_marks_free(&journal);
    return true;
}

static bool repair_signals(const char *directory, const struct file_ops *ops,
                           struct case_repair *report, uint32_t *parts, struct err *err)
{
    struct part last = {.fd = -1};
    bool ok = true;
    for (*parts = 0; ok && *parts < PARTS; (*parts)++) {
        struct part p;
        case_part_path(directory, *parts + 1, p.path, sizeof p.path);
        if (access(p.path, F_OK) != 0)
            break;
        ok = part_open(&p, directory, *parts + 1, err) && part_trim(&p, ops, report, err);
        if (ok && p.records == 0 && *parts > 0) { /* ended before its first record did */
            ops->unlink(p.path);
            part_close(&p);
            break;
        }
        if (!ok) {
            part_close(&p);
            break;
        }
        part_close(&last);
        last = p;
    }
    if (ok && last.records > 0)
        ok = restore_marks(&last, directory, ops, report, err);
    if (ok && last.fd >= 0 && ops->fdatasync(last.fd) != 0)
        ok = err_set_os(err, ERR_IO, errno, "cannot write %s", last.path);
    part_close(&last);
    return ok;
}

static bool sum_all(const char *directory, uint32_t parts, const struct file_ops *ops,
                    const _Atomic bool *stop, struct err *err)
{
    struct case_sums *sums = calloc(1, sizeof *sums);
    if (!sums)
        return err_set(err, ERR_MEMORY, "checksums");
    bool ok = true;
    for (uint32_t i = 1; ok && i <= parts; i++) {
        char path[CASE_PATH + 32];
        struct remarks ignored = {0};
        case_part_path(directory, i, path, sizeof path);
        struct edf_file *f = edf_file_open(path, &ignored, err);
        ok = f != NULL;
        if (!ok)
            break;
        const uint64_t header = edf_file_header(f)->header_bytes;
        edf_file_base(f)->ops->close(edf_file_base(f));
        const char *name = strrchr(path, '/') + 1;
        ok = case_sums_of_file(sums, directory, name, 0, header, stop, err) &&
             case_sums_of_file(sums, directory, name, header, UINT64_MAX, stop, err);
    }
    static const char *const names[] = {"findings.ndjson", "alarms.ndjson", "lsrd.conf"};
    for (size_t i = 0; ok && i < 3; i++)
        if (has_file(directory, names[i]))
            ok = case_sums_of_file(sums, directory, names[i], 0, UINT64_MAX, stop, err);
    ok = ok && case_sums_write(sums, directory, ops, err);
    free(sums);
    return ok;
}

bool case_repair(const char *directory, const struct file_ops *ops, const _Atomic bool *stop,
                 struct case_repair *report, struct err *err)
{
    memset(report, 0, sizeof *report);
    if (!case_state(directory, &report->before, err))
        return false;
    if (report->before != CASE_INTERRUPTED)
        return true;
    const int lock = lock_case(directory, LOCK_EX);
    if (lock < 0)
        return err_set_os(err, ERR_IO, errno, "cannot lock %s", directory);
    uint32_t parts = 0;
    const bool ok = trim_lines(directory, "findings.ndjson", ops, report, err) &&
                    trim_lines(directory, "alarms.ndjson", ops, report, err) &&
                    repair_signals(directory, ops, report, &parts, err) &&
                    case_json_end(directory, "repaired", report->length, ops, err) &&
                    sum_all(directory, parts, ops, stop, err) &&
                    case_directory_sync(directory, ops, err);
    close(lock);
    return ok;
}

bool case_verify(const char *directory, void (*damaged)(void *context, const char *line),
                 void *context, struct err *err)
{
    struct case_sums *stated = calloc(2, sizeof *stated);
    if (!stated)
        return err_set(err, ERR_MEMORY, "checksums");
    struct case_sums *found = stated + 1;
    bool ok = case_sums_read(stated, directory, err);
    for (uint32_t i = 0; ok && i < stated->count; i++) {
        const struct case_sum *s = &stated->list[i];
        struct err why;
        char line[512];
        found->count = 0;
        const bool is_last = i + 1 == stated->count || strcmp(s->name, s[1].name) != 0;
        if (!case_sums_of_file(found, directory, s->name, s->from, is_last ? UINT64_MAX : s->to,
                               NULL, &why)) {
            snprintf(line, sizeof line, "%s: %s", directory, why.text);
            damaged(context, line);
        } else if (found->list[0].to != s->to) {
            snprintf(line, sizeof line, "%s/%s: has %llu bytes: must be %llu", directory, s->name,
                     (unsigned long long)found->list[0].to, (unsigned long long)s->to);
            damaged(context, line);
        } else if (strcmp(found->list[0].hex, s->hex) != 0) {
            snprintf(line, sizeof line, "%s/%s: bytes %llu to %llu are not what was recorded",
                     directory, s->name, (unsigned long long)s->from, (unsigned long long)s->to);
            damaged(context, line);
        }
    }
    free(stated);
    return ok;
}
