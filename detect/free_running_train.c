/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the period of a cluster. */
#include "detect/free_running_parts.h"
#include "detect/periodic.h"

static const double TRAIN_LOW_HZ = 60.0, TRAIN_HIGH_HZ = 210.0;
static const double TRAIN_TOLERANCE = 0.08; /* measured frequencies at the band's edges */
static const double SEARCH_LOW_HZ = 52.0, SEARCH_HIGH_HZ = 450.0;
static const double TRAIN_CORRELATION = 0.55, TRAIN_AGAIN = 0.45; /* at one and two periods */
static const double PERIOD_STEADY = 0.12; /* from window to window */

enum {
    WINDOW_SLOTS = 4, /* of the period: 100 ms hold six discharges at 60 Hz */
    ROW = 3,          /* windows in a row with one period make an A train */
};

/* Discharges in a window: how many, and the sums from its first to its last. */
static struct emg_sum recent_since(const struct emg_channel *e, uint64_t from, double rate_hz)
{
    struct emg_sum s = {0};
    const uint32_t known = e->recent_count < EMG_RECENT ? e->recent_count : EMG_RECENT;
    for (uint32_t i = known; i > 0; i--) {
        const struct discharge *d = &e->recent[(e->recent_count - i) % EMG_RECENT];
        if (d->peak < from)
            continue;
        if (s.count == 0)
            emg_sum_start(&s, d);
        else
            emg_sum_add(&s, d, rate_hz);
    }
    return s;
}

/* The period of a channel in the window that ends with the slot; 0: none in the A train's band. */
static double window_period(const struct free_running *f, uint32_t c, uint64_t from, uint64_t to,
                            const struct emg_sum *inside)
{
    const float *ring = free_running_ring(f, c);
    const double rate = f->front.rate_hz;
    float x[PERIODIC_POINTS];
    uint8_t masked[PERIODIC_POINTS];
    const uint32_t count = (uint32_t)(to - from);
    for (uint32_t i = 0; i < count; i++) {
        const size_t at = (from + i) % FRONT_RING;
        masked[i] = f->front.blanked[at];
        x[i] = masked[i] ? 0.0f : ring[at];
    }
    const uint32_t low = (uint32_t)fmax(2.0, floor(rate / SEARCH_HIGH_HZ));
    const struct period p =
        period_find(x, masked, count, low, (uint32_t)floor(rate / SEARCH_LOW_HZ));
    if (p.correlation < TRAIN_CORRELATION || p.again < TRAIN_AGAIN || p.lag <= 0.0)
        return 0.0;
    const double hz = rate / p.lag;
    if (hz < TRAIN_LOW_HZ * (1.0 - TRAIN_TOLERANCE) || hz > TRAIN_HIGH_HZ * (1.0 + TRAIN_TOLERANCE))
        return 0.0;
    /* as many discharges as the period asks for, so that one pair does not make a train */
    const double cycles = (double)(inside->to - inside->from) / p.lag;
    return (double)inside->count - 1.0 >= 0.6 * cycles && cycles >= 3.0 ? p.lag : 0.0;
}

void free_running_follow_period(struct free_running *f, uint32_t c, uint64_t slot_to)
{
    struct emg_channel *e = &f->channel[c];
    const uint64_t window = (uint64_t)WINDOW_SLOTS * f->front.slot_points;
    const uint64_t from = slot_to > window ? slot_to - window : 0;
    if (!e->cluster_open || slot_to < window) {
        e->row = 0;
        return;
    }
    const struct emg_sum inside = recent_since(e, from, f->front.rate_hz);
    const double period = inside.count < 4 ? 0.0 : window_period(f, c, from, slot_to, &inside);
    if (period <= 0.0) {
        e->row = 0;
        return;
    }
    if (e->row > 0 && fabs(period - e->row_period) > PERIOD_STEADY * e->row_period)
        e->row = 0;
    if (e->row == 0)
        e->row_from = inside.from > e->cluster.sum.from ? inside.from : e->cluster.sum.from;
    e->row++;
    e->row_period = period;
    if (e->row < ROW)
        return;
    struct emg_cluster *k = &e->cluster;
    if (!k->has_train) {
        k->has_train = true;
        k->train = recent_since(e, e->row_from, f->front.rate_hz);
    } else {
        const struct emg_sum later = recent_since(e, k->train.to + 1, f->front.rate_hz);
        if (later.count > 0)
            emg_sum_join(&k->train, &later);
    }
    k->train_period = period;
}
