/* SPDX-License-Identifier: Apache-2.0 */
/* Leads sweeps, marks and silence to inputs of the table, and says every change of state. */
#include "detect/endpoint.h"

#include <math.h>

#include "detect/endpoint_parts.h"
#include "detect/live_option.h"

enum {
    BASELINE_WINDOW = 20,    /* valid sweeps a baseline rests on */
    BASELINE_RESPONSES = 16, /* of them with a response: 80 % */
    SEARCH_SWEEPS = 60,      /* valid sweeps after which a search may end */
    SEARCH_RESPONSES = 12,   /* of them: under 20 % is not elicited */
    RECURRED_RESPONSES = 3,  /* of the last ten */
    OFF_STIMULI = 3,
};

static const double attenuated_below = 0.5; /* of the baseline */
static const double attenuated_until = 0.6; /* a margin, or it flickers at the half */
static const double silence_s = 1.0;        /* the least silence that withholds */
static const double silence_alarm_s = 2.0;  /* and that calls somebody */
static const double silence_intervals = 3.0;
static const double interval_longest_s = 10.0; /* longer ones are pauses */
static const double stale_s = 300.0; /* a branch not stimulated for so long says nothing any more */
static const double cautery_longest_s = 5.0; /* without a look at the response */
static const double gap_longest_s = 1.0;
/* A silent trigger is most often a person's pause that nobody marked: it calls once an hour. */
static const double quiet_alarm_s = 3600.0;
/* Blocks set in within 3.4 +- 1.3 minutes: a muscle that still answers fully after ten is free. */
static const double relaxant_s = 600.0;
static const double m_fallen = 0.8;

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

/* ---- changes of state */

static void begin_search(struct endpoint_branch *b)
{
    b->baseline = BASELINE_SEARCHING;
    b->searched = 0;
    b->search_history = 0;
    b->announced = false;
    b->baseline_ma = FINDING_UNKNOWN;
    count_forget(&b->count);
    proof_forget_m(&b->proof);
}

/* What entering a state means for what is remembered. */
static void enter(struct endpoint_branch *b, enum endpoint_state from)
{
    if (b->state == ENDPOINT_RECURRED)
        b->recurrence_open = true;
    else if (b->state == ENDPOINT_ABSENT || b->state == ENDPOINT_EARLY_LOSS ||
             b->state == ENDPOINT_BASELINE)
        b->recurrence_open = false;
    switch (b->state) {
    case ENDPOINT_WITHHELD:
        /* While it was there, whatever came between says nothing about when it went. */
        if (from == ENDPOINT_PRESENT || from == ENDPOINT_ATTENUATED)
            b->count.lost = NO_SAMPLE;
        count_begin_afresh(&b->count);
        break;
    case ENDPOINT_REACHED:
        b->announced = true;
        break;
    case ENDPOINT_RECURRED:
        b->announced = false;
        b->acknowledged = false;
        b->recurred_valid = 0;
        break;
    case ENDPOINT_REJECTED:
        b->announced = false;
        count_begin_afresh(&b->count);
        break;
    case ENDPOINT_EARLY_LOSS:
        b->announced = false;
        break;
    default:
        break;
    }
}

static void feed(struct endpoint *e, uint32_t branch, enum endpoint_input input,
                 enum endpoint_reason reason, uint64_t at, struct finding_list *out)
{
    struct endpoint_branch *b = &e->branch[branch];
    const enum endpoint_state next = endpoint_next(b->state, input);
    if (next == b->state)
        return;
    b->from = b->state;
    b->state = next;
    b->reason = b->from == ENDPOINT_WITHHELD && next != ENDPOINT_WITHHELD
                    ? ENDPOINT_BECAUSE_RECOVERED
                    : reason;
    b->changed = at;
    struct finding_endpoint *f = &finding_emit(out, FINDING_ENDPOINT, at)->endpoint;
    f->branch = (uint8_t)branch;
    f->state = next;
    f->from = b->from;
    f->reason = b->reason;
    checks_compose(e, branch, &f->evidence);
    enter(b, b->from);
}

/* ---- verdicts */

/* Lost before decompression took effect, or before anybody marked it: not attributable. */
static bool is_early(const struct endpoint *e, const struct endpoint_branch *b)
{
    if (!e->params.endpoint.require_phase)
        return false;
    const uint64_t decompressed = said_decompressed(&e->said);
    return decompressed == NO_SAMPLE || b->count.lost < decompressed;
}

