/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of clusters and their names. */
#include "detect/emg_group.h"

#include <math.h>
#include <string.h>

static const double TRAIN_JOIN_S = 0.1; /* an A train that falters for less goes on */
static const double RUN_JOIN_S = 0.5;   /* intervals in a B train reach 500 ms */
static const double LONG_S = 1.0;       /* a burst is shorter, a train longer */
static const double DENSE_HZ = 24.0; /* B trains end at some 20, interference begins at some 30 */
static const double FIRING_S = 0.01; /* longest usual motor-unit potential */
static const double BURST_HZ = 15.0;
static const double EDGE_S = 0.06;   /* ragged edge of an A train that still belongs to it */
static const double SAME_RATE = 0.3, SAME_SIZE = 0.35; /* of what lies around a train, to be part of it */
static const double LEAD_S = 0.0015; /* from a discharge's onset to its peak, and beyond it */
static const double LAG_S = 0.0025;
static const double BURST_S = 0.045;    /* a QRS complex leaves some 40 ms in this band */
static const double REGULAR = 0.02;     /* between intervals: only a stimulator has so little */
static const double PACE_S = 0.002;     /* around the time at which the next pulse is due */
static const double TO_DENSE_HZ = 30.0, TO_SPARSE_HZ = 15.0; /* firings in the last second */
static const double DENSE_S = 0.1;      /* a cluster of interference, not of one firing */
enum { REGULAR_COUNT = 10, BURST_COUNT = 3, TRAIN_COUNT = 4 };

void emg_sum_start(struct emg_sum *s, const struct discharge *d)
{
    *s = (struct emg_sum){.from = d->peak,
                          .to = d->peak,
                          .middle = d->middle,
                          .count = 1,
                          .firings = 1,
                          .firing = d->peak,
                          .span_sum_uv = d->span_uv,
                          .span_max_uv = d->span_uv};
}

void emg_sum_add(struct emg_sum *s, const struct discharge *d, double rate_hz)
{
    if ((double)(d->peak - s->firing) >= FIRING_S * rate_hz) {
        s->firing = d->peak;
        s->firings++;
    }
    s->to = d->peak;
    s->count++;
    s->span_sum_uv += d->span_uv;
    s->span_max_uv = fmax(s->span_max_uv, d->span_uv);
}

void emg_sum_join(struct emg_sum *s, const struct emg_sum *later)
{
    if (s->count == 0) {
        *s = *later;
        return;
    }
    s->to = later->to;
    s->count += later->count;
    s->firings += later->firings;
    s->firing = later->firing;
    s->span_sum_uv += later->span_sum_uv;
    s->span_max_uv = fmax(s->span_max_uv, later->span_max_uv);
}

double emg_sum_rate(const struct emg_sum *s, double rate_hz)
{
    return s->to > s->from ? (double)(s->count - 1) * rate_hz / (double)(s->to - s->from) : 0.0;
}

double emg_sum_firing(const struct emg_sum *s, double rate_hz)
{
    return s->to > s->from ? (double)(s->firings - 1) * rate_hz / (double)(s->to - s->from) : 0.0;
}

void emg_event_give(const struct emg_context *context, enum emg_kind kind, const uint16_t *channels,
                    uint16_t count, const struct emg_sum *sum, double lead_points,
                    double lag_points, double frequency_hz, double span_uv)
{
    struct finding_emg_event *e =
        &finding_emit(context->out, FINDING_EMG_EVENT, context->decided)->emg_event;
    e->kind = kind;
    e->channel_count = count < FINDING_SHARED ? count : FINDING_SHARED;
    for (uint16_t i = 0; i < e->channel_count; i++)
        e->channels[i] = channels[i];
    const double from = fmax(0.0, (double)sum->from - lead_points) * (double)context->step;
    const double to = ((double)sum->to + lag_points) * (double)context->step;
    e->start_sample = (uint64_t)rint(from);
    e->end_sample = (uint64_t)rint(to);
    if (e->end_sample > context->decided)
        e->end_sample = context->decided;
    e->frequency_hz = frequency_hz;
    e->amplitude_uv = span_uv;
}

