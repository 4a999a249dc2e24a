/* SPDX-License-Identifier: Apache-2.0 */
/* Counts findings. */
#include "detect/summary.h"

void summary_init(struct summary *s, const struct bank_params *params)
{
    memset(s, 0, sizeof *s);
    s->rate_hz = params->rate_hz;
    s->sums.channel_count = (uint16_t)params->channels;
    s->sums.branch_count = (uint8_t)params->branches;
    for (uint32_t b = 0; b < BANK_BRANCHES; b++)
        s->withheld_since[b] = NO_SAMPLE;
}

static double seconds(const struct summary *s, uint64_t from, uint64_t to)
{
    return to > from ? (double)(to - from) / (double)s->rate_hz : 0.0;
}

static void take_endpoint(struct summary *s, uint64_t at, const struct finding_endpoint *e)
{
    uint64_t *since = &s->withheld_since[e->branch];
    s->sums.endpoint[e->branch] = e->state;
    if (e->state == ENDPOINT_WITHHELD) {
        if (*since == NO_SAMPLE)
            *since = at;
    } else if (*since != NO_SAMPLE) {
        s->sums.withheld_s += seconds(s, *since, at);
        *since = NO_SAMPLE;
    }
}

static void take_event(struct summary *s, const struct finding_emg_event *e)
{
    s->sums.event_count[e->kind]++;
    if (e->kind != EMG_A_TRAIN)
        return;
    const double train_s = seconds(s, e->start_sample, e->end_sample);
    for (uint32_t i = 0; i < e->channel_count; i++)
        s->sums.train_s[e->channels[i]] += train_s;
    s->sums.train_total_s += train_s;
}

void summary_take(struct summary *s, const struct finding *f)
{
    switch (f->type) {
    case FINDING_ARTIFACT:
        s->sums.not_judged_s[f->artifact.kind] +=
            seconds(s, f->artifact.start_sample, f->artifact.end_sample);
        break;
    case FINDING_STIMULUS:
        s->sums.stimuli++;
        s->sums.delivered += f->stimulus.delivered == TRISTATE_YES;
        break;
    case FINDING_SWEEP:
        if (f->sweep.role != SWEEP_LSR)
            break;
        s->sums.sweeps++;
        s->sums.sweeps_valid += f->sweep.reason == REASON_NONE;
        s->sums.responses += f->sweep.present == TRISTATE_YES;
        break;
    case FINDING_EMG_EVENT:
        take_event(s, &f->emg_event);
        break;
    case FINDING_ENDPOINT:
        take_endpoint(s, f->decided_sample, &f->endpoint);
        break;
    case FINDING_ALARM:
        s->sums.alarm_count[f->alarm.id] += f->alarm.raised;
        break;
    case FINDING_CASE:
    case FINDING_MARK:
    case FINDING_SUMMARY:
        break;
    }
}

void summary_close(struct summary *s, uint64_t end, struct finding_list *out)
{
    struct finding *f = finding_emit(out, FINDING_SUMMARY, end);
    f->summary = s->sums;
    f->summary.samples = end;
    for (uint32_t b = 0; b < f->summary.branch_count; b++)
        if (s->withheld_since[b] != NO_SAMPLE)
            f->summary.withheld_s += seconds(s, s->withheld_since[b], end);
}
