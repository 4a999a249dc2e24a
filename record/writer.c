/* SPDX-License-Identifier: Apache-2.0 */
/* Assembles records in memory and writes each one whole. */
#include "record/writer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "record/annotation.h"
#include "record/edf_header.h"

enum {
    TAL_SAMPLES =
        400, /* 1200 bytes a record: clock, lost stretches, and two of the longest marks */
    LOST_A_RECORD = 8, /* lost stretches that a record can annotate, */
    LOST_BYTES = 48,   /* each of at most this size, */
    CLOCK_BYTES = 32,  /* behind the record's clock */
    QUEUE_BYTES = 1 << 18,
    QUEUE_RESERVE = 1 << 16, /* of it for marks alone */
};

struct span {
    uint32_t start; /* frames of the record */
    uint32_t end;
};

struct writer {
    const struct file_ops *ops;
    int fd;
    char name[64];
    uint32_t rate_hz;
    uint32_t channels;
    uint32_t record_frames;
    uint64_t first_frame;
    size_t header_bytes;
    unsigned char *header; /* as written */
    unsigned char *record; /* being assembled */
    size_t record_bytes;
    uint64_t records;                    /* written */
    uint32_t fill;                       /* frames in the record being assembled */
    struct span lost[LOST_A_RECORD + 1]; /* one more for the end of the file */
    uint32_t lost_count;
    unsigned char *queue; /* annotations: two bytes of length, then the TAL */
    size_t queued;
    uint64_t skipped;
    struct sha256 data_hash;
};

/* ---- header ---- */

static void put(unsigned char *at, size_t width, const char *text)
{
    const size_t length = strlen(text);
    memset(at, ' ', width);
    memcpy(at, text, length < width ? length : width);
}

static void put_number(unsigned char *at, size_t width, long long value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", value);
    put(at, width, text);
}

/* A subfield of EDF+ has no spaces and is not empty. */
static void subfield(char *to, size_t size, const char *from)
{
    size_t n = 0;
    for (; from && from[n] && n + 1 < size; n++)
        to[n] = from[n] > ' ' && from[n] < 0x7f ? from[n] : '_';
    if (n == 0)
        to[n++] = 'X';
    to[n] = 0;
}

static void put_start(unsigned char *h, const struct writer_options *o)
{
    static const char *const months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                         "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
    const time_t seconds = (time_t)(o->start_utc_ns / 1000000000);
    struct tm t;
    gmtime_r(&seconds, &t);
    const unsigned year = (unsigned)t.tm_year + 1900;
    const unsigned month = (unsigned)t.tm_mon % 12;
    const unsigned day = (unsigned)t.tm_mday;
    char site[17];
    char version[17];
    char text[160];
    subfield(site, sizeof site, o->site);
    subfield(version, sizeof version, o->version);
    snprintf(text, sizeof text, "Startdate %02u-%s-%04u %s X lsrd_%s first_frame=%llu", day,
             months[month], year, site, version, (unsigned long long)o->first_frame);
    put(h + 88, 80, text);
    snprintf(text, sizeof text, "%02u.%02u.%02u", day, month + 1, year % 100);
    put(h + 168, 8, text);
    snprintf(text, sizeof text, "%02u.%02u.%02u", (unsigned)t.tm_hour, (unsigned)t.tm_min,
             (unsigned)t.tm_sec);
    put(h + 176, 8, text);
}

