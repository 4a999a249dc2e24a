/* SPDX-License-Identifier: Apache-2.0 */
/* detect/quality.h - what one channel delivers now, with a verdict: for the check of electrodes before
 * a case. Nothing that is judged depends on it. Pure. */
#ifndef LSRD_DETECT_QUALITY_H
#define LSRD_DETECT_QUALITY_H

#include <stdbool.h>

#include "base/finding.h"
#include "detect/params.h"

enum quality_verdict {
    QUALITY_UNKNOWN, /* not long enough */
    QUALITY_GOOD,
    QUALITY_SATURATED,
    QUALITY_FLAT,  /* quieter than any electrode: bridged, or not connected */
    QUALITY_NOISY, /* louder than a resting muscle */
    QUALITY_HUM,
    QUALITY_OFF,      /* switched off by a person */
    QUALITY_ARTIFACT, /* cautery, a gap: judge again when it is over */
    QUALITY_VERDICTS,
};

struct quality {
    double noise_uv;        /* RMS in the band of the free-running path; NAN until known */
    double hum_uv;          /* mains, RMS; NAN until known */
    double artifact_uv;     /* newest stimulus, peak to peak in its first millisecond; NAN: none */
    bool is_off;            /* by a person */
    enum sweep_reason mask; /* why the last second cannot be judged */
};

enum quality_verdict quality_judge(const struct quality *q, const struct artifact_params *limits);

#endif
