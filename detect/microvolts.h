/* SPDX-License-Identifier: Apache-2.0 */
/* detect/microvolts.h - counts of a stream's inputs to microvolts of the muscle channels: scale,
 * bipolar difference, polarity, and whether a converter was at its end. Pure. */
#ifndef LSRD_DETECT_MICROVOLTS_H
#define LSRD_DETECT_MICROVOLTS_H

#include <stdint.h>

#include "detect/params.h"

/* What a lane takes from one input. Lanes over the channels have a gain of 0 and never clip. */
struct microvolts_side {
    uint16_t input[BANK_CHANNELS];
    double gain_uv[BANK_CHANNELS], offset_uv[BANK_CHANNELS]; /* polarity in both */
    int32_t low[BANK_CHANNELS], high[BANK_CHANNELS];         /* between them it is not clipped */
};

struct microvolts {
    uint32_t stride; /* of the channels */
    bool is_bipolar; /* any of them */
    struct microvolts_side plus, minus;
};

void microvolts_init(struct microvolts *m, const struct bank_params *params);

/* counts: frames x in_stride. uv: frames x stride. clipped: stride flags, set where an input was at
 * its converter's end in any frame and left alone elsewhere. */
void microvolts_feed(const struct microvolts *m, const int32_t *counts, uint32_t in_stride,
                     uint32_t frames, double *uv, uint8_t *clipped);

#endif
