/* SPDX-License-Identifier: Apache-2.0 */
/* sound/loudspeaker.h - the free-running EMG as sound: one channel, or the one that stands out most,
 * from 100 Hz to 3 kHz at 16 kHz, muted round every stimulus, limited. Pure: no device, no clock;
 * the result does not depend on how the signal is cut into calls.
 *
 * Everything comes hold_s later than it went in, because a stimulus is only known when it has been
 * proved. Muted from 1 ms before it to 5 ms behind it, with ramps of 2 ms, or a room hears a click
 * at each; what the muscle answers behind that is left to be heard.
 *
 * The loudest is the one whose power stands highest over its own rest, so that a noisy electrode
 * does not hide the others: it takes 6 dB and a third of a second to change. Stretches with a
 * stimulus or its answers do not count.
 *
 * 1 mV is full scale. A limiter keeps half of it, at once upward and within 150 ms downward: a
 * saturated channel is no louder than a strong train. */
#ifndef LSRD_SOUND_LOUDSPEAKER_H
#define LSRD_SOUND_LOUDSPEAKER_H

#include <stdbool.h>
#include <stdint.h>

#define LOUDSPEAKER_FULL_SCALE_UV 1000.0f

enum {
    LOUDSPEAKER_RATE_HZ = 16000,
    LOUDSPEAKER_FRAME = 320,  /* samples of a frame: 20 ms */
    LOUDSPEAKER_VOICES = 8,   /* different sources that can be listened to at once */
    LOUDSPEAKER_CHANNELS = 256,
    LOUDSPEAKER_LOUDEST = 0xffff, /* as a source: not a channel, but the loudest */
    LOUDSPEAKER_RATE_MAX = 192000,
    LOUDSPEAKER_HOLD_MAX = LOUDSPEAKER_RATE_MAX / 10, /* frames: a tenth of a second */
    LOUDSPEAKER_STIMULI = 8, /* in a tenth of a second: up to 80 Hz */
    LOUDSPEAKER_WINDOWS = 12, /* of 10 ms: more than a tenth of a second */
};

struct loudspeaker_frame {
    uint16_t source;       /* a channel or LOUDSPEAKER_LOUDEST */
    uint16_t channel;      /* the one that is heard at its end */
    bool is_gap;           /* does not continue the source's last frame */
    uint64_t first_sample; /* at 16 kHz, on the time axis of the case */
    int16_t samples[LOUDSPEAKER_FRAME];
};

typedef void loudspeaker_out(void *context, const struct loudspeaker_frame *frame);

struct loudspeaker_biquad {
    double b0, b1, b2, a1, a2; /* a0 is 1 */
    double z1, z2;
};

struct loudspeaker_voice {
    bool is_used;
    bool is_fresh; /* nothing went out since it started or since a gap */
    uint16_t channel;
    uint16_t before; /* channel that is faded out */
    uint32_t fade;   /* frames of the cross-fade that are left */
    uint32_t held;   /* samples in hold, up to hold_frames */
    uint32_t hold_at;
    struct loudspeaker_biquad filter[3];
    double history[4]; /* filtered, newest last */
    uint32_t filtered;
    uint64_t next; /* 16 kHz index of the next sample out */
    double level;  /* of the limiter, full scale 1 */
    uint32_t count;
    struct loudspeaker_frame frame;
    float hold[LOUDSPEAKER_HOLD_MAX];
};

struct loudspeaker_window {
    uint64_t begin;
    float power[LOUDSPEAKER_CHANNELS];
};

struct loudspeaker { /* caller owns the memory; fields are private to loudspeaker.c */
    uint32_t rate_hz;
    uint32_t channels;
    uint32_t hold_frames;
    uint32_t window_frames;
    loudspeaker_out *out;
    void *context;
    bool is_started;
    uint64_t next_index;
    uint32_t stimulus_count; /* so far; the last LOUDSPEAKER_STIMULI are kept */
    uint64_t stimuli[LOUDSPEAKER_STIMULI];
    uint64_t windows_made;
    struct loudspeaker_window windows[LOUDSPEAKER_WINDOWS];
    double sum[LOUDSPEAKER_CHANNELS]; /* of squares, of the window under way */
    uint32_t summed;
    double level[LOUDSPEAKER_CHANNELS]; /* smoothed power, uV^2 */
    double rest[LOUDSPEAKER_CHANNELS];  /* its slow minimum */
    uint64_t levels;                    /* windows that counted */
    uint16_t loudest;
    uint64_t loudest_since;
    struct loudspeaker_voice voices[LOUDSPEAKER_VOICES];
};

/* rate_hz: 1000 to LOUDSPEAKER_RATE_MAX; channels: 1 to LOUDSPEAKER_CHANNELS; hold_s: 0 to 0.1, at
 * least as long as a stimulus takes to be known. Nothing is listened to yet. */
void loudspeaker_init(struct loudspeaker *l, uint32_t rate_hz, uint32_t channels, double hold_s,
                      loudspeaker_out *out, void *context);

/* What is listened to from now on. Sources past LOUDSPEAKER_VOICES, and channels that are not there,
 * stay silent. */
void loudspeaker_want(struct loudspeaker *l, const uint16_t *sources, uint32_t count);

/* A stimulus, not later than hold_s after its sample went in. */
void loudspeaker_stimulus(struct loudspeaker *l, uint64_t sample);

/* The free-running path in microvolts, frames x stride; a jump of first_index is a gap: what was held
 * back is dropped. Calls out for each frame that is complete. */
void loudspeaker_feed(struct loudspeaker *l, uint64_t first_index, const float *uv,
                      uint32_t frames, uint32_t stride);

#endif
