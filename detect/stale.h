/* SPDX-License-Identifier: Apache-2.0 */
/* detect/stale.h - samples that tell nothing new: a channel that keeps one value, and frames that are
 * copies of earlier ones, as a driver delivers that plays its buffer again. A converter with an
 * electrode on it does neither: its own noise is above its step. Reads the raw signal of the
 * channels; pure, one block of memory.
 *
 * One channel that keeps its value is a finding `electrode` of that channel; all of them at once,
 * or copies, are a `gap`: what was delivered is not what the muscles did. */
#ifndef LSRD_DETECT_STALE_H
#define LSRD_DETECT_STALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/params.h"
#include "detect/run.h"

struct stale;

size_t stale_size(const struct bank_params *params);
void stale_init(struct stale *s, const struct bank_params *params);

/* Raw microvolts, a tick's frames or a part of them. Clipped values may repeat: that is a finding of
 * its own. */
void stale_feed(struct stale *s, const struct frame_run *raw, struct finding_list *out);

/* Samples up to `to` were lost, behind a stale_finish(): nothing after is a copy of what was before. */
void stale_gap(struct stale *s, uint64_t to);

/* Closes what is open. */
void stale_finish(struct stale *s, uint64_t end, struct finding_list *out);

/* REASON_ELECTRODE or REASON_GAP where samples from .. to - 1 of the channel were stale, as far as is
 * known by now; knows about the last second. */
enum sweep_reason stale_reason(const struct stale *s, uint32_t channel, uint64_t from, uint64_t to);

/* Whether nothing new has come for half a second: for who looks at the patient, the device is lost. */
bool stale_is_silent(const struct stale *s);

#endif
