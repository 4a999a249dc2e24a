/* SPDX-License-Identifier: Apache-2.0 */
/* The direct channel: the M wave, and with the artifact the proof of the stimulus. */
#include "detect/evoked_parts.h"

#include <math.h>

/* Under this share of its baseline the M wave is missing: the nerve was not stimulated, or nothing
 * could have answered. */
static const double m_missing = 0.1;

/* Until the tail is learned, the M wave is looked for from here on. */
static const double m_not_before_ms = 2.75;

/* An M wave is one from this many times the noise on (and 30 uV, before a baseline is known). */
static const double m_over_noise = 12.0;
static const double m_least_uv = 30.0;

static double median_of(const float *values, uint32_t count)
{
    float sorted[EVOKED_M_BASELINE];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t k = i;
        for (; k > 0 && sorted[k - 1] > values[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = values[i];
    }
    return (double)sorted[count / 2];
}

void evoked_judge_direct(struct evoked *e, const struct evoked_waiting *w, uint16_t channel,
                         const struct evoked_context *x, struct finding_sweep *f)
{
    struct evoked_branch *s = &e->branch[w->onset.branch];
    const struct grid *g = &e->grid;
    f->reason = evoked_reason(e, w, channel, x);
    if (f->reason != REASON_NONE)
        return;
    double wave[GRID_POST_MOST];
    evoked_column(e, channel, e->direct_points);
    if (s->lateral[0].learned && s->lateral[0].has_direct)
        spread_direct(&s->lateral[0].spread, g, e->direct_points + g->pre, wave);
    else
        for (uint32_t p = 0; p < g->post; p++)
            wave[p] = (double)p * g->step_ms < m_not_before_ms ? 0.0 : e->direct_points[g->pre + p];
    double low = 0.0, high = 0.0;
    for (uint32_t p = 0; p < g->post; p++) {
        low = fmin(low, wave[p]);
        high = fmax(high, wave[p]);
    }
    f->amplitude_uv = high - low;
    const double noise = e->sizes.noise_uv[channel];
    const double least = s->m_count == EVOKED_M_BASELINE
                             ? fmax(m_missing * s->m_baseline_uv, m_over_noise * noise)
                             : fmax(m_least_uv, m_over_noise * noise);
    f->score = f->amplitude_uv / least;
    f->present = f->amplitude_uv > least ? TRISTATE_YES : TRISTATE_NO;
    const double tenth = 0.1 * fmax(high, -low);
    for (uint32_t p = 0; p < g->post && f->present == TRISTATE_YES; p++)
        if (fabs(wave[p]) > tenth) {
            f->onset_ms = p * g->step_ms;
            break;
        }
}

/* Proof of the stimulus: by artifact and M wave together. */
enum tristate evoked_delivery(struct evoked *e, struct evoked_branch *s,
                              struct finding_sweep *direct)
{
    enum tristate delivered = e->electrodes.delivered;
    if (!direct || direct->reason != REASON_NONE)
        return delivered;
    if (direct->present == TRISTATE_YES)
        delivered = TRISTATE_YES;
    if (delivered == TRISTATE_NO) {
        direct->reason = REASON_STIMULUS;
        return delivered;
    }
    if (direct->present == TRISTATE_YES && s->m_count < EVOKED_M_BASELINE) {
        s->m_sizes[s->m_count++] = (float)direct->amplitude_uv;
        if (s->m_count == EVOKED_M_BASELINE)
            s->m_baseline_uv = median_of(s->m_sizes, EVOKED_M_BASELINE);
    }
    if (s->m_count == EVOKED_M_BASELINE)
        s->m_ratio = direct->amplitude_uv / s->m_baseline_uv;
    return delivered;
}
