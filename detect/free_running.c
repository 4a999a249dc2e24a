/* SPDX-License-Identifier: Apache-2.0 */
/* The free-running path, slot by slot: mask, find discharges, follow periods, match muscles. */
#include "detect/free_running.h"

#include <math.h>

#include "detect/drill.h"
#include "detect/emg_channel.h"
#include "detect/emg_front.h"
#include "detect/emg_group.h"
#include "detect/emg_hum.h"
#include "detect/periodic.h"
#include "detect/synchrony.h"

enum {
    LAG_SLOTS = FREE_RUNNING_LAG_MS / FRONT_SLOT_MS,
    WINDOW_SLOTS = 4, /* of the period: 100 ms hold six discharges at 60 Hz */
    ROW = 3,          /* windows in a row with one period make an A train */
    HUM_FADES_SLOTS = 100 / FRONT_SLOT_MS, /* as long as a new estimate takes to fade in */
};

static const double SETTLE_S = 0.3;       /* of the filters, after a start or a gap */
static const double DISCHARGE_S = 0.0025; /* longest distance of one discharge's phases */
static const double APART_S = 0.02; /* of two discharges; under it they are one burst or train */
static const double SPAN_S = 0.002;
static const double CLUSTER_GAP_S = 0.025; /* an A train of 60 Hz has gaps of 17 ms */
static const double FRESH_S = 0.06;        /* quiet before a cluster that starts by itself */
static const double LOCKED_S = 0.02;       /* after the blank: still an answer to the stimulus */
static const double BLANK_EXTRA_S = 0.005; /* an evoked potential may outlast its window so long */
static const double BLANK_CLEAR_S = 0.001;
static const double LEAK = 0.1; /* of a neighbour's simultaneous discharge */
static const double LEAK_S = 0.0015;
static const double DRILL_RATIO = 1.5; /* of the noise, RMS: what is not louder does no harm */
static const double DRILL_LEFT = 0.15; /* of a drill may be left behind */
static const double NOISE_JUMP = 1.5;  /* least noise over its usual median: the electrode */

static const double TRAIN_LOW_HZ = 60.0, TRAIN_HIGH_HZ = 210.0;
static const double TRAIN_TOLERANCE = 0.08; /* measured frequencies at the band's edges */
static const double SEARCH_LOW_HZ = 52.0, SEARCH_HIGH_HZ = 450.0;
static const double TRAIN_CORRELATION = 0.55, TRAIN_AGAIN = 0.45; /* at one and two periods */
static const double PERIOD_STEADY = 0.12; /* from window to window */

static const double SHARED_START_S = 0.025; /* between muscles of one spasm */
static const double SHARED_OVERLAP = 0.4;
static const double SHARED_RATE_HZ = 60.0;
static const double SHARED_LONGEST_S = 1.5;

struct free_running {
    struct free_running_params params;
    uint32_t channels;
    double mains_hz; /* 0: not known */
    size_t ring_at;   /* floats, channels x FRONT_RING */
    uint64_t slot;    /* next to judge */
    uint64_t settled; /* point */
    struct emg_front front;
    struct drill drill;
    uint64_t window; /* next for the drill to look at */
    struct synchrony synchrony;
    struct emg_channel channel[BANK_CHANNELS];
    bool masked[BANK_CHANNELS]; /* in the slot being judged */
    uint64_t hums_to[BANK_CHANNELS]; /* slot: up to it hum that stepped is heard, or fades */
};

const struct option free_running_options[] = {
    OPTION(struct free_running_params, "threshold", threshold_uv, UNIT_UV, 2.0, 5000.0, "20 uV",
           OPTION_FEATURES,
           "peak to peak of the smallest discharge that counts, however quiet the "
           "channel; needle recordings start to count at 20 uV"),
    OPTION(struct free_running_params, "threshold_ratio", threshold_ratio, UNIT_RATIO, 4.0, 50.0,
           "7", OPTION_FEATURES,
           "peak of the smallest discharge over the channel's noise, RMS; at "
           "7 noise alone makes less than one event in a hundred days"),
    {0},
};

