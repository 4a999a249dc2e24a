/* SPDX-License-Identifier: Apache-2.0 */
/* Puts one or several files onto one time line: stretches of frames that exist, and marks. */
#include "record/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/case_files.h"
#include "record/edf_file.h"
#include "record/wav.h"

/* Bounds of what a file may make us keep. A three-hour case has some hundred of each. */
enum {
    PARTS = 256,         /* files of a case directory */
    STRETCHES = 1 << 17, /* of frames without a break */
    MARKS = 1 << 16,
    MARK_BYTES = 8 << 20, /* all marks' texts */
};

/* Frames [start, start + frames) of the stream are frames from first on of a part. */
struct stretch {
    uint64_t start;
    uint64_t frames;
    uint64_t first;
    uint32_t part;
};

struct lost {
    uint64_t start;
    uint64_t end;
};

/* A mark kept small: text and name, both terminated, lie at `text` in the arena. */
struct kept_mark {
    uint64_t sample;
    uint32_t order; /* of arrival, where samples are equal */
    uint32_t text;
};

struct recording {
    struct stream_format format;
    struct recording_info info;
    struct remarks remarks;
    char kind[8];
    char *config;
    struct signal_file *parts[PARTS];
    uint32_t part_count;
    struct stretch *stretches;
    uint32_t stretch_count;
    struct kept_mark *marks;
    uint32_t mark_count;
    uint32_t marks_dropped;
    char *arena;
    size_t arena_used;
    size_t arena_size;
    /* Where the next read is. */
    uint32_t at_stretch;
    uint64_t at_offset;
    uint32_t at_mark;
};

static bool grow(void **memory, uint32_t count, size_t item, struct err *err)
{
    if (count & (count - 1)) /* capacity is the next power of two */
        return true;
    void *bigger = realloc(*memory, (count ? 2 * (size_t)count : 1) * item);
    if (!bigger)
        return err_set(err, ERR_MEMORY, "%u entries", count);
    *memory = bigger;
    return true;
}

static bool add_stretch(struct recording *r, struct stretch s, struct err *err)
{
    if (s.frames == 0)
        return true;
    if (r->stretch_count > 0) {
        struct stretch *last = &r->stretches[r->stretch_count - 1];
        if (last->part == s.part && last->start + last->frames == s.start &&
            last->first + last->frames == s.first) {
            last->frames += s.frames;
            return true;
        }
    }
    if (r->stretch_count == STRETCHES)
        return err_set(err, ERR_FORMAT, "%s: more than %d breaks: must be fewer",
                       r->parts[s.part]->name, STRETCHES);
    if (!grow((void **)&r->stretches, r->stretch_count, sizeof s, err))
        return false;
    r->stretches[r->stretch_count++] = s;
    return true;
}

static bool add_mark(struct recording *r, const struct mark *m, struct err *err)
{
    const size_t text = strlen(m->text) + 1;
    const size_t by = strlen(m->by) + 1;
    if (r->mark_count == MARKS || r->arena_used + text + by > MARK_BYTES) {
        r->marks_dropped++;
        return true;
    }
    if (r->arena_used + text + by > r->arena_size) {
        const size_t size = r->arena_size ? 2 * r->arena_size : 4096;
        char *bigger = realloc(r->arena, size);
        if (!bigger)
            return err_set(err, ERR_MEMORY, "marks");
        r->arena = bigger;
        r->arena_size = size;
    }
    if (!grow((void **)&r->marks, r->mark_count, sizeof *r->marks, err))
        return false;
    r->marks[r->mark_count] = (struct kept_mark){
        .sample = m->sample, .order = r->mark_count, .text = (uint32_t)r->arena_used};
    r->mark_count++;
    memcpy(r->arena + r->arena_used, m->text, text);
    memcpy(r->arena + r->arena_used + text, m->by, by);
    r->arena_used += text + by;
    return true;
}

