/* SPDX-License-Identifier: Apache-2.0 */
/* Leads judged sweeps into what is counted and proved, and answers what stands. */
#include "detect/endpoint.h"

#include <math.h>

#include "detect/endpoint_parts.h"

enum {
    BASELINE_WINDOW = 20,    /* valid sweeps a baseline rests on */
    BASELINE_RESPONSES = 16, /* of them with a response: 80 % */
    SEARCH_SWEEPS = 60,      /* valid sweeps after which a search may end */
    SEARCH_RESPONSES = 12,   /* of them: under 20 % is not elicited */
    OFF_STIMULI = 3,
};

static const double interval_longest_s = 10.0; /* longer ones are pauses */
/* Blocks set in within 3.4 +- 1.3 minutes: a muscle that still answers fully after ten is free. */
static const double relaxant_s = 600.0;
static const double m_fallen = 0.8;
/* Before a stimulus the muscle must be at rest for so long (as where sweeps are judged). */
static const double rest_before_s = 0.045;

/* clang-format off */
const struct option endpoint_options[] = {
    OPTION(struct endpoint_params, "hold", hold_s, UNIT_SECONDS, 5, 600, "30 s", OPTION_JUDGEMENT | OPTION_LIVE,
           "time without a response before the endpoint; a transient loss at dural opening lasts 12 s and longer"),
    OPTION(struct endpoint_params, "min_sweeps", min_sweeps, UNIT_NONE, 10, 1000, "30", OPTION_JUDGEMENT | OPTION_LIVE,
           "valid sweeps without a response before the endpoint; 0 of 30 bounds the true rate at 9.5 %"),
    OPTION(struct endpoint_params, "m_ratio", min_m_ratio, UNIT_RATIO, 0.1, 1, "50 %", OPTION_JUDGEMENT | OPTION_LIVE,
           "least M wave, as a share of its baseline; below it the muscle or the stimulus is in doubt"),
    OPTION_PLAIN(struct endpoint_params, "require_stimulus", require_stimulus, "yes", OPTION_JUDGEMENT | OPTION_LIVE,
                 "the endpoint needs every counted stimulus proved as delivered"),
    OPTION_PLAIN(struct endpoint_params, "require_m_wave", require_m_wave, "yes", OPTION_JUDGEMENT | OPTION_LIVE,
                 "the endpoint needs the M wave at m_ratio or above"),
    OPTION_PLAIN(struct endpoint_params, "require_electrodes", require_electrodes, "yes", OPTION_JUDGEMENT | OPTION_LIVE,
                 "the endpoint needs plausible electrodes on every channel that had a response"),
    OPTION_PLAIN(struct endpoint_params, "require_cautery", require_cautery, "yes", OPTION_JUDGEMENT | OPTION_LIVE,
                 "the endpoint needs a hold without cautery"),
    OPTION_PLAIN(struct endpoint_params, "require_phase", require_phase, "yes", OPTION_JUDGEMENT | OPTION_LIVE,
                 "the endpoint needs phase=decompressed marked; a third of patients lose the response before it"),
    OPTION_PLAIN(struct endpoint_params, "require_intensity", require_intensity, "no", OPTION_JUDGEMENT | OPTION_LIVE,
                 "the endpoint needs a marked intensity above the baseline's"),
    OPTION_PLAIN(struct endpoint_params, "require_train_of_four", require_train_of_four, "no", OPTION_JUDGEMENT | OPTION_LIVE,
                 "the endpoint needs a marked train-of-four of at least 2"),
    OPTION_PLAIN(struct endpoint_params, "require_anaesthetic", require_anaesthetic, "no", OPTION_JUDGEMENT | OPTION_LIVE,
                 "the endpoint needs 15 min without a marked change of the anaesthetic"),
    { 0 },
};
/* clang-format on */

size_t endpoint_size(const struct bank_params *params)
{
    (void)params;
    return sizeof(struct endpoint);
}

void endpoint_init(struct endpoint *e, const struct bank_params *params)
{
    memset(e, 0, sizeof *e);
    e->params = *params;
    e->cautery_end = NO_SAMPLE;
    e->cautery_since = NO_SAMPLE;
    for (uint32_t i = 0; i < BANK_BRANCHES; i++) {
        struct endpoint_branch *b = &e->branch[i];
        b->stimulated = NO_SAMPLE;
        b->tested = NO_SAMPLE;
        b->silent_from = NO_SAMPLE;
        b->baseline_ma = FINDING_UNKNOWN;
        b->has_direct = params->branch[i].direct != FINDING_NO_CHANNEL;
        count_forget(&b->count);
        proof_init(&b->proof);
    }
}

