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

void trend_add(struct trend *t, const struct message_trend_point *p)
{
    if (t->stride == 0)
        t->stride = 1;
    if (t->stimuli == 0 || p->stimulus_sample != t->stimulus) {
        t->stimulus = p->stimulus_sample;
        t->stimuli++;
    }
    const uint32_t ordinal = t->stimuli - 1;
    if (t->count == TREND_POINTS)
        thin(t);
    if (ordinal % t->stride != 0 || t->count == TREND_POINTS)
        return; /* full although thinned: one stimulus with thousands of channels */
    t->ordinal[t->count] = ordinal;
    t->points[t->count++] = *p;
}
