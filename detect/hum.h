/* SPDX-License-Identifier: Apache-2.0 */
/* detect/hum.h - mains hum, estimated by least squares on quiet stretches and subtracted: no notch,
 * nothing that rings. An oscillator follows the mains; amplitude and phase of its harmonics 1, 2, 3,
 * 5 and 7 on every channel come from the last 1.5 s, renewed every 100 ms and faded in over 100 ms.
 * Stimuli, masked stretches and activity are left out. Pure, one block of memory. */
#ifndef LSRD_DETECT_HUM_H
#define LSRD_DETECT_HUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/artifact.h"
#include "detect/params.h"
#include "detect/run.h"

struct hum;

size_t hum_size(const struct bank_params *params);
void hum_init(struct hum *h, const struct bank_params *params);

/* Writes raw minus the hum estimated so far to clean (frames x stride), then learns from the run
 * where it is quiet: outside blank (a stimulus) and of what artifact masks. */
void hum_feed(struct hum *h, const struct frame_run *raw, struct stimulus_blank blank,
              const struct artifact *artifact, double *clean);

/* While held, signal that does not fit the estimate is never believed to be hum that stepped up: a
 * drill close to a harmonic would otherwise be learned. */
void hum_hold(struct hum *h, bool held);

/* Whether an estimate from at least 0.8 s is in use. */
bool hum_settled(const struct hum *h);

/* The mains frequency as followed, in Hz. */
double hum_frequency_hz(const struct hum *h);

/* Amplitude of the fundamental on a channel, microvolts peak. */
double hum_amplitude_uv(const struct hum *h, uint32_t channel);

/* Samples were lost up to to: the oscillator runs on, the block under way is given up. */
void hum_gap(struct hum *h, uint64_t to);

#endif
