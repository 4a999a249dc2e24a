/* SPDX-License-Identifier: Apache-2.0 */
/* detect/microvolts.h - counts of a stream's inputs to microvolts of the muscle channels: scale,
 * bipolar difference, polarity, and whether a converter was at its end. Pure, stateless. */
#ifndef LSRD_DETECT_MICROVOLTS_H
#define LSRD_DETECT_MICROVOLTS_H

#include <stdint.h>

#include "detect/params.h"

/* counts: frames x in_stride. uv and clipped: frames x block_stride(params->channels), lanes over
 * the channels are set to 0. */
void microvolts_from_counts(const struct bank_params *params, const int32_t *counts, uint32_t in_stride,
                    uint32_t frames, double *uv, uint8_t *clipped);

#endif
