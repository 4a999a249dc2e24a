/* SPDX-License-Identifier: Apache-2.0 */
/* Makes items of findings, sorts and pairs them. */
#include "daemon/comparison.h"

#include <stdlib.h>
#include <string.h>

/* Sweeps closer than this belong together: the slowest stimulators give one in two seconds. */
static const double together_s = 10.0;

/* Slots of the free-running path: an event whose start moved by less is where it was. */
static const double event_moves_s = 0.025;

struct items {
    size_t count, capacity;
    struct comparison_item *list;
};

struct comparison {
    uint32_t rate_hz;
    bool failed;
    struct items items[SIDES];
    uint32_t judged[SIDES];
    struct comparison_total totals[WHATS];
    size_t difference_count, difference_capacity;
    struct comparison_difference *differences;
    size_t row_count;
    struct comparison_row *rows; /* as many as there are differences, at most */
};

struct comparison *comparison_create(uint32_t rate_hz)
{
    struct comparison *c = calloc(1, sizeof *c);
    if (c)
        c->rate_hz = rate_hz;
    return c;
}

void comparison_destroy(struct comparison *c)
{
    if (!c)
        return;
    free(c->items[SIDE_WAS].list);
    free(c->items[SIDE_NOW].list);
    free(c->differences);
    free(c->rows);
    free(c);
}

/* Room for one more; NULL: none. */
static void *grow(void *list, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return list;
    const size_t wanted = *capacity ? 2 * *capacity : 256;
    void *bigger = realloc(list, wanted * size);
    if (bigger)
        *capacity = wanted;
    return bigger;
}

static struct comparison_item *append(struct comparison *c, struct items *items,
                                      struct comparison_item item)
{
    void *list = grow(items->list, items->count, &items->capacity, sizeof item);
    if (!list) {
        c->failed = true;
        return NULL;
    }
    items->list = list;
    items->list[items->count] = item;
    return &items->list[items->count++];
}

/* ---- findings become items */

static void add_sweep(struct comparison *c, enum comparison_side side,
                      const struct finding_sweep *s)
{
    if (s->role != SWEEP_LSR)
        return;
    const enum comparison_verdict verdict = s->reason != REASON_NONE      ? VERDICT_NOT_JUDGED
                                            : s->present == TRISTATE_YES  ? VERDICT_RESPONSE
                                            : s->present == TRISTATE_NO   ? VERDICT_NONE
                                                                          : VERDICT_LEARNING;
    c->judged[side] += s->reason == REASON_NONE;
    append(c, &c->items[side],
           (struct comparison_item){.start = s->stimulus_sample,
                                    .end = s->stimulus_sample,
                                    .channel = s->channel,
                                    .what = WHAT_SWEEP,
                                    .branch = s->branch,
                                    .verdict = (uint8_t)verdict,
                                    .reason = (uint8_t)s->reason});
}

/* The newest of its name on this side that is still open ends here. */
static void end_open(struct items *items, const struct comparison_item *like, bool any_code,
                     uint64_t at)
{
    for (size_t i = items->count; i-- > 0;) {
        struct comparison_item *item = &items->list[i];
        if (item->what != like->what || item->branch != like->branch ||
            item->channel != like->channel || (!any_code && item->code != like->code))
            continue;
        if (item->end == UINT64_MAX)
            item->end = at;
        return;
    }
}

static void add_endpoint(struct comparison *c, enum comparison_side side, uint64_t at,
                         const struct finding_endpoint *e)
{
    const struct comparison_item item = {.start = at,
                                         .end = UINT64_MAX,
                                         .channel = FINDING_NO_CHANNEL,
                                         .what = WHAT_ENDPOINT,
                                         .code = (uint8_t)e->state,
                                         .branch = e->branch,
                                         .reason = (uint8_t)e->reason};
    end_open(&c->items[side], &item, true, at);
    append(c, &c->items[side], item);
}

