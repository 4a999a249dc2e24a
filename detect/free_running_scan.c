/* SPDX-License-Identifier: Apache-2.0 */
/* What is over the threshold: discharges, and the clusters they make. */
#include "detect/free_running_parts.h"

static const double DISCHARGE_S = 0.0025; /* longest distance of one discharge's phases */
static const double SPAN_S = 0.002;
static const double CLUSTER_GAP_S = 0.025; /* an A train of 60 Hz has gaps of 17 ms */
static const double FRESH_S = 0.06;        /* quiet before a cluster that starts by itself */
static const double LOCKED_S = 0.02;       /* after the blank: still an answer to the stimulus */
static const double BLANK_EXTRA_S = 0.005; /* an evoked potential may outlast its window so long */
static const double BLANK_CLEAR_S = 0.001;
static const double LEAK = 0.1; /* of a neighbour's simultaneous discharge */
static const double LEAK_S = 0.0015;
static const double DRILL_LEFT = 0.15; /* of a drill may be left behind */

static double largest_between(const float *ring, uint64_t from, uint64_t to)
{
    double largest = 0.0;
    for (uint64_t m = from; m < to; m++)
        largest = fmax(largest, fabs((double)ring[m % FRONT_RING]));
    return largest;
}

/* A muscle's electrodes pick up a few percent of its two neighbours' discharges, at the same
 * instant. */
static bool is_leak(const struct free_running *f, uint32_t c, uint64_t peak, double peak_uv,
                    uint64_t end)
{
    const uint32_t reach = free_running_points(f, LEAK_S) + 1;
    const uint64_t from = peak > reach ? peak - reach : 0;
    const uint64_t to = peak + reach + 1 < end ? peak + reach + 1 : end;
    double first = 0.0, second = 0.0;
    for (uint32_t d = 0; d < f->channels; d++) {
        if (d == c || f->masked[d])
            continue;
        const double v = largest_between(free_running_ring(f, d), from, to);
        second = fmax(second, fmin(v, first));
        first = fmax(first, v);
    }
    return LEAK * (first + second) > peak_uv;
}

static struct discharge measure(const struct free_running *f, uint32_t c, uint64_t peak,
                                double peak_uv, uint64_t end)
{
    const float *ring = free_running_ring(f, c);
    const uint32_t reach = free_running_points(f, SPAN_S);
    const uint64_t from = peak > reach ? peak - reach : 0;
    const uint64_t to = peak + reach + 1 < end ? peak + reach + 1 : end;
    double high = 0.0, low = 0.0;
    uint64_t high_at = peak, low_at = peak;
    for (uint64_t m = from; m < to; m++) {
        const double v = (double)ring[m % FRONT_RING];
        if (v > high) {
            high = v;
            high_at = m;
        }
        if (v < low) {
            low = v;
            low_at = m;
        }
    }
    return (struct discharge){.peak = peak,
                              .peak_uv = peak_uv,
                              .span_uv = high - low,
                              .middle = 0.5 * ((double)high_at + (double)low_at)};
}

static void take_discharge(struct free_running *f, uint32_t c, uint64_t now)
{
    struct emg_channel *e = &f->channel[c];
    e->open = false;
    if (is_leak(f, c, e->peak, e->peak_uv, now + 1))
        return;
    const struct discharge d = measure(f, c, e->peak, e->peak_uv, now + 1);
    e->recent[e->recent_count++ % EMG_RECENT] = d;
    const uint32_t since = (uint32_t)(now - d.peak);
    const uint32_t quiet_before = e->quiet > since ? e->quiet - since : 0;
    e->quiet = since;
    const bool fresh = quiet_before >= free_running_points(f, FRESH_S);
    if (e->has_pending && !e->cluster_open && !fresh) {
        /* it falters, perhaps where its neighbours go on */
        e->cluster = e->pending;
        e->cluster_open = true;
        e->has_pending = false;
    }
    if (e->cluster_open) {
        emg_sum_add(&e->cluster.sum, &d, f->front.rate_hz);
        return;
    }
    memset(&e->cluster, 0, sizeof e->cluster);
    e->cluster_open = true;
    emg_sum_start(&e->cluster.sum, &d);
    e->cluster.fresh = fresh;
    const bool locked = e->blank_to != NO_SAMPLE && d.peak < e->blank_to + free_running_points(f, LOCKED_S);
    e->cluster.locked_to = locked ? e->blank_from : NO_SAMPLE;
}

