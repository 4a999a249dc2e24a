/* SPDX-License-Identifier: Apache-2.0 */
/* tests/acquisition/rig.h - a virtual amplifier whose every frame tells its number, a source on it, and a
 * judge that compares each captured frame with the one that the amplifier made. */
#ifndef LSRD_TESTS_ACQUISITION_RIG_H
#define LSRD_TESTS_ACQUISITION_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "acquisition/alsa.h"

struct rig_amplifier {
    const char *format; /* as ALSA names it */
    uint32_t rate_hz;
    uint32_t channels;
    const char *lines; /* more of its description, may be NULL */
};

/* Makes folder, signal and description; name must differ between amplifiers of one test program.
 * Returns what to open; valid until the next call. */
const char *rig_amplifier(const char *name, const struct rig_amplifier *a);
void rig_clean(void); /* removes the folder */

/* Options for a device that opens it as it is. */
struct alsa_options rig_options(const char *pcm, uint32_t rate_hz);

enum { RIG_MARKS = 256 };

/* Compares frames with the amplifier's. */
struct judge {
    struct rig_amplifier amplifier;
    bool has_base;
    int64_t base;       /* amplifier's frame of index 0 */
    uint64_t next_index;
    uint64_t frames;    /* seen and right */
    uint64_t gaps;      /* jumps of the index */
    uint64_t gap_frames;
    int64_t worst_error; /* frames by which a jump was wrong, of all jumps the worst */
    uint32_t mark_count;
    struct mark marks[RIG_MARKS];
};

void judge_init(struct judge *j, const struct rig_amplifier *a);
/* False: a frame is not the one that its index says; printed. After a jump the place may be off by a
 * millisecond, which worst_error remembers. */
bool judge_take(struct judge *j, const struct sample_block *block);
/* How many marks have this text, or begin with it where it ends in `=`. */
uint32_t judge_count(const struct judge *j, const char *text);

/* The 24-bit count that a source must make of the amplifier's frame. */
int32_t rig_count(const struct rig_amplifier *a, uint64_t frame, uint32_t channel);

#endif