static void add_alarm(struct comparison *c, enum comparison_side side, uint64_t at,
                      const struct finding_alarm *a)
{
    const struct comparison_item item = {.start = at,
                                         .end = UINT64_MAX,
                                         .channel = a->channel,
                                         .what = WHAT_ALARM,
                                         .code = (uint8_t)a->id,
                                         .branch = a->branch,
                                         .verdict = (uint8_t)a->priority};
    end_open(&c->items[side], &item, false, at);
    if (a->raised)
        append(c, &c->items[side], item);
}

void comparison_add(struct comparison *c, enum comparison_side side, const struct finding *f)
{
    switch (f->type) {
    case FINDING_SWEEP:
        add_sweep(c, side, &f->sweep);
        break;
    case FINDING_EMG_EVENT:
        append(c, &c->items[side],
               (struct comparison_item){.start = f->emg_event.start_sample,
                                        .end = f->emg_event.end_sample,
                                        .channel = f->emg_event.channels[0],
                                        .what = WHAT_EVENT,
                                        .code = (uint8_t)f->emg_event.kind,
                                        .branch = FINDING_NO_BRANCH,
                                        .verdict = (uint8_t)f->emg_event.channel_count});
        break;
    case FINDING_ENDPOINT:
        add_endpoint(c, side, f->decided_sample, &f->endpoint);
        break;
    case FINDING_ALARM:
        add_alarm(c, side, f->decided_sample, &f->alarm);
        break;
    default:
        break;
    }
}

/* ---- pairing */

/* By name, then by start. */
static int by_name(const struct comparison_item *x, const struct comparison_item *y)
{
    if (x->what != y->what)
        return x->what < y->what ? -1 : 1;
    if (x->code != y->code)
        return x->code < y->code ? -1 : 1;
    if (x->branch != y->branch)
        return x->branch < y->branch ? -1 : 1;
    if (x->channel != y->channel)
        return x->channel < y->channel ? -1 : 1;
    if (x->what == WHAT_ALARM && x->verdict != y->verdict)
        return x->verdict < y->verdict ? -1 : 1;
    return 0;
}

static int by_name_and_start(const void *a, const void *b)
{
    const struct comparison_item *x = a, *y = b;
    const int name = by_name(x, y);
    return name ? name : x->start < y->start ? -1 : x->start > y->start;
}

static void differ(struct comparison *c, enum comparison_change change,
                   const struct comparison_item *was, const struct comparison_item *now)
{
    c->totals[was ? was->what : now->what].changes[change]++;
    void *list = grow(c->differences, c->difference_count, &c->difference_capacity,
                      sizeof *c->differences);
    if (!list) {
        c->failed = true;
        return;
    }
    c->differences = list;
    c->differences[c->difference_count++] =
        (struct comparison_difference){.change = change, .was = was, .now = now};
}

static bool is_response(const struct comparison_item *sweep)
{
    return sweep && sweep->verdict == VERDICT_RESPONSE;
}

static void pair_sweeps(struct comparison *c, const struct comparison_item *was,
                        const struct comparison_item *now)
{
    if (is_response(was) != is_response(now))
        differ(c, is_response(now) ? CHANGE_NEW : CHANGE_GONE, was, now);
    else if (!was || !now || was->verdict != now->verdict || was->reason != now->reason)
        differ(c, CHANGE_OTHER, was, now);
}

static void pair(struct comparison *c, const struct comparison_item *was,
                 const struct comparison_item *now)
{
    if ((was ? was : now)->what == WHAT_SWEEP) {
        pair_sweeps(c, was, now);
        return;
    }
    if (!was || !now) {
        differ(c, was ? CHANGE_GONE : CHANGE_NEW, was, now);
        return;
    }
    const uint64_t moved = was->start > now->start ? was->start - now->start
                                                   : now->start - was->start;
    const double least_s = was->what == WHAT_EVENT ? event_moves_s : 0.0;
    if ((double)moved > least_s * (double)c->rate_hz)
        differ(c, now->start < was->start ? CHANGE_EARLIER : CHANGE_LATER, was, now);
}

/* Whether x ends before y begins; what takes no time lasts a sample. */
static bool is_before(const struct comparison_item *x, const struct comparison_item *y)
{
    return x->start < y->start && (x->end <= y->start || x->what == WHAT_SWEEP);
}