/* ---- sweeps */

static uint32_t ones(uint64_t bits)
{
    uint32_t n = 0;
    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

static uint32_t elicited_channels(const struct judged_stimulus *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->lateral_count; i++)
        n += s->lateral[i].elicited;
    return n;
}

static bool is_stable(const struct endpoint_branch *b, const struct judged_stimulus *s)
{
    const uint64_t window = ((uint64_t)1 << BASELINE_WINDOW) - 1;
    return (s->baseline_valid >= BASELINE_WINDOW &&
            5 * s->baseline_responses >= 4 * s->baseline_valid) ||
           (b->searched >= BASELINE_WINDOW &&
            ones(b->search_history & window) >= BASELINE_RESPONSES);
}

static bool is_hopeless(const struct endpoint_branch *b, const struct judged_stimulus *s)
{
    if (b->searched < SEARCH_SWEEPS)
        return false;
    if (s->learned && elicited_channels(s) == 0)
        return true;
    return ones(b->search_history) < SEARCH_RESPONSES &&
           5 * s->baseline_responses < s->baseline_valid;
}

static void search(struct endpoint *e, uint32_t branch, const struct judged_stimulus *s,
                   struct finding_list *out)
{
    struct endpoint_branch *b = &e->branch[branch];
    const uint64_t window = ((uint64_t)1 << SEARCH_SWEEPS) - 1;
    b->searched++;
    b->found = s->learned ? b->found + s->response : s->baseline_responses;
    b->search_history = (b->search_history << 1 | s->response) & window;
    if (b->state != ENDPOINT_BASELINE)
        return;
    if (s->learned && elicited_channels(s) > 0 && is_stable(b, s)) {
        b->baseline = BASELINE_ELICITED;
        const struct said_item *intensity = said_newest(&e->said, MARK_INTENSITY);
        b->baseline_ma = intensity ? intensity->number : FINDING_UNKNOWN;
        count_forget(&b->count);
        endpoint_feed(e, branch, INPUT_ELICITED, ENDPOINT_BECAUSE_BASELINE, s->decided_sample, out);
    } else if (is_hopeless(b, s)) {
        b->baseline = BASELINE_NONE;
        endpoint_feed(e, branch, INPUT_NOT_ELICITED, ENDPOINT_BECAUSE_NO_RESPONSE,
                      s->decided_sample, out);
    }
}

static void add(uint64_t *channels, uint32_t channel)
{
    channels[channel / 64] |= (uint64_t)1 << channel % 64;
}

static void note_electrodes_off(struct endpoint *e)
{
    uint64_t *channels = e->electrodes_off;
    memset(channels, 0, sizeof e->electrodes_off);
    for (uint32_t i = 0; i < e->params.branches; i++) {
        const struct bank_branch *p = &e->params.branch[i];
        const struct proof_channel *c = e->branch[i].proof.channel;
        for (uint32_t k = 0; k < p->lateral_count; k++)
            if (c[k].needed && c[k].alarm)
                add(channels, p->lateral[k]);
        if (c[PROOF_DIRECT].needed && c[PROOF_DIRECT].alarm)
            add(channels, p->direct);
    }
}

/* A stimulus counts where its current is proved. Without a direct channel nothing can prove it: the
 * branch is judged all the same, and its endpoint fails at that check. */
static bool counts(const struct judged_stimulus *s)
{
    return s->valid && (s->has_direct ? s->delivered == TRISTATE_YES : s->delivered != TRISTATE_NO);
}

/* The face's own M wave says more about the face than a twitch of the hand. */
static void watch_relaxation(struct endpoint *e, const struct endpoint_branch *b, uint64_t at)
{
    const double m = proof_m_ratio(&b->proof);
    if (!e->relaxed || isnan(m))
        return;
    if (m < m_fallen)
        e->relaxed_fell = true;
    else if (e->relaxed_fell || at - e->relaxed_since > seconds_to_frames(e, relaxant_s))
        endpoint_unrelax(e);
}

static void learn_interval(struct endpoint *e, struct endpoint_branch *b, uint64_t sample)
{
    if (b->stimulated != NO_SAMPLE && sample > b->stimulated &&
        sample - b->stimulated < seconds_to_frames(e, interval_longest_s)) {
        b->intervals[b->interval_next] = sample - b->stimulated;
        b->interval_next = (b->interval_next + 1) % ENDPOINT_INTERVALS;
    }
    b->stimulated = sample;
}

