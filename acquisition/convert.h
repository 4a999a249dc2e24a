/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/convert.h - a device's frames as 24-bit counts in the lanes of a block.
 * Pure: no I/O, no state. Little-endian formats, as every device on this side of 1990 has them. */
#ifndef LSRD_ACQUISITION_CONVERT_H
#define LSRD_ACQUISITION_CONVERT_H

#include <stddef.h>
#include <stdint.h>

enum pcm_format {
    PCM_S16,     /* 16 bits: becomes the upper ones, so that full scale stays full scale */
    PCM_S24_3LE, /* 24 bits in 3 bytes */
    PCM_S24,     /* 24 bits in the lower ones of 4 bytes; the upper byte is ignored */
    PCM_S32,     /* 32 bits: the lower 8 are cut off, toward minus infinity */
    PCM_FLOAT,   /* 32-bit float, full scale 1: rounded to nearest, clipped; no number becomes 0 */
    PCM_FORMATS,
};

/* Bytes of one sample: 2, 3 or 4. */
size_t pcm_sample_bytes(enum pcm_format format);

/* from: frames x channels samples, interleaved, any alignment. to: frames x block_stride(channels)
 * counts; the lanes over channels become 0. */
void pcm_to_counts(enum pcm_format format, const void *from, uint32_t frames, uint32_t channels,
                    int32_t *to);

#endif
