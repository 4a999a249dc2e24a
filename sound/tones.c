/* SPDX-License-Identifier: Apache-2.0 */
/* Renders alarm tones. */
#include "sound/tones.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { HARMONICS = 6, CHIME_NOTES = 2 };

static const double two_pi = 6.283185307179586;
static const double fundamental_hz = 523.25; /* C5: small loudspeakers lose the octave below */
static const double harmonics[HARMONICS] = {1.0, 0.7, 0.5, 0.4, 0.3, 0.2};
static const double rise = 0.15; /* of the pulse; as much again to fall behind it */

static const double chime_hz[CHIME_NOTES] = {659.25, 880.0};
static const double chime_apart_s = 0.28;
static const double chime_note_s = 0.9;
static const double chime_rise_s = 0.03;
static const double chime_peak = 0.5;
static const double reminder_s = 0.1;
static const double reminder_peak = 0.3;

#define X 0.09
#define HIGH_PULSE 0.12
#define FIVE X, X, 2 * X + HIGH_PULSE, X

static const struct pattern {
    uint32_t pulses;
    double pulse_s;
    double gaps_s[TONE_PULSES - 1];
    double repeat_s; /* from one burst's begin to the next */
} patterns[TONE_BURSTS] = {
    [TONE_LOW] = {2, 0.18, {0.19}, 60.0},
    [TONE_MEDIUM] = {3, 0.18, {0.19, 0.19}, 15.0},
    [TONE_HIGH] = {10, HIGH_PULSE, {FIVE, 0.7, FIVE}, 7.0},
};

uint32_t tone_pulses(enum tone_burst burst, double starts_s[TONE_PULSES], double *pulse_s)
{
    const struct pattern *p = &patterns[burst];
    double at = 0.0;
    for (uint32_t i = 0; i < p->pulses; i++) {
        starts_s[i] = at;
        at += p->pulse_s + (i + 1 < p->pulses ? p->gaps_s[i] : 0.0);
    }
    *pulse_s = p->pulse_s;
    return p->pulses;
}

double tone_repeat_s(enum tone_burst burst)
{
    return patterns[burst].repeat_s;
}

/* Phase in periods. */
static double voice(double phase)
{
    double sum = 0.0;
    for (int k = 0; k < HARMONICS; k++)
        sum += harmonics[k] * sin(two_pi * (k + 1) * phase);
    return sum;
}

void tone_init(struct tone *t, uint32_t rate_hz, double peak)
{
    assert(rate_hz >= TONE_RATE_MIN && rate_hz <= TONE_RATE_MAX && peak >= 0.05 && peak <= 1.0);
    memset(t, 0, sizeof *t);
    t->rate_hz = rate_hz;
    t->peak = peak;
    t->once = -1;
    double most = 0.0;
    for (int i = 0; i < 1000; i++)
        most = fmax(most, fabs(voice(i / 1000.0)));
    t->norm = 1.0 / most;
}

void tone_want(struct tone *t, enum tone_burst burst)
{
    t->wanted = burst;
}

void tone_once(struct tone *t, enum tone_once what)
{
    t->waiting[what]++;
}

/* How loud the pulse at `at` seconds of a burst is, 0 to 1. */
static double burst_envelope(enum tone_burst burst, double at_s)
{
    double starts_s[TONE_PULSES], pulse_s;
    const uint32_t pulses = tone_pulses(burst, starts_s, &pulse_s);
    const double ramp_s = rise * pulse_s;
    for (uint32_t i = 0; i < pulses; i++) {
        const double in_s = at_s - starts_s[i];
        if (in_s < 0.0)
            return 0.0;
        if (in_s < pulse_s + ramp_s)
            return fmin(1.0, fmin(in_s / ramp_s, (pulse_s + ramp_s - in_s) / ramp_s));
    }
    return 0.0;
}

static double burst_sample(struct tone *t)
{
    if (t->burst == TONE_NONE)
        return 0.0;
    const double at_s = (double)t->at / t->rate_hz;
    const double loud = burst_envelope(t->burst, at_s);
    t->at++;
    return loud > 0.0 ? loud * t->norm * voice(fundamental_hz * at_s) : 0.0;
}

/* Between pulses the wish decides; in one, it is played to its end, without a click. */
static void follow_wish(struct tone *t)
{
    const double at_s = (double)t->at / t->rate_hz;
    const bool over = t->burst != TONE_NONE && at_s >= patterns[t->burst].repeat_s;
    if (t->burst == t->wanted && !over)
        return;
    if (t->burst != TONE_NONE && !over && t->at > 0 && burst_envelope(t->burst, at_s) > 0.0)
        return;
    t->burst = t->wanted;
    t->at = 0;
}

static double chime_sample(double at_s)
{
    double sum = 0.0;
    for (int i = 0; i < CHIME_NOTES; i++) {
        const double in_s = at_s - i * chime_apart_s;
        if (in_s < 0.0 || in_s >= chime_note_s)
            continue;
        const double fade = (in_s - chime_rise_s) / (chime_note_s - chime_rise_s);
        const double loud = in_s < chime_rise_s ? in_s / chime_rise_s : pow(0.002, fade);
        sum += chime_peak * loud * sin(two_pi * chime_hz[i] * in_s);
    }
    return sum;
}

static double reminder_sample(double at_s)
{
    return reminder_peak * sin(two_pi * 0.5 * at_s / reminder_s) *
           sin(two_pi * fundamental_hz * at_s);
}

static double once_length_s(int what)
{
    return what == TONE_CHIME ? chime_apart_s + chime_note_s : reminder_s;
}

static double once_sample(struct tone *t)
{
    if (t->once < 0)
        return 0.0;
    const double at_s = (double)t->once_at++ / t->rate_hz;
    if (at_s >= once_length_s(t->once)) {
        t->once = -1;
        return 0.0;
    }
    return t->once == TONE_CHIME ? chime_sample(at_s) : reminder_sample(at_s);
}

/* A chime waits for the pause behind a burst. */
static bool burst_sounds(const struct tone *t)
{
    if (t->burst == TONE_NONE)
        return false;
    double starts_s[TONE_PULSES], pulse_s;
    const uint32_t pulses = tone_pulses(t->burst, starts_s, &pulse_s);
    return (double)t->at / t->rate_hz < starts_s[pulses - 1] + pulse_s * (1.0 + rise);
}

static void begin_once(struct tone *t)
{
    for (int i = 0; i < TONE_ONCES && t->once < 0 && !burst_sounds(t); i++)
        if (t->waiting[i] > 0) {
            t->waiting[i]--;
            t->once = i;
            t->once_at = 0;
        }
}

void tone_render(struct tone *t, int16_t *samples, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++) {
        follow_wish(t);
        begin_once(t);
        const double sum = t->peak * (burst_sample(t) + once_sample(t));
        samples[i] = (int16_t)lrint(32767.0 * fmax(-1.0, fmin(1.0, sum)));
    }
}

bool tone_is_idle(const struct tone *t)
{
    for (int i = 0; i < TONE_ONCES; i++)
        if (t->waiting[i] > 0)
            return false;
    return t->wanted == TONE_NONE && t->burst == TONE_NONE && t->once < 0;
}
