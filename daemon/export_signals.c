/* SPDX-License-Identifier: Apache-2.0 */
/* Copies frames and marks from a reader to a writer. */
#include "daemon/export_signals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/anonymous.h"
#include "daemon/said_marks.h"
#include "detect/marks.h"
#include "record/annotation.h"
#include "record/edf_header.h"
#include "record/writer.h"

/* Keys whose last mark goes on acting, beside what was said of the operation. */
static const char *const lasting[] = {"branch", "stimulation"};
enum { LASTING = 2 };

struct copy {
    const struct export_signals *o;
    struct recording *recording;
    struct writer *writer;
    struct anonymous people;
    struct said_marks said;        /* before the cut */
    struct mark in_force[LASTING]; /* empty text: none */
    bool is_in_force_written;
    int32_t *packed;
};

static int64_t start_utc_ns(const struct recording_info *info, uint64_t from, uint32_t rate_hz,
                            bool is_identified)
{
    /* What EDF+ advises for a date that nobody is to know; years below 85 are of this century. */
    struct tm t = {.tm_year = 85, .tm_mon = 0, .tm_mday = 1};
    int day, month, year, hour, minute, second;
    if (is_identified && sscanf(info->start_date, "%2d.%2d.%2d", &day, &month, &year) == 3 &&
        sscanf(info->start_time, "%2d.%2d.%2d", &hour, &minute, &second) == 3)
        t = (struct tm){.tm_year = year < 85 ? year + 100 : year,
                        .tm_mon = month - 1,
                        .tm_mday = day,
                        .tm_hour = hour,
                        .tm_min = minute,
                        .tm_sec = second};
    return ((int64_t)timegm(&t) + (is_identified ? (int64_t)(from / rate_hz) : 0)) * 1000000000;
}

/* What an undo names moves with the cut; what stood before it begins in its first frames. What
 * stood no longer cannot be named: a sample behind the end. */
static void move_undo(const struct copy *c, struct mark *mark)
{
    const uint64_t named = mark_read(mark).count;
    uint64_t at = (named < c->o->from ? c->o->to : named) - c->o->from;
    for (uint32_t i = 0; i < c->said.count; i++)
        if (c->said.marks[i].sample == named)
            at = i;
    snprintf(mark->text, sizeof mark->text, "undo=%llu", (unsigned long long)at);
}

static bool put_mark(struct copy *c, struct mark mark, struct err *err)
{
    char text[MARK_TEXT + MARK_BY + 8];
    if (mark_read(&mark).kind == MARK_UNDO)
        move_undo(c, &mark);
    if (!c->o->is_identified)
        anonymous_mark(&c->people, &mark);
    annotation_from_mark(&mark, text);
    const uint64_t at = mark.sample > c->o->from ? mark.sample - c->o->from : 0;
    return writer_annotate(c->writer, at, 0, text)
               ? true
               : err_set(err, ERR_IO, "%s: more marks than a file takes at once", c->o->path);
}

static void remember(struct copy *c, const struct mark *mark)
{
    const char *value;
    said_marks_hear(&c->said, mark);
    for (int i = 0; i < LASTING; i++)
        if (mark_is(mark, lasting[i], &value))
            c->in_force[i] = *mark;
}

static bool put_in_force(struct copy *c, struct err *err)
{
    bool ok = true;
    for (uint32_t i = 0; ok && i < c->said.count + LASTING; i++) {
        struct mark m = i < c->said.count ? c->said.marks[i] : c->in_force[i - c->said.count];
        m.sample = c->o->from + i; /* each can be named */
        if (m.text[0])
            ok = put_mark(c, m, err);
    }
    c->is_in_force_written = true;
    return ok;
}

static bool put_block(struct copy *c, const struct sample_block *b, struct err *err)
{
    const uint64_t end = b->first_index + b->frames;
    for (uint32_t i = 0; i < b->mark_count; i++) {
        const struct mark *m = &b->marks[i];
        if (m->sample < c->o->from)
            remember(c, m);
        else if (m->sample < c->o->to &&
                 ((!c->is_in_force_written && !put_in_force(c, err)) || !put_mark(c, *m, err)))
            return false;
    }
    const uint64_t first = b->first_index > c->o->from ? b->first_index : c->o->from;
    const uint64_t stop = end < c->o->to ? end : c->o->to;
    if (first >= stop)
        return true;
    if (!c->is_in_force_written && !put_in_force(c, err))
        return false;
    const uint32_t n = (uint32_t)(stop - first);
    for (uint32_t i = 0; i < n; i++)
        memcpy(c->packed + (size_t)i * b->channels,
               b->counts + (size_t)(first - b->first_index + i) * b->stride,
               b->channels * sizeof *c->packed);
    if (!writer_takes(c->writer, first - c->o->from))
        return err_set(err, ERR_USAGE,
                       "--to: over %d s of samples are missing before %g s: must be a stretch "
                       "before or behind that",
                       WRITER_HOLE_S, (double)first / recording_format(c->recording)->rate_hz);
    return writer_samples(c->writer, first - c->o->from, n, c->packed, err);
}

static bool copy_all(struct copy *c, struct err *err)
{
    const uint32_t stride = block_stride(recording_format(c->recording)->channels);
    struct sample_block *block = calloc(1, sizeof *block);
    int32_t *counts = malloc((size_t)BLOCK_FRAMES * stride * sizeof *counts);
    c->packed = malloc((size_t)BLOCK_FRAMES * stride * sizeof *c->packed);
    bool ok = block && counts && c->packed;
    if (!ok)
        err_set(err, ERR_MEMORY, "a block of %u channels", stride);
    while (ok) {
        block->counts = counts;
        const enum recording_result result = recording_read(c->recording, block, err);
        if (result != RECORDING_BLOCK) {
            ok = result == RECORDING_END;
            break;
        }
        ok = put_block(c, block, err);
        if (block->first_index >= c->o->to)
            break;
    }
    free(block);
    free(counts);
    free(c->packed);
    return ok && writer_finish(c->writer, err);
}

bool export_signals(const struct export_signals *o, struct recording *recording, struct err *err)
{
    struct copy *c = calloc(1, sizeof *c);
    struct stream_format *format = malloc(sizeof *format);
    bool ok = c && format;
    if (!ok) {
        err_set(err, ERR_MEMORY, "%s", o->path);
    } else {
        *format = *recording_format(recording);
        for (uint32_t i = 0; i < format->channels; i++)
            stream_input_round(&format->inputs[i]);
        const struct writer_options w = {
            .path = o->path,
            .format = format,
            .start_utc_ns =
                start_utc_ns(recording_info(recording), o->from, format->rate_hz, o->is_identified),
            .version = LSRD_VERSION,
        };
        c->o = o;
        c->recording = recording;
        c->writer = writer_open(&w, file_ops_system(), err);
        recording_seek(recording, 0);
        ok = c->writer && copy_all(c, err);
        if (c->writer)
            writer_close(c->writer);
    }
    free(format);
    free(c);
    return ok;
}
