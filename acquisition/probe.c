/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the samples and looks at them once. */
#include "acquisition/probe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/timemap.h"

enum {
    ARRIVALS = 1 << 16,    /* remembered; more say nothing new about jitter */
    HARMONICS = 7,         /* of the mains: what an EMG amplifier with a loose lead shows */
    TRIGGER_MID_SHARE = 50 /* a trigger spends less than one in so many samples between levels */
};

struct arrival {
    uint64_t index; /* behind the block's last frame */
    int64_t time_ns;
};

struct probe {
    struct stream_format format;
    int32_t *counts; /* frame after frame, without empty lanes */
    uint64_t most, frames;
    struct arrival *arrivals;
    uint64_t arrival_count;
    struct timemap map;
    uint64_t next_index;
    uint64_t lost_frames;
    uint32_t interruptions;
    uint32_t repeated_blocks;
    uint32_t last_frames; /* of the block before */
};

struct probe *probe_create(const struct stream_format *format, uint64_t most_frames,
                           struct err *err)
{
    struct probe *p = calloc(1, sizeof *p);
    if (p) {
        p->format = *format;
        p->most = most_frames;
        p->counts = malloc(most_frames * format->channels * sizeof(int32_t));
        p->arrivals = malloc(ARRIVALS * sizeof *p->arrivals);
        timemap_init(&p->map, format->rate_hz);
    }
    if (p && p->counts && p->arrivals)
        return p;
    probe_destroy(p);
    err_set(err, ERR_MEMORY, "%llu frames", (unsigned long long)most_frames);
    return NULL;
}

void probe_destroy(struct probe *p)
{
    if (!p)
        return;
    free(p->counts);
    free(p->arrivals);
    free(p);
}

static bool is_constant(const int32_t *counts, size_t count, size_t step)
{
    for (size_t i = step; i < count; i += step)
        if (counts[i] != counts[0])
            return false;
    return true;
}

static bool repeats_last(const struct probe *p, const int32_t *now, uint32_t frames)
{
    const size_t size = (size_t)frames * p->format.channels;
    return p->last_frames == frames && p->frames >= frames &&
           memcmp(now, now - size, size * sizeof *now) == 0 &&
           !is_constant(now, size, p->format.channels);
}

bool probe_feed(struct probe *p, const struct sample_block *b)
{
    for (uint32_t i = 0; i < b->mark_count; i++) {
        const char *value;
        if (mark_is(&b->marks[i], "overrun", &value) || mark_is(&b->marks[i], "device", &value))
            p->interruptions++;
    }
    if (b->frames == 0)
        return true;
    if (p->frames + b->frames > p->most)
        return false;
    if (p->frames)
        p->lost_frames += b->first_index - p->next_index;
    const uint32_t channels = p->format.channels;
    int32_t *to = p->counts + p->frames * channels;
    for (uint32_t i = 0; i < b->frames; i++)
        memcpy(to + (size_t)i * channels, b->counts + (size_t)i * b->stride,
               channels * sizeof *to);
    p->repeated_blocks += repeats_last(p, to, b->frames);
    p->last_frames = b->frames;
    p->frames += b->frames;
    p->next_index = b->first_index + b->frames;
    if (p->arrival_count < ARRIVALS)
        p->arrivals[p->arrival_count++] =
            (struct arrival){ .index = p->next_index, .time_ns = b->captured_ns };
    timemap_feed(&p->map, p->next_index, b->captured_ns);
    return true;
}

const int32_t *probe_counts(const struct probe *p, uint64_t *frames)
{
    *frames = p->frames;
    return p->counts;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report_clock(struct probe *p, struct probe_report *r)
{
    double *late = malloc(p->arrival_count * sizeof *late);
    if (!late || p->arrival_count == 0) {
        free(late);
        return;
    }
    for (uint64_t i = 0; i < p->arrival_count; i++)
        late[i] = (double)(p->arrivals[i].time_ns -
                           timemap_time_ns(&p->map, p->arrivals[i].index)) /
                  1000;
    qsort(late, p->arrival_count, sizeof *late, compare_doubles);
    r->late_p50_us = late[p->arrival_count / 2];
    r->late_p99_us = late[p->arrival_count * 99 / 100];
    r->late_max_us = late[p->arrival_count - 1];
    free(late);
    if (p->frames >= 4ull * p->format.rate_hz)
        r->rate_hz = timemap_rate_hz(&p->map);
}

/* Power of one frequency in one second of samples. */
static double power_at(const struct probe *p, uint32_t input, uint64_t first, double hz)
{
    const uint32_t n = p->format.rate_hz;
    const double step = 2 * M_PI * hz / n;
    const double c = cos(step), s = sin(step);
    double x = 1, y = 0, re = 0, im = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double v = p->counts[(first + i) * p->format.channels + input];
        re += v * x;
        im += v * y;
        const double turned = x * c - y * s;
        y = x * s + y * c;
        x = turned;
    }
    const double amplitude = 2 * sqrt(re * re + im * im) / n;
    return amplitude * amplitude / 2;
}

