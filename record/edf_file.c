/* SPDX-License-Identifier: Apache-2.0 */
/* Reads EDF and BDF files by pread: a window of whole records where they are small, slices of one
 * signal where they are not. */
#include "record/edf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Most bytes of a record that are read at once; also the longest annotation signal. A header may
 * claim records of gigabytes. */
enum { WINDOW_BYTES = 1 << 20 };

/* Frames unpacked in one go: signal after signal into frames, which stay in the cache. */
enum { TILE_FRAMES = 128 };

struct edf_file {
    struct signal_file base; /* first */
    int fd;
    struct edf_header header;
    struct edf_signal *signals;
    uint32_t *rates_hz; /* of each signal; 0: not usable */
    uint64_t *offsets;  /* of each signal in a record, in bytes */
    uint64_t record_bytes;
    uint64_t records;
    uint64_t trailing_bytes;
    uint32_t chosen[BLOCK_CHANNELS];
    uint32_t chosen_count;
    uint32_t frames_per_record;
    unsigned char *window; /* WINDOW_BYTES, and one more to look at */
    uint64_t window_at;
    size_t window_size; /* 0: empty */
};

void remark(struct remarks *r, const char *format, ...)
{
    if (r->count == REMARKS)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(r->lines[r->count++], sizeof r->lines[0], format, args);
    va_end(args);
}

