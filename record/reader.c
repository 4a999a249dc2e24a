/* SPDX-License-Identifier: Apache-2.0 */
/* Opens one or several files as one case, and reads it block by block. */
#include "record/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/case_files.h"
#include "record/edf_timeline.h"
#include "record/wav.h"

enum { PARTS = 256 }; /* files of a case directory */

struct recording {
    struct stream_format format;
    struct recording_info info;
    struct remarks remarks;
    char kind[8];
    char *config;
    struct signal_file *parts[PARTS];
    uint32_t part_count;
    struct case_timeline timeline;
    /* Where the next read is. */
    uint32_t at_stretch;
    uint64_t at_offset;
    uint32_t at_mark;
};

static bool same_format(const struct stream_format *a, const struct stream_format *b)
{
    if (a->rate_hz != b->rate_hz || a->channels != b->channels)
        return false;
    for (uint32_t c = 0; c < a->channels; c++) {
        const struct stream_input *x = &a->inputs[c];
        const struct stream_input *y = &b->inputs[c];
        if (strcmp(x->label, y->label) != 0 || x->digital_min != y->digital_min ||
            x->digital_max != y->digital_max || x->physical_min < y->physical_min ||
            x->physical_min > y->physical_min || x->physical_max < y->physical_max ||
            x->physical_max > y->physical_max)
            return false;
    }
    return true;
}

static bool add_edf(struct recording *r, const char *path, const struct recording_options *o,
                    bool is_case, struct err *err)
{
    struct edf_file *f = edf_file_open(path, &r->remarks, err);
    if (!f)
        return false;
    if (r->part_count > 0 && edf_file_records(f) == 0) {
        /* A continuation that ended before its first record did. */
        edf_file_base(f)->ops->close(edf_file_base(f));
        return true;
    }
    const uint32_t part = r->part_count;
    uint64_t base = 0;
    r->parts[r->part_count++] = edf_file_base(f);
    const struct edf_header *h = edf_file_header(f);
    const char *name = edf_file_base(f)->name;
    struct stream_format *format = &r->format;
    struct stream_format *own = NULL;
    if (part > 0) {
        format = own = malloc(sizeof *own);
        if (!own)
            return err_set(err, ERR_MEMORY, "%s", name);
    }
    bool ok = edf_file_choose(f, o->labels, o->label_count, format, &r->remarks, err);
    if (ok && part > 0) {
        const uint64_t end = case_timeline_length(&r->timeline);
        base = case_first_frame(h->recording);
        if (!same_format(&r->format, format))
            ok = err_set(err, ERR_FORMAT,
                         "%s: channels differ from those of signals.bdf: must be "
                         "the same",
                         name);
        else if (base < end)
            ok = err_set(err, ERR_FORMAT, "%s: first_frame=%llu: must be %llu or more", name,
                         (unsigned long long)base, (unsigned long long)end);
    } else if (ok) {
        base = is_case ? case_first_frame(h->recording) : 0;
        snprintf(r->kind, sizeof r->kind, "%s%s", h->is_bdf ? "BDF" : "EDF",
                 h->continuity == EDF_PLAIN        ? ""
                 : h->continuity == EDF_CONTINUOUS ? "+C"
                                                   : "+D");
        memcpy(r->info.start_date, h->start_date, sizeof h->start_date);
        memcpy(r->info.start_time, h->start_time, sizeof h->start_time);
    }
    ok = ok && edf_timeline_add(&r->timeline, f, part, base, format->rate_hz, &r->remarks, err);
    free(own);
    return ok;
}

static bool add_wav(struct recording *r, const char *path, const struct recording_options *o,
                    struct err *err)
{
    const double scale = o->wav_full_scale_uv > 0 ? o->wav_full_scale_uv : 10000;
    struct signal_file *f = wav_open(path, scale, &r->format, err);
    if (!f)
        return false;
    r->parts[r->part_count++] = f;
    snprintf(r->kind, sizeof r->kind, "WAV");
    return case_timeline_add_stretch(&r->timeline, (struct stretch){.frames = f->frames}, f->name,
                                     err);
}

static bool is_wav(const char *path)
{
    unsigned char bytes[12];
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return false;
    const ssize_t n = read(fd, bytes, sizeof bytes);
    close(fd);
    return n > 0 && wav_is(bytes, (size_t)n);
}

static bool add_case(struct recording *r, const char *directory, const struct recording_options *o,
                     struct err *err)
{
    char path[4096];
    struct stat st;
    for (uint32_t part = 1; part <= PARTS; part++) {
        int n = snprintf(path, sizeof path, "%s/signals.bdf", directory);
        if (part > 1)
            n = snprintf(path, sizeof path, "%s/signals-%u.bdf", directory, part);
        if (n < 0 || (size_t)n >= sizeof path)
            return err_set(err, ERR_USAGE, "%.60s...: path is too long", directory);
        if (stat(path, &st) != 0) {
            if (part > 1)
                break;
            return err_set(err, ERR_USAGE, "%s: a directory without signals.bdf is no case",
                           directory);
        }
        if (!add_edf(r, path, o, true, err))
            return false;
    }
    snprintf(path, sizeof path, "%s/lsrd.conf", directory);
    if (stat(path, &st) == 0) {
        r->config = strdup(path);
        if (!r->config)
            return err_set(err, ERR_MEMORY, "%s", path);
    }
    return true;
}

