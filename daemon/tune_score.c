/* SPDX-License-Identifier: Apache-2.0 */
/* Scores a journal as it comes. */
#include "daemon/tune_score.h"

#include <math.h>
#include <string.h>

/* An onset found by the artifact may lie a millisecond beside the true one. */
static const double same_stimulus_s = 0.002;

void tune_score_begin(struct tune_score *s, const struct tune_truth *truth, uint32_t rate_hz)
{
    memset(s, 0, sizeof *s);
    s->truth = truth;
    s->rate_hz = rate_hz;
    s->counts.delay_s = FINDING_UNKNOWN;
    s->counts.trains = (uint32_t)truth->train_count;
    s->counts.endpoints = truth->gone != UINT64_MAX;
}

static bool lies_in(const struct tune_stretch *x, uint64_t from, uint64_t to, uint16_t channel)
{
    return from < x->to && to > x->from &&
           (x->channel == TUNE_ANY_CHANNEL || channel == TUNE_ANY_CHANNEL || x->channel == channel);
}

static bool is_excluded(const struct tune_score *s, uint64_t from, uint64_t to, uint16_t channel)
{
    for (size_t i = 0; i < s->truth->artifact_count; i++)
        if (lies_in(&s->truth->artifacts[i], from, to, channel))
            return true;
    return false;
}

static void count_sweep(struct tune_counts *c, bool truly, bool found)
{
    if (truly) {
        c->present++;
        c->found += found;
    } else {
        c->absent++;
        c->mistaken += found;
    }
}

/* ---- against the truth of every stimulus */

static void score_simulated(struct tune_score *s, const struct finding_sweep *f)
{
    const struct tune_truth *t = s->truth;
    const uint64_t near = (uint64_t)(same_stimulus_s * s->rate_hz);
    while (s->next_sweep < t->sweep_count &&
           t->sweeps[s->next_sweep].stimulus + near < f->stimulus_sample)
        s->next_sweep++;
    for (size_t i = s->next_sweep;
         i < t->sweep_count && t->sweeps[i].stimulus <= f->stimulus_sample + near; i++)
        if (t->sweeps[i].channel == f->channel) {
            count_sweep(&s->counts, t->sweeps[i].is_present, f->present == TRISTATE_YES);
            return;
        }
}

/* ---- against what a reviewer says of stretches: of one channel, or of any */

static void score_stretches(struct tune_score *s, uint64_t sample, uint16_t channel, bool found)
{
    for (size_t i = 0; i < s->truth->stretch_count; i++) {
        const struct tune_stretch *x = &s->truth->stretches[i];
        if (x->channel == channel && sample >= x->from && sample < x->to)
            count_sweep(&s->counts, x->is_present, found);
    }
}

static void close_stimulus(struct tune_score *s)
{
    if (s->has_stimulus && s->is_valid && !is_excluded(s, s->stimulus, s->stimulus + 1, TUNE_ANY_CHANNEL))
        score_stretches(s, s->stimulus, TUNE_ANY_CHANNEL, s->is_present);
    s->has_stimulus = s->is_valid = s->is_present = false;
}

static void score_labelled(struct tune_score *s, const struct finding_sweep *f)
{
    if (!s->has_stimulus || f->stimulus_sample != s->stimulus)
        close_stimulus(s);
    s->has_stimulus = true;
    s->stimulus = f->stimulus_sample;
    s->is_valid = true;
    s->is_present = s->is_present || f->present == TRISTATE_YES;
    if (!is_excluded(s, f->stimulus_sample, f->stimulus_sample + 1, f->channel))
        score_stretches(s, f->stimulus_sample, f->channel, f->present == TRISTATE_YES);
}

/* ---- events and the endpoint */

static void score_train(struct tune_score *s, const struct finding_emg_event *e)
{
    bool is_true = false;
    for (size_t i = 0; i < s->truth->train_count && i < TUNE_TRAINS; i++)
        for (uint32_t c = 0; c < e->channel_count; c++)
            if (lies_in(&s->truth->trains[i], e->start_sample, e->end_sample, e->channels[c])) {
                s->counts.trains_found += !s->train_found[i];
                s->train_found[i] = is_true = true;
            }
    if (!is_true && s->truth->knows_trains &&
        !is_excluded(s, e->start_sample, e->end_sample, e->channels[0]))
        s->counts.trains_mistaken++;
}

static void score_endpoint(struct tune_score *s, uint64_t at)
{
    if (!s->truth->knows_endpoint)
        return;
    if (at < s->truth->gone) {
        s->counts.endpoints_mistaken++;
        return;
    }
    if (s->counts.endpoints_reached)
        return; /* again, after something came between */
    s->counts.endpoints_reached = 1;
    s->counts.delay_s = (double)(at - s->truth->gone) / s->rate_hz;
}

static void score_sweep(struct tune_score *s, const struct finding_sweep *f)
{
    if (f->role != SWEEP_LSR || f->reason != REASON_NONE || f->present == TRISTATE_UNKNOWN)
        return;
    if (s->truth->sweep_count)
        score_simulated(s, f);
    else
        score_labelled(s, f);
}

void tune_score_add(struct tune_score *s, const struct finding *f)
{
    switch (f->type) {
    case FINDING_SWEEP:
        score_sweep(s, &f->sweep);
        break;
    case FINDING_EMG_EVENT:
        if (f->emg_event.kind == EMG_A_TRAIN)
            score_train(s, &f->emg_event);
        break;
    case FINDING_ALARM:
        if (f->alarm.id == ALARM_ENDPOINT_REACHED && f->alarm.raised)
            score_endpoint(s, f->decided_sample);
        break;
    case FINDING_SUMMARY:
        close_stimulus(s);
        s->counts.hours = (double)f->summary.samples / s->rate_hz / 3600.0;
        break;
    default:
        break;
    }
}
