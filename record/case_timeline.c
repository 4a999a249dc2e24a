/* SPDX-License-Identifier: Apache-2.0 */
/* Two growing arrays and the marks' texts. */
#include "record/case_timeline.h"

#include <stdlib.h>
#include <string.h>

enum { MARK_BYTES = 8 << 20 /* all marks' texts */ };

void case_timeline_fini(struct case_timeline *t)
{
    free(t->stretches);
    free(t->marks);
    free(t->arena);
    memset(t, 0, sizeof *t);
}

bool case_timeline_grow(void **memory, uint32_t count, size_t item, struct err *err)
{
    if (count & (count - 1))
        return true;
    void *bigger = realloc(*memory, (count ? 2 * (size_t)count : 1) * item);
    if (!bigger)
        return err_set(err, ERR_MEMORY, "%u entries", count);
    *memory = bigger;
    return true;
}

bool case_timeline_add_stretch(struct case_timeline *t, struct stretch s, const char *name,
                               struct err *err)
{
    if (s.frames == 0)
        return true;
    if (t->stretch_count > 0) {
        struct stretch *last = &t->stretches[t->stretch_count - 1];
        if (last->part == s.part && last->start + last->frames == s.start &&
            last->first + last->frames == s.first) {
            last->frames += s.frames;
            return true;
        }
    }
    if (t->stretch_count == CASE_TIMELINE_STRETCHES)
        return err_set(err, ERR_FORMAT, "%s: more than %d breaks: must be fewer", name,
                       CASE_TIMELINE_STRETCHES);
    if (!case_timeline_grow((void **)&t->stretches, t->stretch_count, sizeof s, err))
        return false;
    t->stretches[t->stretch_count++] = s;
    return true;
}

bool case_timeline_add_mark(struct case_timeline *t, const struct mark *m, struct err *err)
{
    const size_t text = strlen(m->text) + 1;
    const size_t by = strlen(m->by) + 1;
    if (t->mark_count == CASE_TIMELINE_MARKS || t->arena_used + text + by > MARK_BYTES) {
        t->marks_dropped++;
        return true;
    }
    if (t->arena_used + text + by > t->arena_size) {
        const size_t size = t->arena_size ? 2 * t->arena_size : 4096;
        char *bigger = realloc(t->arena, size);
        if (!bigger)
            return err_set(err, ERR_MEMORY, "marks");
        t->arena = bigger;
        t->arena_size = size;
    }
    if (!case_timeline_grow((void **)&t->marks, t->mark_count, sizeof *t->marks, err))
        return false;
    t->marks[t->mark_count] = (struct case_timeline_mark){
        .sample = m->sample, .order = t->mark_count, .text = (uint32_t)t->arena_used};
    t->mark_count++;
    memcpy(t->arena + t->arena_used, m->text, text);
    memcpy(t->arena + t->arena_used + text, m->by, by);
    t->arena_used += text + by;
    return true;
}

static int compare_marks(const void *a, const void *b)
{
    const struct case_timeline_mark *x = a;
    const struct case_timeline_mark *y = b;
    if (x->sample != y->sample)
        return x->sample < y->sample ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

void case_timeline_sort_marks(struct case_timeline *t)
{
    if (t->mark_count)
        qsort(t->marks, t->mark_count, sizeof *t->marks, compare_marks);
}

uint64_t case_timeline_length(const struct case_timeline *t)
{
    const struct stretch *last = t->stretch_count ? &t->stretches[t->stretch_count - 1] : NULL;
    const uint64_t length = last ? last->start + last->frames : 0;
    return t->end > length ? t->end : length;
}

uint64_t case_timeline_lost(const struct case_timeline *t)
{
    const uint64_t length = case_timeline_length(t);
    uint64_t frames = 0;
    for (uint32_t i = 0; i < t->stretch_count; i++)
        frames += t->stretches[i].frames;
    return frames < length ? length - frames : 0; /* records may overlap by a frame of rounding */
}

uint32_t case_timeline_stretch_at(const struct case_timeline *t, uint64_t sample)
{
    uint32_t low = 0;
    uint32_t high = t->stretch_count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (t->stretches[middle].start + t->stretches[middle].frames > sample)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

uint32_t case_timeline_mark_at(const struct case_timeline *t, uint64_t sample)
{
    uint32_t low = 0;
    uint32_t high = t->mark_count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (t->marks[middle].sample >= sample)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
