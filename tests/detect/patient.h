/* SPDX-License-Identifier: Apache-2.0 */
/* tests/detect/patient.h - a small signal generator of its own for the detectors' tests: noise,
 * hum, stimuli with artifact and tail, M wave, responses. Shares nothing with detect/. */
#ifndef LSRD_TESTS_DETECT_PATIENT_H
#define LSRD_TESTS_DETECT_PATIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/finding.h"
#include "detect/params.h"

enum { PATIENT_CHANNELS = 5, PATIENT_TRIGGER = 5, PATIENT_INPUTS = 6 };

struct patient {
    uint32_t rate_hz;
    double seconds;
    double noise_uv, hum_uv, offset_uv;
    double stimulus_hz;
    double artifact_uv, m_uv;
    double pulse_ms;               /* of either phase */
    double m_ms;                   /* middle of the direct M wave, about 3 ms after its start */
    double spread;                 /* share of the M wave on the other channels */
    double lsr_uv;                 /* peak to peak, 0: none */
    double lsr_until_s;            /* none after it; 0: to the end */
    double gain;                   /* of everything, as seen by the converter */
    double counts_per_uv;          /* at gain 1 */
    bool alternates;               /* the pulse's polarity, from stimulus to stimulus */
    bool inverted;
    uint32_t seed;
};

/* Ordinary values: 20 kHz, 3 stimuli a second, an LSR of 120 uV. */
struct patient patient_usual(void);

/* A biphasic potential of 1 peak to peak, about 4 widths long, centred at 0. */
double patient_potential(double t_ms, double width_ms);

/* frames x 8 counts; caller frees. */
int32_t *patient_make(const struct patient *p, uint64_t *frames);

/* One branch: direct channel 1, lateral 2 and 3, trigger on input 5. */
struct bank_params patient_params(const struct patient *p);

/* All findings of the signal, fed in blocks of block_frames; caller frees. */
struct finding *patient_findings(const struct bank_params *params, const int32_t *counts,
                                 uint64_t frames, uint32_t block_frames, uint32_t *count);

#endif
