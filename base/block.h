/* SPDX-License-Identifier: Apache-2.0 */
/* base/block.h - a stretch of samples with the marks that fall into it: what sources fill, the
 * bank reads, and recorders write. A frame is one sample of every input. */
#ifndef LSRD_BASE_BLOCK_H
#define LSRD_BASE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mark.h"

enum {
    BLOCK_FRAMES = 4096,  /* most frames a block may hold */
    BLOCK_CHANNELS = 256, /* most inputs a stream may have */
    BLOCK_LANES = 8,      /* stride is a multiple of this */
    BLOCK_MARKS = 16,     /* most marks in one block; a source keeps the rest for the next */
    STREAM_LABEL = 17,    /* bytes of a label, as an EDF header holds it, with its NUL */
};

/* 24-bit two's complement: what every sample is from the converter to the file. */
#define SAMPLE_MIN (-8388608)
#define SAMPLE_MAX 8388607

/* One input of a stream. microvolts = (count - digital_min) * gain + physical_min, where gain =
 * (physical_max - physical_min) / (digital_max - digital_min): the numbers of an EDF/BDF header,
 * already rounded as the header prints them. Use stream_input_scale(), nowhere else. */
struct stream_input {
    char label[STREAM_LABEL];
    double physical_min; /* in microvolts (or the file's own unit where that is no voltage) */
    double physical_max; /* may be below physical_min: inverted */
    int32_t digital_min;
    int32_t digital_max; /* above digital_min */
    bool is_voltage;     /* false: a trigger or other signal without a voltage scale */
};

struct stream_format {
    uint32_t rate_hz;  /* frames per second, above 0 */
    uint32_t channels; /* 1 to BLOCK_CHANNELS */
    struct stream_input inputs[BLOCK_CHANNELS];
};

/* microvolts = count * gain_uv + offset_uv. The one function of gain and offset. */
struct stream_scale {
    double gain_uv;
    double offset_uv;
};
struct stream_scale stream_input_scale(const struct stream_input *input);

/* An input's physical range as the header of an EDF or BDF file prints it: at most eight characters
 * a number. */
struct stream_physical {
    char dimension[9]; /* uV, or mV or V where the range is too large; empty for no voltage */
    double uv; /* of one unit of the dimension; 1 where it is no voltage */
    char low[9];
    char high[9];
};

/* False: the range has no such form (not finite, too large, or no difference left). */
bool stream_input_print(const struct stream_input *input, struct stream_physical *out);

/* Rounds an input's range to what a header can hold, so that a live bank computes with exactly the
 * numbers that the recorded file will give back. False as above: nothing is changed. */
bool stream_input_round(struct stream_input *input);

struct sample_block {
    uint64_t first_index; /* of frame 0, since the case began; a jump means lost frames */
    uint32_t frames;      /* 0 to BLOCK_FRAMES; 0 only to carry marks */
    uint32_t channels;    /* 1 to BLOCK_CHANNELS */
    uint32_t stride;      /* channels rounded up to BLOCK_LANES */
    uint32_t mark_count;
    struct mark marks[BLOCK_MARKS]; /* ascending; marks[i].sample in [first_index, + frames] */
    int64_t captured_ns; /* monotonic time at which the last frame was read; 0 where meaningless.
                          * For ages and latency alone: no decision reads it. */
    int32_t *counts; /* frames x stride, frame after frame; lanes over channels hold 0. Not owned */
};

/* channels rounded up to a multiple of BLOCK_LANES. */
static inline uint32_t block_stride(uint32_t channels)
{
    return (channels + BLOCK_LANES - 1) / BLOCK_LANES * BLOCK_LANES;
}

#endif
