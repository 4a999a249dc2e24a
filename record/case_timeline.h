/* SPDX-License-Identifier: Apache-2.0 */
/* record/case_timeline.h - what a recording is on the index of its case: stretches of frames that
 * exist, and marks. Bounded whatever a file says. Internal to record/. */
#ifndef LSRD_RECORD_CASE_TIMELINE_H
#define LSRD_RECORD_CASE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mark.h"

/* A three-hour case has some hundred of each. */
enum {
    CASE_TIMELINE_STRETCHES = 1 << 17,
    CASE_TIMELINE_MARKS = 1 << 16,
};

/* Frames [start, start + frames) of the case are frames from `first` on of a part. */
struct stretch {
    uint64_t start;
    uint64_t frames;
    uint64_t first;
    uint32_t part;
};

/* Text and name, both terminated, lie at `text` in the arena. */
struct case_timeline_mark {
    uint64_t sample;
    uint32_t order; /* of arrival, where samples are equal */
    uint32_t text;
};

struct case_timeline {         /* zeroed: empty */
    struct stretch *stretches; /* ascending */
    uint32_t stretch_count;
    struct case_timeline_mark *marks;
    uint32_t mark_count;
    uint32_t marks_dropped;
    char *arena;
    size_t arena_used;
    size_t arena_size;
    uint64_t end; /* said by a file whose last frames were lost; else 0 */
};

void case_timeline_fini(struct case_timeline *t);

/* Behind the last; what follows it in the case and in the same part is joined to it. name: of the
 * part, for errors. */
bool case_timeline_add_stretch(struct case_timeline *t, struct stretch s, const char *name,
                               struct err *err);
/* In any order; too many are counted and dropped. */
bool case_timeline_add_mark(struct case_timeline *t, const struct mark *m, struct err *err);
void case_timeline_sort_marks(struct case_timeline *t);

uint64_t case_timeline_length(const struct case_timeline *t); /* index behind the last frame */
uint64_t
case_timeline_lost(const struct case_timeline *t); /* frames up to there that are nowhere */

/* The first stretch that ends behind this index, the first mark at or behind it; the counts where
 * there is none. */
uint32_t case_timeline_stretch_at(const struct case_timeline *t, uint64_t sample);
uint32_t case_timeline_mark_at(const struct case_timeline *t, uint64_t sample);

/* Makes room for one more item in an array whose capacity is the power of two at or above count. */
bool case_timeline_grow(void **memory, uint32_t count, size_t item, struct err *err);

#endif
