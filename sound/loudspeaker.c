/* SPDX-License-Identifier: Apache-2.0 */
/* The free-running EMG as sound. */
#include "sound/loudspeaker.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const double pi = 3.141592653589793;
static const double low_hz = 100.0; /* below, a small loudspeaker only rattles */
static const double high_hz = 3000.0;
static const double mute_before_s = 0.001;
static const double mute_after_s = 0.005;
static const double mute_ramp_s = 0.002;
static const double answers_s = 0.030; /* M wave and lateral spread behind a stimulus */
static const double cross_s = 0.010;
static const double window_s = 0.010;
static const double level_keep = 0.9;  /* of a window: a tenth of a second */
static const double rest_rise = 1.0005; /* a window: doubles in 14 s, a train's length */
static const double least_rest_uv2 = 1.0; /* under any amplifier's noise */
static const double stands_out = 4.0;     /* 6 dB of power */
static const uint32_t change_windows = 33;
static const double limit = 0.5;
static const double limit_release = 0.99958342; /* of a sample at 16 kHz: 150 ms */
static const double fade_in_s = 0.010;

/* ---- filters */

static struct loudspeaker_biquad butterworth(double corner_hz, double quality, double rate_hz,
                                             bool is_high_pass)
{
    const double w = 2.0 * pi * corner_hz / rate_hz;
    const double alpha = sin(w) / (2.0 * quality);
    const double a0 = 1.0 + alpha;
    const double gain = is_high_pass ? (1.0 + cos(w)) / 2.0 : (1.0 - cos(w)) / 2.0;
    return (struct loudspeaker_biquad){ .b0 = gain / a0,
                                        .b1 = (is_high_pass ? -2.0 : 2.0) * gain / a0,
                                        .b2 = gain / a0,
                                        .a1 = -2.0 * cos(w) / a0,
                                        .a2 = (1.0 - alpha) / a0 };
}

static double filter(struct loudspeaker_biquad *q, double x)
{
    const double y = q->b0 * x + q->z1;
    q->z1 = q->b1 * x - q->a1 * y + q->z2;
    q->z2 = q->b2 * x - q->a2 * y;
    return y;
}

/* ---- voices */

/* From here on as if nothing had been before. */
static void restart(const struct loudspeaker *l, struct loudspeaker_voice *v)
{
    const double rate_hz = l->rate_hz;
    const double nyquist_hz = fmin(rate_hz, LOUDSPEAKER_RATE_HZ) / 2.0;
    const double corner_hz = fmin(high_hz, 0.8 * nyquist_hz);
    v->filter[0] = butterworth(low_hz, 0.70710678, rate_hz, true);
    v->filter[1] = butterworth(corner_hz, 0.54119610, rate_hz, false);
    v->filter[2] = butterworth(corner_hz, 1.30656296, rate_hz, false);
    v->is_fresh = true;
    v->held = v->hold_at = v->fade = v->filtered = v->count = 0;
    v->level = 0.0;
}

static void start(const struct loudspeaker *l, struct loudspeaker_voice *v, uint16_t source)
{
    v->is_used = true;
    v->frame.source = source;
    v->channel = v->before = source == LOUDSPEAKER_LOUDEST ? l->loudest : source;
    restart(l, v);
}

void loudspeaker_init(struct loudspeaker *l, uint32_t rate_hz, uint32_t channels, double hold_s,
                      loudspeaker_out *out, void *context)
{
    assert(rate_hz >= 1000 && rate_hz <= LOUDSPEAKER_RATE_MAX && channels >= 1 &&
           channels <= LOUDSPEAKER_CHANNELS && hold_s >= 0 && hold_s <= 0.1);
    memset(l, 0, sizeof *l);
    l->rate_hz = rate_hz;
    l->channels = channels;
    l->hold_frames = (uint32_t)(hold_s * rate_hz);
    l->window_frames = (uint32_t)(window_s * rate_hz);
    l->out = out;
    l->context = context;
}

static bool is_wanted(uint16_t source, const uint16_t *sources, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (sources[i] == source)
            return true;
    return false;
}

static struct loudspeaker_voice *voice_of(struct loudspeaker *l, uint16_t source)
{
    for (int i = 0; i < LOUDSPEAKER_VOICES; i++)
        if (l->voices[i].is_used && l->voices[i].frame.source == source)
            return &l->voices[i];
    return NULL;
}