static bool is_attenuated(const struct endpoint_branch *b)
{
    const double ratio = count_ratio(&b->count);
    return ratio < (b->state == ENDPOINT_ATTENUATED ? attenuated_until : attenuated_below);
}

static bool may_be_judged(const struct endpoint_branch *b)
{
    switch (b->state) {
    case ENDPOINT_WITHHELD:
    case ENDPOINT_REJECTED:
        return b->count.filled == COUNT_LAST;
    case ENDPOINT_RECURRED:
        return b->acknowledged || b->recurred_valid >= COUNT_LAST;
    default:
        return true;
    }
}

static void judge_search(struct endpoint *e, uint32_t branch, uint64_t at, struct finding_list *out)
{
    struct endpoint_branch *b = &e->branch[branch];
    if (b->state == ENDPOINT_SETUP ||
        (b->state == ENDPOINT_WITHHELD && b->count.filled == COUNT_LAST))
        feed(e, branch, INPUT_VALID, ENDPOINT_BECAUSE_SWEEPS, at, out);
}

static void judge_responses(struct endpoint *e, uint32_t branch, uint64_t at,
                            struct finding_list *out)
{
    struct endpoint_branch *b = &e->branch[branch];
    const uint32_t responses = count_responses(&b->count);
    const enum endpoint_reason reason = b->state == ENDPOINT_RECURRED && b->acknowledged
                                            ? ENDPOINT_BECAUSE_ACKNOWLEDGE
                                            : ENDPOINT_BECAUSE_SWEEPS;
    const uint32_t back = b->state == ENDPOINT_WITHHELD ? 1 : RECURRED_RESPONSES;
    if (b->announced && responses >= back)
        feed(e, branch, INPUT_RECURRED, reason, at, out);
    else if (responses > 0)
        feed(e, branch, is_attenuated(b) ? INPUT_ATTENUATED : INPUT_PRESENT, reason, at, out);
    else if (b->count.filled < COUNT_LAST)
        return;
    else if (e->relaxed && !is_early(e, b)) {
        b->reason = b->state == ENDPOINT_WITHHELD ? ENDPOINT_BECAUSE_RELAXANT : b->reason;
        feed(e, branch, INPUT_WITHHOLD, ENDPOINT_BECAUSE_RELAXANT, at, out);
    } else if (is_early(e, b))
        feed(e, branch, INPUT_EARLY, ENDPOINT_BECAUSE_EARLY, at, out);
    else
        feed(e, branch, INPUT_ABSENT, reason, at, out);
}

static void settle_branch(struct endpoint *e, uint32_t branch, uint64_t at,
                          struct finding_list *out)
{
    struct endpoint_branch *b = &e->branch[branch];
    if (b->proof.causes) {
        const enum endpoint_reason reason = proof_reason(b->proof.causes);
        if (b->state == ENDPOINT_WITHHELD) {
            b->reason = reason;
            count_begin_afresh(&b->count);
        }
        feed(e, branch, INPUT_WITHHOLD, reason, at, out);
        return;
    }
    if (!may_be_judged(b))
        return;
    switch (b->baseline) {
    case BASELINE_SEARCHING:
        judge_search(e, branch, at, out);
        break;
    case BASELINE_NONE:
        feed(e, branch, INPUT_NOT_ELICITED, ENDPOINT_BECAUSE_NO_RESPONSE, at, out);
        break;
    case BASELINE_ELICITED:
        judge_responses(e, branch, at, out);
        break;
    }
}

/* A branch tested earlier may wait for another one, so all are asked. */
static void check_all(struct endpoint *e, uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        struct finding_evidence evidence;
        if (e->branch[i].state == ENDPOINT_ABSENT && !e->branch[i].proof.causes && !e->relaxed &&
            checks_compose(e, i, &evidence))
            feed(e, i, INPUT_CHECKS, ENDPOINT_BECAUSE_CHECKS, at, out);
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
    b->search_history = (b->search_history << 1 | s->response) & window;
    if (b->state != ENDPOINT_BASELINE)
        return;
    if (s->learned && elicited_channels(s) > 0 && is_stable(b, s)) {
        b->baseline = BASELINE_ELICITED;
        const struct said_item *intensity = said_newest(&e->said, MARK_INTENSITY);
        b->baseline_ma = intensity ? intensity->number : FINDING_UNKNOWN;
        feed(e, branch, INPUT_ELICITED, ENDPOINT_BECAUSE_BASELINE, s->decided_sample, out);
        count_forget(&b->count);
    } else if (is_hopeless(b, s)) {
        b->baseline = BASELINE_NONE;
        feed(e, branch, INPUT_NOT_ELICITED, ENDPOINT_BECAUSE_NO_RESPONSE, s->decided_sample, out);
    }
}

