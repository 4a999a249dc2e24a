/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/detect/patient.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detect/bank.h"

struct patient patient_usual(void)
{
    return (struct patient){ .rate_hz = 20000,
                             .seconds = 20.0,
                             .noise_uv = 3.0,
                             .hum_uv = 5.0,
                             .stimulus_hz = 3.1,
                             .artifact_uv = 1200.0,
                             .m_uv = 1500.0,
                             .pulse_ms = 0.2,
                             .m_ms = 6.2,
                             .spread = 0.02,
                             .lsr_uv = 120.0,
                             .gain = 1.0,
                             .counts_per_uv = 1000.0,
                             .seed = 7 };
}

static double uniform(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (double)(*state >> 8) / 16777216.0;
}

static double normal(uint32_t *state)
{
    double sum = 0.0;
    for (int i = 0; i < 12; i++)
        sum += uniform(state);
    return sum - 6.0;
}

double patient_potential(double t_ms, double width_ms)
{
    const double u = t_ms / width_ms;
    return u * exp(-u * u) / 0.8578;
}

static void add_stimulus(const struct patient *p, double *uv, uint64_t frames, uint64_t at,
                         double polarity, uint32_t *state)
{
    const double rate = (double)p->rate_hz;
    const uint64_t pulse = (uint64_t)(1e-3 * p->pulse_ms * rate);
    const double artifact = polarity * (1.0 + 0.02 * normal(state));
    const double m = 1.0 + 0.03 * normal(state);
    double jitter[3], size[3];
    for (int k = 0; k < 3; k++) {
        jitter[k] = 0.12 * normal(state);
        size[k] = 1.0 + 0.18 * normal(state);
    }
    const bool lsr =
        p->lsr_uv > 0.0 && (p->lsr_until_s <= 0.0 || (double)at / rate < p->lsr_until_s);
    for (uint64_t i = 0; i < (uint64_t)(0.040 * rate) && at + i < frames; i++) {
        const double ms = (double)i / rate * 1e3;
        double *frame = uv + (at + i) * PATIENT_INPUTS;
        for (int c = 0; c < PATIENT_CHANNELS; c++) {
            const double sign = c % 2 ? 1.0 : -1.0;
            const double a = sign * p->artifact_uv * artifact * (1.0 + 0.2 * c);
            if (i < 2 * pulse)
                frame[c] += i < pulse ? a : -a;
            else {
                const double after = ms - 2.0 * p->pulse_ms;
                frame[c] += 0.06 * a * (0.95 * exp(-after / 0.9) + 0.05 * exp(-after / 2.7));
            }
            frame[c] += p->m_uv * m * (c == 1 ? 1.0 : p->spread * sign) *
                        patient_potential(ms - p->m_ms - 0.05 * c, 1.1 + 0.04 * c);
            if (lsr && (c == 2 || c == 3))
                for (int k = 0; k < 3; k++)
                    frame[c] += 0.5 * p->lsr_uv * size[k] *
                                patient_potential(ms - 11.5 - 0.9 * k - 0.4 * c - jitter[k],
                                          0.45 + 0.08 * k);
        }
    }
    for (uint64_t i = 0; i < (uint64_t)(0.001 * rate) && at + i < frames; i++)
        uv[(at + i) * PATIENT_INPUTS + PATIENT_TRIGGER] = 5000.0;
}

int32_t *patient_make(const struct patient *p, uint64_t *frames)
{
    const double rate = (double)p->rate_hz;
    const double pi = 3.14159265358979323846;
    *frames = (uint64_t)(p->seconds * rate);
    double *uv = calloc(*frames * PATIENT_INPUTS, sizeof *uv);
    int32_t *counts = calloc(*frames * 8, sizeof *counts);
    assert(uv && counts);
    uint32_t state = p->seed;
    for (uint64_t i = 0; i < *frames; i++)
        for (int c = 0; c < PATIENT_CHANNELS; c++)
            uv[i * PATIENT_INPUTS + (uint64_t)c] =
                p->noise_uv * normal(&state) + p->offset_uv +
                p->hum_uv * sin(2.0 * pi * 50.003 * (double)i / rate + c) +
                0.1 * p->hum_uv * sin(2.0 * pi * 150.009 * (double)i / rate + 2 * c);
    double polarity = 1.0;
    if (p->stimulus_hz > 0.0)
        for (double t = 1.0; t < p->seconds - 0.1;
             t += (1.0 + 0.01 * (uniform(&state) - 0.5)) / p->stimulus_hz) {
            add_stimulus(p, uv, *frames, (uint64_t)(t * rate), polarity, &state);
            polarity = p->alternates ? -polarity : polarity;
        }
    for (uint64_t i = 0; i < *frames; i++)
        for (int c = 0; c < PATIENT_INPUTS; c++) {
            const double sign = p->inverted && c < PATIENT_CHANNELS ? -1.0 : 1.0;
            const double count = rint(sign * p->gain * p->counts_per_uv * uv[i * PATIENT_INPUTS + (uint64_t)c]);
            counts[i * 8 + (uint64_t)c] =
                (int32_t)fmax(-8388608.0, fmin(8388607.0, count));
        }
    free(uv);
    return counts;
}