static struct loudspeaker_voice *free_voice(struct loudspeaker *l)
{
    for (int i = 0; i < LOUDSPEAKER_VOICES; i++)
        if (!l->voices[i].is_used)
            return &l->voices[i];
    return NULL;
}

void loudspeaker_want(struct loudspeaker *l, const uint16_t *sources, uint32_t count)
{
    for (int i = 0; i < LOUDSPEAKER_VOICES; i++)
        if (!is_wanted(l->voices[i].frame.source, sources, count))
            l->voices[i].is_used = false;
    for (uint32_t i = 0; i < count; i++) {
        const bool is_there = sources[i] < l->channels || sources[i] == LOUDSPEAKER_LOUDEST;
        struct loudspeaker_voice *v =
            is_there && !voice_of(l, sources[i]) ? free_voice(l) : NULL;
        if (v)
            start(l, v, sources[i]);
    }
}

/* ---- stimuli */

void loudspeaker_stimulus(struct loudspeaker *l, uint64_t sample)
{
    l->stimuli[l->stimulus_count++ % LOUDSPEAKER_STIMULI] = sample;
}

static uint32_t kept_stimuli(const struct loudspeaker *l)
{
    return l->stimulus_count < LOUDSPEAKER_STIMULI ? l->stimulus_count : LOUDSPEAKER_STIMULI;
}

/* How much of a sample is heard, 0 to 1: 0 inside the mute, 1 a ramp away from it. */
static double heard(const struct loudspeaker *l, uint64_t index)
{
    double least = 1.0;
    for (uint32_t i = 0; i < kept_stimuli(l); i++) {
        const double from_s = ((double)index - (double)l->stimuli[i]) / l->rate_hz;
        const double away_s = from_s < 0 ? -from_s - mute_before_s : from_s - mute_after_s;
        least = fmin(least, fmax(0.0, away_s / mute_ramp_s));
    }
    return least;
}

static bool has_stimulus(const struct loudspeaker *l, uint64_t begin, uint64_t end)
{
    const uint64_t behind = (uint64_t)(answers_s * l->rate_hz);
    for (uint32_t i = 0; i < kept_stimuli(l); i++)
        if (l->stimuli[i] < end && l->stimuli[i] + behind > begin)
            return true;
    return false;
}

/* ---- which one is the loudest */

static double stands(const struct loudspeaker *l, uint16_t channel)
{
    return l->level[channel] / fmax(least_rest_uv2, l->rest[channel]);
}

static void choose(struct loudspeaker *l)
{
    uint16_t best = l->loudest;
    for (uint16_t c = 0; c < l->channels; c++)
        if (stands(l, c) > stands(l, best))
            best = c;
    if (best == l->loudest || stands(l, best) < stands_out * stands(l, l->loudest) ||
        l->levels - l->loudest_since < change_windows)
        return;
    l->loudest = best;
    l->loudest_since = l->levels;
    struct loudspeaker_voice *v = voice_of(l, LOUDSPEAKER_LOUDEST);
    if (!v)
        return;
    v->before = v->channel;
    v->channel = best;
    v->fade = (uint32_t)(cross_s * l->rate_hz);
}

static void weigh(struct loudspeaker *l, const struct loudspeaker_window *w)
{
    if (has_stimulus(l, w->begin, w->begin + l->window_frames))
        return;
    for (uint32_t c = 0; c < l->channels; c++) {
        const double power = w->power[c];
        l->level[c] = l->levels ? level_keep * l->level[c] + (1.0 - level_keep) * power : power;
        l->rest[c] = l->levels ? fmin(l->rest[c] * rest_rise, l->level[c]) : power;
    }
    l->levels++;
    choose(l);
}

/* A window is weighed when every stimulus in it is known. */
static void close_window(struct loudspeaker *l, uint64_t end)
{
    struct loudspeaker_window *w = &l->windows[l->windows_made++ % LOUDSPEAKER_WINDOWS];
    w->begin = end - l->window_frames;
    for (uint32_t c = 0; c < l->channels; c++)
        w->power[c] = (float)(l->sum[c] / l->window_frames);
    memset(l->sum, 0, sizeof l->sum);
    l->summed = 0;
    const uint32_t wait = l->hold_frames / l->window_frames + 1;
    if (l->windows_made > wait)
        weigh(l, &l->windows[(l->windows_made - 1 - wait) % LOUDSPEAKER_WINDOWS]);
}

/* ---- sound */

