/* SPDX-License-Identifier: Apache-2.0 */
/* From what was measured of a stimulus to its verdict. */
#include "detect/run_features.h"

#include <math.h>

#include "detect/fmath.h"
#include "detect/presence.h"
#include "detect/special.h"

/* On the grid, where noise has little part: at full rate a neighbour's leak of 8 uV reaches 17 with
 * the noise on top, and three of them would call a recurrence. */
static bool is_large(const struct lateral_features *f, double least_uv)
{
    return f->size_uv >= least_uv;
}

void lateral_verdict(const struct lateral_features *f, const struct response_params *p,
                     struct finding_sweep *sweep)
{
    sweep->channel = f->channel;
    sweep->role = SWEEP_LSR;
    sweep->reason = f->reason;
    sweep->present = TRISTATE_UNKNOWN;
    sweep->score = FINDING_UNKNOWN;
    sweep->amplitude_uv = FINDING_UNKNOWN;
    sweep->onset_ms = FINDING_UNKNOWN;
    if (f->reason != REASON_NONE || !f->judged)
        return;
    const bool present = f->significant && is_large(f, p->min_amplitude_uv);
    sweep->present = present ? TRISTATE_YES : TRISTATE_NO;
    sweep->score = f->score;
    sweep->amplitude_uv = f->amplitude_uv;
    if (present)
        sweep->onset_ms = f->onset_ms;
}

/* The statistic that the hold rests on: all valid channels that had a response in the baseline
 * together, at a rate that does not restart a hold by chance. */
static void judge_jointly(const struct stimulus_features *f, double least_uv,
                          struct judged_stimulus *judged)
{
    double along = 0.0, degrees = 0.0, best = 0.0, tested = 0.0;
    bool large = false;
    judged->learned = true;
    for (uint32_t k = 0; k < f->lateral_count; k++) {
        const struct lateral_features *l = &f->lateral[k];
        judged->learned = judged->learned && l->learned;
        if (l->stored > judged->baseline_valid)
            judged->baseline_valid = l->stored;
        if (l->responses > judged->baseline_responses)
            judged->baseline_responses = l->responses;
        if (l->reason != REASON_NONE)
            continue;
        judged->valid = true;
        if (!l->learned)
            continue;
        tested += 1.0;
        if (is_large(l, least_uv)) {
            large = true;
            best = fmax(best, l->score);
        }
        if (l->elicited) {
            along += l->along;
            degrees += l->directions;
        }
    }
    if (tested == 0.0)
        return;
    judged->joint_score = best - fmath_log(tested);
    if (degrees > 0.0 && large)
        judged->joint_score = fmax(judged->joint_score, special_chi2_score(along, degrees));
    judged->response = judged->joint_score >= PRESENCE_JOINT_SCORE;
}

void stimulus_verdict(const struct stimulus_features *f, const struct response_params *p,
                      struct judged_stimulus *judged)
{
    memset(judged, 0, sizeof *judged);
    judged->branch = f->stimulus.branch;
    judged->stimulus_sample = f->stimulus.sample;
    judged->decided_sample = f->decided_sample;
    judged->delivered = f->stimulus.delivered;
    judged->has_direct = f->has_direct;
    judged->direct_reason = f->has_direct ? f->direct.reason : REASON_STIMULUS;
    judged->m_uv = f->has_direct ? f->direct.amplitude_uv : FINDING_UNKNOWN;
    judged->m_baseline_uv = f->m_baseline_uv;
    judged->lateral_count = f->lateral_count;
    for (uint32_t k = 0; k < f->lateral_count; k++) {
        struct judged_channel *j = &judged->lateral[k];
        j->sweep.stimulus_sample = f->stimulus.sample;
        j->sweep.branch = f->stimulus.branch;
        lateral_verdict(&f->lateral[k], p, &j->sweep);
        j->learned = f->lateral[k].learned;
        j->elicited = f->lateral[k].elicited;
        j->baseline_uv = f->lateral[k].baseline_uv;
    }
    judged->has_control = f->control_count > 0;
    if (judged->has_control) {
        judged->control.stimulus_sample = f->stimulus.sample;
        judged->control.branch = f->stimulus.branch;
        lateral_verdict(&f->lateral[f->lateral_count], p, &judged->control);
        judged->control.role = SWEEP_CONTROL;
    }
    judge_jointly(f, p->min_amplitude_uv, judged);
}