static int compare_marks(const void *a, const void *b)
{
    const struct kept_mark *x = a;
    const struct kept_mark *y = b;
    if (x->sample != y->sample)
        return x->sample < y->sample ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* ---- one EDF file onto the time line ---- */

struct scan {
    struct recording *r;
    struct edf_file *file;
    uint32_t part;
    uint64_t base;          /* index of the part's first frame */
    double first_onset_s;   /* of record 0 */
    uint64_t next_record;   /* whose clock has not been seen */
    struct stretch *blocks; /* as the clocks say, before lost frames are taken out */
    uint32_t block_count;
    struct lost *lost;
    uint32_t lost_count;
};

/* Index of an onset; before the first record it is the first frame. False: beyond any case. */
static bool index_of(const struct scan *s, double onset_s, uint64_t *index)
{
    const double frames = rint((onset_s - s->first_onset_s) * s->r->format.rate_hz);
    if (!(frames < 9e15))
        return false;
    *index = s->base + (frames > 0 ? (uint64_t)frames : 0);
    return true;
}

static bool visit_clock(struct scan *s, uint64_t record, const struct annotation *a,
                        struct err *err)
{
    const char *name = edf_file_base(s->file)->name;
    const bool has_breaks = edf_file_header(s->file)->continuity == EDF_DISCONTINUOUS;
    if (record < s->next_record)
        return true; /* a second annotation signal has its own */
    if (record == 0)
        s->first_onset_s = a->onset_s;
    s->next_record = record + 1;
    if (!has_breaks)
        return true;
    const uint32_t frames = edf_file_frames_per_record(s->file);
    struct stretch next = {.frames = frames, .first = record * frames, .part = s->part};
    if (!index_of(s, a->onset_s, &next.start))
        return err_set(err, ERR_FORMAT, "%s: record %llu starts at %g s: must be below 9e15 frames",
                       name, (unsigned long long)record, a->onset_s);
    struct stretch *last = s->block_count ? &s->blocks[s->block_count - 1] : NULL;
    if (last) {
        const uint64_t expected = last->start + last->frames;
        if (next.start + 1 < expected)
            return err_set(err, ERR_FORMAT,
                           "%s: record %llu starts at %.9g s, before the end of the record before "
                           "it: must be %.9g s or later",
                           name, (unsigned long long)record, a->onset_s,
                           (double)(expected - s->base) / s->r->format.rate_hz + s->first_onset_s);
        if (next.start <= expected + 1 && last->first + last->frames == next.first) {
            last->frames += frames; /* a frame more or less is rounding */
            return true;
        }
    }
    if (s->block_count == STRETCHES)
        return err_set(err, ERR_FORMAT, "%s: more than %d breaks: must be fewer", name, STRETCHES);
    if (!grow((void **)&s->blocks, s->block_count, sizeof next, err))
        return false;
    s->blocks[s->block_count++] = next;
    return true;
}

static bool visit_lost(struct scan *s, const struct annotation *a, struct err *err)
{
    uint64_t start;
    const double frames = rint(a->duration_s * s->r->format.rate_hz);
    if (!index_of(s, a->onset_s, &start) || !(frames >= 1) || !(frames < 9e15))
        return true;
    const uint64_t end = start + (uint64_t)frames;
    struct lost *last = s->lost_count ? &s->lost[s->lost_count - 1] : NULL;
    if (last && start >= last->start && start <= last->end) {
        if (end > last->end)
            last->end = end;
        return true;
    }
    if (s->lost_count == STRETCHES)
        return err_set(err, ERR_FORMAT, "%s: more than %d lost stretches: must be fewer",
                       edf_file_base(s->file)->name, STRETCHES);
    if (!grow((void **)&s->lost, s->lost_count, sizeof *s->lost, err))
        return false;
    s->lost[s->lost_count++] = (struct lost){start, end};
    return true;
}

static bool visit(void *context, uint64_t record, const struct annotation *a, struct err *err)
{
    struct scan *s = context;
    if (a->is_clock)
        return visit_clock(s, record, a, err);
    if (edf_file_header(s->file)->continuity == EDF_DISCONTINUOUS && s->next_record <= record)
        return err_set(err, ERR_FORMAT,
                       "%s: record %llu: does not say first when it starts: must, with gaps",
                       edf_file_base(s->file)->name, (unsigned long long)record);
    if (annotation_is(a, ANNOTATION_LOST))
        return visit_lost(s, a, err);
    uint64_t sample;
    struct mark m;
    if (!index_of(s, a->onset_s, &sample) || !annotation_to_mark(a->text, a->text_size, sample, &m))
        return true;
    return add_mark(s->r, &m, err);
}

static int compare_lost(const void *a, const void *b)
{
    const struct lost *x = a;
    const struct lost *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* The blocks without the frames that were lost. */
static bool add_blocks(struct scan *s, struct err *err)
{
    if (s->lost_count)
        qsort(s->lost, s->lost_count, sizeof *s->lost, compare_lost);
    uint32_t k = 0;
    for (uint32_t i = 0; i < s->block_count; i++) {
        struct stretch b = s->blocks[i];
        while (b.frames > 0) {
            while (k < s->lost_count && s->lost[k].end <= b.start)
                k++;
            const uint64_t end = b.start + b.frames;
            uint64_t stop = k < s->lost_count && s->lost[k].start < end ? s->lost[k].start : end;
            if (stop < b.start)
                stop = b.start;
            struct stretch kept = b;
            kept.frames = stop - b.start;
            if (!add_stretch(s->r, kept, err))
                return false;
            uint64_t skip = stop - b.start;
            if (stop < end)
                skip = (s->lost[k].end < end ? s->lost[k].end : end) - b.start;
            b.start += skip;
            b.first += skip;
            b.frames -= skip;
        }
    }
    return true;
}

static bool scan_annotations(struct scan *s, struct err *err)
{
    const struct edf_header *h = edf_file_header(s->file);
    const char *name = edf_file_base(s->file)->name;
    uint64_t broken;
    if (!edf_file_annotations(s->file, visit, s, &broken, err))
        return false;
    if (broken)
        remark(&s->r->remarks, "%s: annotations of %llu records are damaged and partly unread",
               name, (unsigned long long)broken);
    if (h->continuity == EDF_DISCONTINUOUS && s->next_record < edf_file_records(s->file))
        return err_set(err, ERR_FORMAT,
                       "%s: record %llu: does not say when it starts: must, with gaps", name,
                       (unsigned long long)s->next_record);
    if (h->continuity != EDF_DISCONTINUOUS) {
        if (!grow((void **)&s->blocks, 0, sizeof *s->blocks, err))
            return false;
        s->blocks[s->block_count++] = (struct stretch){
            .start = s->base, .frames = edf_file_base(s->file)->frames, .part = s->part};
    }
    return add_blocks(s, err);
}

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
    struct scan s = {.r = r, .file = f, .part = r->part_count};
    r->parts[r->part_count++] = edf_file_base(f);
    const struct edf_header *h = edf_file_header(f);
    const char *name = edf_file_base(f)->name;
    struct stream_format *format = &r->format;
    struct stream_format *own = NULL;
    bool ok = true;
    if (s.part > 0) {
        format = own = malloc(sizeof *own);
        if (!own)
            return err_set(err, ERR_MEMORY, "%s", name);
    }
    ok = edf_file_choose(f, o->labels, o->label_count, format, &r->remarks, err);
    if (ok && s.part > 0) {
        const struct stretch *last = &r->stretches[r->stretch_count - 1];
        s.base = case_first_frame(h->recording);
        if (!same_format(&r->format, format))
            ok = err_set(err, ERR_FORMAT,
                         "%s: channels differ from those of signals.bdf: must be "
                         "the same",
                         name);
        else if (s.base < last->start + last->frames)
            ok = err_set(err, ERR_FORMAT, "%s: first_frame=%llu: must be %llu or more", name,
                         (unsigned long long)s.base,
                         (unsigned long long)(last->start + last->frames));
    } else if (ok) {
        s.base = is_case ? case_first_frame(h->recording) : 0;
        snprintf(r->kind, sizeof r->kind, "%s%s", h->is_bdf ? "BDF" : "EDF",
                 h->continuity == EDF_PLAIN        ? ""
                 : h->continuity == EDF_CONTINUOUS ? "+C"
                                                   : "+D");
        memcpy(r->info.start_date, h->start_date, sizeof h->start_date);
        memcpy(r->info.start_time, h->start_time, sizeof h->start_time);
    }
    ok = ok && scan_annotations(&s, err);
    free(own);
    free(s.blocks);
    free(s.lost);
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
    return add_stretch(r, (struct stretch){.frames = f->frames}, err);
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
    if (r->stretch_count == 0) {
        err_set(err, ERR_FORMAT, "%s: every sample of it was lost", signal_file_name(path));
        recording_close(r);
        return NULL;
    }
    if (r->mark_count)
        qsort(r->marks, r->mark_count, sizeof *r->marks, compare_marks);
    if (r->marks_dropped)
        remark(&r->remarks, "%s: %u annotations over %d are not read", signal_file_name(path),
               r->marks_dropped, MARKS);
    const struct stretch *last = &r->stretches[r->stretch_count - 1];
    r->info.kind = r->kind;
    r->info.config = r->config;
    r->info.length = last->start + last->frames;
    r->info.marks = r->mark_count;
    return r;
}

void recording_close(struct recording *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->part_count; i++)
        r->parts[i]->ops->close(r->parts[i]);
    free(r->stretches);
    free(r->marks);
    free(r->arena);
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
    out->mark_count = 0;
    for (; r->at_mark < r->mark_count && r->marks[r->at_mark].sample < until; r->at_mark++) {
        const struct kept_mark *kept = &r->marks[r->at_mark];
        /* Noted during a hole: acts before the next frame that there is. Behind the end: at it. */
        uint64_t sample = kept->sample > out->first_index ? kept->sample : out->first_index;
        if (sample > r->info.length)
            sample = r->info.length;
        if (out->mark_count == BLOCK_MARKS) {
            out->frames = (uint32_t)(sample - out->first_index);
            return;
        }
        const char *text = r->arena + kept->text;
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
    if (r->at_stretch == r->stretch_count) {
        out->first_index = r->info.length;
        out->frames = 0;
        take_marks(r, out, UINT64_MAX);
        return out->mark_count ? RECORDING_BLOCK : RECORDING_END;
    }
    const struct stretch *s = &r->stretches[r->at_stretch];
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
    uint32_t low = 0;
    uint32_t high = r->stretch_count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (r->stretches[middle].start + r->stretches[middle].frames > sample)
            high = middle;
        else
            low = middle + 1;
    }
    r->at_stretch = low;
    r->at_offset = 0;
    if (low < r->stretch_count && sample > r->stretches[low].start)
        r->at_offset = sample - r->stretches[low].start;
    low = 0;
    high = r->mark_count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (r->marks[middle].sample >= sample)
            high = middle;
        else
            low = middle + 1;
    }
    r->at_mark = low;
}
