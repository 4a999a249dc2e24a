/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/frame.h - binary frames of the wire, encoded and decoded. Pure: no I/O, clock or
 * allocation; any thread. */
#ifndef LSRD_PROTOCOL_FRAME_H
#define LSRD_PROTOCOL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/finding.h"
#include "protocol/layout.h"

struct frame_sweep {
    uint64_t stimulus_sample; /* TEMPLATE: 0 */
    uint16_t pre_samples;
    uint16_t channel;
    uint8_t branch;
    uint8_t role;       /* enum sweep_role */
    uint8_t reason;     /* enum sweep_reason */
    uint8_t present;    /* enum tristate */
    float amplitude_uv; /* NAN: unknown */
    float onset_ms;     /* NAN: unknown */
    float score;
    float window_start_ms; /* NAN: not learned */
    float window_end_ms;
};

enum { FRAME_AUDIO_LOUDEST = 0xffff }; /* as a source */

struct frame_audio {
    uint16_t source;  /* what was asked for: a channel, or FRAME_AUDIO_LOUDEST */
    uint16_t channel; /* what is heard */
};

struct frame {
    uint8_t type;  /* enum frame_type */
    uint8_t flags; /* enum frame_flags */
    uint32_t sequence;
    uint64_t first_sample; /* TEMPLATE: an int64_t, counted from the stimulus */
    uint16_t channels;
    uint16_t count; /* per channel: samples, or min/max blocks */
    uint8_t level;  /* log2 of samples per block; 0 is raw */
    uint16_t source_tag;
    float uv_per_step;
    uint32_t made_ms;
    struct frame_sweep sweep; /* SWEEP and TEMPLATE */
    struct frame_audio audio; /* AUDIO */
};

/* Bytes of the whole message; 0 for a type that does not exist. */
size_t frame_size(uint8_t type, uint16_t channels, uint16_t count);

/* Writes the header; returns where the payload begins, 2-byte aligned if bytes is. bytes has room
 * for frame_size(). The payload is channel after channel of little-endian i16 (min, max pairs for
 * envelopes). */
unsigned char *frame_encode_header(const struct frame *f, unsigned char *bytes);

/* Whole frames from microvolts. WAVE_RAW: frames x stride, as the bank puts them out. */
void frame_encode_raw(const struct frame *f, const float *uv, uint32_t stride,
                      unsigned char *bytes);

/* SWEEP and TEMPLATE: f->channels is 1 (judged) or 2 (raw too); each f->count values long.
 * f->uv_per_step should come from frame_fit_scale(). */
void frame_encode_sweep(const struct frame *f, const float *judged_uv, const float *raw_uv,
                        unsigned char *bytes);

/* Checks a message whole: a known type, a header that is long enough, a length that fits exactly.
 * *payload points into bytes. */
bool frame_decode(const unsigned char *bytes, size_t size, struct frame *f,
                  const unsigned char **payload, struct err *err);

int16_t frame_payload_i16(const unsigned char *payload, size_t index);

/* The step that lets a peak of so many microvolts fit into 16 bit, at least 0.01 uV. */
float frame_fit_scale(const float *uv, size_t count);

/* Nearest step, saturating; not-a-number is 0. */
int16_t frame_quantize(float uv, float uv_per_step);

#endif