static void in_blank(struct emg_channel *e, uint64_t m)
{
    if (e->blank_to != m || e->blank_from == NO_SAMPLE)
        e->blank_from = m;
    e->blank_to = m + 1;
    e->after_blank = true;
    e->below = 0;
}

/* What is over the threshold as the blank ends is the end of the evoked potential. */
static bool still_evoked(struct free_running *f, struct emg_channel *e, uint64_t m, bool over)
{
    if (!e->after_blank)
        return false;
    e->below = over ? 0 : e->below + 1;
    if (e->below >= free_running_points(f, BLANK_CLEAR_S) || m >= e->blank_to + free_running_points(f, BLANK_EXTRA_S))
        e->after_blank = false;
    return over;
}

/* After quiet: what is over. */
static void close_by_quiet(struct free_running *f, uint32_t c, const struct emg_context *x)
{
    struct emg_channel *e = &f->channel[c];
    if (e->cluster_open && e->quiet > free_running_points(f, CLUSTER_GAP_S))
        free_running_close_cluster(f, c, x);
    if (e->run.open && !e->cluster_open && !e->has_pending &&
        e->quiet > emg_run_patience(e, f->front.rate_hz))
        emg_run_close(e, (uint16_t)c, x);
}

/* Points from m on that lie side by side in the ring, at most to. */
static uint32_t in_a_piece(uint64_t m, uint64_t to)
{
    const uint64_t left = FRONT_RING - m % FRONT_RING;
    return (uint32_t)(to - m < left ? to - m : left);
}

bool free_running_is_quiet(const struct free_running *f, uint32_t c, uint64_t from, uint64_t to,
                     double limit)
{
    int loud = 0;
    for (uint64_t m = from; m < to;) {
        const uint32_t count = in_a_piece(m, to);
        const float *x = free_running_ring(f, c) + m % FRONT_RING;
        const uint8_t *blanked = f->front.blanked + m % FRONT_RING;
        for (uint32_t i = 0; i < count; i++)
            loud |= (fabs((double)x[i]) > limit) | blanked[i];
        m += count;
    }
    return loud == 0;
}

void free_running_scan(struct free_running *f, uint32_t c, uint64_t from, uint64_t to,
                 const struct emg_context *x)
{
    struct emg_channel *e = &f->channel[c];
    const float *ring = free_running_ring(f, c);
    const double limit =
        free_running_threshold(f, c) + DRILL_LEFT * drill_share_uv(&f->drill, c, from / f->front.slot_points);
    if (!e->open && !e->after_blank && free_running_is_quiet(f, c, from, to, limit)) {
        e->quiet += (uint32_t)(to - from);
        close_by_quiet(f, c, x);
        return;
    }
    const uint32_t phases = free_running_points(f, DISCHARGE_S) > 1 ? free_running_points(f, DISCHARGE_S) : 1;
    for (uint64_t m = from; m < to; m++) {
        if (f->front.blanked[m % FRONT_RING]) {
            if (e->open)
                take_discharge(f, c, m);
            in_blank(e, m);
            continue;
        }
        e->quiet++;
        const double v = fabs((double)ring[m % FRONT_RING]);
        const bool over = v > limit;
        if (still_evoked(f, e, m, over))
            continue;
        if (e->open && v > e->peak_uv) {
            e->peak = m;
            e->peak_uv = v;
        } else if (e->open && m - e->peak >= phases) {
            take_discharge(f, c, m);
        } else if (!e->open && over) {
            e->open = true;
            e->peak = m;
            e->peak_uv = v;
        }
        if (!e->open)
            close_by_quiet(f, c, x);
    }
}

void free_running_learn_noise(struct free_running *f, uint32_t c, uint64_t from, uint64_t to)
{
    float part[FRONT_SLOT_MAX + 1];
    const float *ring = free_running_ring(f, c);
    uint32_t count = 0;
    for (uint64_t m = from; m < to; m++) {
        if (f->front.blanked[m % FRONT_RING]) {
            noise_level_feed(&f->channel[c].noise, part, count);
            count = 0;
            continue;
        }
        part[count++] = ring[m % FRONT_RING];
    }
    noise_level_feed(&f->channel[c].noise, part, count);
}
