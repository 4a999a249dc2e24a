/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/calibrate.h - what a known sine or square tells about an amplifier's inputs: volts at full
 * scale, noise floor, frequency response at the octaves, polarity, delay between inputs.
 * Pure but for its memory; one thread. The generator's own frequency need not be exact. */
#ifndef LSRD_ACQUISITION_CALIBRATE_H
#define LSRD_ACQUISITION_CALIBRATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "base/err.h"

enum { CALIBRATE_OCTAVES = 14 }; /* 4 Hz to 32 kHz */

struct calibrate_signal {
    bool is_square;
    double hz;           /* as set on the generator, within a percent */
    double amplitude_uv; /* half of peak to peak, between the levels */
    double duty;         /* of a square: share of a period spent high, 0.05 to 0.95 */
};

/* Response relative to the pass band: of a square the harmonics' median from 50 Hz to 500 Hz, of a
 * sine itself. */
struct calibrate_response {
    double hz;
    double db;
};

struct calibrate_input {
    bool has_signal;      /* the rest but noise_uv says nothing without */
    double full_scale_uv; /* that 2^23 counts stand for */
    double noise_uv;      /* RMS with the signal taken away; by the stream's own scale without one */
    int polarity;         /* 1, -1; 0: a symmetrical signal does not tell */
    bool is_opposite;     /* to the first input that has the signal */
    double delay_s;       /* behind that input */
    uint32_t response_count;
    struct calibrate_response response[CALIBRATE_OCTAVES];
};

struct calibrate_report {
    double hz; /* as measured by the device's clock */
    uint32_t inputs;
    uint32_t reference; /* the first input that has the signal; inputs: none has */
    struct calibrate_input input[BLOCK_CHANNELS];
};

/* counts: frames x format->channels. At least 20 periods and two seconds are needed. */
bool calibrate(const int32_t *counts, uint64_t frames, const struct stream_format *format,
               const struct calibrate_signal *signal, struct calibrate_report *report,
               struct err *err);

#endif
