/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeps and baseline kept for display. */
#include "detect/evoked_parts.h"

/* residual: the sweep as judged from the stimulus on; NULL: as recorded, hum removed. */
void evoked_show(struct evoked *e, const struct finding_sweep *verdict, const double *residual)
{
    if (e->shown_count == EVOKED_SHOWN)
        return;
    const uint32_t k = e->shown_count++;
    float *uv = (float *)evoked_here(e, e->shown_at) + (size_t)k * 2 * e->sweep_frames;
    struct bank_sweep *s = &e->shown[k];
    memset(s, 0, sizeof *s);
    s->verdict = *verdict;
    const uint64_t stimulus = verdict->stimulus_sample;
    const uint64_t begin = stimulus > e->shown_pre ? stimulus - e->shown_pre : 0;
    s->first_sample = begin;
    s->pre_samples = (uint32_t)(stimulus - begin);
    if (e->next < stimulus + e->window_frames || e->from > begin)
        return; /* spoiled: nothing to show */
    const double *raw = evoked_here(e, e->raw_at), *clean = evoked_here(e, e->clean_at);
    s->samples = s->pre_samples + e->window_frames;
    for (uint32_t i = 0; i < s->samples; i++) {
        const size_t at = (size_t)((begin + i) % e->ring_frames) * e->lanes + verdict->channel;
        const bool judged = residual && i >= s->pre_samples;
        uv[i] = judged ? (float)residual[i - s->pre_samples]
                       : (float)(clean[at] - e->level[verdict->channel]);
        uv[e->sweep_frames + i] = (float)raw[at];
    }
}

uint32_t evoked_shown(const struct evoked *e, struct bank_sweep *sweeps)
{
    for (uint32_t i = 0; i < e->shown_count; i++) {
        sweeps[i] = e->shown[i];
        sweeps[i].uv = (const float *)(const void *)((const unsigned char *)e + e->shown_at) +
                       (size_t)i * 2 * e->sweep_frames;
        sweeps[i].raw_uv = sweeps[i].uv + e->sweep_frames;
    }
    return e->shown_count;
}

uint32_t evoked_shown_count(const struct evoked *e)
{
    return e->shown_count;
}

void evoked_shown_clear(struct evoked *e)
{
    e->shown_count = 0;
}

const float *evoked_template(const struct evoked *e, uint8_t branch, uint16_t channel,
                             uint32_t *samples, double *first_ms)
{
    *samples = 0;
    *first_ms = 0.0;
    const struct bank_branch *b = &e->params.branch[branch];
    for (uint32_t k = 0; k < b->lateral_count; k++)
        if (b->lateral[k] == channel && e->branch[branch].template_sweeps[k] > 0) {
            *samples = e->window_frames;
            return (const float *)(const void *)((const unsigned char *)e +
                                                 e->branch[branch].template_at[k]);
        }
    return NULL;
}

double evoked_artifact_uv(const struct evoked *e, uint16_t channel)
{
    return e->sizes.channels > 0 ? e->sizes.artifact_uv[channel] : FINDING_UNKNOWN;
}