static float *ring_of(struct free_running *f)
{
    return (float *)(void *)((unsigned char *)f + f->ring_at);
}

static const float *channel_ring(const struct free_running *f, uint32_t c)
{
    const float *ring = (const float *)(const void *)((const unsigned char *)f + f->ring_at);
    return ring + (size_t)c * FRONT_RING;
}

size_t free_running_size(const struct bank_params *params)
{
    const size_t state = (sizeof(struct free_running) + 63) / 64 * 64;
    return state + (size_t)params->channels * FRONT_RING * sizeof(float);
}

void free_running_init(struct free_running *f, const struct bank_params *params)
{
    memset(f, 0, free_running_size(params));
    f->params = params->free_running;
    f->channels = params->channels;
    f->ring_at = (sizeof *f + 63) / 64 * 64;
    emg_front_init(&f->front, params);
    drill_init(&f->drill, params->channels);
    f->settled = (uint64_t)(SETTLE_S * f->front.rate_hz);
    for (uint32_t c = 0; c < f->channels; c++) {
        noise_level_init(&f->channel[c].noise, f->front.rate_hz, f->front.band_hz);
        f->channel[c].blank_from = NO_SAMPLE;
        f->channel[c].blank_to = NO_SAMPLE;
    }
}

static uint32_t points(const struct free_running *f, double seconds)
{
    return (uint32_t)rint(seconds * f->front.rate_hz);
}

static double threshold(const struct free_running *f, uint32_t c)
{
    return fmax(f->params.threshold_ratio * noise_level_rms(&f->channel[c].noise),
                0.5 * f->params.threshold_uv);
}

/* ---- discharges */

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
    const uint32_t reach = points(f, LEAK_S) + 1;
    const uint64_t from = peak > reach ? peak - reach : 0;
    const uint64_t to = peak + reach + 1 < end ? peak + reach + 1 : end;
    double first = 0.0, second = 0.0;
    for (uint32_t d = 0; d < f->channels; d++) {
        if (d == c || f->masked[d])
            continue;
        const double v = largest_between(channel_ring(f, d), from, to);
        second = fmax(second, fmin(v, first));
        first = fmax(first, v);
    }
    return LEAK * (first + second) > peak_uv;
}

static struct discharge measure(const struct free_running *f, uint32_t c, uint64_t peak,
                                double peak_uv, uint64_t end)
{
    const float *ring = channel_ring(f, c);
    const uint32_t reach = points(f, SPAN_S);
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

/* ---- clusters and runs */

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

static void close_cluster(struct free_running *f, uint32_t c, const struct emg_context *x)
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

static void close_all(struct free_running *f, uint32_t c, const struct emg_context *x)
{
    f->channel[c].open = false;
    close_cluster(f, c, x);
    settle_pending(f, c, x);
    emg_run_close(&f->channel[c], (uint16_t)c, x);
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
    const bool fresh = quiet_before >= points(f, FRESH_S);
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
    const bool locked = e->blank_to != NO_SAMPLE && d.peak < e->blank_to + points(f, LOCKED_S);
    e->cluster.locked_to = locked ? e->blank_from : NO_SAMPLE;
}

/* ---- scanning */

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
    if (e->below >= points(f, BLANK_CLEAR_S) || m >= e->blank_to + points(f, BLANK_EXTRA_S))
        e->after_blank = false;
    return over;
}

