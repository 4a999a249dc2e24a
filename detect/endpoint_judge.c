/* SPDX-License-Identifier: Apache-2.0 */
/* From counts to inputs of the table, and from the table to a change of state that is said. */
#include "detect/endpoint_parts.h"

enum {
    RECURRED_RESPONSES = 3, /* of the last ten */
};

static const double attenuated_below = 0.5; /* of the baseline */
static const double attenuated_until = 0.6; /* a margin, or it flickers at the half */

void endpoint_begin_search(struct endpoint_branch *b)
{
    b->baseline = BASELINE_SEARCHING;
    b->searched = 0;
    b->found = 0;
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

void endpoint_feed(struct endpoint *e, uint32_t branch, enum endpoint_input input,
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
bool endpoint_is_early(const struct endpoint *e, const struct endpoint_branch *b)
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
        endpoint_feed(e, branch, INPUT_VALID, ENDPOINT_BECAUSE_SWEEPS, at, out);
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
        endpoint_feed(e, branch, INPUT_RECURRED, reason, at, out);
    else if (responses > 0)
        endpoint_feed(e, branch, is_attenuated(b) ? INPUT_ATTENUATED : INPUT_PRESENT, reason, at,
                      out);
    else if (b->count.filled < COUNT_LAST)
        return;
    else if (e->relaxed && !endpoint_is_early(e, b)) {
        b->reason = b->state == ENDPOINT_WITHHELD ? ENDPOINT_BECAUSE_RELAXANT : b->reason;
        endpoint_feed(e, branch, INPUT_WITHHOLD, ENDPOINT_BECAUSE_RELAXANT, at, out);
    } else if (endpoint_is_early(e, b))
        endpoint_feed(e, branch, INPUT_EARLY, ENDPOINT_BECAUSE_EARLY, at, out);
    else
        endpoint_feed(e, branch, INPUT_ABSENT, reason, at, out);
}

void endpoint_settle(struct endpoint *e, uint32_t branch, uint64_t at, struct finding_list *out)
{
    struct endpoint_branch *b = &e->branch[branch];
    if (b->proof.causes) {
        const enum endpoint_reason reason = proof_reason(b->proof.causes);
        if (b->state == ENDPOINT_WITHHELD) {
            b->reason = reason;
            count_begin_afresh(&b->count);
        }
        endpoint_feed(e, branch, INPUT_WITHHOLD, reason, at, out);
        return;
    }
    if (!may_be_judged(b))
        return;
    switch (b->baseline) {
    case BASELINE_SEARCHING:
        judge_search(e, branch, at, out);
        break;
    case BASELINE_NONE:
        endpoint_feed(e, branch, INPUT_NOT_ELICITED, ENDPOINT_BECAUSE_NO_RESPONSE, at, out);
        break;
    case BASELINE_ELICITED:
        judge_responses(e, branch, at, out);
        break;
    }
}

/* A branch tested earlier may wait for another one, so all are asked. */
void endpoint_check_all(struct endpoint *e, uint64_t at, struct finding_list *out)
{
    for (uint32_t i = 0; i < e->params.branches; i++) {
        struct finding_evidence evidence;
        if (e->branch[i].state == ENDPOINT_ABSENT && !e->branch[i].proof.causes && !e->relaxed &&
            checks_compose(e, i, &evidence))
            endpoint_feed(e, i, INPUT_CHECKS, ENDPOINT_BECAUSE_CHECKS, at, out);
    }
}

/* What was counted while the muscles may have been blocked is no evidence. */
void endpoint_unrelax(struct endpoint *e)
{
    e->relaxed = false;
    for (uint32_t i = 0; i < e->params.branches; i++)
        if (e->branch[i].state == ENDPOINT_WITHHELD)
            count_begin_afresh(&e->branch[i].count);
        else
            count_restart_hold(&e->branch[i].count);
}

/* A branch that is done keeps what it reached while others still have to be tested: switching the
 * stimulator over takes a pause. */
bool endpoint_may_pause(const struct endpoint *e, uint32_t branch)
{
    const struct endpoint_branch *b = &e->branch[branch];
    if (b->state != ENDPOINT_REACHED && b->state != ENDPOINT_CONFIRMED)
        return false;
    for (uint32_t i = 0; i < e->params.branches; i++)
        if (i != branch && e->branch[i].baseline == BASELINE_ELICITED && !e->branch[i].announced)
            return true;
    return false;
}