static uint64_t electrodes_off(const struct endpoint *e)
{
    uint64_t channels = 0;
    for (uint32_t i = 0; i < e->params.branches; i++) {
        const struct bank_branch *p = &e->params.branch[i];
        const struct proof_channel *c = e->branch[i].proof.channel;
        for (uint32_t k = 0; k < p->lateral_count; k++)
            if (c[k].needed && c[k].alarm)
                channels |= (uint64_t)1 << p->lateral[k];
        if (c[PROOF_DIRECT].needed && c[PROOF_DIRECT].alarm)
            channels |= (uint64_t)1 << p->direct;
    }
    return channels;
}

/* A stimulus counts where its current is proved. Without a direct channel nothing can prove it: the
 * branch is judged all the same, and its endpoint fails at that check. */
static bool counts(const struct judged_stimulus *s)
{
    return s->valid && (s->has_direct ? s->delivered == TRISTATE_YES : s->delivered != TRISTATE_NO);
}

/* What was counted while the muscles may have been blocked is no evidence. */
static void unrelax(struct endpoint *e)
{
    e->relaxed = false;
    for (uint32_t i = 0; i < e->params.branches; i++)
        if (e->branch[i].state == ENDPOINT_WITHHELD)
            count_begin_afresh(&e->branch[i].count);
        else
            count_restart_hold(&e->branch[i].count);
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
        unrelax(e);
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
    e->electrodes_off = electrodes_off(e);
    watch_relaxation(e, b, s->stimulus_sample);
    if (counts(s) && !b->proof.causes) {
        b->tested = s->stimulus_sample;
        if (b->baseline == BASELINE_SEARCHING)
            search(e, s->branch, s, out);
        count_add(&b->count, s);
        b->recurred_valid++;
    }
    settle_branch(e, s->branch, s->decided_sample, out);
    check_all(e, s->decided_sample, out);
}

/* ---- marks */

static void relax(struct endpoint *e, uint64_t at)
{
    const struct said_item *newest = said_relaxation(&e->said);
    const bool relaxed = newest && (newest->kind == MARK_RELAXANT || newest->number < 2.0);
    if (e->relaxed && !relaxed)
        unrelax(e);
    if (!e->relaxed && relaxed) {
        e->relaxed_fell = false;
        e->relaxed_since = at;
    }
    e->relaxed = relaxed;
}

static bool rests_on_absence(enum endpoint_state state)
{
    return state == ENDPOINT_ABSENT || state == ENDPOINT_REACHED || state == ENDPOINT_CONFIRMED;
}

static void withhold_absences(struct endpoint *e, uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++)
        if (rests_on_absence(e->branch[i].state))
            feed(e, i, INPUT_WITHHOLD, ENDPOINT_BECAUSE_RELAXANT, at, out);
}

/* A phase marked late, earlier or not at all: what was lost is judged again. */
static void judge_phase_again(struct endpoint *e, uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        const struct endpoint_branch *b = &e->branch[i];
        if (rests_on_absence(b->state) && is_early(e, b))
            feed(e, i, INPUT_EARLY, ENDPOINT_BECAUSE_PHASE, at, out);
        else if (b->state == ENDPOINT_EARLY_LOSS && !is_early(e, b))
            feed(e, i, INPUT_ABSENT, ENDPOINT_BECAUSE_PHASE, at, out);
    }
}

/* Sections whose options touch how the response or its absence is found. */
static bool touches_detection(const struct mark *m, const struct mark_meaning *set)
{
    static const char *const sections[] = {"endpoint.", "response.", "stimulus.",
                                           "artifact.", "branch.",   "channel."};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strncmp(m->text + set->key.at, sections[i], strlen(sections[i])) == 0)
            return true;
    return false;
}

static void configure(struct endpoint *e, const struct mark *m, const struct mark_meaning *set,
                      struct finding_list *out)
{
    live_option_set(endpoint_options, "endpoint", &e->params.endpoint, m, set);
    if (!touches_detection(m, set))
        return;
    for (uint32_t i = 0; i < e->params.branches; i++) {
        feed(e, i, INPUT_CONFIGURATION, ENDPOINT_BECAUSE_CONFIGURATION, m->sample, out);
        count_restart_hold(&e->branch[i].count);
    }
}

static void retake(struct endpoint *e, uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        feed(e, i, INPUT_RETAKE, ENDPOINT_BECAUSE_RETAKE, at, out);
        begin_search(&e->branch[i]);
    }
}

