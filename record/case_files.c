/* SPDX-License-Identifier: Apache-2.0 */
/* The small files of a case. */
#include "record/case_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool case_file_replace(const char *path, const void *bytes, size_t size, const struct file_ops *ops,
                       struct err *err)
{
    char fresh[CASE_PATH + 64];
    const int n = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (n < 0 || (size_t)n >= sizeof fresh)
        return err_set(err, ERR_USAGE, "%.60s...: path is too long", path);
    const int fd = ops->open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    if (fd < 0)
        return err_set_os(err, ERR_IO, errno, "cannot write %s", fresh);
    int failed = file_pwrite_all(ops, fd, bytes, size, 0);
    if (!failed && ops->fdatasync(fd) != 0)
        failed = errno;
    if (ops->close(fd) != 0 && !failed)
        failed = errno;
    if (!failed && ops->rename(fresh, path) != 0)
        failed = errno;
    return failed ? err_set_os(err, ERR_IO, failed, "cannot write %s", path) : true;
}

bool case_directory_sync(const char *directory, const struct file_ops *ops, struct err *err)
{
    const int fd = ops->open(directory, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0)
        return err_set_os(err, ERR_IO, errno, "cannot open %s", directory);
    /* EINVAL: a file system whose directories need no sync. */
    const int failed = ops->fdatasync(fd) != 0 && errno != EINVAL ? errno : 0;
    ops->close(fd);
    return failed ? err_set_os(err, ERR_IO, failed, "cannot write %s", directory) : true;
}

void case_part_path(const char *directory, uint32_t part, char *path, size_t size)
{
    if (part == 1)
        snprintf(path, size, "%s/signals.bdf", directory);
    else
        snprintf(path, size, "%s/signals-%u.bdf", directory, part);
}

void case_sums_add(struct case_sums *s, const char *name, uint64_t from, uint64_t to,
                   const char *hex)
{
    if (s->count == CASE_SUMS)
        return; /* hundreds of files, one an outage: the rest goes without */
    struct case_sum *sum = &s->list[s->count++];
    snprintf(sum->name, sizeof sum->name, "%s", name);
    snprintf(sum->hex, sizeof sum->hex, "%s", hex);
    sum->from = from;
    sum->to = to;
}

bool case_sums_write(const struct case_sums *s, const char *directory, const struct file_ops *ops,
                     struct err *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return err_set(err, ERR_MEMORY, "checksums");
    for (uint32_t i = 0; i < s->count; i++)
        fprintf(f, "%s %llu %llu %s\n", s->list[i].hex, (unsigned long long)s->list[i].from,
                (unsigned long long)s->list[i].to, s->list[i].name);
    char path[CASE_PATH + 32];
    snprintf(path, sizeof path, "%s/checksums.txt", directory);
    const bool ok = fclose(f) == 0 ? case_file_replace(path, text, size, ops, err)
                                   : err_set(err, ERR_MEMORY, "checksums");
    free(text);
    return ok;
}

bool case_sums_read(struct case_sums *s, const char *directory, struct err *err)
{
    char path[CASE_PATH + 32];
    char line[256];
    snprintf(path, sizeof path, "%s/checksums.txt", directory);
    FILE *f = fopen(path, "re");
    if (!f)
        return err_set_os(err, ERR_IO, errno, "cannot open %s", path);
    s->count = 0;
    bool ok = true;
    for (uint32_t number = 1; ok && fgets(line, sizeof line, f); number++) {
        struct case_sum sum;
        unsigned long long from;
        unsigned long long to;
        if (s->count == CASE_SUMS ||
            sscanf(line, "%64[0-9a-f] %20llu %20llu %31[A-Za-z0-9.-]", sum.hex, &from, &to,
                   sum.name) != 4 ||
            strlen(sum.hex) != 64 || from > to || sum.name[0] == '.') {
            ok = err_set(err, ERR_FORMAT, "%s: line %u: must be a SHA-256, two offsets and a file",
                         path, number);
            break;
        }
        sum.from = from;
        sum.to = to;
        s->list[s->count++] = sum;
    }
    fclose(f);
    return ok;
}

static void print_json_string(FILE *f, const char *text)
{
    fputc('"', f);
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c < ' ')
            fprintf(f, "\\u%04x", c);
        else
            fputc(c, f);
    }
    fputc('"', f);
}

static void print_json_member(FILE *f, const char *name, const char *value)
{
    fprintf(f, "  \"%s\": ", name);
    print_json_string(f, value);
    fputs(",\n", f);
}

