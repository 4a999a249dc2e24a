/* SPDX-License-Identifier: Apache-2.0 */
/* detect/run.h - what the bank hands from stage to stage: a run of frames in microvolts.
 * A run never crosses a tick of the 1 ms grid, a mark, a gap or the end of a sweep's window. Those
 * lie at absolute indices, so a stage may decide once a run: block sizes cannot change the runs.
 * Every stage is an opaque struct in the bank's one block of memory: X_size() bytes, made by
 * X_init(), without pointers inside, so that a copy of the bytes goes on identically. */
#ifndef LSRD_DETECT_RUN_H
#define LSRD_DETECT_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/block.h"
#include "base/finding.h"

#define NO_SAMPLE UINT64_MAX

enum { TICK_FRAMES_MOST = 193 }; /* of a run at the highest rate */

struct frame_run {
    uint64_t first_index;   /* of frame 0 */
    uint32_t frames;        /* at least 1, at most a tick's */
    uint32_t channels;      /* muscle channels */
    uint32_t stride;        /* channels rounded up to BLOCK_LANES; lanes over channels hold 0 */
    const double *uv;       /* frames x stride, frame after frame */
    const uint8_t *clipped; /* stride flags: 1 where an input was at its converter's end in the run */
};

/* The newest stimulus: from its onset to the end of the stretch that belongs to it (artifact, M
 * wave, response window). NO_SAMPLE in both: there was none. Stretches of earlier stimuli are over
 * when a newer one starts. */
struct stimulus_blank {
    uint64_t from;
    uint64_t to;
};

/* First index of the 1 ms grid above index: ticks start at floor(k x rate / 1000), k = 0, 1, ...
 * A grid over absolute indices that needs no particular rate. rate_hz: 1 to 192000. */
static inline uint64_t tick_after(uint64_t index, uint32_t rate_hz)
{
    const uint64_t k = ((index + 1) * 1000 + rate_hz - 1) / rate_hz;
    return k * rate_hz / 1000;
}

/* Most frames of one run. */
static inline uint32_t tick_frames_max(uint32_t rate_hz)
{
    return rate_hz / 1000 + 1;
}

/* Adds a zeroed finding and returns it. The bank gives room for a run's findings; on a full list
 * the newest is overwritten, so that a storm costs findings, never memory. */
static inline struct finding *finding_emit(struct finding_list *list, enum finding_type type,
                                           uint64_t decided_sample)
{
    struct finding *f = &list->items[list->count < list->capacity ? list->count++
                                                                  : list->capacity - 1];
    memset(f, 0, sizeof *f);
    f->type = type;
    f->decided_sample = decided_sample;
    return f;
}

#endif
