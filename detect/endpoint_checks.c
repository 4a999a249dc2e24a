/* SPDX-License-Identifier: Apache-2.0 */
/* The evidence: what the verdict rests on, and each check with its tick, value and limit. */
#include "detect/endpoint_parts.h"

#include <math.h>

static const double tested_lately_s = 300.0; /* a branch tested longer ago has to be tested again */
static const double anaesthetic_min = 15.0;  /* desflurane's effect was measured at 15 minutes */
static const double train_of_four_least = 2.0; /* twitches at which every patient responded */

static double minutes_since(const struct endpoint *e, uint64_t sample)
{
    return (double)(e->newest - sample) / (double)e->params.rate_hz / 60.0;
}

static void add(struct finding_evidence *out, enum endpoint_check id, bool required, bool ok,
                double value, double limit)
{
    out->checks[out->check_count++] = (struct finding_check){
        .id = id, .ok = ok, .required = required, .value = value, .limit = limit};
}

static bool tested_lately(const struct endpoint *e, const struct endpoint_branch *b)
{
    return b->tested != NO_SAMPLE && e->newest - b->tested <= seconds_to_frames(e, tested_lately_s);
}

uint32_t checks_other_branches(const struct endpoint *e, uint32_t branch, uint32_t *tested)
{
    uint32_t others = 0;
    *tested = 0;
    for (uint32_t i = 0; i < e->params.branches; i++) {
        const struct endpoint_branch *b = &e->branch[i];
        if (i == branch || b->baseline != BASELINE_ELICITED)
            continue;
        others++;
        *tested += tested_lately(e, b);
    }
    return others;
}

static void add_electrodes(const struct endpoint *e, const struct endpoint_branch *b,
                           struct finding_evidence *out)
{
    uint32_t needed = 0, plausible = 0;
    for (uint32_t i = 0; i < PROOF_CHANNELS; i++) {
        const struct proof_channel *c = &b->proof.channel[i];
        needed += c->needed;
        plausible += c->needed && c->bad == 0;
    }
    add(out, CHECK_ELECTRODES, e->params.endpoint.require_electrodes,
        needed > 0 && plausible == needed, plausible, needed);
}

static void add_cautery(const struct endpoint *e, struct finding_evidence *out)
{
    const double hold_s = e->params.endpoint.hold_s;
    const bool never = e->cautery_end == NO_SAMPLE;
    const double ago_s =
        never ? FINDING_UNKNOWN : (double)(e->newest - e->cautery_end) / (double)e->params.rate_hz;
    add(out, CHECK_CAUTERY, e->params.endpoint.require_cautery, never || ago_s >= hold_s, ago_s,
        hold_s);
}

static void add_what_was_said(const struct endpoint *e, const struct endpoint_branch *b,
                              struct finding_evidence *out)
{
    const struct endpoint_params *p = &e->params.endpoint;
    add(out, CHECK_PHASE, p->require_phase, said_decompressed(&e->said) != NO_SAMPLE,
        FINDING_UNKNOWN, FINDING_UNKNOWN);
    const struct said_item *intensity = said_newest(&e->said, MARK_INTENSITY);
    const double now_ma = intensity ? intensity->number : FINDING_UNKNOWN;
    add(out, CHECK_INTENSITY, p->require_intensity, now_ma > b->baseline_ma, now_ma,
        b->baseline_ma);
    const struct said_item *relaxation = said_relaxation(&e->said);
    const bool counted = relaxation && relaxation->kind == MARK_TRAIN_OF_FOUR;
    const double twitches = counted ? relaxation->number : FINDING_UNKNOWN;
    add(out, CHECK_TRAIN_OF_FOUR, p->require_train_of_four, twitches >= train_of_four_least,
        twitches, train_of_four_least);
    const struct said_item *change = said_newest(&e->said, MARK_ANAESTHETIC);
    const double ago_min = change ? minutes_since(e, change->sample) : FINDING_UNKNOWN;
    add(out, CHECK_ANAESTHETIC, p->require_anaesthetic, !change || ago_min >= anaesthetic_min,
        ago_min, anaesthetic_min);
}

