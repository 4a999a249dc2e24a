/* SPDX-License-Identifier: Apache-2.0 */
/* tests/sound/measure.h - measures written audio: pulses at their 90 % points, strength of a
 * frequency. Knows nothing of how the tones are made. */
#ifndef LSRD_TESTS_SOUND_MEASURE_H
#define LSRD_TESTS_SOUND_MEASURE_H

#include <stdint.h>

enum { MEASURE_PULSES = 64 };

struct measured_pulse {
    double start_s; /* first time at 90 % of its own height */
    double length_s;
    double peak; /* 0 to 1 */
};

/* Pulses that rise over a tenth of the loudest, ascending. Returns how many. */
uint32_t measure_pulses(const int16_t *samples, uint32_t frames, uint32_t rate_hz,
                        struct measured_pulse pulses[MEASURE_PULSES]);

/* Amplitude of one frequency in a stretch, 0 to 1, under a Hann window. */
double measure_tone(const int16_t *samples, uint32_t frames, uint32_t rate_hz, double hz);

#endif