static void pair_all(struct comparison *c)
{
    const struct items *was = &c->items[SIDE_WAS], *now = &c->items[SIDE_NOW];
    size_t i = 0, k = 0;
    while (i < was->count || k < now->count) {
        const struct comparison_item *x = i < was->count ? &was->list[i] : NULL;
        const struct comparison_item *y = k < now->count ? &now->list[k] : NULL;
        const int name = !x ? 1 : !y ? -1 : by_name(x, y);
        const bool lone_was = name < 0 || (name == 0 && is_before(x, y));
        const bool lone_now = name > 0 || (name == 0 && is_before(y, x));
        pair(c, lone_now ? NULL : x, lone_was ? NULL : y);
        i += !lone_now;
        k += !lone_was;
    }
}

uint64_t comparison_sample(const struct comparison_difference *d)
{
    return d->was ? d->was->start : d->now->start;
}

static const struct comparison_item *any_of(const struct comparison_difference *d)
{
    return d->was ? d->was : d->now;
}

static int by_time(const void *a, const void *b)
{
    const struct comparison_difference *x = a, *y = b;
    const uint64_t at = comparison_sample(x), other = comparison_sample(y);
    if (at != other)
        return at < other ? -1 : 1;
    return by_name(any_of(x), any_of(y));
}

static bool is_same_word(const struct comparison_item *x, const struct comparison_item *y)
{
    return (!x && !y) || (x && y && x->verdict == y->verdict && x->reason == y->reason);
}

static bool is_alike(const struct comparison_difference *x, const struct comparison_difference *y)
{
    return any_of(x)->channel == any_of(y)->channel && any_of(x)->branch == any_of(y)->branch &&
           x->change == y->change && is_same_word(x->was, y->was) && is_same_word(x->now, y->now);
}

/* The row that begins with this difference; told: those that stand in a row already. */
static struct comparison_row row_from(const struct comparison *c, size_t from, bool *told)
{
    const struct comparison_difference *list = c->differences;
    struct comparison_row row = {.first = &list[from], .last = &list[from], .count = 1};
    told[from] = true;
    if (any_of(row.first)->what != WHAT_SWEEP)
        return row;
    for (size_t i = from + 1; i < c->difference_count; i++) {
        const uint64_t apart = comparison_sample(&list[i]) - comparison_sample(row.last);
        if ((double)apart > together_s * c->rate_hz)
            break;
        if (told[i] || any_of(&list[i])->what != WHAT_SWEEP || !is_alike(row.first, &list[i]))
            continue;
        told[i] = true;
        row.last = &list[i];
        row.count++;
    }
    return row;
}

static void make_rows(struct comparison *c)
{
    bool *told = calloc(c->difference_count + 1, sizeof *told);
    c->rows = calloc(c->difference_count + 1, sizeof *c->rows);
    c->failed = c->failed || !told || !c->rows;
    for (size_t i = 0; !c->failed && i < c->difference_count; i++)
        if (!told[i])
            c->rows[c->row_count++] = row_from(c, i, told);
    free(told);
}

bool comparison_close(struct comparison *c)
{
    for (int side = 0; side < SIDES; side++) {
        struct items *items = &c->items[side];
        if (items->count)
            qsort(items->list, items->count, sizeof *items->list, by_name_and_start);
        for (size_t i = 0; i < items->count; i++)
            if (items->list[i].what != WHAT_SWEEP || is_response(&items->list[i]))
                c->totals[items->list[i].what].count[side]++;
    }
    pair_all(c);
    if (c->difference_count)
        qsort(c->differences, c->difference_count, sizeof *c->differences, by_time);
    make_rows(c);
    return !c->failed;
}

const struct comparison_difference *comparison_differences(const struct comparison *c,
                                                           size_t *count)
{
    *count = c->difference_count;
    return c->differences;
}

const struct comparison_row *comparison_rows(const struct comparison *c, size_t *count)
{
    *count = c->row_count;
    return c->rows;
}

const struct comparison_total *comparison_total(const struct comparison *c,
                                                enum comparison_what what)
{
    return &c->totals[what];
}

uint32_t comparison_judged(const struct comparison *c, enum comparison_side side)
{
    return c->judged[side];
}
