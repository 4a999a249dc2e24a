/* SPDX-License-Identifier: Apache-2.0 */
/* Clusters that muscles share, and what becomes of the others. */
#include "detect/free_running_parts.h"

static const double SHARED_START_S = 0.025; /* between muscles of one spasm */
static const double SHARED_OVERLAP = 0.4;
static const double SHARED_RATE_HZ = 60.0;
static const double SHARED_LONGEST_S = 1.5;

/* Whether a cluster may be one muscle's share of a spasm. */
static bool may_be_shared(const struct free_running *f, const struct emg_cluster *k)
{
    return k->fresh && !k->has_train && k->sum.count >= 3 &&
           emg_sum_rate(&k->sum, f->front.rate_hz) >= SHARED_RATE_HZ &&
           (double)(k->sum.to - k->sum.from) <= SHARED_LONGEST_S * f->front.rate_hz;
}

static void to_run(struct free_running *f, uint32_t c, const struct emg_cluster *k,
                   const struct emg_context *x)
{
    struct emg_channel *e = &f->channel[c];
    uint64_t quiet = e->run.open && k->sum.from > e->run.sum.to ? k->sum.from - e->run.sum.to : 0;
    for (uint64_t m = k->sum.from - quiet; m < k->sum.from && quiet > 0; m++)
        if (m + FRONT_RING > f->front.next && f->front.blanked[m % FRONT_RING])
            quiet--;
    emg_run_add(e, (uint16_t)c, k, (uint32_t)quiet, x);
}

static void settle_pending(struct free_running *f, uint32_t c, const struct emg_context *x)
{
    struct emg_channel *e = &f->channel[c];
    if (!e->has_pending)
        return;
    e->has_pending = false;
    to_run(f, c, &e->pending, x);
}

void free_running_close_cluster(struct free_running *f, uint32_t c, const struct emg_context *x)
{
    struct emg_channel *e = &f->channel[c];
    if (!e->cluster_open)
        return;
    e->cluster_open = false;
    e->row = 0;
    settle_pending(f, c, x);
    if (may_be_shared(f, &e->cluster)) {
        e->pending = e->cluster;
        e->has_pending = true;
        return;
    }
    to_run(f, c, &e->cluster, x);
}

void free_running_close(struct free_running *f, uint32_t c, const struct emg_context *x)
{
    f->channel[c].open = false;
    free_running_close_cluster(f, c, x);
    settle_pending(f, c, x);
    emg_run_close(&f->channel[c], (uint16_t)c, x);
}

/* ---- spasms */

static bool together(const struct free_running *f, const struct emg_cluster *a,
                     const struct emg_cluster *b)
{
    const uint64_t start =
        a->sum.from > b->sum.from ? a->sum.from - b->sum.from : b->sum.from - a->sum.from;
    const uint64_t from = a->sum.from > b->sum.from ? a->sum.from : b->sum.from;
    const uint64_t to = a->sum.to < b->sum.to ? a->sum.to : b->sum.to;
    const uint64_t first = a->sum.from < b->sum.from ? a->sum.from : b->sum.from;
    const uint64_t last = a->sum.to > b->sum.to ? a->sum.to : b->sum.to;
    return start <= free_running_points(f, SHARED_START_S) && to > from &&
           (double)(to - from) >= SHARED_OVERLAP * (double)(last - first);
}

bool free_running_awaits(const struct free_running *f, uint32_t c)
{
    const struct emg_cluster *k = &f->channel[c].pending;
    for (uint32_t d = 0; d < f->channels; d++) {
        const struct emg_channel *o = &f->channel[d];
        if (d == c || !o->cluster_open || !o->cluster.fresh)
            continue;
        const uint64_t a = k->sum.from, b = o->cluster.sum.from;
        if ((a > b ? a - b : b - a) <= free_running_points(f, SHARED_START_S))
            return true;
    }
    return false;
}

/* The largest lag of the muscles of a spasm behind its first channel. */
static void note_lag(struct free_running *f, const uint16_t *channels, uint16_t count,
                     const struct emg_sum *all)
{
    static const double reach_s = 0.01, width_s = 0.001;
    float a[SYNCHRONY_POINTS], b[SYNCHRONY_POINTS];
    const uint64_t length = all->to + 1 - all->from;
    const uint32_t n = length < SYNCHRONY_POINTS ? (uint32_t)length : SYNCHRONY_POINTS;
    double largest = 0.0;
    for (uint16_t i = 1; i < count; i++) {
        for (uint32_t k = 0; k < n; k++) {
            a[k] = free_running_ring(f, channels[0])[(all->from + k) % FRONT_RING];
            b[k] = free_running_ring(f, channels[i])[(all->from + k) % FRONT_RING];
        }
        const int32_t lag = synchrony_lag(a, b, n, free_running_points(f, reach_s), free_running_points(f, width_s));
        largest = fmax(largest, fabs((double)lag) * 1000.0 / f->front.rate_hz);
    }
    synchrony_add(&f->synchrony, all->from, largest);
}

void free_running_give_spasm(struct free_running *f, uint32_t c, const struct emg_context *x)
{
    const struct emg_cluster first = f->channel[c].pending;
    uint16_t channels[BANK_CHANNELS];
    uint16_t count = 0;
    struct emg_sum all = first.sum;
    double rate = 0.0, span = 0.0;
    for (uint32_t d = 0; d < f->channels; d++) {
        struct emg_channel *o = &f->channel[d];
        if (!o->has_pending || (d != c && !together(f, &first, &o->pending)))
            continue;
        const struct emg_sum *s = &o->pending.sum;
        channels[count++] = (uint16_t)d;
        all.from = s->from < all.from ? s->from : all.from;
        all.to = s->to > all.to ? s->to : all.to;
        rate += emg_sum_rate(s, f->front.rate_hz);
        span = fmax(span, s->span_max_uv);
    }
    if (count < 2) {
        synchrony_add(&f->synchrony, first.sum.from, FINDING_UNKNOWN);
        settle_pending(f, c, x);
        return;
    }
    note_lag(f, channels, count, &all);
    for (uint16_t i = 0; i < count; i++) {
        f->channel[channels[i]].has_pending = false;
        emg_run_close(&f->channel[channels[i]], channels[i], x);
    }
    emg_event_give(x, EMG_SPASM, channels, count, &all, 0.0015 * x->rate_hz, 0.0025 * x->rate_hz,
                   rate / (double)count, span);
}