static void hear_stimulus(struct endpoint *e, uint32_t branch, const struct judged_stimulus *s)
{
    struct endpoint_branch *b = &e->branch[branch];
    learn_interval(e, b, s->stimulus_sample);
    b->silent_from = s->stimulus_sample;
    e->active = branch;
    if (b->silent) {
        b->silent = false;
        b->proof.stimulus_alarm = false;
        proof_set(&b->proof, CAUSE_STIMULUS, false);
    }
    /* Who forgot to mark it on again gets it back once stimuli have come for a while. */
    if (e->stimulation_off && s->stimulus_sample - e->off_since > seconds_to_frames(e, 10.0) &&
        ++e->off_stimuli >= OFF_STIMULI)
        e->stimulation_off = false;
    if (!e->stimulation_off)
        proof_set(&b->proof, CAUSE_STIMULATION, false);
}

void endpoint_sweep(struct endpoint *e, const struct judged_stimulus *s, struct finding_list *out)
{
    struct endpoint_branch *b = &e->branch[s->branch];
    e->newest = s->decided_sample;
    memcpy(b->lateral, s->lateral, sizeof b->lateral);
    b->lateral_count = s->lateral_count;
    hear_stimulus(e, s->branch, s);
    proof_sweep(&b->proof, &e->params, s);
    note_electrodes_off(e);
    watch_relaxation(e, b, s->stimulus_sample);
    if (counts(s) && !b->proof.causes) {
        b->tested = s->stimulus_sample;
        if (b->baseline == BASELINE_SEARCHING)
            search(e, s->branch, s, out);
        count_add(&b->count, s);
        b->recurred_valid++;
    }
    endpoint_settle(e, s->branch, s->decided_sample, out);
    endpoint_check_all(e, s->decided_sample, out);
}

static bool concerns(const struct bank_branch *b, const struct finding_emg_event *event)
{
    for (uint32_t i = 0; i < event->channel_count; i++)
        for (uint32_t k = 0; k < b->lateral_count; k++)
            if (event->channels[i] == b->lateral[k])
                return true;
    return false;
}

void endpoint_event(struct endpoint *e, const struct finding_emg_event *event)
{
    const uint64_t window = seconds_to_frames(e, e->params.response.window.high);
    const uint64_t from = event->start_sample > window ? event->start_sample - window : 0;
    for (uint32_t i = 0; i < e->params.branches; i++)
        if (concerns(&e->params.branch[i], event))
            count_take_out(&e->branch[i].count, from,
                           event->end_sample + seconds_to_frames(e, rest_before_s));
}

/* ---- answers */

enum endpoint_state endpoint_state_of(const struct endpoint *e, uint8_t branch)
{
    return e->branch[branch].state;
}

struct finding_endpoint endpoint_evidence(const struct endpoint *e, uint8_t branch)
{
    const struct endpoint_branch *b = &e->branch[branch];
    struct finding_endpoint f = {
        .branch = branch, .state = b->state, .from = b->from, .reason = b->reason};
    checks_compose(e, branch, &f.evidence);
    return f;
}

bool endpoint_case_reached(const struct endpoint *e)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        const struct endpoint_branch *b = &e->branch[i];
        if (b->baseline == BASELINE_ELICITED && b->state != ENDPOINT_REACHED &&
            b->state != ENDPOINT_CONFIRMED)
            return false;
    }
    uint32_t tested;
    const uint32_t branches = checks_other_branches(e, BANK_BRANCHES, &tested);
    return branches > 0 && tested == branches;
}

bool endpoint_case_announced(const struct endpoint *e)
{
    uint32_t branches = 0;
    for (uint32_t i = 0; i < e->params.branches; i++) {
        if (e->branch[i].baseline != BASELINE_ELICITED)
            continue;
        branches++;
        if (!e->branch[i].announced)
            return false;
    }
    return branches > 0;
}

bool endpoint_stimulus_lost(const struct endpoint *e, uint8_t branch)
{
    return e->branch[branch].proof.stimulus_alarm;
}

const uint64_t *endpoint_electrodes_off(const struct endpoint *e)
{
    return e->electrodes_off;
}

bool endpoint_recurred(const struct endpoint *e, uint8_t branch)
{
    return e->branch[branch].recurrence_open;
}
