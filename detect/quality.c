/* SPDX-License-Identifier: Apache-2.0 */
/* Puts one word to a channel's noise. */
#include "detect/quality.h"

#include <math.h>

/* An electrode on a face under anaesthesia has 1 to 20 uV RMS from amplifier, skin and muscle tone.
 * Half a microvolt is what an amplifier makes of shorted inputs. */
static const double flat_under_uv = 0.5;
static const double noisy_over_uv = 20.0;

enum quality_verdict quality_judge(const struct quality *q, const struct artifact_params *limits)
{
    if (q->is_off)
        return QUALITY_OFF;
    if (q->mask == REASON_SATURATED)
        return QUALITY_SATURATED;
    if (q->mask != REASON_NONE && q->mask != REASON_SETTLING)
        return QUALITY_ARTIFACT;
    if (q->hum_uv > limits->hum_uv) /* false for NAN */
        return QUALITY_HUM;
    if (!isfinite(q->noise_uv))
        return QUALITY_UNKNOWN;
    if (q->noise_uv < flat_under_uv)
        return QUALITY_FLAT;
    return q->noise_uv > noisy_over_uv ? QUALITY_NOISY : QUALITY_GOOD;
}