static bool open_path(struct recording *r, const char *path, const struct recording_options *o,
                      struct err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return err_set_os(err, errno == ENOENT ? ERR_USAGE : ERR_IO, errno, "cannot open %s", path);
    if (S_ISDIR(st.st_mode))
        return add_case(r, path, o, err);
    return is_wav(path) ? add_wav(r, path, o, err) : add_edf(r, path, o, false, err);
}

struct recording *recording_open(const char *path, const struct recording_options *options,
                                 struct err *err)
{
    static const struct recording_options plain = {0};
    struct recording *r = calloc(1, sizeof *r);
    if (!r) {
        err_set(err, ERR_MEMORY, "%s", path);
        return NULL;
    }
    if (!open_path(r, path, options ? options : &plain, err)) {
        recording_close(r);
        return NULL;
    }
    if (r->timeline.stretch_count == 0) {
        err_set(err, ERR_FORMAT, "%s: every sample of it was lost", signal_file_name(path));
        recording_close(r);
        return NULL;
    }
    case_timeline_sort_marks(&r->timeline);
    if (r->timeline.marks_dropped)
        remark(&r->remarks, "%s: %u annotations over %d are not read", signal_file_name(path),
               r->timeline.marks_dropped, CASE_TIMELINE_MARKS);
    r->info.kind = r->kind;
    r->info.config = r->config;
    r->info.length = case_timeline_length(&r->timeline);
    r->info.lost = case_timeline_lost(&r->timeline);
    r->info.marks = r->timeline.mark_count;
    return r;
}

void recording_close(struct recording *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->part_count; i++)
        r->parts[i]->ops->close(r->parts[i]);
    case_timeline_fini(&r->timeline);
    free(r->config);
    free(r);
}

const struct stream_format *recording_format(const struct recording *r)
{
    return &r->format;
}

const struct recording_info *recording_info(const struct recording *r)
{
    return &r->info;
}

const char *recording_remark(const struct recording *r, uint32_t index)
{
    return index < r->remarks.count ? r->remarks.lines[index] : NULL;
}

/* Puts marks before or at the block's frames, shortens the block where they are too many. `until`:
 * marks below this index belong here. */
static void take_marks(struct recording *r, struct sample_block *out, uint64_t until)
{
    const struct case_timeline *t = &r->timeline;
    out->mark_count = 0;
    for (; r->at_mark < t->mark_count && t->marks[r->at_mark].sample < until; r->at_mark++) {
        const struct case_timeline_mark *kept = &t->marks[r->at_mark];
        /* Noted during a hole: acts before the next frame that there is. Behind the end: at it. */
        uint64_t sample = kept->sample > out->first_index ? kept->sample : out->first_index;
        if (sample > r->info.length)
            sample = r->info.length;
        if (out->mark_count == BLOCK_MARKS) {
            out->frames = (uint32_t)(sample - out->first_index);
            return;
        }
        const char *text = t->arena + kept->text;
        mark_set(&out->marks[out->mark_count++], sample, text, text + strlen(text) + 1);
    }
}

enum recording_result recording_read(struct recording *r, struct sample_block *out, struct err *err)
{
    return recording_read_some(r, BLOCK_FRAMES, out, err);
}

enum recording_result recording_read_some(struct recording *r, uint32_t frames,
                                          struct sample_block *out, struct err *err)
{
    out->channels = r->format.channels;
    out->stride = block_stride(out->channels);
    out->captured_ns = 0;
    if (r->at_stretch == r->timeline.stretch_count) {
        out->first_index = r->info.length;
        out->frames = 0;
        take_marks(r, out, UINT64_MAX);
        return out->mark_count ? RECORDING_BLOCK : RECORDING_END;
    }
    const struct stretch *s = &r->timeline.stretches[r->at_stretch];
    const uint64_t left = s->frames - r->at_offset;
    const bool ends = left <= frames;
    out->first_index = s->start + r->at_offset;
    out->frames = ends ? (uint32_t)left : frames;
    /* A mark at the index behind the last frame before a hole acts before the hole. */
    take_marks(r, out, out->first_index + out->frames + (ends ? 1 : 0));
    if (out->frames) {
        struct signal_file *part = r->parts[s->part];
        if (out->stride > out->channels)
            memset(out->counts, 0, (size_t)out->frames * out->stride * sizeof *out->counts);
        if (!part->ops->read(part, s->first + r->at_offset, out->frames, out->counts, out->stride,
                             err))
            return RECORDING_FAILED;
    }
    r->at_offset += out->frames;
    if (r->at_offset == s->frames) {
        r->at_stretch++;
        r->at_offset = 0;
    }
    return RECORDING_BLOCK;
}

void recording_seek(struct recording *r, uint64_t sample)
{
    const struct case_timeline *t = &r->timeline;
    r->at_stretch = case_timeline_stretch_at(t, sample);
    r->at_offset = 0;
    if (r->at_stretch < t->stretch_count && sample > t->stretches[r->at_stretch].start)
        r->at_offset = sample - t->stretches[r->at_stretch].start;
    r->at_mark = case_timeline_mark_at(t, sample);
}