/* After quiet: what is over. */
static void close_by_quiet(struct free_running *f, uint32_t c, const struct emg_context *x)
{
    struct emg_channel *e = &f->channel[c];
    if (e->cluster_open && e->quiet > points(f, CLUSTER_GAP_S))
        close_cluster(f, c, x);
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

static bool is_quiet(const struct free_running *f, uint32_t c, uint64_t from, uint64_t to,
                     double limit)
{
    int loud = 0;
    for (uint64_t m = from; m < to;) {
        const uint32_t count = in_a_piece(m, to);
        const float *x = channel_ring(f, c) + m % FRONT_RING;
        const uint8_t *blanked = f->front.blanked + m % FRONT_RING;
        for (uint32_t i = 0; i < count; i++)
            loud |= (fabs((double)x[i]) > limit) | blanked[i];
        m += count;
    }
    return loud == 0;
}

static void scan(struct free_running *f, uint32_t c, uint64_t from, uint64_t to,
                 const struct emg_context *x)
{
    struct emg_channel *e = &f->channel[c];
    const float *ring = channel_ring(f, c);
    const double limit =
        threshold(f, c) + DRILL_LEFT * drill_share_uv(&f->drill, c, from / f->front.slot_points);
    if (!e->open && !e->after_blank && is_quiet(f, c, from, to, limit)) {
        e->quiet += (uint32_t)(to - from);
        close_by_quiet(f, c, x);
        return;
    }
    const uint32_t phases = points(f, DISCHARGE_S) > 1 ? points(f, DISCHARGE_S) : 1;
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

static void learn_noise(struct free_running *f, uint32_t c, uint64_t from, uint64_t to)
{
    float part[FRONT_SLOT_MAX + 1];
    const float *ring = channel_ring(f, c);
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

/* ---- A trains */

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
    const float *ring = channel_ring(f, c);
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

static void follow_period(struct free_running *f, uint32_t c, uint64_t slot_to)
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
    return start <= points(f, SHARED_START_S) && to > from &&
           (double)(to - from) >= SHARED_OVERLAP * (double)(last - first);
}

/* Another channel's cluster that began with this one and is not over yet. */
static bool awaited(const struct free_running *f, uint32_t c)
{
    const struct emg_cluster *k = &f->channel[c].pending;
    for (uint32_t d = 0; d < f->channels; d++) {
        const struct emg_channel *o = &f->channel[d];
        if (d == c || !o->cluster_open || !o->cluster.fresh)
            continue;
        const uint64_t a = k->sum.from, b = o->cluster.sum.from;
        if ((a > b ? a - b : b - a) <= points(f, SHARED_START_S))
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
            a[k] = channel_ring(f, channels[0])[(all->from + k) % FRONT_RING];
            b[k] = channel_ring(f, channels[i])[(all->from + k) % FRONT_RING];
        }
        const int32_t lag = synchrony_lag(a, b, n, points(f, reach_s), points(f, width_s));
        largest = fmax(largest, fabs((double)lag) * 1000.0 / f->front.rate_hz);
    }
    synchrony_add(&f->synchrony, all->from, largest);
}

static void give_spasm(struct free_running *f, uint32_t c, const struct emg_context *x)
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

/* ---- slots */

static void mask_channels(struct free_running *f, uint64_t from, uint64_t to,
                          const struct artifact *artifact)
{
    const uint64_t first = from * f->front.step, behind = to * f->front.step;
    for (uint32_t c = 0; c < f->channels; c++) {
        const bool jumped = artifact_noise_ratio(artifact, c) > NOISE_JUMP;
        if (jumped)
            noise_level_relearn(&f->channel[c].noise);
        f->masked[c] = from < f->settled || jumped ||
                       artifact_proved(artifact, c, first, behind) != REASON_NONE;
    }
}

/* Whether a channel that is loud in the slot from `from` on hears hum that is not subtracted yet. */
static bool hums(const struct free_running *f, uint32_t c, uint64_t from)
{
    const uint64_t to = from + f->front.slot_points;
    const uint32_t count = EMG_HUM_MS / FRONT_SLOT_MS * f->front.slot_points;
    if (f->mains_hz <= 0.0 || is_quiet(f, c, from, to, threshold(f, c)))
        return false;
    float x[EMG_HUM_MS / FRONT_SLOT_MS * FRONT_SLOT_MAX];
    for (uint32_t i = 0; i < count; i++)
        x[i] = f->front.blanked[(from + i) % FRONT_RING]
                   ? 0.0f
                   : channel_ring(f, c)[(from + i) % FRONT_RING];
    return emg_hum_is(x, count, f->front.rate_hz, f->mains_hz);
}

/* A drill's end becomes a finding as soon as a slot runs without it. */
static void report_drill(struct free_running *f, uint64_t slot, const struct emg_context *x)
{
    if (!f->drill.on || drill_runs(&f->drill, slot))
        return;
    f->drill.on = false;
    finding_emit(x->out, FINDING_ARTIFACT, x->decided)->artifact = (struct finding_artifact){
        .kind = ARTIFACT_DRILL,
        .channel = FINDING_ALL_CHANNELS,
        .start_sample = f->drill.from * f->front.step,
        .end_sample = f->drill.to * f->front.step,
    };
}

static void look_for_drill(struct free_running *f)
{
    for (; f->front.next >= (f->window + 1) * f->front.slot_points; f->window++) {
        double loud_uv[BANK_CHANNELS];
        for (uint32_t c = 0; c < f->channels; c++)
            loud_uv[c] = DRILL_RATIO * free_running_noise_uv(f, c);
        drill_look(&f->drill, &f->front, ring_of(f), f->window, loud_uv);
    }
}

static void judge_slot(struct free_running *f, const struct artifact *artifact,
                       const struct emg_context *x)
{
    const uint64_t from = f->slot * f->front.slot_points;
    const uint64_t to = from + f->front.slot_points;
    drill_clean(&f->drill, &f->front, ring_of(f), f->slot);
    report_drill(f, f->slot, x);
    mask_channels(f, from, to, artifact);
    for (uint32_t c = 0; c < f->channels; c++) {
        struct emg_channel *e = &f->channel[c];
        if (noise_level_known(&e->noise) && hums(f, c, from))
            f->hums_to[c] = f->slot + 1 + HUM_FADES_SLOTS;
        f->masked[c] = f->masked[c] || f->slot < f->hums_to[c];
        if (from >= f->settled && !(f->masked[c] && artifact_cautery(artifact)))
            learn_noise(f, c, from, to);
        if (f->masked[c] || !noise_level_known(&e->noise)) {
            close_all(f, c, x);
            e->quiet = 0;
        } else {
            scan(f, c, from, to, x);
        }
    }
    for (uint32_t c = 0; c < f->channels; c++)
        if (!f->masked[c])
            follow_period(f, c, to);
    for (uint32_t c = 0; c < f->channels; c++)
        if (f->channel[c].has_pending && !awaited(f, c))
            give_spasm(f, c, x);
    f->slot++;
}

static struct emg_context context(const struct free_running *f, uint64_t decided,
                                  struct finding_list *out)
{
    return (struct emg_context){
        .out = out, .decided = decided, .step = f->front.step, .rate_hz = f->front.rate_hz};
}

void free_running_feed(struct free_running *f, const struct frame_run *clean,
                       struct stimulus_blank blank, const struct artifact *artifact,
                       struct finding_list *out)
{
    if (!emg_front_works(&f->front))
        return;
    emg_front_feed(&f->front, clean, blank, ring_of(f));
    look_for_drill(f);
    while (f->front.next >= (f->slot + 1 + LAG_SLOTS) * f->front.slot_points) {
        const struct emg_context x = context(f, clean->first_index + clean->frames - 1, out);
        judge_slot(f, artifact, &x);
    }
}

/* First frame of the front's ring at or behind from. */
static uint64_t first_kept(const struct free_running *f, uint64_t from)
{
    uint64_t m = from / f->front.step;
    const uint64_t oldest = f->front.next > FRONT_RING ? f->front.next - FRONT_RING : 0;
    m = m > oldest ? m : oldest;
    return m > f->front.first ? m : f->front.first;
}

static bool is_known(const struct free_running *f, uint32_t channel)
{
    return emg_front_works(&f->front) && noise_level_known(&f->channel[channel].noise);
}

bool free_running_active(const struct free_running *f, uint32_t channel, uint64_t from, uint64_t to)
{
    if (!is_known(f, channel))
        return false;
    const float *ring = channel_ring(f, channel);
    const double limit = threshold(f, channel) + 1.3 * drill_peak_uv(&f->drill, channel);
    for (uint64_t m = first_kept(f, from); m < to / f->front.step && m < f->front.next; m++)
        if (!f->front.blanked[m % FRONT_RING] && fabs((double)ring[m % FRONT_RING]) > limit)
            return true;
    return false;
}

uint32_t free_running_discharges(const struct free_running *f, uint32_t channel, uint64_t from,
                                 uint64_t to, uint64_t *newest)
{
    /* A drill's tone swells and fades: in a long stretch its peaks would pass for discharges. */
    if (!is_known(f, channel) || drill_peak_uv(&f->drill, channel) > 0.0)
        return 0;
    const float *ring = channel_ring(f, channel);
    const double limit = threshold(f, channel);
    const uint64_t apart = (uint64_t)(APART_S * f->front.rate_hz);
    uint32_t count = 0;
    uint64_t last = 0;
    for (uint64_t m = first_kept(f, from); m < to / f->front.step && m < f->front.next; m++) {
        if (f->front.blanked[m % FRONT_RING] || fabs((double)ring[m % FRONT_RING]) <= limit)
            continue;
        count += count == 0 || m - last > apart;
        last = m;
        *newest = m * f->front.step;
    }
    return count;
}

double free_running_train_now_s(const struct free_running *f, uint32_t channel)
{
    const struct emg_channel *e = &f->channel[channel];
    const bool joined = e->run.open && e->run.kind == RUN_TRAIN;
    double points_now = joined ? (double)(e->run.sum.to - e->run.sum.from) : 0.0;
    if (e->cluster_open && e->cluster.has_train)
        points_now +=
            (double)(e->cluster.train.to - (joined ? e->run.sum.to : e->cluster.train.from));
    return points_now / f->front.rate_hz;
}

double free_running_train_s(const struct free_running *f, uint32_t channel)
{
    return f->channel[channel].train_s + free_running_train_now_s(f, channel);
}

struct synchrony_trend free_running_synchrony(const struct free_running *f)
{
    const uint64_t minute = (uint64_t)(60.0 * f->front.rate_hz);
    return synchrony_since(&f->synchrony, f->front.next > minute ? f->front.next - minute : 0);
}

double free_running_noise_uv(const struct free_running *f, uint32_t channel)
{
    const struct noise_level *n = &f->channel[channel].noise;
    return noise_level_known(n) ? noise_level_rms(n) : 0.0;
}

void free_running_mains(struct free_running *f, double hz)
{
    f->mains_hz = hz;
}

bool free_running_drilled(const struct free_running *f)
{
    return drill_heard(&f->drill);
}

void free_running_finish(struct free_running *f, uint64_t end, struct finding_list *out)
{
    const struct emg_context x = context(f, end, out);
    for (uint32_t c = 0; c < f->channels; c++)
        close_all(f, c, &x);
    report_drill(f, UINT64_MAX - 1, &x);
}

void free_running_gap(struct free_running *f, uint64_t from, uint64_t to, struct finding_list *out)
{
    free_running_finish(f, from, out);
    emg_front_gap(&f->front, to);
    if (!emg_front_works(&f->front))
        return;
    f->slot = f->front.first / f->front.slot_points + 1;
    f->window = f->slot + 1;
    drill_init(&f->drill, f->channels);
    f->settled = f->front.first + points(f, SETTLE_S);
    for (uint32_t c = 0; c < f->channels; c++) {
        f->channel[c].quiet = 0;
        f->channel[c].row = 0;
        f->channel[c].blank_from = NO_SAMPLE;
        f->channel[c].blank_to = NO_SAMPLE;
    }
}
