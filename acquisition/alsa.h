/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/alsa.h - an ALSA capture device as a source: real hardware, or whatever ALSA can open.
 *
 * The index counts the device's own frames. A reader that was late loses what the device overwrote,
 * known to the frame; where the device itself stopped, the outage is the clock's, at the measured
 * rate. Marks, by system: `overrun=FRAMES` behind such a loss; `device=lost` once a device is gone
 * (also: no data for half a second while it claims to run), `device=back` at its first frame after. */
#ifndef LSRD_ACQUISITION_ALSA_H
#define LSRD_ACQUISITION_ALSA_H

#include "acquisition/source.h"
#include "config/option.h"

/* Rows for section [device]. */
struct alsa_options {
    struct option_text pcm;
    double rate_hz;
    uint32_t channels; /* 0: as many as needed */
    double period_s;
    double buffer_s;
    uint32_t format; /* 0: auto, else enum pcm_format + 1 */
    uint32_t access; /* enum alsa_access */
};
extern const struct option alsa_options[];

/* What the device does not know of itself. */
struct alsa_inputs {
    uint32_t needed;                    /* the highest input that is used, from 1; 0: all */
    double full_scale_uv[BLOCK_CHANNELS]; /* at digital full scale; 0: 10 mV */
    char label[BLOCK_CHANNELS][STREAM_LABEL]; /* empty: IN1, IN2, ... */
};

/* Both are copied. start() opens the device. NULL: no memory. */
struct source *alsa_source_create(const struct alsa_options *options,
                                  const struct alsa_inputs *inputs, struct err *err);

/* The measured rate; the nominal one for the first seconds. The capture thread's, or after it. */
double alsa_source_rate_hz(const struct source *s);

#endif
