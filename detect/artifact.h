/* SPDX-License-Identifier: Apache-2.0 */
/* detect/artifact.h - stretches in which a channel cannot be judged: cautery, saturation, strong
 * hum, gaps, stale samples (detect/stale.h). Reads the raw signal; answers which interval is
 * spoiled. Pure, one block of memory.
 *
 * Cautery is what no muscle makes: wide-band (over 2.5 kHz), on half of the channels or more, and
 * lasting. It is a finding after 8 of 10 ms. A sweep is spoiled sooner: by 3 ms of it, or by the
 * interval's last 2 ms. The amplifiers' recovery after it, and after a long saturation, counts as
 * spoiled too. */
#ifndef LSRD_DETECT_ARTIFACT_H
#define LSRD_DETECT_ARTIFACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/params.h"
#include "detect/run.h"

struct artifact;

size_t artifact_size(const struct bank_params *params);
void artifact_init(struct artifact *a, const struct bank_params *params);

/* Raw microvolts, before any filter. */
void artifact_feed(struct artifact *a, const struct frame_run *raw, struct finding_list *out);

/* Samples from .. to - 1 were lost. */
void artifact_gap(struct artifact *a, uint64_t from, uint64_t to, struct finding_list *out);

/* Why the samples from .. to - 1 of a channel cannot be judged; REASON_NONE where they can. Knows
 * the last ARTIFACT_MEMORY_MS before the newest frame, and judges frames fed so far. */
enum { ARTIFACT_MEMORY_MS = 1000 };
enum sweep_reason artifact_masks(const struct artifact *a, uint32_t channel, uint64_t from,
                                 uint64_t to);

/* The same without mere suspicion: cautery that is sure, long saturation, lost samples. For those
 * who can wait some 20 ms before they ask. */
enum sweep_reason artifact_proved(const struct artifact *a, uint32_t channel, uint64_t from,
                                  uint64_t to);

/* A person switches a channel off, or on again: while it is off nothing of it can be judged, for the
 * reason of an electrode. */
void artifact_switch(struct artifact *a, uint32_t channel, bool off);
bool artifact_switched_off(const struct artifact *a, uint32_t channel);

/* Whether cautery is under way, or the amplifiers still recover from it. */
bool artifact_cautery(const struct artifact *a);

/* Whether the device has delivered nothing new for half a second: constants or copies. */
bool artifact_silent(const struct artifact *a);

/* The quietest millisecond of the newest tenth of a second, above 2.5 kHz, over the channel's
 * long-term median: about 0.5 where nothing changed. Between a muscle's discharges the noise is
 * what it was; where an electrode comes loose it is not. 0 under 8000 frames per second, where no
 * such band exists. */
double artifact_noise_ratio(const struct artifact *a, uint32_t channel);

/* Closes what is open at the end of a case. */
void artifact_finish(struct artifact *a, uint64_t end, struct finding_list *out);

extern const struct option artifact_options[];

#endif
