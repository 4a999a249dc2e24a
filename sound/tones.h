/* SPDX-License-Identifier: Apache-2.0 */
/* sound/tones.h - alarm tones as samples, the same as the page makes. Pure: no device, no clock;
 * time is the frames rendered. Figures lie inside the limits of IEC 60601-1-8, tables 3 and 4:
 *
 * | | high | medium | low |
 * | pulses a burst | 10: 3 + 2, 0.7 s, 3 + 2 | 3 | 2 |
 * | pulse, gap | 120 ms, 90 ms | 180 ms, 190 ms | 180 ms, 190 ms |
 * | from burst to burst | 7 s | 15 s | 60 s |
 *
 * 523 Hz with five harmonics, the last 14 dB below it; rise and fall 15 % of a pulse. The endpoint
 * has a soft chime of two sines, no burst; the reminder that the sound is off is one short soft
 * pulse. */
#ifndef LSRD_SOUND_TONES_H
#define LSRD_SOUND_TONES_H

#include <stdbool.h>
#include <stdint.h>

enum tone_burst { TONE_NONE, TONE_LOW, TONE_MEDIUM, TONE_HIGH, TONE_BURSTS };
enum tone_once { TONE_CHIME, TONE_REMINDER, TONE_ONCES };

enum { TONE_RATE_MIN = 16000, TONE_RATE_MAX = 192000, TONE_PULSES = 10 };

struct tone { /* caller owns the memory; fields are private to tones.c */
    uint32_t rate_hz;
    double peak; /* of the samples, 0 to 1 */
    double norm; /* makes the sum of harmonics peak at 1 */
    enum tone_burst wanted;
    enum tone_burst burst; /* under way, its pause included */
    uint64_t at;           /* frames since it began */
    uint32_t waiting[TONE_ONCES];
    int once; /* enum tone_once under way; -1: none */
    uint64_t once_at;
};

/* peak: 0.05 to 1 of full scale. */
void tone_init(struct tone *t, uint32_t rate_hz, double peak);

/* What should repeat from now on. A higher one cuts in at the next gap between pulses, a lower one
 * or none ends the burst there. */
void tone_want(struct tone *t, enum tone_burst burst);

/* Once more, as soon as no pulse sounds. */
void tone_once(struct tone *t, enum tone_once what);

/* Renders frames of one channel. */
void tone_render(struct tone *t, int16_t *samples, uint32_t frames);

/* Nothing sounds and nothing is wanted: rendering would be silence for ever. */
bool tone_is_idle(const struct tone *t);

/* Begin of each pulse of a burst in seconds, and a pulse's length; returns how many. */
uint32_t tone_pulses(enum tone_burst burst, double starts_s[TONE_PULSES], double *pulse_s);
double tone_repeat_s(enum tone_burst burst);

#endif
