/* SPDX-License-Identifier: Apache-2.0 */
/* PCM formats to counts. One plain loop a format, so that the compiler can make vectors of it. */
#include "acquisition/convert.h"

#include <math.h>
#include <string.h>

#include "base/block.h"

size_t pcm_sample_bytes(enum pcm_format format)
{
    return format == PCM_S16 ? 2 : format == PCM_S24_3LE ? 3 : 4;
}

static inline int32_t from_s16(const unsigned char *p)
{
    return (int16_t)(uint16_t)(p[0] | p[1] << 8) * 256;
}

/* The sign arrives by shifting an unsigned word up and a signed one down, which gcc and clang define
 * as arithmetic. */
static inline int32_t from_s24_3le(const unsigned char *p)
{
    return (int32_t)((uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 24) >> 8;
}

static inline uint32_t word_at(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline int32_t from_s24(const unsigned char *p)
{
    return (int32_t)(word_at(p) << 8) >> 8;
}

static inline int32_t from_s32(const unsigned char *p)
{
    return (int32_t)word_at(p) >> 8;
}

static inline int32_t from_float(const unsigned char *p)
{
    const uint32_t bits = word_at(p);
    float x;
    memcpy(&x, &bits, sizeof x);
    x *= 8388608.0f;
    x = x == x ? x : 0.0f;
    x = x < (float)SAMPLE_MIN ? (float)SAMPLE_MIN : x;
    x = x > (float)SAMPLE_MAX ? (float)SAMPLE_MAX : x;
    return (int32_t)rintf(x);
}

/* Full lanes are one long row; otherwise each frame is a row with empty lanes behind it. */
#define CONVERT(name, bytes)                                                                       \
    static void frames_##name(const unsigned char *from, uint32_t frames, uint32_t channels,       \
                              int32_t *to)                                                         \
    {                                                                                              \
        const uint32_t stride = block_stride(channels);                                            \
        const uint32_t rows = stride == channels ? 1 : frames;                                     \
        const size_t width = stride == channels ? (size_t)frames * channels : channels;            \
        for (uint32_t r = 0; r < rows; r++, from += width * (bytes), to += stride) {               \
            for (size_t i = 0; i < width; i++)                                                     \
                to[i] = from_##name(from + i * (bytes));                                           \
            for (size_t i = width; i < stride; i++)                                                \
                to[i] = 0;                                                                         \
        }                                                                                          \
    }

CONVERT(s16, 2)
CONVERT(s24_3le, 3)
CONVERT(s24, 4)
CONVERT(s32, 4)
CONVERT(float, 4)

void pcm_to_counts(enum pcm_format format, const void *from, uint32_t frames, uint32_t channels,
                    int32_t *to)
{
    static void (*const converters[])(const unsigned char *, uint32_t, uint32_t, int32_t *) = {
        [PCM_S16] = frames_s16, [PCM_S24_3LE] = frames_s24_3le, [PCM_S24] = frames_s24,
        [PCM_S32] = frames_s32, [PCM_FLOAT] = frames_float,
    };
    converters[format](from, frames, channels, to);
}