/* Mean power of the mains and its harmonics over whole seconds. Whole seconds hold whole periods, so
 * neither the mean nor the other harmonics leak in. */
static double hum_power(const struct probe *p, uint32_t input, uint32_t mains_hz)
{
    const uint64_t seconds = p->frames / p->format.rate_hz;
    double sum = 0;
    for (uint64_t k = 0; k < seconds; k++)
        for (uint32_t h = 1; h <= HARMONICS; h++)
            sum += power_at(p, input, k * p->format.rate_hz, (double)(h * mains_hz));
    return seconds ? sum / (double)seconds : 0;
}

/* Of two-level signals: counts the ways up, with a quarter of the height as hysteresis. */
static void find_pulses(const struct probe *p, uint32_t input, int32_t low, int32_t high,
                        struct probe_input *out)
{
    const double height = (double)high - low;
    const double lower = low + height / 4, upper = high - height / 4;
    uint64_t mid = 0, first = 0, last = 0, top = 0;
    bool is_up = p->counts[input] > upper;
    uint32_t pulses = 0;
    for (uint64_t i = 0; i < p->frames; i++) {
        const int32_t v = p->counts[i * p->format.channels + input];
        mid += v > lower && v < upper;
        top += v >= upper;
        if (is_up && v <= lower) {
            is_up = false;
        } else if (!is_up && v >= upper) {
            is_up = true;
            last = i;
            first = pulses++ ? first : i;
        }
    }
    /* An artifact is a spike; a trigger stays up: three samples in the mean. */
    if (pulses < 2 || mid * TRIGGER_MID_SHARE > p->frames || top < 3ull * pulses ||
        mid > (uint64_t)4 * pulses)
        return;
    out->pulses = pulses;
    out->pulse_rate_hz = (pulses - 1) * (double)p->format.rate_hz / (double)(last - first);
}

static void report_input(const struct probe *p, uint32_t input, struct probe_input *out)
{
    const struct stream_scale scale = stream_input_scale(&p->format.inputs[input]);
    const uint32_t channels = p->format.channels;
    int32_t low = SAMPLE_MAX, high = SAMPLE_MIN;
    double sum = 0, squares = 0;
    const int32_t margin = SAMPLE_MAX / 500; /* a thousandth of the span */
    for (uint64_t i = 0; i < p->frames; i++) {
        const int32_t v = p->counts[i * channels + input];
        low = v < low ? v : low;
        high = v > high ? v : high;
        sum += v;
        out->clipped += v <= SAMPLE_MIN + margin || v >= SAMPLE_MAX - margin;
    }
    const double mean = sum / (double)p->frames;
    for (uint64_t i = 0; i < p->frames; i++) {
        const double d = p->counts[i * channels + input] - mean;
        squares += d * d;
    }
    const double variance = squares / (double)p->frames;
    const double at_50 = hum_power(p, input, 50), at_60 = hum_power(p, input, 60);
    const double hum = at_50 > at_60 ? at_50 : at_60;
    const double gain = fabs(scale.gain_uv);
    out->hum_hz = at_50 > at_60 ? 50 : 60;
    out->mean_uv = mean * scale.gain_uv + scale.offset_uv;
    out->low_uv = low * scale.gain_uv + scale.offset_uv;
    out->high_uv = high * scale.gain_uv + scale.offset_uv;
    out->hum_uv = sqrt(hum) * gain;
    out->noise_uv = sqrt(variance > hum ? variance - hum : 0) * gain;
    out->is_constant = low == high;
    if (!out->is_constant)
        find_pulses(p, input, low, high, out);
}

static bool are_same(const struct probe *p, uint32_t a, uint32_t b)
{
    for (uint64_t i = 0; i < p->frames; i++)
        if (p->counts[i * p->format.channels + a] != p->counts[i * p->format.channels + b])
            return false;
    return true;
}

void probe_finish(struct probe *p, struct probe_report *r)
{
    *r = (struct probe_report){ .frames = p->frames,
                                .lost_frames = p->lost_frames,
                                .interruptions = p->interruptions,
                                .repeated_blocks = p->repeated_blocks,
                                .inputs = p->format.channels };
    report_clock(p, r);
    for (uint32_t i = 0; i < r->inputs && p->frames; i++) {
        report_input(p, i, &r->input[i]);
        r->input[i].same_as = i;
        for (uint32_t k = 0; k < i && r->input[i].same_as == i && !r->input[i].is_constant; k++)
            if (are_same(p, k, i))
                r->input[i].same_as = k;
    }
}
