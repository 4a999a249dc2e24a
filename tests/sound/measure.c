/* SPDX-License-Identifier: Apache-2.0 */
/* Measures audio. */
#include "tests/sound/measure.h"

#include <math.h>
#include <stdlib.h>

/* The largest magnitude within 1 ms to either side: a period of 523 Hz and no more. */
static double *envelope_of(const int16_t *samples, uint32_t frames, uint32_t rate_hz)
{
    double *e = malloc(frames * sizeof *e);
    const uint32_t reach = rate_hz / 1000;
    for (uint32_t i = 0; e && i < frames; i++) {
        int most = 0;
        for (uint32_t k = i > reach ? i - reach : 0; k < frames && k <= i + reach; k++)
            most = abs(samples[k]) > most ? abs(samples[k]) : most;
        e[i] = most / 32767.0;
    }
    return e;
}

static struct measured_pulse measure_one(const double *e, uint32_t from, uint32_t to,
                                         uint32_t rate_hz)
{
    struct measured_pulse p = {0};
    for (uint32_t i = from; i < to; i++)
        p.peak = fmax(p.peak, e[i]);
    uint32_t first = from, last = to;
    while (e[first] < 0.9 * p.peak)
        first++;
    while (e[last - 1] < 0.9 * p.peak)
        last--;
    p.start_s = (double)first / rate_hz;
    p.length_s = (double)(last - first) / rate_hz;
    return p;
}

uint32_t measure_pulses(const int16_t *samples, uint32_t frames, uint32_t rate_hz,
                        struct measured_pulse pulses[MEASURE_PULSES])
{
    double *e = envelope_of(samples, frames, rate_hz);
    double most = 0.0;
    for (uint32_t i = 0; i < frames; i++)
        most = fmax(most, e[i]);
    uint32_t count = 0, from = 0;
    for (uint32_t i = 0; i <= frames && most > 0.0; i++) {
        const int loud = i < frames && e[i] > 0.1 * most;
        if (loud && from == 0)
            from = i + 1;
        if (!loud && from > 0) {
            if (count < MEASURE_PULSES)
                pulses[count++] = measure_one(e, from - 1, i, rate_hz);
            from = 0;
        }
    }
    free(e);
    return count;
}

double measure_tone(const int16_t *samples, uint32_t frames, uint32_t rate_hz, double hz)
{
    const double pi = 3.141592653589793;
    double re = 0.0, im = 0.0, sum = 0.0;
    for (uint32_t i = 0; i < frames; i++) {
        const double w = 0.5 - 0.5 * cos(2.0 * pi * (i + 0.5) / frames);
        const double phase = 2.0 * pi * hz * i / rate_hz;
        re += w * samples[i] * cos(phase);
        im += w * samples[i] * sin(phase);
        sum += w;
    }
    return 2.0 * sqrt(re * re + im * im) / sum / 32767.0;
}
