/* SPDX-License-Identifier: Apache-2.0 */
/* Makes EMG and runs detectors over it. */
#include "tests/detect/emg_maker.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/artifact.h"
#include "detect/free_running.h"

static const double pi = 3.14159265358979323846;

double maker_uniform(struct maker *m)
{
    m->random = m->random * 1664525u + 1013904223u;
    uint32_t x = m->random;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    return ((double)x + 0.5) / 4294967296.0;
}

double maker_normal(struct maker *m)
{
    const double r = sqrt(-2.0 * log(maker_uniform(m)));
    return r * cos(2.0 * pi * maker_uniform(m));
}

static double *at(struct maker *m, uint64_t frame, int channel)
{
    return &m->uv[frame * MAKER_STRIDE + (uint64_t)channel];
}

void maker_noise(struct maker *m, int channel, double from_s, double to_s, double rms_uv)
{
    const uint64_t to = (uint64_t)(to_s * m->rate_hz);
    for (uint64_t i = (uint64_t)(from_s * m->rate_hz); i < to && i < m->frames; i++)
        *at(m, i, channel) += rms_uv * maker_normal(m);
}

struct maker maker_new(uint32_t rate_hz, double seconds, double noise_uv, uint32_t seed)
{
    struct maker m = {.rate_hz = rate_hz, .seconds = seconds, .random = seed};
    m.frames = (uint64_t)(seconds * rate_hz);
    m.uv = calloc(m.frames * MAKER_STRIDE, sizeof *m.uv);
    assert(m.uv);
    for (int c = 0; c < MAKER_CHANNELS; c++)
        maker_noise(&m, c, 0.0, seconds, noise_uv);
    return m;
}

void maker_free(struct maker *m)
{
    free(m->uv);
    m->uv = NULL;
}

void maker_potential(struct maker *m, int channel, double at_s, double uv, double width_ms)
{
    const double s = 0.5 * width_ms * 1e-3;
    const double peak = exp(-0.5);
    for (double t = -5.0 * s; t < 5.0 * s; t += 1.0 / m->rate_hz) {
        const double frame = rint((at_s + t) * m->rate_hz);
        if (frame < 0.0 || frame >= (double)m->frames)
            continue;
        const double u = (frame / m->rate_hz - at_s) / s;
        *at(m, (uint64_t)frame, channel) += 0.5 * uv * u * exp(-0.5 * u * u) / peak;
    }
}

double maker_train(struct maker *m, int channel, double at_s, double hz, double scatter, int count,
                   double uv, double width_ms)
{
    for (int i = 0; i < count; i++) {
        maker_potential(m, channel, at_s, uv, width_ms);
        at_s += (1.0 + scatter * maker_normal(m)) / hz;
    }
    return at_s;
}

void maker_tone(struct maker *m, int channel, double from_s, double to_s, double hz, double uv,
                double phase)
{
    const uint64_t to = (uint64_t)(to_s * m->rate_hz);
    for (uint64_t i = (uint64_t)(from_s * m->rate_hz); i < to && i < m->frames; i++)
        *at(m, i, channel) += uv * sin(2.0 * pi * hz * (double)i / m->rate_hz + phase);
}

void maker_cautery(struct maker *m, double from_s, double to_s, double rms_uv)
{
    for (int c = 0; c < MAKER_CHANNELS; c++) {
        maker_noise(m, c, from_s, to_s, rms_uv * (0.7 + 0.1 * c));
        const uint64_t end = (uint64_t)(to_s * m->rate_hz);
        for (uint64_t i = end; i < end + 2 * m->rate_hz && i < m->frames; i++)
            *at(m, i, c) += 800.0 * exp(-(double)(i - end) / m->rate_hz / 0.12);
    }
}

void maker_stimulus(struct maker *m, double at_s, double artifact_uv)
{
    const uint64_t from = (uint64_t)(at_s * m->rate_hz);
    for (int c = 0; c < MAKER_CHANNELS; c++)
        for (uint64_t i = from; i < from + m->rate_hz / 50 && i < m->frames; i++) {
            const double ms = 1e3 * (double)(i - from) / m->rate_hz;
            *at(m, i, c) += ms < 0.2   ? artifact_uv
                            : ms < 0.4 ? -artifact_uv
                                       : 0.1 * artifact_uv * exp(-(ms - 0.4) / 1.5);
        }
    m->blank_from_s[m->blanks] = at_s;
    m->blank_to_s[m->blanks++] = at_s + 0.025;
}

static void feed(const struct maker *m, uint64_t from, uint64_t to, struct artifact *a,
                 struct free_running *f, struct stimulus_blank blank, struct maker_result *r)
{
    static double uv[256 * MAKER_STRIDE];
    uint8_t clipped[MAKER_STRIDE] = {0};
    struct finding_list out = {r->count, 2000, r->items};
    const size_t values = (size_t)(to - from) * MAKER_STRIDE;
    assert(values <= sizeof uv / sizeof *uv);
    for (size_t i = 0; i < values; i++) {
        const double v = m->uv[from * MAKER_STRIDE + i];
        const bool clips = m->clip_uv > 0.0 && fabs(v) >= m->clip_uv;
        clipped[i % MAKER_STRIDE] |= clips;
        uv[i] = clips ? copysign(m->clip_uv, v) : v;
    }
    const struct frame_run run = {.first_index = from,
                                  .frames = (uint32_t)(to - from),
                                  .channels = MAKER_CHANNELS,
                                  .stride = MAKER_STRIDE,
                                  .uv = uv,
                                  .clipped = clipped};
    artifact_feed(a, &run, &out);
    free_running_feed(f, &run, blank, a, &out);
    r->count = out.count;
}