static void give(const struct emg_context *x, enum emg_kind kind, uint16_t number,
                 const struct emg_sum *sum, double frequency_hz, double span_uv)
{
    emg_event_give(x, kind, &number, 1, sum, LEAD_S * x->rate_hz, LAG_S * x->rate_hz, frequency_hz,
                   span_uv);
}

static void give_short(const struct emg_context *x, uint16_t number, const struct emg_sum *sum)
{
    if (sum->count >= BURST_COUNT && (double)(sum->to - sum->from) >= BURST_S * x->rate_hz)
        give(x, EMG_BURST, number, sum, emg_sum_rate(sum, x->rate_hz), sum->span_max_uv);
    else
        give(x, EMG_SPIKE, number, sum, FINDING_UNKNOWN, sum->span_max_uv);
}

static void give_train(struct emg_channel *c, uint16_t number, const struct emg_context *x)
{
    const struct emg_run *r = &c->run;
    const double period = r->period_sum / (double)r->sum.count;
    emg_event_give(x, EMG_A_TRAIN, &number, 1, &r->sum, 0.5 * period, 0.5 * period,
                   x->rate_hz / period, r->sum.span_sum_uv / (double)r->sum.count);
    c->train_s += ((double)(r->sum.to - r->sum.from) + period) / x->rate_hz;
}

void emg_run_close(struct emg_channel *c, uint16_t number, const struct emg_context *x)
{
    struct emg_run *r = &c->run;
    if (!r->open)
        return;
    r->open = false;
    if (r->kind == RUN_TRAIN) {
        give_train(c, number, x);
        return;
    }
    const double seconds = (double)(r->sum.to - r->sum.from) / x->rate_hz;
    const double rate = emg_sum_rate(&r->sum, x->rate_hz);
    if (seconds >= LONG_S && r->sum.count >= TRAIN_COUNT) {
        const double firing = emg_sum_firing(&r->sum, x->rate_hz);
        give(x, firing >= DENSE_HZ ? EMG_C_TRAIN : EMG_B_TRAIN, number, &r->sum, firing,
             r->sum.span_sum_uv / (double)r->sum.count);
        return;
    }
    if (r->sum.count >= BURST_COUNT && rate >= BURST_HZ) {
        give_short(x, number, &r->sum);
        return;
    }
    for (uint32_t i = 0; i < r->single_count; i++)
        give_short(x, number, &r->single[i]);
}

uint32_t emg_run_patience(const struct emg_channel *c, double rate_hz)
{
    return (uint32_t)((c->run.kind == RUN_TRAIN ? TRAIN_JOIN_S : RUN_JOIN_S) * rate_hz);
}

static void open_run(struct emg_run *r, const struct emg_cluster *cluster, enum emg_run_kind kind)
{
    memset(r, 0, sizeof *r);
    r->open = true;
    r->kind = kind;
    r->locked_to = cluster->locked_to;
}

static uint64_t length(const struct emg_sum *s)
{
    return s->to - s->from;
}

/* Takes the newest clusters from index first on out of the run, and returns their sum. */
static struct emg_sum take_newest(struct emg_run *r, uint32_t first)
{
    struct emg_sum newest = { 0 };
    for (uint32_t i = first; i < r->single_count; i++)
        emg_sum_join(&newest, &r->single[i]);
    r->sum.to = first > 0 ? r->single[first - 1].to : r->sum.from;
    r->sum.count -= newest.count;
    r->sum.firings -= newest.firings;
    r->sum.span_sum_uv -= newest.span_sum_uv;
    r->single_count = first;
    return newest;
}

/* Equal intervals, one after another: pulses. Whether the run was given up for them. */
static bool find_pace(struct emg_channel *c, uint16_t number, double interval,
                      const struct emg_context *x)
{
    struct emg_run *r = &c->run;
    const bool equal = fabs(interval - r->interval) < REGULAR * interval;
    r->streak = equal ? r->streak + 1 : 1;
    r->interval = interval;
    if (r->streak < REGULAR_COUNT || r->single_count <= REGULAR_COUNT)
        return false;
    c->pace_period = interval;
    c->pace_last = r->single[r->single_count - 1].middle;
    const uint32_t first = r->single_count - 1 - REGULAR_COUNT;
    take_newest(r, first);
    if (r->sum.count > 0)
        emg_run_close(c, number, x);
    r->open = false;
    return true;
}

