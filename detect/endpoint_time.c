/* SPDX-License-Identifier: Apache-2.0 */
/* What the passing of time says: silence, cautery, gaps, branches nobody tests any more. */
#include "detect/endpoint.h"

#include <math.h>

#include "detect/endpoint_parts.h"

static const double silence_s = 1.0;       /* the least silence that withholds */
static const double silence_alarm_s = 2.0; /* and that calls somebody */
static const double silence_intervals = 3.0;
static const double stale_s = 300.0; /* a branch not stimulated for so long says nothing any more */
static const double cautery_longest_s = 5.0; /* without a look at the response */
static const double gap_longest_s = 1.0;
/* A silent trigger is most often a person's pause that nobody marked: it calls once an hour. */
static const double quiet_alarm_s = 3600.0;

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
        endpoint_may_pause(e, e->active))
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
        endpoint_settle(e, e->active, e->newest, out);
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
        if ((i == e->active && !endpoint_may_pause(e, i)) || b->baseline != BASELINE_ELICITED ||
            b->stimulated == NO_SAMPLE || (b->proof.causes & CAUSE_STIMULATION) ||
            e->newest - b->stimulated <= seconds_to_frames(e, stale_s))
            continue;
        proof_set(&b->proof, CAUSE_STIMULATION, true);
        endpoint_settle(e, i, e->newest, out);
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
        endpoint_settle(e, i, e->newest, out);
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

static uint64_t silence_due(const struct endpoint *e)
{
    const struct endpoint_branch *b = &e->branch[e->active];
    if (b->silent_from == NO_SAMPLE || e->stimulation_off || endpoint_may_pause(e, e->active))
        return NO_SAMPLE;
    const double limit = fmax(silence_intervals * expected_interval(e, b),
                              silence_s * (double)e->params.rate_hz);
    return b->silent_from + (uint64_t)limit;
}

static uint64_t stale_due(const struct endpoint *e, uint32_t branch)
{
    const struct endpoint_branch *b = &e->branch[branch];
    if ((branch == e->active && !endpoint_may_pause(e, branch)) ||
        b->baseline != BASELINE_ELICITED || b->stimulated == NO_SAMPLE ||
        (b->proof.causes & CAUSE_STIMULATION))
        return NO_SAMPLE;
    return b->stimulated + seconds_to_frames(e, stale_s);
}

uint64_t endpoint_due(const struct endpoint *e)
{
    if (e->params.branches == 0)
        return NO_SAMPLE;
    if (e->cautery_since != NO_SAMPLE)
        return 0;
    uint64_t due = silence_due(e);
    for (uint32_t i = 0; i < e->params.branches; i++) {
        const uint64_t stale = stale_due(e, i);
        due = stale < due ? stale : due;
    }
    return due;
}

void endpoint_rest(struct endpoint *e, uint64_t sample)
{
    if (e->params.branches > 0)
        e->newest = sample;
}