struct maker_result *maker_run(const struct maker *m, uint32_t split)
{
    struct bank_params p;
    memset(&p, 0, sizeof p);
    p.rate_hz = m->rate_hz;
    p.channels = MAKER_CHANNELS;
    p.artifact = (struct artifact_params){.recovery_s = 0.4, .hum_uv = 150.0};
    p.free_running = (struct free_running_params){.threshold_uv = 20.0, .threshold_ratio = 7.0};
    struct artifact *a = aligned_alloc(64, (artifact_size(&p) + 63) / 64 * 64);
    struct free_running *f = aligned_alloc(64, (free_running_size(&p) + 63) / 64 * 64);
    struct maker_result *r = calloc(1, sizeof *r);
    assert(a && f && r);
    artifact_init(a, &p);
    free_running_init(f, &p);
    struct stimulus_blank blank = {NO_SAMPLE, NO_SAMPLE};
    uint32_t next_blank = 0;
    for (uint64_t i = 0; i < m->frames;) {
        struct finding_list out = {r->count, 2000, r->items};
        if (i == m->gap_from && m->gap_to > i) {
            artifact_gap(a, i, m->gap_to, &out);
            free_running_gap(f, i, m->gap_to, &out);
            r->count = out.count;
            i = m->gap_to;
            continue;
        }
        uint64_t end = tick_after(i, m->rate_hz);
        if (split && end > i + split)
            end = i + split;
        if (m->gap_to > m->gap_from && i < m->gap_from && end > m->gap_from)
            end = m->gap_from;
        end = end < m->frames ? end : m->frames;
        if (next_blank < m->blanks && (uint64_t)(m->blank_from_s[next_blank] * m->rate_hz) < end) {
            blank.from = (uint64_t)(m->blank_from_s[next_blank] * m->rate_hz);
            blank.to = (uint64_t)(m->blank_to_s[next_blank++] * m->rate_hz);
        }
        feed(m, i, end, a, f, blank, r);
        i = end;
    }
    const uint64_t back = 8 * (uint64_t)m->rate_hz / 10;
    for (uint32_t c = 0; c < MAKER_CHANNELS && m->frames > back; c++)
        r->discharges[c] = free_running_discharges(f, c, m->frames - back, m->frames,
                                                   &r->discharged[c]);
    struct finding_list out = {r->count, 2000, r->items};
    artifact_finish(a, m->frames, &out);
    free_running_finish(f, m->frames, &out);
    r->count = out.count;
    for (uint32_t c = 0; c < MAKER_CHANNELS; c++)
        r->train_s[c] = free_running_train_s(f, c);
    const struct synchrony_trend trend = free_running_synchrony(f);
    r->bursts = trend.bursts;
    r->common = trend.common;
    r->lateral = trend.lateral;
    r->lag_ms = trend.lag_ms;
    free(a);
    free(f);
    return r;
}

static bool has_channel(const struct finding_emg_event *e, uint32_t channel)
{
    for (uint32_t i = 0; i < e->channel_count; i++)
        if (e->channels[i] == channel)
            return true;
    return channel == MAKER_CHANNELS;
}

uint32_t maker_events(const struct maker_result *r, enum emg_kind kind, uint32_t channel)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->count; i++)
        n += r->items[i].type == FINDING_EMG_EVENT &&
             (kind == EMG_KINDS || r->items[i].emg_event.kind == kind) &&
             has_channel(&r->items[i].emg_event, channel);
    return n;
}

const struct finding_emg_event *maker_event(const struct maker_result *r, enum emg_kind kind,
                                            uint32_t number)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->items[i].type == FINDING_EMG_EVENT && r->items[i].emg_event.kind == kind &&
            number-- == 0)
            return &r->items[i].emg_event;
    return NULL;
}

uint32_t maker_artifacts(const struct maker_result *r, enum artifact_kind kind)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->count; i++)
        n += r->items[i].type == FINDING_ARTIFACT && r->items[i].artifact.kind == kind;
    return n;
}

const struct finding_artifact *maker_artifact(const struct maker_result *r, enum artifact_kind kind,
                                              uint32_t number)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (r->items[i].type == FINDING_ARTIFACT && r->items[i].artifact.kind == kind &&
            number-- == 0)
            return &r->items[i].artifact;
    return NULL;
}

void maker_print(const struct maker *m, const struct maker_result *r)
{
    static const char *const kinds[] = {"spike", "burst", "A", "B", "C", "spasm"};
    for (uint32_t i = 0; i < r->count; i++) {
        const struct finding *f = &r->items[i];
        if (f->type == FINDING_EMG_EVENT)
            printf("%8.3f %s ch %u (%u) %.3f-%.3f %.1f Hz %.0f uV\n",
                   (double)f->decided_sample / m->rate_hz, kinds[f->emg_event.kind],
                   f->emg_event.channels[0], f->emg_event.channel_count,
                   (double)f->emg_event.start_sample / m->rate_hz,
                   (double)f->emg_event.end_sample / m->rate_hz, f->emg_event.frequency_hz,
                   f->emg_event.amplitude_uv);
        else
            printf("%8.3f artifact %d ch %u %.3f-%.3f\n", (double)f->decided_sample / m->rate_hz,
                   f->artifact.kind, f->artifact.channel,
                   (double)f->artifact.start_sample / m->rate_hz,
                   (double)f->artifact.end_sample / m->rate_hz);
    }
}