/* Whether a cluster comes when the stimulator's next pulse is due. */
static bool keeps_pace(struct emg_channel *c, const struct emg_sum *sum, double rate_hz)
{
    if (c->pace_period <= 0.0)
        return false;
    const double since = sum->middle - c->pace_last;
    const double pulses = rint(since / c->pace_period);
    if (pulses > 5.0) {
        c->pace_period = 0.0;
        return false;
    }
    const double off = since - pulses * c->pace_period;
    if (pulses < 1.0 || fabs(off) > PACE_S * rate_hz)
        return false;
    c->pace_period += 0.1 * off / pulses;
    c->pace_last = sum->middle;
    return true;
}

/* Divides the run where single firings turn into interference, or back. */
static void divide(struct emg_channel *c, uint16_t number, const struct emg_context *x)
{
    struct emg_run *r = &c->run;
    const uint64_t second = (uint64_t)x->rate_hz;
    uint32_t first = r->single_count, firings = 0;
    while (first > 0 && r->sum.to - r->single[first == r->single_count ? first - 1 : first].from <
                            second) {
        first--;
        firings += r->single[first].firings;
    }
    if (first == r->single_count && first > 0)
        firings = r->single[--first].firings;
    const uint64_t span = r->sum.to - r->single[first].from;
    if (span < second)
        return;
    const double rate = (double)firings * x->rate_hz / (double)span;
    const bool dense = r->density_known && r->dense ? rate >= TO_SPARSE_HZ : rate > TO_DENSE_HZ;
    if (!r->density_known || dense == r->dense) {
        r->density_known = true;
        r->dense = dense;
        return;
    }
    uint32_t at = first;
    const uint64_t long_enough = (uint64_t)(DENSE_S * x->rate_hz);
    if (dense)
        while (at + 1 < r->single_count && length(&r->single[at]) < long_enough)
            at++;
    else
        for (uint32_t i = first; i < r->single_count; i++)
            if (length(&r->single[i]) >= long_enough)
                at = i + 1;
    r->dense = dense;
    if (at == 0 || at >= r->single_count)
        return;
    const struct emg_run newer = *r;
    take_newest(r, at);
    if (r->sum.count == 0)
        return;
    emg_run_close(c, number, x);
    *r = newer;
    r->single_count -= at;
    memmove(r->single, r->single + at, r->single_count * sizeof r->single[0]);
    memset(&r->sum, 0, sizeof r->sum);
    for (uint32_t i = 0; i < r->single_count; i++)
        emg_sum_join(&r->sum, &r->single[i]);
}

static void add_other(struct emg_channel *c, uint16_t number, const struct emg_cluster *cluster,
                      const struct emg_sum *sum, uint32_t quiet_points,
                      const struct emg_context *x)
{
    struct emg_run *r = &c->run;
    if (keeps_pace(c, sum, x->rate_hz))
        return;
    const uint64_t gap = r->open ? sum->from - r->sum.to : 0;
    if (r->open) {
        /* what returns after every stimulus follows the stimulus, not its predecessor */
        const bool both_locked = r->last_locked_to != NO_SAMPLE &&
                                 cluster->locked_to != NO_SAMPLE &&
                                 cluster->locked_to != r->last_locked_to &&
                                 cluster->locked_to > r->sum.to + (uint64_t)(0.06 * x->rate_hz);
        const bool far = quiet_points > emg_run_patience(c, x->rate_hz);
        if (both_locked || far || r->kind == RUN_TRAIN)
            emg_run_close(c, number, x);
    }
    double interval = 0.0;
    if (!r->open)
        open_run(r, cluster, RUN_OTHER);
    else if (gap <= quiet_points + 2 && r->single_count > 0)
        interval = sum->middle - r->single[r->single_count - 1].middle;
    emg_sum_join(&r->sum, sum);
    r->last_locked_to = cluster->locked_to;
    if (r->single_count == EMG_SINGLES) {
        r->single_count--;
        memmove(r->single, r->single + 1, r->single_count * sizeof r->single[0]);
    }
    r->single[r->single_count++] = *sum;
    if (interval > 0.0 && find_pace(c, number, interval, x))
        return;
    divide(c, number, x);
}

