/* SPDX-License-Identifier: Apache-2.0 */
/* The pyramid: the finest level is reduced in floating point with all channels of a frame as one
 * vector, and quantised outward once; the coarser ones merge its 16-bit pairs. */
#include "protocol/envelope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 8 };

void envelope_params_for_rate(struct envelope_params *p, uint32_t rate_hz, uint32_t channels,
                              float uv_per_step)
{
    uint8_t first = 1;
    while (first < ENVELOPE_LEVEL_MAX && rate_hz >> first > 2500)
        first++;
    uint8_t levels = 1;
    while (levels < ENVELOPE_LEVELS && rate_hz >> (first + levels) >= 60)
        levels++;
    *p = (struct envelope_params){
        .rate_hz = rate_hz,
        .channels = channels,
        .first_level = first,
        .levels = levels,
        .frame_samples = rate_hz >= 50 ? rate_hz / 50 : 1,
        .uv_per_step = uv_per_step,
    };
}

static uint64_t block_length(const struct envelope *e, uint32_t level)
{
    return (uint64_t)1 << (e->params.first_level + level);
}

bool envelope_init(struct envelope *e, const struct envelope_params *params, envelope_sink *sink,
                   void *context, struct err *err)
{
    memset(e, 0, sizeof *e);
    const bool is_possible =
        params->rate_hz > 0 && params->channels > 0 && params->channels <= 256 &&
        params->first_level > 0 && params->levels > 0 && params->levels <= ENVELOPE_LEVELS &&
        params->first_level + params->levels - 1 <= ENVELOPE_LEVEL_MAX &&
        params->frame_samples > 0 && params->frame_samples <= 1u << 16 && params->uv_per_step > 0;
    if (!is_possible)
        return err_set(err, ERR_FORMAT, "envelope: %u channels, levels %u + %u, %u samples a frame",
                       params->channels, params->first_level, params->levels,
                       params->frame_samples);
    e->params = *params;
    e->sink = sink;
    e->context = context;
    e->lanes = (params->channels + LANES - 1) / LANES * LANES;

    size_t pairs = 0;
    uint32_t most = 0;
    for (uint32_t k = 0; k < params->levels; k++) {
        /* A frame holds the blocks that end within frame_samples, and those that a gap ends. */
        e->level[k].capacity = (uint32_t)(params->frame_samples / block_length(e, k)) + 2;
        if (e->level[k].capacity > most)
            most = e->level[k].capacity;
        pairs += (size_t)params->channels * (e->level[k].capacity + 1);
    }
    pairs += (size_t)params->channels * most;
    const size_t floats = 2 * (size_t)e->lanes * sizeof(float);
    e->memory = calloc(1, floats + pairs * 2 * sizeof(int16_t));
    if (!e->memory)
        return err_set(err, ERR_MEMORY, "envelope of %u channels", params->channels);
    e->low = e->memory;
    e->high = e->low + e->lanes;
    int16_t *next = (int16_t *)(e->high + e->lanes);
    for (uint32_t k = 0; k < params->levels; k++) {
        e->level[k].open = next;
        next += 2 * (size_t)params->channels;
        e->level[k].blocks = next;
        next += 2 * (size_t)params->channels * e->level[k].capacity;
    }
    e->scratch = next;
    return true;
}

void envelope_fini(struct envelope *e)
{
    free(e->memory);
    e->memory = NULL;
}

/* Outward, so that the pair contains every sample. */
static int16_t quantize_low(float uv, float step)
{
    return frame_quantize(floorf(uv / step), 1);
}

static int16_t quantize_high(float uv, float step)
{
    return frame_quantize(ceilf(uv / step), 1);
}

static void emit(struct envelope *e, uint32_t k)
{
    struct envelope_level *l = &e->level[k];
    if (l->count == 0)
        return; /* flags wait for the next frame that has something */
    const uint32_t channels = e->params.channels;
    for (uint32_t c = 0; c < channels; c++)
        memcpy(e->scratch + 2 * (size_t)c * l->count, l->blocks + 2 * (size_t)c * l->capacity,
               2 * sizeof(int16_t) * l->count);
    const struct frame f = {
        .type = FRAME_WAVE_ENV,
        .flags = l->flags,
        .sequence = l->sequence++,
        .first_sample = l->first,
        .channels = (uint16_t)channels,
        .count = (uint16_t)l->count,
        .level = (uint8_t)(e->params.first_level + k),
        .uv_per_step = e->params.uv_per_step,
    };
    e->sink(e->context, &f, e->scratch);
    l->count = 0;
    l->flags = 0;
}

