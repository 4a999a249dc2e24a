/* SPDX-License-Identifier: Apache-2.0 */
/* Counts to microvolts. */
#include "detect/microvolts.h"

#include <stddef.h>

static uint8_t at_end(const struct bank_params *p, uint16_t input, int32_t count)
{
    return count <= p->clip_low[input] || count >= p->clip_high[input];
}

void microvolts_from_counts(const struct bank_params *params, const int32_t *counts, uint32_t in_stride,
                    uint32_t frames, double *uv, uint8_t *clipped)
{
    const uint32_t stride = block_stride(params->channels);
    for (uint32_t c = 0; c < stride; c++) {
        if (c >= params->channels) {
            for (uint32_t i = 0; i < frames; i++) {
                uv[(size_t)i * stride + c] = 0.0;
                clipped[(size_t)i * stride + c] = 0;
            }
            continue;
        }
        const struct bank_channel *ch = &params->channel[c];
        const struct stream_scale s = params->scale[ch->input];
        const double sign = ch->inverted ? -1.0 : 1.0;
        for (uint32_t i = 0; i < frames; i++) {
            const int32_t *frame = counts + (size_t)i * in_stride;
            const int32_t plus = frame[ch->input];
            double v = (double)plus * s.gain_uv + s.offset_uv;
            uint8_t clip = at_end(params, ch->input, plus);
            if (ch->minus != BANK_NO_INPUT) {
                const struct stream_scale m = params->scale[ch->minus];
                v -= (double)frame[ch->minus] * m.gain_uv + m.offset_uv;
                clip |= at_end(params, ch->minus, frame[ch->minus]);
            }
            uv[(size_t)i * stride + c] = sign * v;
            clipped[(size_t)i * stride + c] = clip;
        }
    }
}
