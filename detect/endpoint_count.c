/* SPDX-License-Identifier: Apache-2.0 */
/* Counts judged sweeps: the last ten, and those since the last response. */
#include "detect/endpoint_parts.h"

#include <math.h>

#include "detect/fmath.h"

void count_begin_afresh(struct endpoint_count *c)
{
    c->filled = 0;
    c->next = 0;
    count_restart_hold(c);
}

void count_forget(struct endpoint_count *c)
{
    count_begin_afresh(c);
    c->lost = NO_SAMPLE;
}

void count_restart_hold(struct endpoint_count *c)
{
    c->valid = 0;
    c->since = NO_SAMPLE;
    c->newest = NO_SAMPLE;
    c->taken_out = 0;
    c->kept_next = 0;
    for (uint32_t i = 0; i < COUNT_KEPT; i++)
        c->kept[i] = NO_SAMPLE;
}

/* Of the channels that respond, the one that is nearest to its baseline. */
static double best_ratio(const struct judged_stimulus *s)
{
    double best = FINDING_UNKNOWN;
    for (uint32_t i = 0; i < s->lateral_count; i++) {
        const struct judged_channel *c = &s->lateral[i];
        if (c->sweep.reason != REASON_NONE || c->sweep.present != TRISTATE_YES || !c->elicited)
            continue;
        const double ratio = c->sweep.amplitude_uv / c->baseline_uv;
        if (!(best >= ratio))
            best = ratio;
    }
    return best;
}

static void add_to_hold(struct endpoint_count *c, const struct judged_stimulus *s)
{
    if (s->response) {
        count_restart_hold(c);
        c->lost = NO_SAMPLE;
        return;
    }
    if (c->valid++ == 0)
        c->since = s->stimulus_sample;
    c->newest = s->decided_sample;
    c->kept[c->kept_next] = s->stimulus_sample;
    c->kept_next = (c->kept_next + 1) % COUNT_KEPT;
    if (c->lost == NO_SAMPLE)
        c->lost = s->stimulus_sample;
}

void count_add(struct endpoint_count *c, const struct judged_stimulus *s)
{
    const uint32_t at = c->next;
    c->next = (at + 1) % COUNT_LAST;
    if (c->filled < COUNT_LAST)
        c->filled++;
    c->stimulus[at] = s->stimulus_sample;
    c->response[at] = s->response;
    c->ratio[at] = s->response ? (float)best_ratio(s) : (float)FINDING_UNKNOWN;
    for (uint32_t i = 0; i < FINDING_LATERAL; i++)
        c->amplitude_uv[i][at] = i < s->lateral_count && s->lateral[i].sweep.reason == REASON_NONE
                                     ? (float)s->lateral[i].sweep.amplitude_uv
                                     : (float)FINDING_UNKNOWN;
    add_to_hold(c, s);
}

/* ---- what turns out to say nothing */

static void move_last(struct endpoint_count *c, uint32_t from, uint32_t to)
{
    c->stimulus[to] = c->stimulus[from];
    c->response[to] = c->response[from];
    c->ratio[to] = c->ratio[from];
    for (uint32_t i = 0; i < FINDING_LATERAL; i++)
        c->amplitude_uv[i][to] = c->amplitude_uv[i][from];
}

/* Those that stay close up behind the gap, oldest first. */
static void take_out_of_last(struct endpoint_count *c, uint64_t from, uint64_t to)
{
    const uint32_t oldest = c->next + COUNT_LAST - c->filled;
    uint32_t stay = 0;
    for (uint32_t i = 0; i < c->filled; i++) {
        const uint32_t at = (oldest + i) % COUNT_LAST;
        const bool out = !c->response[at] && c->stimulus[at] >= from && c->stimulus[at] < to;
        if (!out)
            move_last(c, at, (oldest + stay++) % COUNT_LAST);
    }
    c->next = (oldest + stay) % COUNT_LAST;
    c->filled = stay;
}

/* The first sweep of the hold that is still in it. */
static uint64_t first_kept(const struct endpoint_count *c)
{
    uint64_t first = NO_SAMPLE;
    for (uint32_t i = 0; i < COUNT_KEPT; i++)
        if (c->kept[i] < first)
            first = c->kept[i];
    return first;
}

void count_take_out(struct endpoint_count *c, uint64_t from, uint64_t to)
{
    take_out_of_last(c, from, to);
    bool first_is_out = false, lost_is_out = false;
    for (uint32_t i = 0; i < COUNT_KEPT; i++) {
        if (c->kept[i] == NO_SAMPLE || c->kept[i] < from || c->kept[i] >= to)
            continue;
        first_is_out = first_is_out || c->kept[i] == c->since;
        lost_is_out = lost_is_out || c->kept[i] == c->lost;
        c->named[c->named_count++ % FINDING_TAKEN_OUT] = c->kept[i];
        c->kept[i] = NO_SAMPLE;
        c->valid--;
        c->taken_out++;
    }
    if (first_is_out)
        c->since = first_kept(c);
    if (lost_is_out)
        c->lost = first_kept(c);
}

/* ---- what they say */

uint32_t count_responses(const struct endpoint_count *c)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->filled; i++)
        n += c->response[i];
    return n;
}

/* Median of the numbers among values; NAN where there are none. */
static double median_known(const float *values, uint32_t count)
{
    double sorted[COUNT_LAST];
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        uint32_t k = n++;
        for (; k > 0 && sorted[k - 1] > (double)values[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = (double)values[i];
    }
    if (n == 0)
        return FINDING_UNKNOWN;
    return n % 2 ? sorted[n / 2] : 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]);
}

double count_ratio(const struct endpoint_count *c)
{
    return median_known(c->ratio, c->filled);
}

double count_amplitude_uv(const struct endpoint_count *c, uint32_t lateral)
{
    return median_known(c->amplitude_uv[lateral], c->filled);
}

double count_bound_95(uint32_t n)
{
    return n == 0 ? 1.0 : 1.0 - fmath_exp(fmath_log(0.05) / (double)n);
}