/* Takes one finished finer block (channels pairs) into level k. */
static void merge(struct envelope *e, uint32_t k, uint64_t first, const int16_t *pairs)
{
    if (k == e->params.levels)
        return;
    struct envelope_level *l = &e->level[k];
    const uint64_t block = first & ~(block_length(e, k) - 1);
    if (!l->filled) {
        l->block = block;
        l->filled = 1;
        memcpy(l->open, pairs, 2 * sizeof(int16_t) * e->params.channels);
        return;
    }
    for (uint32_t c = 0; c < e->params.channels; c++) {
        if (pairs[2 * c] < l->open[2 * c])
            l->open[2 * c] = pairs[2 * c];
        if (pairs[2 * c + 1] > l->open[2 * c + 1])
            l->open[2 * c + 1] = pairs[2 * c + 1];
    }
}

static void close_block(struct envelope *e, uint32_t k)
{
    struct envelope_level *l = &e->level[k];
    if (!l->filled)
        return;
    if (l->count == l->capacity)
        emit(e, k);
    if (l->count == 0)
        l->first = l->block;
    for (uint32_t c = 0; c < e->params.channels; c++)
        memcpy(l->blocks + 2 * ((size_t)c * l->capacity + l->count), l->open + 2 * (size_t)c,
               2 * sizeof(int16_t));
    l->count++;
    l->filled = 0;
    merge(e, k + 1, l->block, l->open);
}

/* Finest block: from floating point to a pair, then up while blocks end at `end`. */
static void close_finest(struct envelope *e, uint64_t end)
{
    struct envelope_level *l = &e->level[0];
    for (uint32_t c = 0; c < e->params.channels; c++) {
        l->open[2 * c] = quantize_low(e->low[c], e->params.uv_per_step);
        l->open[2 * c + 1] = quantize_high(e->high[c], e->params.uv_per_step);
    }
    close_block(e, 0);
    for (uint32_t k = 1; k < e->params.levels && end % block_length(e, k) == 0; k++)
        close_block(e, k);
}

static void end_early(struct envelope *e)
{
    if (e->level[0].filled)
        close_finest(e, 1); /* 1 is a multiple of no block: only the finest ends */
    for (uint32_t k = 1; k < e->params.levels; k++)
        close_block(e, k);
    for (uint32_t k = 0; k < e->params.levels; k++)
        emit(e, k);
}

static void cut_frames(struct envelope *e, uint64_t index)
{
    if (index < e->frame_end)
        return;
    for (uint32_t k = 0; k < e->params.levels; k++)
        emit(e, k);
    e->frame_end = (index / e->params.frame_samples + 1) * e->params.frame_samples;
}

static void jump(struct envelope *e, uint64_t index)
{
    if (e->started) {
        end_early(e);
        for (uint32_t k = 0; k < e->params.levels; k++)
            e->level[k].flags |= FRAME_GAP_BEFORE;
    }
    e->started = true;
    e->next_index = index;
    e->frame_end = (index / e->params.frame_samples + 1) * e->params.frame_samples;
}

/* count frames that lie in one finest block. */
static void reduce(struct envelope *e, const float *uv, uint32_t count, uint32_t stride)
{
    struct envelope_level *l = &e->level[0];
    uint32_t i = 0;
    if (!l->filled) {
        l->filled = 1;
        l->block = e->next_index & ~(block_length(e, 0) - 1);
        memcpy(e->low, uv, sizeof(float) * e->params.channels);
        memcpy(e->high, uv, sizeof(float) * e->params.channels);
        i = 1;
    }
    for (; i < count; i++) {
        const float *frame = uv + (size_t)i * stride;
        for (uint32_t c = 0; c < e->lanes; c++) {
            e->low[c] = frame[c] < e->low[c] ? frame[c] : e->low[c];
            e->high[c] = frame[c] > e->high[c] ? frame[c] : e->high[c];
        }
    }
}

void envelope_feed(struct envelope *e, uint64_t first_index, const float *uv, uint32_t frames,
                   uint32_t stride)
{
    if (!e->started || first_index != e->next_index)
        jump(e, first_index);
    const uint64_t length = block_length(e, 0);
    while (frames > 0) {
        const uint64_t end = (e->next_index & ~(length - 1)) + length;
        const uint64_t stop = end < e->frame_end ? end : e->frame_end;
        const uint64_t room = stop - e->next_index;
        const uint32_t count = room < frames ? (uint32_t)room : frames;
        reduce(e, uv, count, stride);
        uv += (size_t)count * stride;
        frames -= count;
        e->next_index += count;
        if (e->next_index == end)
            close_finest(e, end);
        cut_frames(e, e->next_index);
    }
}

void envelope_flush(struct envelope *e)
{
    if (e->started)
        end_early(e);
    e->started = false;
}