static void print_case(FILE *f, const char *directory, const struct case_opening *o,
                       const char *state, uint64_t frames)
{
    const char *slash = strrchr(directory, '/');
    char stamp[32];
    char start[48];
    const time_t seconds = (time_t)(o->start_utc_ns / 1000000000);
    struct tm t;
    gmtime_r(&seconds, &t);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &t);
    snprintf(start, sizeof start, "%s.%03dZ", stamp, (int)(o->start_utc_ns % 1000000000 / 1000000));
    fputs("{\n", f);
    print_json_member(f, "format", "lsrd.case.v1");
    print_json_member(f, "name", slash ? slash + 1 : directory);
    print_json_member(f, "state", state);
    print_json_member(f, "site", o->site);
    print_json_member(f, "started_utc", start);
    print_json_member(f, "started_by", o->by);
    print_json_member(f, "version", o->version);
    print_json_member(f, "config_sha256", o->config_sha256);
    if (o->patient[0])
        print_json_member(f, "patient", o->patient);
    if (o->calibration[0])
        print_json_member(f, "calibration", o->calibration);
    fprintf(f, "  \"rate_hz\": %u,\n  \"frames\": %llu,\n  \"channels\": [", o->format.rate_hz,
            (unsigned long long)frames);
    for (uint32_t c = 0; c < o->format.channels; c++) {
        fputs(c ? ", " : "", f);
        print_json_string(f, o->format.inputs[c].label);
    }
    fputs("]\n}\n", f);
}

bool case_json_write(const char *directory, const struct case_opening *opening, const char *state,
                     uint64_t frames, const struct file_ops *ops, struct err *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f)
        return err_set(err, ERR_MEMORY, "case.json");
    print_case(f, directory, opening, state, frames);
    char path[CASE_PATH + 32];
    snprintf(path, sizeof path, "%s/case.json", directory);
    const bool ok = fclose(f) == 0 ? case_file_replace(path, text, size, ops, err)
                                   : err_set(err, ERR_MEMORY, "case.json");
    free(text);
    return ok;
}

bool case_json_read(const char *directory, char text[CASE_JSON_BYTES])
{
    char path[CASE_PATH + 32];
    snprintf(path, sizeof path, "%s/case.json", directory);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    const size_t n = fread(text, 1, CASE_JSON_BYTES, f);
    fclose(f);
    if (n == CASE_JSON_BYTES)
        return false;
    text[n] = 0;
    return true;
}

/* Replaces the value behind `key`, which ends with its line's comma. */
static void change_member(char text[CASE_JSON_BYTES], const char *key, const char *value)
{
    char *at = strstr(text, key);
    const char *rest = at ? strstr(at, ",\n") : NULL;
    if (!rest)
        return;
    at += strlen(key);
    const size_t length = strlen(value);
    const size_t rest_size = strlen(rest) + 1;
    if ((size_t)(at - text) + length + rest_size > CASE_JSON_BYTES)
        return;
    memmove(at + length, rest, rest_size);
    memcpy(at, value, length);
}

bool case_json_end(const char *directory, const char *state, uint64_t frames,
                   const struct file_ops *ops, struct err *err)
{
    char text[CASE_JSON_BYTES];
    char path[CASE_PATH + 32];
    char value[64];
    if (!case_json_read(directory, text))
        return true; /* lost with the power: the rest of the case does without */
    snprintf(value, sizeof value, "\"%s\"", state);
    change_member(text, "\"state\": ", value);
    snprintf(value, sizeof value, "%llu", (unsigned long long)frames);
    change_member(text, "\"frames\": ", value);
    snprintf(path, sizeof path, "%s/case.json", directory);
    return case_file_replace(path, text, strlen(text), ops, err);
}

bool case_sums_of_file(struct case_sums *s, const char *directory, const char *name, uint64_t from,
                       uint64_t to, const _Atomic bool *stop, struct err *err)
{
    char path[CASE_PATH + 64];
    unsigned char bytes[65536];
    char hex[SHA256_HEX];
    struct sha256 hash;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_os(err, ERR_IO, errno, "cannot open %s", path);
    sha256_init(&hash);
    uint64_t at = from;
    int failed = 0;
    while (at < to && !(stop && atomic_load(stop))) {
        const size_t wanted = to - at < sizeof bytes ? (size_t)(to - at) : sizeof bytes;
        const ssize_t n = pread(fd, bytes, wanted, (off_t)at);
        if (n < 0)
            failed = errno;
        if (n <= 0)
            break;
        sha256_feed(&hash, bytes, (size_t)n);
        at += (uint64_t)n;
    }
    close(fd);
    if (failed)
        return err_set_os(err, ERR_IO, failed, "cannot read %s", path);
    if (stop && atomic_load(stop))
        return err_set(err, ERR_STATE, "%s: stopped", path);
    sha256_finish(&hash, hex);
    case_sums_add(s, name, from, at, hex);
    return true;
}

uint64_t case_first_frame(const char *recording_field)
{
    static const char key[] = " first_frame=";
    const char *at = strstr(recording_field, key);
    return at ? strtoull(at + sizeof key - 1, NULL, 10) : 0;
}
