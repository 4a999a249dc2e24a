/* SPDX-License-Identifier: Apache-2.0 */
/* What people and the system mark, acting on the endpoint. */
#include "detect/endpoint.h"

#include "detect/channel_mark.h"
#include "detect/endpoint_parts.h"
#include "detect/live_option.h"

static void relax(struct endpoint *e, uint64_t at)
{
    const struct said_item *newest = said_relaxation(&e->said);
    const bool relaxed = newest && (newest->kind == MARK_RELAXANT || newest->number < 2.0);
    if (e->relaxed && !relaxed)
        endpoint_unrelax(e);
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
            endpoint_feed(e, i, INPUT_WITHHOLD, ENDPOINT_BECAUSE_RELAXANT, at, out);
}

/* A phase marked late, earlier or not at all: what was lost is judged again. */
static void judge_phase_again(struct endpoint *e, uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        const struct endpoint_branch *b = &e->branch[i];
        if (rests_on_absence(b->state) && endpoint_is_early(e, b))
            endpoint_feed(e, i, INPUT_EARLY, ENDPOINT_BECAUSE_PHASE, at, out);
        else if (b->state == ENDPOINT_EARLY_LOSS && !endpoint_is_early(e, b))
            endpoint_feed(e, i, INPUT_ABSENT, ENDPOINT_BECAUSE_PHASE, at, out);
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
        endpoint_feed(e, i, INPUT_CONFIGURATION, ENDPOINT_BECAUSE_CONFIGURATION, m->sample, out);
        count_restart_hold(&e->branch[i].count);
    }
}

static void retake(struct endpoint *e, uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        endpoint_feed(e, i, INPUT_RETAKE, ENDPOINT_BECAUSE_RETAKE, at, out);
        endpoint_begin_search(&e->branch[i]);
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
        endpoint_feed(e, i, input, reason, at, out);
}

static void acknowledge(struct endpoint *e, uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        e->branch[i].acknowledged = true;
        e->branch[i].recurrence_open = false;
        if (e->branch[i].state == ENDPOINT_RECURRED)
            endpoint_settle(e, i, at, out);
    }
}

/* Gone, or there with nothing new. */
static void follow_device(struct endpoint *e, uint64_t at, struct finding_list *out)
{
    const bool back = !e->away && !e->stale;
    for (uint32_t i = 0; i < e->params.branches; i++) {
        struct endpoint_branch *b = &e->branch[i];
        proof_set(&b->proof, CAUSE_ACQUISITION, !back);
        if (b->silent_from != NO_SAMPLE)
            b->silent_from = at;
        endpoint_settle(e, i, at, out);
    }
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
    else if (!endpoint_may_pause(e, e->active)) {
        proof_set(&b->proof, CAUSE_STIMULUS, false);
        b->silent = false;
        proof_set(&b->proof, CAUSE_STIMULATION, true);
    }
    endpoint_settle(e, e->active, at, out);
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

static bool rests_on(const struct bank_branch *b, uint16_t channel)
{
    bool rests = b->direct == channel;
    for (uint32_t k = 0; k < b->lateral_count; k++)
        rests = rests || b->lateral[k] == channel;
    return rests;
}

/* What was counted without a channel, or with a bad one, is no evidence for what is counted now. */
static void switch_channel(struct endpoint *e, const struct mark *m,
                           const struct mark_meaning *meaning, struct finding_list *out)
{
    const uint16_t channel = channel_mark_find(m, meaning, &e->params);
    for (uint32_t i = 0; channel != FINDING_NO_CHANNEL && i < e->params.branches; i++) {
        if (!rests_on(&e->params.branch[i], channel))
            continue;
        endpoint_feed(e, i, INPUT_CONFIGURATION, ENDPOINT_BECAUSE_CONFIGURATION, m->sample, out);
        count_restart_hold(&e->branch[i].count);
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
    case MARK_CHANNEL_OFF:
    case MARK_CHANNEL_ON:
        switch_channel(e, m, &meaning, out);
        break;
    case MARK_DEVICE:
        e->away = !meaning.on;
        follow_device(e, m->sample, out);
        break;
    default:
        break;
    }
}

void endpoint_stale(struct endpoint *e, bool stale, uint64_t sample, struct finding_list *out)
{
    if (stale == e->stale)
        return;
    e->stale = stale;
    follow_device(e, sample, out);
}
