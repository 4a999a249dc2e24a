/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the clocks of an EDF file's records, what was lost of it, and its marks. */
#include "record/edf_timeline.h"

#include <math.h>
#include <stdlib.h>

struct lost {
    uint64_t start;
    uint64_t end;
};

struct scan {
    struct case_timeline *timeline;
    struct edf_file *file;
    uint32_t rate_hz;
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
    const double frames = rint((onset_s - s->first_onset_s) * s->rate_hz);
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
                           (double)(expected - s->base) / s->rate_hz + s->first_onset_s);
        if (next.start <= expected + 1 && last->first + last->frames == next.first) {
            last->frames += frames; /* a frame more or less is rounding */
            return true;
        }
    }
    if (s->block_count == CASE_TIMELINE_STRETCHES)
        return err_set(err, ERR_FORMAT, "%s: more than %d breaks: must be fewer", name,
                       CASE_TIMELINE_STRETCHES);
    if (!case_timeline_grow((void **)&s->blocks, s->block_count, sizeof next, err))
        return false;
    s->blocks[s->block_count++] = next;
    return true;
}

static bool visit_lost(struct scan *s, const struct annotation *a, struct err *err)
{
    uint64_t start;
    const double frames = rint(a->duration_s * s->rate_hz);
    if (!index_of(s, a->onset_s, &start) || !(frames >= 1) || !(frames < 9e15))
        return true;
    const uint64_t end = start + (uint64_t)frames;
    struct lost *last = s->lost_count ? &s->lost[s->lost_count - 1] : NULL;
    if (last && start >= last->start && start <= last->end) {
        if (end > last->end)
            last->end = end;
        return true;
    }
    if (s->lost_count == CASE_TIMELINE_STRETCHES)
        return err_set(err, ERR_FORMAT, "%s: more than %d lost stretches: must be fewer",
                       edf_file_base(s->file)->name, CASE_TIMELINE_STRETCHES);
    if (!case_timeline_grow((void **)&s->lost, s->lost_count, sizeof *s->lost, err))
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
    if (!index_of(s, a->onset_s, &sample))
        return true;
    if (annotation_is(a, ANNOTATION_END) && sample > s->timeline->end)
        s->timeline->end = sample;
    if (!annotation_to_mark(a->text, a->text_size, sample, &m))
        return true;
    return case_timeline_add_mark(s->timeline, &m, err);
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
            if (!case_timeline_add_stretch(s->timeline, kept, edf_file_base(s->file)->name, err))
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

static bool scan_annotations(struct scan *s, struct remarks *remarks, struct err *err)
{
    const struct edf_header *h = edf_file_header(s->file);
    const char *name = edf_file_base(s->file)->name;
    uint64_t broken;
    if (!edf_file_annotations(s->file, visit, s, &broken, err))
        return false;
    if (broken)
        remark(remarks, "%s: annotations of %llu records are damaged and partly unread", name,
               (unsigned long long)broken);
    if (h->continuity == EDF_DISCONTINUOUS && s->next_record < edf_file_records(s->file))
        return err_set(err, ERR_FORMAT,
                       "%s: record %llu: does not say when it starts: must, with gaps", name,
                       (unsigned long long)s->next_record);
    if (h->continuity != EDF_DISCONTINUOUS) {
        if (!case_timeline_grow((void **)&s->blocks, 0, sizeof *s->blocks, err))
            return false;
        s->blocks[s->block_count++] = (struct stretch){
            .start = s->base, .frames = edf_file_base(s->file)->frames, .part = s->part};
    }
    return add_blocks(s, err);
}

bool edf_timeline_add(struct case_timeline *t, struct edf_file *file, uint32_t part, uint64_t base,
                      uint32_t rate_hz, struct remarks *remarks, struct err *err)
{
    struct scan s = {.timeline = t, .file = file, .rate_hz = rate_hz, .part = part, .base = base};
    const bool ok = scan_annotations(&s, remarks, err);
    free(s.blocks);
    free(s.lost);
    return ok;
}
