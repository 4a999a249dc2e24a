/* SPDX-License-Identifier: Apache-2.0 */
/* Judges stimulator and electrodes by the artifact. */
#include "detect/electrode.h"

#include <math.h>
#include <string.h>

/* An artifact counts where it stands this much over the noise: then its size is known to 5 %. */
static const double clear_artifact = 20.0;
static const double seen_artifact =
    10.0; /* over this it was delivered, before a baseline is known */

/* All channels together, to the baseline: a stimulator at 30 % still stimulates, one at a
 * twentieth gives what couples from the cable at most. Between them nothing is claimed. */
static const double delivered_over = 0.2;
static const double not_delivered_under = 0.05;

/* One channel against the others: within a factor of two it is as it was (skin dries, needles
 * settle); beyond it its electrodes no longer sit where the baseline was taken. A tenth of the
 * border is given to the artifact's own variation, on the safe side. */
static const double shifted_under = 0.55;
static const double shifted_over = 2.0;

/* Noise above the muscles' band, against its own: a bridged pair hears its amplifier alone, an
 * open one the room. It shows within the sweep in which it happens. */
static const double bridged_under = 0.35;
static const double open_over = 3.0;

void electrode_init(struct electrode *e)
{
    memset(e, 0, sizeof *e);
}

/* The value with `above` of the count values at or over it; sorts in place. */
static double from_top(double *values, uint32_t count, uint32_t above)
{
    for (uint32_t i = 1; i < count; i++) {
        const double v = values[i];
        uint32_t k = i;
        for (; k > 0 && values[k - 1] < v; k--)
            values[k] = values[k - 1];
        values[k] = v;
    }
    return values[above];
}

static double median_of(const float *values, uint32_t count)
{
    double copy[ELECTRODE_BASELINE];
    for (uint32_t i = 0; i < count; i++)
        copy[i] = (double)values[i];
    return from_top(copy, count, count / 2);
}

static void learn(struct electrode *e, const struct electrode_sizes *s)
{
    for (uint32_t c = 0; c < s->channels; c++)
        if (s->masked[c] && !s->off[c])
            return;
    for (uint32_t c = 0; c < s->channels; c++) {
        e->artifacts[c][e->stored] = (float)s->artifact_uv[c];
        e->noises[c][e->stored] = (float)s->noise_uv[c];
        e->roughs[c][e->stored] = (float)s->rough_uv[c];
        e->lates[c][e->stored] = (float)s->late_uv[c];
    }
    e->pulse_ends[e->stored] = (float)s->pulse_end_ms;
    if (++e->stored < ELECTRODE_BASELINE)
        return;
    e->learned = true;
    e->pulse_end_ms = median_of(e->pulse_ends, e->stored);
    for (uint32_t c = 0; c < s->channels; c++) {
        e->artifact_uv[c] = median_of(e->artifacts[c], e->stored);
        e->noise_uv[c] = median_of(e->noises[c], e->stored);
        e->rough_uv[c] = median_of(e->roughs[c], e->stored);
        e->late_uv[c] = median_of(e->lates[c], e->stored);
    }
}

/* Before a baseline: an artifact on half of the channels shows that current flowed. */
static enum tristate seen(const struct electrode_sizes *s)
{
    uint32_t usable = 0, clear = 0;
    for (uint32_t c = 0; c < s->channels; c++) {
        usable += !s->masked[c];
        clear += !s->masked[c] && s->artifact_uv[c] > seen_artifact * s->noise_uv[c];
    }
    return usable > 0 && 2 * clear >= usable ? TRISTATE_YES : TRISTATE_UNKNOWN;
}

void electrode_judge(struct electrode *e, const struct electrode_sizes *s,
                     struct electrode_verdict *v)
{
    memset(v, 0, sizeof *v);
    v->artifact_ratio = FINDING_UNKNOWN;
    if (!e->learned) {
        v->delivered = seen(s);
        if (v->delivered == TRISTATE_YES)
            learn(e, s);
        return;
    }
    double ratio[BANK_CHANNELS], sorted[BANK_CHANNELS];
    uint32_t count = 0;
    for (uint32_t c = 0; c < s->channels; c++) {
        ratio[c] = FINDING_UNKNOWN;
        if (s->masked[c] || e->artifact_uv[c] < clear_artifact * e->noise_uv[c])
            continue;
        ratio[c] = s->artifact_uv[c] / e->artifact_uv[c];
        sorted[count++] = ratio[c];
    }
    for (uint32_t c = 0; c < s->channels; c++)
        v->fault[c] = !s->masked[c] && (s->rough_uv[c] < bridged_under * e->rough_uv[c] ||
                                        s->rough_uv[c] > open_over * e->rough_uv[c]);
    v->delivered = TRISTATE_UNKNOWN;
    if (count == 0)
        return;
    /* of two the larger: an electrode that fell off is likelier than one that picks up more */
    v->artifact_ratio = from_top(sorted, count, (count - 1) / 2);
    if (v->artifact_ratio > delivered_over)
        v->delivered = TRISTATE_YES;
    else if (v->artifact_ratio < not_delivered_under)
        v->delivered = TRISTATE_NO;
    if (v->delivered != TRISTATE_YES || count < 2)
        return;
    for (uint32_t c = 0; c < s->channels; c++)
        if (ratio[c] < shifted_under * v->artifact_ratio ||
            ratio[c] > shifted_over * v->artifact_ratio)
            v->fault[c] = true;
}