static void add_channels(const struct endpoint_branch *b, struct finding_evidence *out)
{
    for (uint32_t i = 0; i < b->lateral_count; i++) {
        const struct judged_channel *c = &b->lateral[i];
        if (b->baseline == BASELINE_ELICITED && !c->elicited)
            continue;
        out->channels[out->channel_count++] =
            (struct finding_evidence_channel){.channel = c->sweep.channel,
                                              .baseline_uv = c->baseline_uv,
                                              .now_uv = count_amplitude_uv(&b->count, i)};
    }
}

/* What was counted. While the baseline is searched a sweep without a verdict is no absence: the
 * search shows how far it is, and bounds nothing. */
static void add_counts(const struct endpoint *e, const struct endpoint_branch *b,
                       struct finding_evidence *out)
{
    const struct endpoint_count *c = &b->count;
    const bool searching = b->baseline == BASELINE_SEARCHING;
    const bool holds = !searching && c->valid > 0;
    out->valid = searching ? b->searched : c->valid;
    out->taken_out = searching ? 0 : c->taken_out;
    out->taken_count = c->named_count < FINDING_TAKEN_OUT ? (uint16_t)c->named_count
                                                          : FINDING_TAKEN_OUT;
    memcpy(out->taken, c->named, sizeof out->taken);
    out->responses = searching ? b->found : count_responses(c);
    out->bound_95 = searching ? 1.0 : count_bound_95(c->valid);
    out->hold_s = holds ? (double)(c->newest - c->since) / (double)e->params.rate_hz : 0.0;
    out->since_sample = holds ? c->since : e->newest;
    out->m_ratio = proof_m_ratio(&b->proof);
}

bool checks_compose(const struct endpoint *e, uint32_t branch, struct finding_evidence *out)
{
    const struct endpoint_params *p = &e->params.endpoint;
    const struct endpoint_branch *b = &e->branch[branch];
    const struct endpoint_count *c = &b->count;
    memset(out, 0, sizeof *out);
    add_counts(e, b, out);
    add_channels(b, out);

    /* A stimulus counts only where current was proved, so one counted sweep is enough. */
    const bool is_interrupted =
        b->proof.causes & (CAUSE_ACQUISITION | CAUSE_STIMULATION | CAUSE_STIMULUS);
    add(out, CHECK_STIMULUS, p->require_stimulus,
        (c->valid > 0 || b->proof.delivered > 0) && b->has_direct && b->proof.undelivered == 0 &&
            !is_interrupted,
        b->proof.undelivered, 0.0);
    add(out, CHECK_M_WAVE, p->require_m_wave, out->m_ratio >= p->min_m_ratio, out->m_ratio,
        p->min_m_ratio);
    add_electrodes(e, b, out);
    add_cautery(e, out);
    const uint32_t counted = b->baseline == BASELINE_SEARCHING ? 0 : c->valid;
    add(out, CHECK_SWEEPS, true, counted >= p->min_sweeps, counted, p->min_sweeps);
    add(out, CHECK_HOLD, true, counted > 0 && out->hold_s >= p->hold_s, out->hold_s, p->hold_s);
    /* Branches are tested one after the other, so a branch does not wait for the others: the
     * case's endpoint does. This one counts among them. */
    uint32_t tested;
    const uint32_t others = checks_other_branches(e, branch, &tested);
    add(out, CHECK_BRANCHES, false, tested == others, tested + 1.0, others + 1.0);
    add_what_was_said(e, b, out);
    add(out, CHECK_DIRECT, true, b->has_direct, FINDING_UNKNOWN, FINDING_UNKNOWN);

    for (uint32_t i = 0; i < out->check_count; i++)
        if (out->checks[i].required && !out->checks[i].ok)
            return false;
    return true;
}
