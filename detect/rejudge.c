/* SPDX-License-Identifier: Apache-2.0 */
/* Judges what is given, and makes up for the runs between in which only time passed. */
#include "detect/rejudge.h"

#include <string.h>

#include "detect/finding_order.h"
#include "detect/judgement.h"
#include "detect/summary.h"

enum { QUEUE = 1024 };

struct rejudge {
    uint32_t rate_hz;
    bool started;   /* the case line is out */
    bool must_step; /* a mark acted, and no run has followed it */
    bool cautery;   /* as last said, as are the next two */
    uint64_t clipped[FEATURES_WORDS];
    struct look_features look;
    uint64_t next; /* index behind the last run */
    struct summary summary;
    struct finding_list queue; /* of the last run; .items is set at every use */
    uint32_t order[QUEUE];
    size_t items_at, judgement_at; /* offsets from this struct */
};

static size_t round_up(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static struct judgement *judgement_of(struct rejudge *r)
{
    return (struct judgement *)(void *)((unsigned char *)r + r->judgement_at);
}

size_t rejudge_size(const struct bank_params *params)
{
    return round_up(sizeof(struct rejudge)) + round_up(QUEUE * sizeof(struct finding)) +
           judgement_size(params);
}

void rejudge_init(struct rejudge *r, const struct bank_params *params)
{
    memset(r, 0, sizeof *r);
    r->rate_hz = params->rate_hz;
    r->items_at = round_up(sizeof *r);
    r->judgement_at = r->items_at + round_up(QUEUE * sizeof(struct finding));
    r->queue.capacity = QUEUE;
    summary_init(&r->summary, params);
    judgement_init(judgement_of(r), params);
}

/* ---- findings out */

static void flush(struct rejudge *r, const struct rejudge_sink *sink)
{
    finding_order(&r->queue, r->order);
    for (uint32_t i = 0; i < r->queue.count; i++)
        sink->finding(sink->context, &r->queue.items[r->order[i]]);
    r->queue.count = 0;
}

static void count_in_order(struct rejudge *r)
{
    finding_order(&r->queue, r->order);
    for (uint32_t i = 0; i < r->queue.count; i++)
        summary_take(&r->summary, &r->queue.items[r->order[i]]);
}

static void keep_found(struct rejudge *r, const struct run_features *run)
{
    for (uint32_t i = 0; i < run->found_count; i++)
        *finding_emit(&r->queue, run->found[i].type, 0) = run->found[i];
}

/* ---- runs */

static void judge(struct rejudge *r, const struct run_features *run)
{
    struct run_features now = *run;
    const uint64_t last = run->first_index + run->frames - 1;
    now.look = alarm_look_due(judgement_alarm(judgement_of(r)), last) ? &r->look : NULL;
    judgement_run(judgement_of(r), &now, &r->queue);
    r->next = last + 1;
    r->must_step = false;
}

static bool is_clipping(const struct rejudge *r)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < FEATURES_WORDS; i++)
        any |= r->clipped[i];
    return any != 0;
}

/* First frame of the run, among those that end at ticks, that must be judged. */
static uint64_t next_to_judge(struct rejudge *r)
{
    if (r->must_step || r->cautery || is_clipping(r))
        return r->next;
    const uint64_t due = judgement_due(judgement_of(r));
    if (due == NO_SAMPLE)
        return NO_SAMPLE;
    if (due < r->next)
        return r->next;
    const uint64_t k = ((due + 1) * 1000 + r->rate_hz - 1) / r->rate_hz; /* as in tick_after() */
    const uint64_t start = (k - 1) * r->rate_hz / 1000;
    return start > r->next ? start : r->next;
}

/* The runs up to this index, of which nothing was kept. */
static void catch_up(struct rejudge *r, uint64_t until, const struct rejudge_sink *sink)
{
    while (r->next < until) {
        const uint64_t start = next_to_judge(r);
        if (start >= until) {
            judgement_rest(judgement_of(r), until - 1);
            r->next = until;
            return;
        }
        if (start > r->next)
            judgement_rest(judgement_of(r), start - 1);
        const uint64_t tick = tick_after(start, r->rate_hz);
        struct run_features run = { .first_index = start,
                                    .frames = (uint32_t)((tick < until ? tick : until) - start),
                                    .cautery = r->cautery };
        memcpy(run.clipped, r->clipped, sizeof run.clipped);
        flush(r, sink);
        judge(r, &run);
        count_in_order(r);
    }
}

static void close_case(struct rejudge *r, const struct run_features *run,
                       const struct rejudge_sink *sink)
{
    keep_found(r, run);
    for (uint32_t i = 0; i < r->queue.count; i++)
        summary_take(&r->summary, &r->queue.items[i]);
    summary_close(&r->summary, run->first_index, &r->queue);
    flush(r, sink);
}

void rejudge_take(struct rejudge *r, const struct run_features *run,
                  const struct rejudge_sink *sink)
{
    r->queue.items = (struct finding *)(void *)((unsigned char *)r + r->items_at);
    if (!r->started)
        finding_emit(&r->queue, FINDING_CASE, 0);
    r->started = true;
    catch_up(r, run->first_index - run->lost, sink);
    flush(r, sink);
    if (run->is_end) {
        close_case(r, run, sink);
        return;
    }
    r->next = run->first_index;
    for (uint32_t i = 0; i < run->mark_count; i++)
        judgement_mark(judgement_of(r), &run->marks[i], &r->queue);
    keep_found(r, run);
    r->look = *run->look;
    if (run->frames > 0) {
        r->cautery = run->cautery;
        memcpy(r->clipped, run->clipped, sizeof r->clipped);
        judge(r, run);
    } else if (run->mark_count > 0)
        r->must_step = true;
    count_in_order(r);
}