static bool put_header(struct writer *w, const struct writer_options *o, uint32_t divisor,
                       struct err *err)
{
    unsigned char *h = w->header;
    const uint32_t n = w->channels + 1;
    memset(h, ' ', w->header_bytes);
    memcpy(h,
           "\xff"
           "BIOSEMI",
           8);
    put(h + 8, 80, o->patient && o->patient[0] ? o->patient : "X X X X");
    put_start(h, o);
    put_number(h + 184, 8, (long long)w->header_bytes);
    put(h + 192, 44, "BDF+C");
    put_number(h + EDF_RECORD_COUNT_AT, 8, 0);
    char text[16];
    snprintf(text, sizeof text, "%g", 1.0 / divisor);
    put(h + 244, 8, text);
    put_number(h + 252, 4, n);
    unsigned char *at = h + EDF_BLOCK;
    for (uint32_t i = 0; i < n; i++) {
        const bool is_signal = i < w->channels;
        const struct stream_input *in = &o->format->inputs[is_signal ? i : 0];
        struct stream_physical p = {"", 1, "-1", "1"};
        if (is_signal && !stream_input_print(in, &p))
            return err_set(err, ERR_USAGE,
                           "%s: channel %s: range %g to %g does not fit a BDF header", w->name,
                           in->label, in->physical_min, in->physical_max);
        put(at + (size_t)16 * i, 16, is_signal ? in->label : "BDF Annotations");
        put(at + (size_t)96 * n + (size_t)8 * i, 8, p.dimension);
        put(at + (size_t)104 * n + (size_t)8 * i, 8, p.low);
        put(at + (size_t)112 * n + (size_t)8 * i, 8, p.high);
        put_number(at + (size_t)120 * n + (size_t)8 * i, 8,
                   is_signal ? in->digital_min : SAMPLE_MIN);
        put_number(at + (size_t)128 * n + (size_t)8 * i, 8,
                   is_signal ? in->digital_max : SAMPLE_MAX);
        put_number(at + (size_t)216 * n + (size_t)8 * i, 8,
                   is_signal ? w->record_frames : TAL_SAMPLES);
    }
    return true;
}

/* A tenth of a second a record where the rate allows it: that much is lost when the power goes. */
static uint32_t record_divisor(uint32_t rate_hz)
{
    const uint32_t divisors[] = {10, 8, 5, 4, 2};
    for (size_t i = 0; i < sizeof divisors / sizeof *divisors; i++)
        if (rate_hz % divisors[i] == 0)
            return divisors[i];
    return 1;
}

struct writer *writer_open(const struct writer_options *o, const struct file_ops *ops,
                           struct err *err)
{
    struct writer *w = calloc(1, sizeof *w);
    if (!w) {
        err_set(err, ERR_MEMORY, "%s", o->path);
        return NULL;
    }
    const uint32_t divisor = record_divisor(o->format->rate_hz);
    const char *slash = strrchr(o->path, '/');
    snprintf(w->name, sizeof w->name, "%s", slash ? slash + 1 : o->path);
    w->ops = ops;
    w->fd = -1;
    w->rate_hz = o->format->rate_hz;
    w->channels = o->format->channels;
    w->record_frames = w->rate_hz / divisor;
    w->first_frame = o->first_frame;
    w->header_bytes = (size_t)EDF_BLOCK * (w->channels + 2);
    w->record_bytes = 3 * ((size_t)w->record_frames * w->channels + TAL_SAMPLES);
    w->header = malloc(w->header_bytes);
    w->record = calloc(1, w->record_bytes);
    w->queue = malloc(QUEUE_BYTES);
    sha256_init(&w->data_hash);
    if (!w->header || !w->record || !w->queue) {
        err_set(err, ERR_MEMORY, "%s: records of %zu bytes", w->name, w->record_bytes);
        writer_close(w);
        return NULL;
    }
    if (!put_header(w, o, divisor, err)) {
        writer_close(w);
        return NULL;
    }
    w->fd = ops->open(o->path, O_WRONLY | O_CREAT | O_EXCL, 0640);
    const int failed =
        w->fd < 0 ? errno : file_pwrite_all(ops, w->fd, w->header, w->header_bytes, 0);
    if (failed) {
        err_set_os(err, ERR_IO, failed, "cannot write %s", o->path);
        if (w->fd >= 0)
            ops->unlink(o->path); /* it holds nothing, and would be in the way of another try */
        writer_close(w);
        return NULL;
    }
    return w;
}

void writer_close(struct writer *w)
{
    if (!w)
        return;
    if (w->fd >= 0)
        w->ops->close(w->fd);
    free(w->header);
    free(w->record);
    free(w->queue);
    free(w);
}

