/* SPDX-License-Identifier: Apache-2.0 */
/* detect/judged.h - one stimulus with all its sweeps judged: what the endpoint counts.
 * Made once a stimulus, when the window's last sample is in. */
#ifndef LSRD_DETECT_JUDGED_H
#define LSRD_DETECT_JUDGED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/finding.h"

struct judged_channel {
    struct finding_sweep sweep; /* as printed */
    bool learned;               /* the baseline of this channel is complete */
    bool elicited;              /* learned, and the baseline holds a response */
    double baseline_uv;         /* median peak to peak of the baseline's responses; NAN: none */
};

struct judged_stimulus {
    uint8_t branch;
    uint64_t stimulus_sample;
    uint64_t decided_sample; /* the window's last frame */
    enum tristate delivered;
    bool has_direct;
    enum sweep_reason direct_reason; /* REASON_NONE: the direct sweep is valid */
    double m_uv;                     /* peak to peak; NAN where not measured */
    double m_baseline_uv;            /* NAN until learned */
    bool learned;                    /* every lateral channel that can be is learned */
    uint32_t baseline_valid;         /* valid sweeps seen while learning */
    uint32_t baseline_responses;     /* of them with a response in any lateral channel; may be
                                      * revised upward or downward until learned */
    bool valid;      /* at least one elicited (or, while learning, any) lateral channel is valid
                        and none of the others hides a response: the stimulus counts */
    bool response;   /* the branch's joint statistic over its valid lateral channels is beyond a
                        false rate of 1e-5 a sweep: the hold restarts */
    double joint_score;
    bool has_control;
    struct finding_sweep control; /* printed; counts for nothing else */
    uint16_t lateral_count;
    struct judged_channel lateral[FINDING_LATERAL];
};

#endif
