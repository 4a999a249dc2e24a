/* SPDX-License-Identifier: Apache-2.0 */
/* detect/artifact.h - stretches in which a channel cannot be judged: cautery, drill, saturation,
 * hum, gaps. Reads the raw signal; answers which interval is spoiled. Pure, one block of memory. */
#ifndef LSRD_DETECT_ARTIFACT_H
#define LSRD_DETECT_ARTIFACT_H

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

/* Why the samples from .. to - 1 of a channel cannot be judged; REASON_NONE where they can. */
enum sweep_reason artifact_masks(const struct artifact *a, uint32_t channel, uint64_t from,
                                 uint64_t to);

/* Closes what is open at the end of a case. */
void artifact_finish(struct artifact *a, uint64_t end, struct finding_list *out);

#endif