/* ---- records ---- */

static uint64_t record_index(const struct writer *w)
{
    return w->records * w->record_frames; /* since the file's own start */
}

/* Fills the annotation signal; returns how many bytes of the queue went into it. */
static size_t put_annotations(struct writer *w)
{
    char *const area = (char *)w->record + w->record_bytes - 3 * TAL_SAMPLES;
    const size_t size = 3 * TAL_SAMPLES;
    memset(area, 0, size);
    size_t n = annotation_format_clock(area, size, record_index(w), w->rate_hz);
    for (uint32_t i = 0; i < w->lost_count; i++) {
        const struct span *s = &w->lost[i];
        n += annotation_format(area + n, size - n, record_index(w) + s->start, s->end - s->start,
                               w->rate_hz, ANNOTATION_LOST);
    }
    size_t taken = 0;
    while (taken < w->queued) {
        const size_t length = (size_t)w->queue[taken] | (size_t)w->queue[taken + 1] << 8;
        if (length > size - n)
            break;
        memcpy(area + n, w->queue + taken + 2, length);
        n += length;
        taken += 2 + length;
    }
    return taken;
}

/* Writes the full record. A failure leaves everything as it was, for another try. */
static bool commit(struct writer *w, struct err *err)
{
    assert(w->fill == w->record_frames);
    const size_t taken = put_annotations(w);
    const off_t at = (off_t)(w->header_bytes + w->records * w->record_bytes);
    int failed = file_pwrite_all(w->ops, w->fd, w->record, w->record_bytes, at);
    if (failed) {
        /* Gives back what a part of a record took; where even that fails it is trailing bytes. */
        if (w->ops->ftruncate(w->fd, at) != 0)
            return err_set_os(err, ERR_IO, failed, "cannot write or shorten %s", w->name);
        return err_set_os(err, ERR_IO, failed, "cannot write %s", w->name);
    }
    unsigned char count[8];
    put_number(count, sizeof count, (long long)w->records + 1);
    failed = file_pwrite_all(w->ops, w->fd, count, sizeof count, EDF_RECORD_COUNT_AT);
    if (failed)
        return err_set_os(err, ERR_IO, failed, "cannot write the record count of %s", w->name);
    memcpy(w->header + EDF_RECORD_COUNT_AT, count, sizeof count);
    sha256_feed(&w->data_hash, w->record, w->record_bytes);
    w->records++;
    w->fill = 0;
    w->lost_count = 0;
    w->queued -= taken;
    memmove(w->queue, w->queue + taken, w->queued);
    return true;
}

bool writer_takes(const struct writer *w, uint64_t first_index)
{
    const uint64_t next = writer_next_index(w);
    if (first_index <= next)
        return true;
    /* A full record can no longer grow a hole; another one that follows has room. */
    const bool has_room = w->lost_count < LOST_A_RECORD || w->fill == w->record_frames ||
                          w->lost[w->lost_count - 1].end == w->fill;
    return first_index - next <= (uint64_t)WRITER_HOLE_S * w->rate_hz && has_room;
}

static void add_lost(struct writer *w, uint32_t frames)
{
    if (w->lost_count > 0 && w->lost[w->lost_count - 1].end == w->fill) {
        w->lost[w->lost_count - 1].end += frames;
        return;
    }
    assert(w->lost_count <= LOST_A_RECORD);
    w->lost[w->lost_count++] = (struct span){w->fill, w->fill + frames};
}

/* Takes up to `frames` frames into the record, NULL counts for lost ones; returns how many. */
static uint32_t append(struct writer *w, const int32_t *counts, uint64_t frames)
{
    const uint32_t room = w->record_frames - w->fill;
    const uint32_t n = frames < room ? (uint32_t)frames : room;
    if (!counts)
        add_lost(w, n);
    for (uint32_t c = 0; c < w->channels; c++) {
        unsigned char *to = w->record + 3 * ((size_t)c * w->record_frames + w->fill);
        if (!counts) {
            memset(to, 0, (size_t)3 * n);
            continue;
        }
        const int32_t *from = counts + c;
        for (uint32_t i = 0; i < n; i++, from += w->channels, to += 3) {
            const uint32_t value = (uint32_t)*from;
            to[0] = (unsigned char)value;
            to[1] = (unsigned char)(value >> 8);
            to[2] = (unsigned char)(value >> 16);
        }
    }
    w->fill += n;
    return n;
}