static bool is_named(const struct mark *m)
{
    return m->by[0] && strcmp(m->by, "system") != 0;
}

static void feed_all(struct endpoint *e, enum endpoint_input input, enum endpoint_reason reason,
                     uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++)
        feed(e, i, input, reason, at, out);
}

static void acknowledge(struct endpoint *e, uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        e->branch[i].acknowledged = true;
        e->branch[i].recurrence_open = false;
        if (e->branch[i].state == ENDPOINT_RECURRED)
            settle_branch(e, i, at, out);
    }
}

static void lose_device(struct endpoint *e, bool back, uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        struct endpoint_branch *b = &e->branch[i];
        proof_set(&b->proof, CAUSE_ACQUISITION, !back);
        if (b->silent_from != NO_SAMPLE)
            b->silent_from = at;
        settle_branch(e, i, at, out);
    }
}

/* A branch that is done keeps what it reached while others still have to be tested: switching the
 * stimulator over takes a pause. */
static bool may_pause(const struct endpoint *e, uint32_t branch)
{
    const struct endpoint_branch *b = &e->branch[branch];
    if (b->state != ENDPOINT_REACHED && b->state != ENDPOINT_CONFIRMED)
        return false;
    for (uint32_t i = 0; i < e->params.branches; i++)
        if (i != branch && e->branch[i].baseline == BASELINE_ELICITED && !e->branch[i].announced)
            return true;
    return false;
}

static void switch_stimulation(struct endpoint *e, bool on, uint64_t at, struct finding_list *out)
{
    struct endpoint_branch *b = &e->branch[e->active];
    e->stimulation_on = on;
    e->stimulation_off = !on;
    e->off_since = at;
    e->off_stimuli = 0;
    b->proof.stimulus_alarm = false;
    if (b->silent_from != NO_SAMPLE)
        b->silent_from = at;
    if (on)
        proof_set(&b->proof, CAUSE_STIMULATION, false);
    else if (!may_pause(e, e->active)) {
        proof_set(&b->proof, CAUSE_STIMULUS, false);
        b->silent = false;
        proof_set(&b->proof, CAUSE_STIMULATION, true);
    }
    settle_branch(e, e->active, at, out);
}

static void switch_branch(struct endpoint *e, const struct mark *m,
                          const struct mark_meaning *meaning)
{
    for (uint32_t i = 0; i < e->params.branches; i++)
        if (i != e->active && mark_span_is(m, meaning->value, e->params.branch[i].name)) {
            e->active = i;
            e->branch[i].silent_from = NO_SAMPLE; /* nothing is missed before its first stimulus */
        }
}

void endpoint_mark(struct endpoint *e, const struct mark *m, struct finding_list *out)
{
    const struct mark_meaning meaning = mark_read(m);
    if (m->sample > e->newest)
        e->newest = m->sample;
    if (said_mark(&e->said, e->params.rate_hz, m, &meaning)) {
        judge_phase_again(e, m->sample, out);
        if (meaning.kind == MARK_RELAXANT || meaning.kind == MARK_TRAIN_OF_FOUR ||
            meaning.kind == MARK_UNDO)
            relax(e, m->sample);
        if (e->relaxed)
            withhold_absences(e, m->sample, out);
        return;
    }
    switch (meaning.kind) {
    case MARK_BRANCH:
        switch_branch(e, m, &meaning);
        break;
    case MARK_BASELINE_TAKE:
        retake(e, m->sample, out);
        break;
    case MARK_STIMULATION:
        switch_stimulation(e, meaning.on, m->sample, out);
        break;
    case MARK_CONFIRM:
    case MARK_REJECT:
        if (is_named(m))
            feed_all(e, meaning.kind == MARK_CONFIRM ? INPUT_CONFIRM : INPUT_REJECT,
                     meaning.kind == MARK_CONFIRM ? ENDPOINT_BECAUSE_CONFIRM
                                                  : ENDPOINT_BECAUSE_REJECT,
                     m->sample, out);
        break;
    case MARK_ACK:
        if (mark_span_is(m, meaning.value, "lsr_recurred"))
            acknowledge(e, m->sample, out);
        break;
    case MARK_SET:
        configure(e, m, &meaning, out);
        break;
    case MARK_DEVICE:
        lose_device(e, meaning.on, m->sample, out);
        break;
    default:
        break;
    }
}

/* ---- time */

