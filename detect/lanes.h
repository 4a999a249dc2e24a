/* SPDX-License-Identifier: Apache-2.0 */
/* detect/lanes.h - eight lanes of a frame as vectors of the width that the compiler's target has.
 * Frames have a stride of BLOCK_LANES, so a loop goes over groups of eight lanes and, within, over
 * LANE_PARTS vectors whose number the compiler knows: it keeps them in registers. */
#ifndef LSRD_DETECT_LANES_H
#define LSRD_DETECT_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "base/block.h"

#if defined(__AVX512F__)
enum { LANE_WIDTH = 8 };
typedef double lane_part __attribute__((vector_size(64), aligned(8), may_alias));
#elif defined(__AVX2__)
enum { LANE_WIDTH = 4 };
typedef double lane_part __attribute__((vector_size(32), aligned(8), may_alias));
#else
enum { LANE_WIDTH = 2 };
typedef double lane_part __attribute__((vector_size(16), aligned(8), may_alias));
#endif

enum { LANE_PARTS = BLOCK_LANES / LANE_WIDTH };

/* What a comparison gives: all bits of a lane or none. */
typedef int64_t lane_mask __attribute__((vector_size(8 * LANE_WIDTH)));

/* The same in single precision and in counts: eight lanes at once, and as many as a lane_part has. */
typedef float lanes_float __attribute__((vector_size(32), aligned(4), may_alias));
typedef float lane_part_float
    __attribute__((vector_size(4 * LANE_WIDTH), aligned(4), may_alias));
typedef int32_t lanes_int __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t lane_part_int
    __attribute__((vector_size(4 * LANE_WIDTH), aligned(4), may_alias));

static inline lane_part lanes_load(const double *from, int part)
{
    return ((const lane_part *)(const void *)from)[part];
}

static inline void lanes_store(double *to, int part, lane_part v)
{
    ((lane_part *)(void *)to)[part] = v;
}

static inline void lanes_store_float(float *to, int part, lane_part v)
{
    ((lane_part_float *)(void *)to)[part] = __builtin_convertvector(v, lane_part_float);
}

static inline lane_part lanes_load_counts(const int32_t *from, int part)
{
    return __builtin_convertvector(((const lane_part_int *)(const void *)from)[part], lane_part);
}

#endif
