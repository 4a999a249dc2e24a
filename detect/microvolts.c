/* SPDX-License-Identifier: Apache-2.0 */
/* Counts to microvolts, eight lanes at a time. */
#include "detect/microvolts.h"

#include <string.h>

#include "detect/lanes.h"

enum { PART = 32 }; /* frames picked in one go */

static void side_init(struct microvolts_side *s, uint32_t lane, uint16_t input, double sign,
                      const struct bank_params *p)
{
    s->input[lane] = input;
    s->gain_uv[lane] = sign * p->scale[input].gain_uv;
    s->offset_uv[lane] = sign * p->scale[input].offset_uv;
    s->low[lane] = p->clip_low[input];
    s->high[lane] = p->clip_high[input];
}

/* What a lane over the channels looks at does not matter: the next input, so that all eight may lie
 * side by side. */
static void unused_init(struct microvolts_side *s, uint32_t from, uint32_t inputs)
{
    for (uint32_t lane = from; lane < BANK_CHANNELS; lane++) {
        const uint32_t next = lane > 0 ? s->input[lane - 1] + 1u : 0;
        s->input[lane] = (uint16_t)(next < block_stride(inputs) ? next : 0);
        s->low[lane] = INT32_MIN;
        s->high[lane] = INT32_MAX;
    }
}

void microvolts_init(struct microvolts *m, const struct bank_params *params)
{
    memset(m, 0, sizeof *m);
    m->stride = block_stride(params->channels);
    unused_init(&m->minus, 0, params->inputs);
    for (uint32_t c = 0; c < params->channels; c++) {
        const struct bank_channel *ch = &params->channel[c];
        const double sign = ch->inverted ? -1.0 : 1.0;
        side_init(&m->plus, c, ch->input, sign, params);
        if (ch->minus == BANK_NO_INPUT)
            continue;
        side_init(&m->minus, c, ch->minus, -sign, params);
        m->is_bipolar = true;
    }
    unused_init(&m->plus, params->channels, params->inputs);
}

/* The counts of eight lanes side by side: where they lie so already, there; else copied. */
static const int32_t *pick(const uint16_t *input, const int32_t *counts, uint32_t in_stride,
                           uint32_t frames, int32_t *copy, uint32_t *stride)
{
    bool aligned = (uint32_t)input[0] + BLOCK_LANES <= in_stride;
    for (uint32_t k = 1; k < BLOCK_LANES; k++)
        aligned = aligned && (uint32_t)input[k] == (uint32_t)input[0] + k;
    *stride = aligned ? in_stride : BLOCK_LANES;
    if (aligned)
        return counts + input[0];
    for (uint32_t i = 0; i < frames; i++, counts += in_stride)
        for (uint32_t k = 0; k < BLOCK_LANES; k++)
            copy[i * BLOCK_LANES + k] = counts[input[k]];
    return copy;
}

/* Adds eight lanes of one side to uv. */
static void add_side(const struct microvolts_side *s, uint32_t lane, const int32_t *counts,
                     uint32_t in_stride, uint32_t frames, double *uv, uint32_t stride, bool is_first,
                     uint8_t *clipped)
{
    int32_t copy[PART * BLOCK_LANES];
    uint32_t step;
    const int32_t *from = pick(s->input + lane, counts, in_stride, frames, copy, &step);
    const lanes_int low = *(const lanes_int *)(const void *)(s->low + lane);
    const lanes_int high = *(const lanes_int *)(const void *)(s->high + lane);
    lanes_int out = {0};
    for (uint32_t i = 0; i < frames; i++, from += step, uv += stride) {
        const lanes_int count = *(const lanes_int *)(const void *)from;
        out |= (count <= low) | (count >= high);
        for (int p = 0; p < LANE_PARTS; p++) {
            lane_part v = lanes_load_counts(from, p) * lanes_load(s->gain_uv + lane, p) +
                          lanes_load(s->offset_uv + lane, p);
            if (!is_first)
                v += lanes_load(uv, p);
            lanes_store(uv, p, v);
        }
    }
    for (uint32_t k = 0; k < BLOCK_LANES; k++)
        clipped[k] |= out[k] != 0;
}

void microvolts_feed(const struct microvolts *m, const int32_t *counts, uint32_t in_stride,
                     uint32_t frames, double *uv, uint8_t *clipped)
{
    for (; frames > 0; counts += (size_t)PART * in_stride, uv += (size_t)PART * m->stride) {
        const uint32_t part = frames < PART ? frames : PART;
        for (uint32_t lane = 0; lane < m->stride; lane += BLOCK_LANES) {
            add_side(&m->plus, lane, counts, in_stride, part, uv + lane, m->stride, true,
                     clipped + lane);
            if (m->is_bipolar)
                add_side(&m->minus, lane, counts, in_stride, part, uv + lane, m->stride, false,
                         clipped + lane);
        }
        frames -= part;
    }
}