/* Before two stimuli have shown their distance, one a second is expected. */
static double expected_interval(const struct endpoint *e, const struct endpoint_branch *b)
{
    uint64_t longest = b->intervals[0] == 0 ? e->params.rate_hz : 0;
    for (uint32_t i = 0; i < ENDPOINT_INTERVALS; i++)
        longest = b->intervals[i] > longest ? b->intervals[i] : longest;
    return (double)longest;
}

/* A trigger input that falls silent was most often switched off; artifacts that vanish are a
 * stimulus that is gone. */
static bool silence_is_alarm(struct endpoint *e, uint32_t branch)
{
    if (e->params.branch[branch].trigger == BANK_NO_INPUT || e->stimulation_on)
        return true;
    if (e->newest < e->quiet_alarm_from)
        return false;
    e->quiet_alarm_from = e->newest + seconds_to_frames(e, quiet_alarm_s);
    return true;
}

static void watch_silence(struct endpoint *e, bool cautery, struct finding_list *out)
{
    struct endpoint_branch *b = &e->branch[e->active];
    if (b->silent_from == NO_SAMPLE || e->stimulation_off || e->newest < b->silent_from ||
        may_pause(e, e->active))
        return;
    /* Cautery hides the artifacts by which a stimulus may have to be found. */
    if (cautery) {
        b->silent_from = e->newest;
        return;
    }
    const double rate = (double)e->params.rate_hz;
    const double silent = (double)(e->newest - b->silent_from);
    const double limit = fmax(silence_intervals * expected_interval(e, b), silence_s * rate);
    if (silent <= limit)
        return;
    if (!(b->proof.causes & (CAUSE_STIMULUS | CAUSE_ACQUISITION))) {
        b->silent = true;
        proof_set(&b->proof, CAUSE_STIMULUS, true);
        settle_branch(e, e->active, e->newest, out);
    }
    if (silent > fmax(limit, silence_alarm_s * rate)) {
        if (!b->proof.stimulus_alarm && !(b->proof.causes & CAUSE_ACQUISITION))
            b->proof.stimulus_alarm = silence_is_alarm(e, e->active);
        b->silent_from = NO_SAMPLE; /* said; until the next stimulus */
    }
}

static void watch_stale(struct endpoint *e, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        struct endpoint_branch *b = &e->branch[i];
        if ((i == e->active && !may_pause(e, i)) || b->baseline != BASELINE_ELICITED ||
            b->stimulated == NO_SAMPLE || (b->proof.causes & CAUSE_STIMULATION) ||
            e->newest - b->stimulated <= seconds_to_frames(e, stale_s))
            continue;
        proof_set(&b->proof, CAUSE_STIMULATION, true);
        settle_branch(e, i, e->newest, out);
    }
}

static void restart_holds(struct endpoint *e)
{
    for (uint32_t i = 0; i < e->params.branches; i++)
        count_restart_hold(&e->branch[i].count);
}

static void watch_cautery(struct endpoint *e, bool now, struct finding_list *out)
{
    if (!now && e->cautery_since == NO_SAMPLE)
        return;
    if (now) {
        if (e->cautery_since == NO_SAMPLE)
            e->cautery_since = e->newest;
        e->cautery_end = e->newest;
        restart_holds(e);
    } else
        e->cautery_since = NO_SAMPLE;
    const bool too_long =
        now && e->newest - e->cautery_since > seconds_to_frames(e, cautery_longest_s);
    for (uint32_t i = 0; i < e->params.branches; i++) {
        struct endpoint_branch *b = &e->branch[i];
        if (too_long == !!(b->proof.causes & CAUSE_CAUTERY))
            continue;
        proof_set(&b->proof, CAUSE_CAUTERY, too_long);
        settle_branch(e, i, e->newest, out);
    }
}

/* Frames were lost between the last tick and this one. */
static void watch_gap(struct endpoint *e, uint64_t sample)
{
    if (sample - e->newest <= seconds_to_frames(e, gap_longest_s))
        return;
    restart_holds(e);
    for (uint32_t i = 0; i < e->params.branches; i++)
        if (e->branch[i].silent_from != NO_SAMPLE)
            e->branch[i].silent_from = sample;
}

void endpoint_tick(struct endpoint *e, uint64_t sample, bool cautery, struct finding_list *out)
{
    if (e->params.branches == 0)
        return;
    watch_gap(e, sample);
    e->newest = sample;
    watch_cautery(e, cautery, out);
    watch_silence(e, cautery, out);
    watch_stale(e, out);
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

uint64_t endpoint_electrodes_off(const struct endpoint *e)
{
    return e->electrodes_off;
}

bool endpoint_recurred(const struct endpoint *e, uint8_t branch)
{
    return e->branch[branch].recurrence_open;
}