static void add_train(struct emg_channel *c, uint16_t number, const struct emg_cluster *cluster,
                      uint32_t quiet_points, const struct emg_context *x)
{
    struct emg_run *r = &c->run;
    const bool joins =
        r->open && r->kind == RUN_TRAIN && quiet_points <= (uint32_t)(TRAIN_JOIN_S * x->rate_hz);
    if (!joins) {
        emg_run_close(c, number, x);
        open_run(r, cluster, RUN_TRAIN);
    }
    emg_sum_join(&r->sum, &cluster->train);
    r->period_sum += cluster->train_period * (double)cluster->train.count;
}

/* The rest of a cluster before or after its A train, by share of time. */
static struct emg_sum rest_of(const struct emg_cluster *c, uint64_t from, uint64_t to)
{
    const double whole = (double)(c->sum.to - c->sum.from);
    const double others = (double)(c->sum.count - c->train.count);
    const double outside = whole - (double)(c->train.to - c->train.from);
    const double share = outside > 0.0 ? (double)(to - from) / outside : 0.0;
    struct emg_sum s = {.from = from, .to = to, .span_max_uv = c->sum.span_max_uv};
    s.count = (uint32_t)rint(fmax(1.0, others * share));
    s.firings = (uint32_t)rint(fmax(1.0, (double)c->sum.firings * share));
    s.firing = to;
    s.span_sum_uv = c->sum.span_sum_uv * (double)s.count / (double)c->sum.count;
    return s;
}

static bool is_near(double value, double expected, double share)
{
    return fabs(value - expected) <= share * expected;
}

/* Whether the rest of a cluster fires as fast and as large as its A train: then it is the train, whose
 * period was not clear everywhere because its intervals scatter. A long potential is several
 * discharges, a train over 100 Hz has more discharges than firings: one of them must agree. */
static bool rest_is_train(const struct emg_cluster *c)
{
    const double outside =
        (double)(c->sum.to - c->sum.from) - (double)(c->train.to - c->train.from);
    const double expected = outside / c->train_period;
    const double others = (double)c->sum.count - (double)c->train.count;
    const double firings = (double)c->sum.firings - (double)c->train.firings;
    const double size = (c->sum.span_sum_uv - c->train.span_sum_uv) / fmax(others, 1.0);
    return (is_near(others, expected, SAME_RATE) || is_near(firings, expected, SAME_RATE)) &&
           is_near(size, c->train.span_sum_uv / (double)c->train.count, SAME_SIZE);
}

void emg_run_add(struct emg_channel *c, uint16_t number, const struct emg_cluster *cluster,
                 uint32_t quiet_points, const struct emg_context *x)
{
    if (!cluster->has_train) {
        const bool frays = c->run.open && c->run.kind == RUN_TRAIN &&
                           (double)quiet_points < EDGE_S * x->rate_hz &&
                           (double)(cluster->sum.to - cluster->sum.from) < EDGE_S * x->rate_hz;
        if (!frays)
            add_other(c, number, cluster, &cluster->sum, quiet_points, x);
        return;
    }
    struct emg_cluster k = *cluster;
    const uint64_t edge = (uint64_t)(EDGE_S * x->rate_hz);
    const bool whole = rest_is_train(cluster);
    const bool has_head = !whole && k.train.from > k.sum.from + edge;
    const bool has_tail = !whole && k.sum.to > k.train.to + edge;
    const struct emg_sum head = rest_of(cluster, k.sum.from, k.train.from);
    const struct emg_sum tail = rest_of(cluster, k.train.to, k.sum.to);
    if (!has_head)
        k.train.from = k.sum.from;
    if (!has_tail)
        k.train.to = k.sum.to;
    if (has_head)
        add_other(c, number, cluster, &head, quiet_points, x);
    add_train(c, number, &k, has_head ? 0 : quiet_points, x);
    if (has_tail)
        add_other(c, number, cluster, &tail, 0, x);
}