const char *signal_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static bool read_at(struct edf_file *f, uint64_t offset, void *to, size_t size, struct err *err)
{
    unsigned char *bytes = to;
    while (size > 0) {
        const ssize_t n = pread(f->fd, bytes, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set_os(err, ERR_IO, errno, "%s: cannot read byte %llu", f->base.name,
                              (unsigned long long)offset);
        if (n == 0)
            return err_set(err, ERR_IO, "%s: became shorter while it was read: ends at byte %llu",
                           f->base.name, (unsigned long long)offset);
        bytes += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return true;
}

/* Bytes of the file through the window; NULL with err set. size <= WINDOW_BYTES. */
static const unsigned char *bytes_at(struct edf_file *f, uint64_t record, uint64_t offset,
                                     size_t size, struct err *err)
{
    const uint64_t record_at = f->header.header_bytes + record * f->record_bytes;
    const uint64_t at = record_at + offset;
    if (f->window_size && at >= f->window_at && at + size <= f->window_at + f->window_size)
        return f->window + (at - f->window_at);
    f->window_size = 0;
    if (f->record_bytes > WINDOW_BYTES) {
        if (!read_at(f, at, f->window, size, err))
            return NULL;
        f->window_at = at;
        f->window_size = size;
        return f->window;
    }
    /* A few records at once where they are tiny, but little more than one where they are not. */
    uint64_t records = 65536 / f->record_bytes + 1;
    if (records > f->records - record)
        records = f->records - record;
    if (records * f->record_bytes > WINDOW_BYTES)
        records = 1;
    const size_t wanted = (size_t)(records * f->record_bytes);
    if (!read_at(f, record_at, f->window, wanted, err))
        return NULL;
    f->window_at = record_at;
    f->window_size = wanted;
    return f->window + offset;
}

/* Reads one byte beyond the last sample: four bytes are one load, three are three. */
static void unpack_24(const unsigned char *b, uint32_t count, int32_t *to, uint32_t stride)
{
#pragma GCC unroll 4
    for (uint32_t i = 0; i < count; i++, b += 3, to += stride) {
        const uint32_t four = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
                              (uint32_t)b[3] << 24;
        *to = (int32_t)(four << 8) >> 8;
    }
}

static void unpack_16(const unsigned char *b, uint32_t count, int32_t *to, uint32_t stride)
{
    for (uint32_t i = 0; i < count; i++, b += 2, to += stride)
        *to = (int16_t)(uint16_t)(b[0] | b[1] << 8);
}

static bool file_read(struct signal_file *base, uint64_t first, uint32_t frames, int32_t *counts,
                      uint32_t stride, struct err *err)
{
    struct edf_file *f = (struct edf_file *)base;
    const size_t width = edf_sample_bytes(&f->header);
    while (frames > 0) {
        const uint64_t record = first / f->frames_per_record;
        const uint32_t within = (uint32_t)(first % f->frames_per_record);
        const uint32_t left = f->frames_per_record - within;
        uint32_t n = frames < left ? frames : left;
        if (n > TILE_FRAMES)
            n = TILE_FRAMES;
        for (uint32_t c = 0; c < f->chosen_count; c++) {
            const uint64_t offset = f->offsets[f->chosen[c]] + (uint64_t)within * width;
            const unsigned char *b = bytes_at(f, record, offset, n * width, err);
            if (!b)
                return false;
            if (width == 3)
                unpack_24(b, n, counts + c, stride);
            else
                unpack_16(b, n, counts + c, stride);
        }
        counts += (size_t)n * stride;
        first += n;
        frames -= n;
    }
    return true;
}

static void file_close(struct signal_file *base)
{
    struct edf_file *f = (struct edf_file *)base;
    if (f->fd >= 0)
        close(f->fd);
    free(f->signals);
    free(f->rates_hz);
    free(f->offsets);
    free(f->window);
    free((char *)f->base.name);
    free(f);
}

static const struct signal_file_ops edf_ops = {.read = file_read, .close = file_close};

static bool read_signals(struct edf_file *f, uint64_t size, struct err *err)
{
    struct edf_header *h = &f->header;
    const char *name = f->base.name;
    if (size < h->header_bytes)
        return err_set(err, ERR_FORMAT, "%s: ends at byte %llu within the header, which has %zu",
                       name, (unsigned long long)size, h->header_bytes);
    f->signals = calloc(h->signals, sizeof *f->signals);
    f->rates_hz = calloc(h->signals, sizeof *f->rates_hz);
    f->offsets = calloc(h->signals, sizeof *f->offsets);
    f->window = calloc(1, WINDOW_BYTES + 1);
    unsigned char *bytes = malloc(h->header_bytes);
    bool ok = f->signals && f->rates_hz && f->offsets && f->window && bytes
                  ? read_at(f, 0, bytes, h->header_bytes, err)
                  : err_set(err, ERR_MEMORY, "%s: header of %u signals", name, h->signals);
    for (uint32_t i = 0; ok && i < h->signals; i++) {
        struct edf_signal *s = &f->signals[i];
        ok = edf_signal_parse(h, bytes, i, name, s, err);
        f->offsets[i] = f->record_bytes;
        if (ok && !s->is_annotations && !s->fault[0])
            f->rates_hz[i] = edf_signal_rate_hz(h, s);
        const uint64_t width = s->samples * edf_sample_bytes(h);
        f->record_bytes += width;
        if (ok && s->is_annotations && width > WINDOW_BYTES)
            ok = err_set(err, ERR_FORMAT,
                         "%s: signal %u: %llu bytes of annotations a record: at most %d", name,
                         i + 1, (unsigned long long)width, WINDOW_BYTES);
    }
    free(bytes);
    return ok;
}

static void count_records(struct edf_file *f, uint64_t size, struct remarks *remarks)
{
    const uint64_t data = size - f->header.header_bytes;
    const uint64_t whole = data / f->record_bytes;
    const int64_t stated = f->header.records;
    f->records = stated >= 0 && (uint64_t)stated < whole ? (uint64_t)stated : whole;
    f->trailing_bytes = data - f->records * f->record_bytes;
    if (stated < 0)
        remark(remarks, "%s: was never closed: its %llu whole records are read", f->base.name,
               (unsigned long long)f->records);
    else if ((uint64_t)stated > whole)
        remark(remarks, "%s: is cut: %llu of the %lld records of its header are there",
               f->base.name, (unsigned long long)whole, (long long)stated);
    if (f->trailing_bytes)
        remark(remarks, "%s: %llu bytes behind the last record are not read", f->base.name,
               (unsigned long long)f->trailing_bytes);
}

static bool open_file(struct edf_file *f, const char *path, struct remarks *remarks,
                      struct err *err)
{
    f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (f->fd < 0 || fstat(f->fd, &st) != 0)
        return err_set_os(err, ERR_IO, errno, "cannot open %s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_USAGE, "%s: not a regular file", path);
    const uint64_t size = (uint64_t)st.st_size;
    unsigned char start[EDF_BLOCK];
    if (size < sizeof start)
        return err_set(err, ERR_FORMAT, "%s: has %llu bytes: an EDF or BDF header has at least 512",
                       f->base.name, (unsigned long long)size);
    if (!read_at(f, 0, start, sizeof start, err) ||
        !edf_header_parse(start, f->base.name, &f->header, err) || !read_signals(f, size, err))
        return false;
    count_records(f, size, remarks);
    return true;
}

struct edf_file *edf_file_open(const char *path, struct remarks *remarks, struct err *err)
{
    struct edf_file *f = calloc(1, sizeof *f);
    char *name = strdup(signal_file_name(path));
    if (!f || !name) {
        free(f);
        free(name);
        err_set(err, ERR_MEMORY, "%s", path);
        return NULL;
    }
    f->base.ops = &edf_ops;
    f->base.name = name;
    f->fd = -1;
    if (!open_file(f, path, remarks, err)) {
        file_close(&f->base);
        return NULL;
    }
    return f;
}

const struct edf_header *edf_file_header(const struct edf_file *f)
{
    return &f->header;
}

const struct edf_signal *edf_file_signal(const struct edf_file *f, uint32_t index)
{
    return &f->signals[index];
}

uint64_t edf_file_record_bytes(const struct edf_file *f)
{
    return f->record_bytes;
}

uint64_t edf_file_records(const struct edf_file *f)
{
    return f->records;
}

uint64_t edf_file_trailing_bytes(const struct edf_file *f)
{
    return f->trailing_bytes;
}

struct signal_file *edf_file_base(struct edf_file *f)
{
    return &f->base;
}

uint32_t edf_file_frames_per_record(const struct edf_file *f)
{
    return f->frames_per_record;
}

/* ---- which signals ---- */

static bool is_mapped(const struct edf_signal *s, const char *const *labels, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(s->label, labels[i]) == 0)
            return true;
    return false;
}

/* The rate of the mapped signals; 0 in *rate_hz where the file has none of them. */
static bool mapped_rate(const struct edf_file *f, const char *const *labels, uint32_t count,
                        uint32_t *rate_hz, struct err *err)
{
    const char *name = f->base.name;
    const char *first = NULL;
    *rate_hz = 0;
    for (uint32_t i = 0; i < f->header.signals; i++) {
        const struct edf_signal *s = &f->signals[i];
        if (s->is_annotations || !is_mapped(s, labels, count))
            continue;
        if (s->fault[0])
            return err_set(err, ERR_FORMAT, "%s: signal %u `%s`: %s", name, i + 1, s->label,
                           s->fault);
        const uint32_t rate = f->rates_hz[i];
        if (rate == 0)
            return err_set(err, ERR_FORMAT,
                           "%s: signal %u `%s`: %u samples in %g s: must be a whole number of Hz",
                           name, i + 1, s->label, s->samples, f->header.duration_s);
        if (first && rate != *rate_hz)
            return err_set(err, ERR_USAGE,
                           "%s: `%s` has %u Hz and `%s` %u Hz: mapped channels must share one rate",
                           name, first, *rate_hz, s->label, rate);
        first = s->label;
        *rate_hz = rate;
    }
    return true;
}

static uint32_t most_shared_rate(const struct edf_file *f)
{
    uint32_t best = 0;
    uint64_t best_weight = 0;
    for (uint32_t i = 0; i < f->header.signals; i++) {
        const uint32_t rate = f->rates_hz[i];
        if (rate == 0 || rate == best)
            continue;
        uint64_t weight = 0;
        for (uint32_t k = 0; k < f->header.signals; k++)
            if (f->rates_hz[k] == rate)
                weight += edf_dimension_uv(f->signals[k].dimension) > 0 ? EDF_SIGNALS + 1 : 1;
        if (weight > best_weight || (weight == best_weight && rate > best)) {
            best = rate;
            best_weight = weight;
        }
    }
    return best;
}

static bool no_signal(const struct edf_file *f, struct err *err)
{
    const char *name = f->base.name;
    for (uint32_t i = 0; i < f->header.signals; i++) {
        const struct edf_signal *s = &f->signals[i];
        if (s->is_annotations)
            continue;
        if (s->fault[0])
            return err_set(err, ERR_FORMAT, "%s: signal %u `%s`: %s", name, i + 1, s->label,
                           s->fault);
        if (!(f->header.duration_s > 0))
            return err_set(err, ERR_FORMAT,
                           "%s: byte 244: records of 0 s: must be longer where there are samples",
                           name);
        return err_set(err, ERR_FORMAT,
                       "%s: signal %u `%s`: %u samples in %g s: must be a whole number of Hz", name,
                       i + 1, s->label, s->samples, f->header.duration_s);
    }
    return err_set(err, ERR_FORMAT, "%s: holds annotations only, no signal to replay", name);
}

static void describe_input(const struct edf_signal *s, struct stream_input *input)
{
    const double uv = edf_dimension_uv(s->dimension);
    const double scale = uv > 0 ? uv : 1;
    memset(input, 0, sizeof *input);
    memcpy(input->label, s->label, sizeof input->label);
    input->physical_min = s->physical_min * scale;
    input->physical_max = s->physical_max * scale;
    input->digital_min = s->digital_min;
    input->digital_max = s->digital_max;
    input->is_voltage = uv > 0;
}

static void name_left_out(const struct edf_file *f, const bool *taken, uint32_t rate_hz,
                          struct remarks *remarks)
{
    char text[200];
    size_t length = 0;
    uint32_t unnamed = 0;
    for (uint32_t i = 0; i < f->header.signals; i++) {
        const struct edf_signal *s = &f->signals[i];
        if (s->is_annotations || taken[i])
            continue;
        char why[64];
        if (s->fault[0])
            snprintf(why, sizeof why, "%.60s", s->fault);
        else if (f->rates_hz[i] == rate_hz)
            snprintf(why, sizeof why, "over %d channels", BLOCK_CHANNELS);
        else
            snprintf(why, sizeof why, "%g Hz",
                     f->header.duration_s > 0 ? s->samples / f->header.duration_s : 0);
        const int n = snprintf(text + length, sizeof text - length, "%s%s (%s)", length ? ", " : "",
                               s->label, why);
        if (unnamed || n < 0 || (size_t)n >= sizeof text - length - 16) {
            text[length] = 0;
            unnamed++;
        } else {
            length += (size_t)n;
        }
    }
    if (unnamed)
        snprintf(text + length, sizeof text - length, " and %u more", unnamed);
    if (length)
        remark(remarks, "%.40s: left out: %s", f->base.name, text);
}

bool edf_file_choose(struct edf_file *f, const char *const *labels, uint32_t label_count,
                     struct stream_format *format, struct remarks *remarks, struct err *err)
{
    uint32_t rate_hz;
    if (!mapped_rate(f, labels, label_count, &rate_hz, err))
        return false;
    if (rate_hz == 0)
        rate_hz = most_shared_rate(f);
    if (rate_hz == 0)
        return no_signal(f, err);

    bool *taken = calloc(f->header.signals, sizeof *taken);
    if (!taken)
        return err_set(err, ERR_MEMORY, "%s: %u signals", f->base.name, f->header.signals);
    uint32_t count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < f->header.signals && count < BLOCK_CHANNELS; i++)
            if (!taken[i] && f->rates_hz[i] == rate_hz &&
                (pass == 1 || is_mapped(&f->signals[i], labels, label_count))) {
                taken[i] = true;
                count++;
            }
    memset(format, 0, sizeof *format);
    format->rate_hz = rate_hz;
    f->chosen_count = 0;
    for (uint32_t i = 0; i < f->header.signals; i++)
        if (taken[i]) {
            describe_input(&f->signals[i], &format->inputs[f->chosen_count]);
            f->chosen[f->chosen_count++] = i;
        }
    format->channels = f->chosen_count;
    /* Signals of one rate have the same samples in a record, within what the rate's tolerance
     * lets through. */
    f->frames_per_record = f->signals[f->chosen[0]].samples;
    bool ok = true;
    for (uint32_t c = 1; ok && c < f->chosen_count; c++) {
        const struct edf_signal *s = &f->signals[f->chosen[c]];
        if (s->samples != f->frames_per_record)
            ok = err_set(err, ERR_FORMAT,
                         "%s: `%s` has %u samples a record, `%s` %u: must be equal "
                         "at one rate",
                         f->base.name, s->label, s->samples, f->signals[f->chosen[0]].label,
                         f->frames_per_record);
    }
    f->base.frames = f->records * f->frames_per_record;
    if (ok)
        name_left_out(f, taken, rate_hz, remarks);
    free(taken);
    if (ok && f->base.frames == 0)
        return err_set(err, ERR_FORMAT, "%s: has no whole record, so no sample", f->base.name);
    return ok;
}

/* ---- annotations ---- */

/* Tiny records are read many at a time; of large ones only what is needed. */
static const unsigned char *annotation_bytes(struct edf_file *f, uint64_t record, uint64_t offset,
                                             size_t size, struct err *err)
{
    enum { TINY_RECORD = 4096 };
    if (f->record_bytes <= TINY_RECORD)
        return bytes_at(f, record, offset, size, err);
    f->window_size = 0; /* the window is the scratch memory here */
    const uint64_t at = f->header.header_bytes + record * f->record_bytes + offset;
    return read_at(f, at, f->window, size, err) ? f->window : NULL;
}

bool edf_file_annotations(struct edf_file *f, edf_visit *visit, void *context, uint64_t *broken,
                          struct err *err)
{
    *broken = 0;
    if (f->header.continuity == EDF_PLAIN)
        return true;
    uint32_t first = 0;
    while (first < f->header.signals && !f->signals[first].is_annotations)
        first++;
    if (first == f->header.signals)
        return true;
    for (uint64_t record = 0; record < f->records; record++)
        for (uint32_t i = first; i < f->header.signals; i++) {
            const struct edf_signal *s = &f->signals[i];
            if (!s->is_annotations)
                continue;
            const size_t size = s->samples * edf_sample_bytes(&f->header);
            const unsigned char *bytes = annotation_bytes(f, record, f->offsets[i], size, err);
            if (!bytes)
                return false;
            struct tal_cursor cursor = {0};
            struct annotation a;
            enum tal_result result;
            while ((result = tal_next(&cursor, bytes, size, &a)) == TAL_FOUND)
                if (!visit(context, record, &a, err))
                    return false;
            *broken += result == TAL_BROKEN;
        }
    return true;
}
