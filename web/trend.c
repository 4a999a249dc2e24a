/* SPDX-License-Identifier: Apache-2.0 */
/* Points by the ordinal of their stimulus. */
#include "web/trend.h"

void trend_clear(struct trend *t)
{
    t->count = 0;
    t->stride = 1;
    t->stimuli = 0;
    t->stimulus = 0;
}

static void thin(struct trend *t)
{
    t->stride *= 2;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->ordinal[i] % t->stride != 0)
            continue;
        t->ordinal[kept] = t->ordinal[i];
        t->points[kept++] = t->points[i];
    }
    t->count = kept;
}

void trend_add(struct trend *t, const struct frame *f)
{
    if (t->stride == 0)
        t->stride = 1;
    if (t->stimuli == 0 || f->sweep.stimulus_sample != t->stimulus) {
        t->stimulus = f->sweep.stimulus_sample;
        t->stimuli++;
    }
    const uint32_t ordinal = t->stimuli - 1;
    if (t->count == TREND_POINTS)
        thin(t);
    if (ordinal % t->stride != 0 || t->count == TREND_POINTS)
        return; /* full although thinned: one stimulus with thousands of channels */
    t->ordinal[t->count] = ordinal;
    t->points[t->count++] = (struct message_trend_point){
        .stimulus_sample = f->sweep.stimulus_sample,
        .channel = f->sweep.channel,
        .branch = f->sweep.branch,
        .role = (enum sweep_role)f->sweep.role,
        .present = (enum tristate)f->sweep.present,
        .is_valid = f->sweep.reason == REASON_NONE,
        .amplitude_uv = (double)f->sweep.amplitude_uv,
    };
}
