/* SPDX-License-Identifier: Apache-2.0 */
/* detect/endpoint.h - one state machine for each stimulated branch. */
#ifndef LSRD_DETECT_ENDPOINT_H
#define LSRD_DETECT_ENDPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "detect/artifact.h"
#include "detect/judged.h"
#include "detect/params.h"
#include "detect/run.h"

struct endpoint;

size_t endpoint_size(const struct bank_params *params);
void endpoint_init(struct endpoint *e, const struct bank_params *params);

/* A mark acts before the frame that carries its sample. */
void endpoint_mark(struct endpoint *e, const struct mark *m, struct finding_list *out);

/* Once a stimulus, all its sweeps judged. */
void endpoint_sweep(struct endpoint *e, const struct judged_stimulus *s, struct finding_list *out);

/* Once a tick, after its frames; sample is its last frame. seen holds the findings of the frames
 * since the last tick (artifacts, stimuli, events), in the order of their making. */
void endpoint_tick(struct endpoint *e, uint64_t sample, const struct artifact *artifact,
                   struct finding_list *out);

enum endpoint_state endpoint_state_of(const struct endpoint *e, uint8_t branch);
struct finding_endpoint endpoint_evidence(const struct endpoint *e, uint8_t branch);

#endif