static bool append_all(struct writer *w, const int32_t *counts, uint64_t frames, struct err *err)
{
    while (frames > 0) {
        if (w->fill == w->record_frames && !commit(w, err))
            return false;
        const uint32_t n = append(w, counts, frames);
        frames -= n;
        if (counts)
            counts += (size_t)n * w->channels;
    }
    return w->fill < w->record_frames || commit(w, err);
}

bool writer_lose(struct writer *w, uint64_t to, struct err *err)
{
    assert(writer_takes(w, to));
    const uint64_t next = writer_next_index(w);
    return to <= next || append_all(w, NULL, to - next, err);
}

bool writer_samples(struct writer *w, uint64_t first_index, uint32_t frames, const int32_t *counts,
                    struct err *err)
{
    const uint64_t next = writer_next_index(w);
    if (!writer_lose(w, first_index, err))
        return false;
    const uint64_t known = next > first_index ? next - first_index : 0;
    if (known >= frames)
        return true;
    return append_all(w, counts + known * w->channels, frames - known, err);
}

bool writer_annotate(struct writer *w, uint64_t sample, uint64_t frames, const char *text)
{
    const bool is_own = strncmp(text, ANNOTATION_OWN, strlen(ANNOTATION_OWN)) == 0 &&
                        strcmp(text, ANNOTATION_END) != 0;
    const size_t room = (is_own ? QUEUE_BYTES - QUEUE_RESERVE : QUEUE_BYTES) - 1;
    char bytes[ANNOTATION_BYTES];
    const uint64_t at = sample > w->first_frame ? sample - w->first_frame : 0;
    const size_t length = annotation_format(bytes, sizeof bytes, at, frames, w->rate_hz, text);
    if (length == 0 || w->queued + 2 + length > room) {
        w->skipped++;
        return is_own;
    }
    w->queue[w->queued++] = (unsigned char)length;
    w->queue[w->queued++] = (unsigned char)(length >> 8);
    memcpy(w->queue + w->queued, bytes, length);
    w->queued += length;
    return true;
}

bool writer_finish(struct writer *w, struct err *err)
{
    while (w->fill > 0 || w->queued > 0) {
        if (w->fill < w->record_frames)
            append(w, NULL, w->record_frames - w->fill);
        if (!commit(w, err))
            return false;
    }
    return true;
}

int writer_fd(const struct writer *w)
{
    return w->fd;
}

uint64_t writer_next_index(const struct writer *w)
{
    return w->first_frame + record_index(w) + w->fill;
}

uint64_t writer_bytes(const struct writer *w)
{
    return w->header_bytes + w->records * w->record_bytes;
}

uint64_t writer_bytes_per_second(const struct writer *w)
{
    return w->record_bytes * (w->rate_hz / w->record_frames);
}

uint64_t writer_hole_bytes(const struct writer *w, uint64_t frames)
{
    if (frames > (uint64_t)WRITER_HOLE_S * w->rate_hz)
        return 0;
    return (frames / w->record_frames + 1) * w->record_bytes;
}

bool writer_has_queued(const struct writer *w)
{
    return w->queued > 0;
}

uint64_t writer_skipped_annotations(const struct writer *w)
{
    return w->skipped;
}

void writer_checksums(const struct writer *w, char header[SHA256_HEX], char data[SHA256_HEX])
{
    struct sha256 s;
    sha256_init(&s);
    sha256_feed(&s, w->header, w->header_bytes);
    sha256_finish(&s, header);
    s = w->data_hash;
    sha256_finish(&s, data);
}
