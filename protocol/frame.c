/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of binary frames, by the offsets of layout.h. */
#include "protocol/frame.h"

#include <math.h>
#include <string.h>

#define STEP_MIN_UV 0.01f /* far below the noise of any amplifier: a flat line needs no finer one  \
                           */

static void put_u16(unsigned char *p, uint16_t v)
{
    p[0] = (unsigned char)(v & 0xff);
    p[1] = (unsigned char)(v >> 8);
}

static void put_u32(unsigned char *p, uint32_t v)
{
    put_u16(p, (uint16_t)(v & 0xffff));
    put_u16(p + 2, (uint16_t)(v >> 16));
}

static void put_u64(unsigned char *p, uint64_t v)
{
    put_u32(p, (uint32_t)(v & 0xffffffff));
    put_u32(p + 4, (uint32_t)(v >> 32));
}

static void put_f32(unsigned char *p, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    put_u32(p, bits);
}

static uint16_t get_u16(const unsigned char *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get_u32(const unsigned char *p)
{
    return get_u16(p) | (uint32_t)get_u16(p + 2) << 16;
}

static uint64_t get_u64(const unsigned char *p)
{
    return get_u32(p) | (uint64_t)get_u32(p + 4) << 32;
}

static float get_f32(const unsigned char *p)
{
    const uint32_t bits = get_u32(p);
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static bool has_pairs(uint8_t type)
{
    return type == FRAME_WAVE_ENV || type == FRAME_BACKFILL_ENV;
}

static bool is_sweep(uint8_t type)
{
    return type == FRAME_SWEEP || type == FRAME_TEMPLATE;
}

static size_t header_size(uint8_t type)
{
    return is_sweep(type) ? SWEEP_HEADER : type == FRAME_AUDIO ? AUDIO_HEADER : FRAME_HEADER;
}

static size_t payload_size(uint8_t type, uint16_t channels, uint16_t count)
{
    return (size_t)channels * count * (has_pairs(type) ? 4 : 2);
}

size_t frame_size(uint8_t type, uint16_t channels, uint16_t count)
{
    if (type < FRAME_WAVE_RAW || type > FRAME_TEMPLATE)
        return 0;
    return header_size(type) + payload_size(type, channels, count);
}

unsigned char *frame_encode_header(const struct frame *f, unsigned char *bytes)
{
    const size_t length = header_size(f->type);
    bytes[FRAME_AT_TYPE] = f->type;
    bytes[FRAME_AT_FLAGS] = f->flags;
    put_u16(bytes + FRAME_AT_HEADER_LENGTH, (uint16_t)length);
    put_u32(bytes + FRAME_AT_SEQUENCE, f->sequence);
    put_u64(bytes + FRAME_AT_FIRST_SAMPLE, f->first_sample);
    put_u16(bytes + FRAME_AT_CHANNELS, f->channels);
    put_u16(bytes + FRAME_AT_COUNT, f->count);
    bytes[FRAME_AT_LEVEL] = f->level;
    bytes[FRAME_AT_FORMAT] = FRAME_FORMAT_I16;
    put_u16(bytes + FRAME_AT_SOURCE_TAG, f->source_tag);
    put_f32(bytes + FRAME_AT_UV_PER_STEP, f->uv_per_step);
    put_u32(bytes + FRAME_AT_MADE_MS, f->made_ms);
    if (f->type == FRAME_AUDIO) {
        put_u16(bytes + AUDIO_AT_SOURCE, f->audio.source);
        put_u16(bytes + AUDIO_AT_CHANNEL, f->audio.channel);
        put_u32(bytes + AUDIO_AT_ZERO, 0);
    }
    if (is_sweep(f->type)) {
        const struct frame_sweep *s = &f->sweep;
        put_u64(bytes + SWEEP_AT_STIMULUS, s->stimulus_sample);
        put_u16(bytes + SWEEP_AT_PRE_SAMPLES, s->pre_samples);
        put_u16(bytes + SWEEP_AT_CHANNEL, s->channel);
        bytes[SWEEP_AT_BRANCH] = s->branch;
        bytes[SWEEP_AT_ROLE] = s->role;
        bytes[SWEEP_AT_REASON] = s->reason;
        bytes[SWEEP_AT_PRESENT] = s->present;
        put_f32(bytes + SWEEP_AT_AMPLITUDE_UV, s->amplitude_uv);
        put_f32(bytes + SWEEP_AT_ONSET_MS, s->onset_ms);
        put_f32(bytes + SWEEP_AT_SCORE, s->score);
        put_f32(bytes + SWEEP_AT_WINDOW_START_MS, s->window_start_ms);
        put_f32(bytes + SWEEP_AT_WINDOW_END_MS, s->window_end_ms);
        put_u32(bytes + SWEEP_AT_ZERO, 0);
    }
    return bytes + length;
}

int16_t frame_quantize(float uv, float uv_per_step)
{
    const float steps = rintf(uv / uv_per_step);
    if (!(steps >= -32768.0f))
        return isnan(steps) ? 0 : INT16_MIN;
    return steps > 32767.0f ? INT16_MAX : (int16_t)steps;
}

float frame_fit_scale(const float *uv, size_t count)
{
    float peak = 0;
    for (size_t i = 0; i < count; i++) {
        const float a = fabsf(uv[i]);
        if (a > peak && isfinite(a))
            peak = a;
    }
    const float step = peak / 32767.0f;
    return step > STEP_MIN_UV ? step : STEP_MIN_UV;
}

void frame_encode_raw(const struct frame *f, const float *uv, uint32_t stride, unsigned char *bytes)
{
    unsigned char *payload = frame_encode_header(f, bytes);
    for (uint32_t c = 0; c < f->channels; c++)
        for (uint32_t i = 0; i < f->count; i++, payload += 2)
            put_u16(payload, (uint16_t)frame_quantize(uv[(size_t)i * stride + c], f->uv_per_step));
}

static unsigned char *put_samples(unsigned char *payload, const float *uv, const struct frame *f)
{
    for (uint32_t i = 0; i < f->count; i++, payload += 2)
        put_u16(payload, (uint16_t)frame_quantize(uv[i], f->uv_per_step));
    return payload;
}

void frame_encode_sweep(const struct frame *f, const float *judged_uv, const float *raw_uv,
                        unsigned char *bytes)
{
    unsigned char *payload = frame_encode_header(f, bytes);
    payload = put_samples(payload, judged_uv, f);
    if (f->channels > 1)
        put_samples(payload, raw_uv, f);
}

static void decode_sweep(const unsigned char *bytes, struct frame_sweep *s)
{
    s->stimulus_sample = get_u64(bytes + SWEEP_AT_STIMULUS);
    s->pre_samples = get_u16(bytes + SWEEP_AT_PRE_SAMPLES);
    s->channel = get_u16(bytes + SWEEP_AT_CHANNEL);
    s->branch = bytes[SWEEP_AT_BRANCH];
    s->role = bytes[SWEEP_AT_ROLE];
    s->reason = bytes[SWEEP_AT_REASON];
    s->present = bytes[SWEEP_AT_PRESENT];
    s->amplitude_uv = get_f32(bytes + SWEEP_AT_AMPLITUDE_UV);
    s->onset_ms = get_f32(bytes + SWEEP_AT_ONSET_MS);
    s->score = get_f32(bytes + SWEEP_AT_SCORE);
    s->window_start_ms = get_f32(bytes + SWEEP_AT_WINDOW_START_MS);
    s->window_end_ms = get_f32(bytes + SWEEP_AT_WINDOW_END_MS);
}

bool frame_decode(const unsigned char *bytes, size_t size, struct frame *f,
                  const unsigned char **payload, struct err *err)
{
    if (size < FRAME_HEADER)
        return err_set(err, ERR_FORMAT, "frame of %zu bytes: a header has %d", size, FRAME_HEADER);
    memset(f, 0, sizeof *f);
    f->type = bytes[FRAME_AT_TYPE];
    f->flags = bytes[FRAME_AT_FLAGS];
    f->sequence = get_u32(bytes + FRAME_AT_SEQUENCE);
    f->first_sample = get_u64(bytes + FRAME_AT_FIRST_SAMPLE);
    f->channels = get_u16(bytes + FRAME_AT_CHANNELS);
    f->count = get_u16(bytes + FRAME_AT_COUNT);
    f->level = bytes[FRAME_AT_LEVEL];
    f->source_tag = get_u16(bytes + FRAME_AT_SOURCE_TAG);
    f->uv_per_step = get_f32(bytes + FRAME_AT_UV_PER_STEP);
    f->made_ms = get_u32(bytes + FRAME_AT_MADE_MS);
    if (f->type < FRAME_WAVE_RAW || f->type > FRAME_TEMPLATE)
        return err_set(err, ERR_FORMAT, "frame type %u: 1 to 6 are known", f->type);
    if (bytes[FRAME_AT_FORMAT] != FRAME_FORMAT_I16)
        return err_set(err, ERR_FORMAT, "frame format %u: only 0 is known", bytes[FRAME_AT_FORMAT]);
    const size_t length = get_u16(bytes + FRAME_AT_HEADER_LENGTH);
    if (length < header_size(f->type) || length % 4 != 0)
        return err_set(err, ERR_FORMAT, "frame header of %zu bytes: a multiple of 4, at least %zu",
                       length, header_size(f->type));
    const size_t expected = length + payload_size(f->type, f->channels, f->count);
    if (size != expected)
        return err_set(err, ERR_FORMAT, "frame of %zu bytes: its header says %zu", size, expected);
    if (is_sweep(f->type))
        decode_sweep(bytes, &f->sweep);
    if (f->type == FRAME_AUDIO)
        f->audio = (struct frame_audio){.source = get_u16(bytes + AUDIO_AT_SOURCE),
                                        .channel = get_u16(bytes + AUDIO_AT_CHANNEL)};
    *payload = bytes + length;
    return true;
}

int16_t frame_payload_i16(const unsigned char *payload, size_t index)
{
    return (int16_t)get_u16(payload + 2 * index);
}