static void put(struct loudspeaker *l, struct loudspeaker_voice *v, double uv)
{
    const double x = uv / (double)LOUDSPEAKER_FULL_SCALE_UV;
    v->level = fmax(fabs(x), v->level * limit_release);
    const double y = v->level > limit ? x * limit / v->level : x;
    if (v->count == 0)
        v->frame.first_sample = v->next;
    v->frame.samples[v->count++] = (int16_t)lrint(32767.0 * y);
    v->next++;
    if (v->count < LOUDSPEAKER_FRAME)
        return;
    const uint32_t fade = (uint32_t)(fade_in_s * LOUDSPEAKER_RATE_HZ);
    for (uint32_t i = 0; v->is_fresh && i < fade; i++)
        v->frame.samples[i] = (int16_t)(v->frame.samples[i] * (int32_t)i / (int32_t)fade);
    v->frame.is_gap = v->is_fresh;
    v->frame.channel = v->channel;
    v->is_fresh = false;
    v->count = 0;
    l->out(l->context, &v->frame);
}

/* Through the middle two of four points (Catmull-Rom). */
static double between(const double p[4], double at)
{
    const double a = 3.0 * (p[1] - p[2]) + p[3] - p[0];
    const double b = 2.0 * p[0] - 5.0 * p[1] + 4.0 * p[2] - p[3];
    return p[1] + 0.5 * at * (p[2] - p[0] + at * (b + at * a));
}

/* Takes the filtered sample of the frame at index, gives the 16 kHz samples that it completes. */
static void resample(struct loudspeaker *l, struct loudspeaker_voice *v, uint64_t index, double uv)
{
    memmove(v->history, v->history + 1, 3 * sizeof v->history[0]);
    v->history[3] = uv;
    v->filtered++;
    if (v->filtered < 4) {
        v->next = ((index - 1) * LOUDSPEAKER_RATE_HZ + l->rate_hz - 1) / l->rate_hz;
        return;
    }
    for (;;) {
        const uint64_t place = v->next * l->rate_hz; /* in frames, times the rate */
        if (place / LOUDSPEAKER_RATE_HZ > index - 2)
            return;
        const double at = (double)(place % LOUDSPEAKER_RATE_HZ) / LOUDSPEAKER_RATE_HZ;
        put(l, v, between(v->history, at));
    }
}

static double picked(const struct loudspeaker *l, struct loudspeaker_voice *v, const float *frame)
{
    if (v->fade == 0)
        return frame[v->channel];
    const double old = v->fade-- / (cross_s * l->rate_hz);
    return old * (double)frame[v->before] + (1.0 - old) * (double)frame[v->channel];
}

static void voice_take(struct loudspeaker *l, struct loudspeaker_voice *v, uint64_t index,
                       const float *frame)
{
    double uv = picked(l, v, frame);
    if (l->hold_frames > 0) {
        const double later = uv;
        uv = v->hold[v->hold_at];
        v->hold[v->hold_at] = (float)later;
        v->hold_at = (v->hold_at + 1) % l->hold_frames;
        if (v->held < l->hold_frames) {
            v->held++;
            return;
        }
    }
    const uint64_t was = index - l->hold_frames;
    uv *= heard(l, was);
    for (int i = 0; i < 3; i++)
        uv = filter(&v->filter[i], uv);
    resample(l, v, was, uv);
}

static void jump(struct loudspeaker *l)
{
    memset(l->sum, 0, sizeof l->sum);
    l->summed = 0;
    l->windows_made = 0;
    for (int i = 0; i < LOUDSPEAKER_VOICES; i++)
        if (l->voices[i].is_used)
            restart(l, &l->voices[i]);
}

void loudspeaker_feed(struct loudspeaker *l, uint64_t first_index, const float *uv,
                      uint32_t frames, uint32_t stride)
{
    if (!l->is_started || first_index != l->next_index)
        jump(l);
    l->is_started = true;
    for (uint32_t i = 0; i < frames; i++) {
        const float *frame = uv + (size_t)i * stride;
        for (uint32_t c = 0; c < l->channels; c++)
            l->sum[c] += (double)frame[c] * (double)frame[c];
        for (int k = 0; k < LOUDSPEAKER_VOICES; k++)
            if (l->voices[k].is_used)
                voice_take(l, &l->voices[k], first_index + i, frame);
        if (++l->summed == l->window_frames)
            close_window(l, first_index + i + 1);
    }
    l->next_index = first_index + frames;
}