struct bank_params patient_params(const struct patient *p)
{
    static const char *const labels[] = { "FRONT", "OOC", "OOR", "MENT", "MASS" };
    struct bank_params params;
    memset(&params, 0, sizeof params);
    params.rate_hz = p->rate_hz;
    params.inputs = PATIENT_INPUTS;
    params.channels = PATIENT_CHANNELS;
    for (uint32_t c = 0; c < PATIENT_INPUTS; c++) {
        params.scale[c] = (struct stream_scale){ .gain_uv = 1.0 / p->counts_per_uv / p->gain, .offset_uv = 0.0 };
        params.clip_low[c] = -8388608;
        params.clip_high[c] = 8388607;
    }
    for (uint32_t c = 0; c < PATIENT_CHANNELS; c++) {
        strcpy(params.channel[c].label, labels[c]);
        params.channel[c].input = (uint16_t)c;
        params.channel[c].minus = BANK_NO_INPUT;
    }
    params.branches = 1;
    strcpy(params.branch[0].name, "zygomatic");
    params.branch[0].trigger = PATIENT_TRIGGER;
    params.branch[0].direct = 1;
    params.branch[0].lateral_count = 2;
    params.branch[0].lateral[0] = 2;
    params.branch[0].lateral[1] = 3;
    params.stimulus = (struct stimulus_params){ .threshold_ratio = 0.5, .refractory_s = 0.03 };
    params.response.window = (struct option_range){ 0.006, 0.025 };
    params.response.min_amplitude_uv = 15.0;
    params.artifact = (struct artifact_params){ .recovery_s = 0.4, .hum_uv = 150.0 };
    params.free_running =
        (struct free_running_params){ .threshold_uv = 20.0, .threshold_ratio = 7.0 };
    params.endpoint = (struct endpoint_params){
        .hold_s = 30.0, .min_sweeps = 30, .min_m_ratio = 0.5, .require_phase = true
    };
    params.alarm = (struct alarm_params){
        .train_medium_s = 0.5, .train_high_s = 10.0, .discharge_s = 1.0, .saturated_s = 10.0
    };
    return params;
}

struct finding *patient_findings(const struct bank_params *params, const int32_t *counts,
                                 uint64_t frames, uint32_t block_frames, uint32_t *count)
{
    const size_t size = bank_size(params);
    assert(size > 0);
    struct bank *b = bank_init(aligned_alloc(64, size), params);
    uint32_t capacity = 4096;
    struct finding *items = malloc(capacity * sizeof *items);
    struct bank_output *out = calloc(1, sizeof *out);
    *count = 0;
    uint64_t at = 0;
    for (bool done = false; !done;) {
        if (capacity - *count < 300)
            items = realloc(items, (capacity *= 2) * sizeof *items);
        assert(items && out);
        out->findings = (struct finding_list){ .capacity = 300, .items = items + *count };
        if (at < frames) {
            struct sample_block block = { .first_index = at,
                                          .channels = PATIENT_INPUTS,
                                          .stride = 8,
                                          .counts = (int32_t *)(uintptr_t)(counts + at * 8) };
            block.frames = frames - at < block_frames ? (uint32_t)(frames - at) : block_frames;
            uint32_t marks = 0;
            at += bank_feed(b, &block, &marks, out);
        } else {
            done = bank_finish(b, out);
        }
        *count += out->findings.count;
    }
    free(out);
    free(b);
    return items;
}
