/* SPDX-License-Identifier: Apache-2.0 */
/* Finds one frequency in many channels, fits it, subtracts it. */
#include "detect/drill.h"

#include <math.h>

#include "detect/fmath.h"
#include "detect/lanes.h"

#define PI 3.14159265358979323846

enum {
    POINTS = 2 * FRONT_SLOT_MAX + 2,
    RUN = 4,
    REACH = 3,
    TRIM_PASSES = 3,
    FORGET = 1000 / FRONT_SLOT_MS
};

static const double SEARCH_FROM_HZ = 100.0, SEARCH_TO_HZ = 1200.0;
static const double SEARCH_STEP_HZ = 8.0; /* a window of 50 ms tells 20 Hz apart */
static const double EXPLAINED = 0.7;
static const double PURE = 0.6, PURE_STEP_HZ = 4.0;
static const double LOW_OCTAVE = 0.1;
static const double EVEN = 0.15; /* of the largest amplitude */
static const double KNOWN = 0.4; /* share of a window that must not be blanked */
static const double TRIM = 2.5;
static const double STEADY = 0.06; /* frequency from window to window */

/* One window, copied out of the ring. */
struct look {
    uint32_t channels;
    uint32_t count;
    double rate_hz;
    float known[POINTS];
    float x[BANK_CHANNELS][POINTS];
    double power[BANK_CHANNELS]; /* sum of squares; 0: channel left out */
};

void drill_init(struct drill *d, uint32_t channels)
{
    memset(d, 0, sizeof *d);
    d->needed = channels < 4 ? 2 : (channels + 1) / 2;
}

static uint32_t copy_window(struct look *l, const struct emg_front *f, const float *ring,
                            uint64_t w, const double *loud_uv)
{
    const uint64_t from = (w - 1) * f->slot_points;
    uint32_t known = 0, loud = 0;
    l->channels = f->channels;
    l->count = 2 * f->slot_points;
    l->rate_hz = f->rate_hz;
    for (uint32_t i = 0; i < l->count; i++) {
        l->known[i] = f->blanked[(from + i) % FRONT_RING] ? 0.0f : 1.0f;
        known += l->known[i] > 0.0f;
    }
    if ((double)known < KNOWN * (double)l->count)
        return 0;
    for (uint32_t c = 0; c < l->channels; c++) {
        double sum = 0.0;
        for (uint32_t i = 0; i < l->count; i++) {
            const float v = ring[(size_t)c * FRONT_RING + (from + i) % FRONT_RING] * l->known[i];
            l->x[c][i] = v;
            sum += (double)v * (double)v;
        }
        const bool is_loud = loud_uv[c] > 0.0 && sum > loud_uv[c] * loud_uv[c] * (double)known;
        l->power[c] = is_loud ? sum : 0.0;
        loud += is_loud;
    }
    return loud;
}

/* cos and sin of a frequency at every point of the window. */
static void wave(double hz, double rate_hz, uint32_t count, float *cosine, float *sine)
{
    const double step = 2.0 * PI * hz / rate_hz;
    double turn_c, turn_s;
    fmath_sin_cos(step, &turn_s, &turn_c);
    double c = 1.0, s = 0.0;
    for (uint32_t i = 0; i < count; i++) {
        cosine[i] = (float)c;
        sine[i] = (float)s;
        const double next = c * turn_c - s * turn_s;
        s = c * turn_s + s * turn_c;
        c = next;
    }
}

static double dot(const float *a, const float *b, uint32_t count)
{
    lanes_float lane = {0};
    uint32_t i = 0;
    for (; i + 8 <= count; i += 8)
        lane += *(const lanes_float *)(const void *)(a + i) *
                *(const lanes_float *)(const void *)(b + i);
    double sum = 0.0;
    for (uint32_t k = 0; k < 8; k++)
        sum += (double)lane[k];
    for (; i < count; i++)
        sum += (double)(a[i] * b[i]);
    return sum;
}

/* Eight waves side by side: one frequency a lane. */
struct waves {
    float cosine[POINTS][BLOCK_LANES], sine[POINTS][BLOCK_LANES];
};

static void waves_at(const double *hz, double rate_hz, uint32_t count, struct waves *w)
{
    double turn_c[BLOCK_LANES], turn_s[BLOCK_LANES];
    for (int k = 0; k < BLOCK_LANES; k++) {
        const double step = 2.0 * PI * hz[k] / rate_hz;
        fmath_sin_cos(step, &turn_s[k], &turn_c[k]);
    }
    for (int p = 0; p < LANE_PARTS; p++) {
        const lane_part tc = lanes_load(turn_c, p), ts = lanes_load(turn_s, p);
        lane_part c = {0}, s = {0};
        c += 1.0;
        for (uint32_t i = 0; i < count; i++) {
            lanes_store_float(w->cosine[i], p, c);
            lanes_store_float(w->sine[i], p, s);
            const lane_part next = c * tc - s * ts;
            s = c * ts + s * tc;
            c = next;
        }
    }
}

/* dot() of x with each of eight waves: the same sums in the same order. */
static void dots(const float *x, const float (*wave_points)[BLOCK_LANES], uint32_t count,
                 double *out)
{
    lanes_float lane[BLOCK_LANES] = {{0}};
    uint32_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (uint32_t k = 0; k < 8; k++)
            lane[k] += x[i + k] * *(const lanes_float *)(const void *)wave_points[i + k];
    for (uint32_t f = 0; f < BLOCK_LANES; f++) {
        out[f] = 0.0;
        for (uint32_t k = 0; k < 8; k++)
            out[f] += (double)lane[k][f];
        for (uint32_t k = i; k < count; k++)
            out[f] += (double)(x[k] * wave_points[k][f]);
    }
}

/* Sums over channels of the share of power, at eight frequencies. */
static void shares_at(const struct look *l, const double *hz, double *share)
{
    struct waves w;
    waves_at(hz, l->rate_hz, l->count, &w);
    for (int k = 0; k < BLOCK_LANES; k++)
        share[k] = 0.0;
    for (uint32_t c = 0; c < l->channels; c++) {
        if (l->power[c] <= 0.0)
            continue;
        double a[BLOCK_LANES], b[BLOCK_LANES];
        dots(l->x[c], (const float (*)[BLOCK_LANES])w.cosine, l->count, a);
        dots(l->x[c], (const float (*)[BLOCK_LANES])w.sine, l->count, b);
        for (int k = 0; k < BLOCK_LANES; k++)
            share[k] += (a[k] * a[k] + b[k] * b[k]) / l->power[c];
    }
}

/* Shares at up to four frequencies, each with its double where that is searched. */
static void both(const struct look *l, const double *hz, uint32_t count, double *share)
{
    enum { HALF = BLOCK_LANES / 2 };
    double all_hz[BLOCK_LANES], all[BLOCK_LANES];
    for (uint32_t k = 0; k < HALF; k++) {
        all_hz[k] = hz[k < count ? k : 0];
        all_hz[HALF + k] = 2.0 * all_hz[k];
    }
    shares_at(l, all_hz, all);
    for (uint32_t k = 0; k < count; k++)
        share[k] = all[k] + (all_hz[HALF + k] < SEARCH_TO_HZ ? all[HALF + k] : 0.0);
}

static double best_between(const struct look *l, double from, double to, double step)
{
    double best_hz = from, best = -1.0;
    for (double hz = from; hz <= to;) {
        double some[4] = {0}, share[4];
        uint32_t count = 0;
        for (; count < 4 && hz <= to; hz += step)
            some[count++] = hz;
        both(l, some, count, share);
        for (uint32_t k = 0; k < count; k++)
            if (share[k] > best) {
                best = share[k];
                best_hz = some[k];
            }
    }
    return best_hz;
}

static double refine(const struct look *l, double hz, double step)
{
    for (uint32_t i = 0; i < 3; i++, step *= 0.4) {
        const double around[3] = {hz - step, hz, hz + step};
        double v[3];
        both(l, around, 3, v);
        const double below = v[0], at = v[1], above = v[2];
        const double bend = below - 2.0 * at + above;
        double shift = bend < 0.0 ? 0.5 * (below - above) / bend : 0.0;
        shift = bend < 0.0 ? fmax(-1.0, fmin(1.0, shift)) : below > above ? -1.0 : 1.0;
        hz += shift * step;
    }
    return hz;
}

/* Solves the symmetric 4 x 4 system in place (Cholesky); false where it is singular. */
static bool factor(double m[DRILL_TERMS][DRILL_TERMS])
{
    for (uint32_t j = 0; j < DRILL_TERMS; j++) {
        for (uint32_t k = 0; k < j; k++)
            m[j][j] -= m[j][k] * m[j][k];
        if (m[j][j] <= 1e-6)
            return false;
        m[j][j] = sqrt(m[j][j]);
        for (uint32_t i = j + 1; i < DRILL_TERMS; i++) {
            for (uint32_t k = 0; k < j; k++)
                m[i][j] -= m[i][k] * m[j][k];
            m[i][j] /= m[j][j];
        }
    }
    return true;
}

static void solve(double m[DRILL_TERMS][DRILL_TERMS], double *v)
{
    for (uint32_t i = 0; i < DRILL_TERMS; i++) {
        for (uint32_t k = 0; k < i; k++)
            v[i] -= m[i][k] * v[k];
        v[i] /= m[i][i];
    }
    for (uint32_t i = DRILL_TERMS; i-- > 0;) {
        for (uint32_t k = i + 1; k < DRILL_TERMS; k++)
            v[i] -= m[k][i] * v[k];
        v[i] /= m[i][i];
    }
}

struct base {
    float term[DRILL_TERMS][POINTS];
};

/* Least squares on the points with weight; the power that the fit explains, negative: no fit. */
static double fit_channel(const struct base *b, const float *x, const float *weight, uint32_t count,
                          double *term)
{
    double m[DRILL_TERMS][DRILL_TERMS], right[DRILL_TERMS];
    struct base w;
    for (uint32_t k = 0; k < DRILL_TERMS; k++)
        for (uint32_t i = 0; i < count; i++)
            w.term[k][i] = b->term[k][i] * weight[i];
    for (uint32_t i = 0; i < DRILL_TERMS; i++) {
        for (uint32_t k = 0; k <= i; k++)
            m[i][k] = dot(w.term[i], b->term[k], count);
        right[i] = dot(w.term[i], x, count);
    }
    if (!factor(m))
        return -1.0;
    double power = 0.0;
    for (uint32_t k = 0; k < DRILL_TERMS; k++)
        term[k] = right[k];
    solve(m, term);
    for (uint32_t k = 0; k < DRILL_TERMS; k++)
        power += right[k] * term[k];
    return power;
}

/* Again without the points that the fit misses by more than TRIM times the RMS of what it leaves:
 * a potential in the window would otherwise lend the drill some of its size. */
static void fit_trimmed(const struct base *b, const float *x, const float *known, uint32_t count,
                        double *term)
{
    float weight[POINTS];
    memcpy(weight, known, count * sizeof *weight);
    for (uint32_t pass = 0; pass < TRIM_PASSES; pass++) {
        float rest[POINTS];
        double sum = 0.0, points = 0.0, kept = 0.0;
        for (uint32_t i = 0; i < count; i++) {
            rest[i] = x[i];
            for (uint32_t k = 0; k < DRILL_TERMS; k++)
                rest[i] -= (float)term[k] * b->term[k][i];
            sum += (double)(weight[i] * rest[i] * rest[i]);
            points += (double)weight[i];
        }
        const float limit = (float)(TRIM * sqrt(sum / points));
        float next[POINTS];
        for (uint32_t i = 0; i < count; i++) {
            next[i] = fabs((double)rest[i]) <= (double)limit ? known[i] : 0.0f;
            kept += (double)next[i];
        }
        double better[DRILL_TERMS];
        if (kept < KNOWN * (double)count || fit_channel(b, x, next, count, better) < 0.0)
            return;
        memcpy(weight, next, count * sizeof *weight);
        memcpy(term, better, sizeof better);
    }
}

/* Fits all channels; how many of them the fit explains. share: of each channel's power. */
static uint32_t fit(const struct look *l, struct drill_window *w, double *share)
{
    struct base b;
    wave(w->hz, l->rate_hz, l->count, b.term[0], b.term[1]);
    wave(2.0 * w->hz, l->rate_hz, l->count, b.term[2], b.term[3]);
    double power[BANK_CHANNELS], largest = 0.0;
    for (uint32_t c = 0; c < l->channels; c++) {
        power[c] = fit_channel(&b, l->x[c], l->known, l->count, w->term[c]);
        if (power[c] < 0.0)
            return 0;
        if (l->power[c] > 0.0)
            largest = fmax(largest, power[c]);
    }
    w->fitted = true;
    uint32_t explained = 0;
    for (uint32_t c = 0; c < l->channels; c++) {
        share[c] = l->power[c] > 0.0 ? power[c] / l->power[c] : 0.0;
        explained += share[c] >= EXPLAINED && power[c] >= EVEN * EVEN * largest;
        fit_trimmed(&b, l->x[c], l->known, l->count, w->term[c]);
    }
    return explained;
}

/* Muscle in some channels pulls the common frequency towards itself: once more without them, as
 * long as enough channels are left. */
static uint32_t fit_without_muscle(uint32_t needed, struct look *l, struct drill_window *w)
{
    double share[BANK_CHANNELS];
    const uint32_t explained = fit(l, w, share);
    double kept_power[BANK_CHANNELS];
    uint32_t loud = 0, kept = 0;
    memcpy(kept_power, l->power, sizeof kept_power);
    for (uint32_t c = 0; c < l->channels; c++) {
        loud += l->power[c] > 0.0;
        kept += share[c] >= PURE;
    }
    if (kept == loud || kept < needed)
        return explained;
    for (uint32_t c = 0; c < l->channels; c++)
        if (share[c] < PURE)
            l->power[c] = 0.0;
    w->hz = refine(l, w->hz, PURE_STEP_HZ);
    memcpy(l->power, kept_power, sizeof kept_power);
    return fit(l, w, share);
}

static bool tonal_at(const struct drill *d, uint64_t w)
{
    return w <= d->newest && w + DRILL_WINDOWS > d->newest && d->window[w % DRILL_WINDOWS].tonal;
}

/* An octave too low the tone itself stands where its double should: nothing at hz. */
static double right_octave(const struct look *l, double hz)
{
    if (2.0 * hz >= SEARCH_TO_HZ)
        return hz;
    double share[BLOCK_LANES];
    const double two[BLOCK_LANES] = {hz, 2.0 * hz, hz, hz, hz, hz, hz, hz};
    shares_at(l, two, share);
    return share[0] < LOW_OCTAVE * share[1] ? 2.0 * hz : hz;
}

/* Looks where the drill was a moment ago, content with half of the channels: spasm in the others
 * must not hide it. */
static void follow(const struct drill *d, struct look *l, struct drill_window *w)
{
    const uint32_t needed = (d->needed + 1) / 2;
    w->hz = refine(l, d->hz, SEARCH_STEP_HZ);
    const bool steady = fabs(w->hz - d->hz) < STEADY * d->hz;
    w->explained = fit_without_muscle(needed, l, w);
    w->tonal = steady && w->explained >= needed;
}

static void search(const struct drill *d, struct look *l, struct drill_window *w)
{
    w->hz = best_between(l, SEARCH_FROM_HZ, SEARCH_TO_HZ, SEARCH_STEP_HZ);
    w->hz = refine(l, right_octave(l, w->hz), SEARCH_STEP_HZ);
    const bool steady = d->row == 0 || fabs(w->hz - d->hz) < STEADY * d->hz;
    w->explained = fit_without_muscle(d->needed, l, w);
    w->tonal = steady && w->explained >= d->needed;
}

void drill_look(struct drill *d, const struct emg_front *f, const float *ring, uint64_t w,
                const double *loud_uv)
{
    struct drill_window *here = &d->window[w % DRILL_WINDOWS];
    here->tonal = false;
    here->fitted = false;
    d->newest = w;
    if (w == 0 || f->channels < 2)
        return;
    struct look l;
    const uint32_t loud = copy_window(&l, f, ring, w, loud_uv);
    if (loud >= d->needed) {
        if (d->row > 0 || drill_heard(d))
            follow(d, &l, here);
        if (!here->tonal)
            search(d, &l, here);
    }
    if (here->tonal)
        d->hz = here->hz;
    /* only what most channels share begins a drill, or keeps it in mind */
    d->row = here->tonal && here->explained >= d->needed ? d->row + 1 : 0;
    if (d->row >= RUN)
        d->heard = w + FORGET;
}

/* Whether window w belongs to a drill. */
static bool in_run(const struct drill *d, uint64_t w)
{
    uint32_t tonal = 0;
    for (uint64_t k = w > REACH ? w - REACH : 0; k <= w + REACH; k++)
        tonal += tonal_at(d, k);
    return tonal >= RUN && d->window[w % DRILL_WINDOWS].fitted;
}

bool drill_runs(const struct drill *d, uint64_t s)
{
    return in_run(d, s) && in_run(d, s + 1);
}

static void subtract(const struct drill *d, const struct emg_front *f, float *ring, uint64_t s)
{
    const struct drill_window *old = &d->window[s % DRILL_WINDOWS];
    const struct drill_window *new = &d->window[(s + 1) % DRILL_WINDOWS];
    const uint32_t n = f->slot_points;
    float a[DRILL_TERMS][POINTS], b[DRILL_TERMS][POINTS];
    wave(old->hz, f->rate_hz, 2 * n, a[0], a[1]);
    wave(2.0 * old->hz, f->rate_hz, 2 * n, a[2], a[3]);
    wave(new->hz, f->rate_hz, n, b[0], b[1]);
    wave(2.0 * new->hz, f->rate_hz, n, b[2], b[3]);
    const uint64_t from = s * n;
    for (uint32_t c = 0; c < f->channels; c++) {
        float *x = ring + (size_t)c * FRONT_RING;
        for (uint32_t i = 0; i < n; i++) {
            double before = 0.0, after = 0.0;
            for (uint32_t k = 0; k < DRILL_TERMS; k++) {
                before += old->term[c][k] * (double)a[k][n + i];
                after += new->term[c][k] * (double)b[k][i];
            }
            const double fade = ((double)i + 0.5) / (double)n;
            x[(from + i) % FRONT_RING] -= (float)(before + fade * (after - before));
        }
    }
}

void drill_clean(struct drill *d, struct emg_front *f, float *ring, uint64_t s)
{
    if (drill_runs(d, s)) {
        subtract(d, f, ring, s);
        if (!d->on)
            d->from = s * f->slot_points;
        d->on = true;
        d->to = (s + 1) * f->slot_points;
        return;
    }
    const bool edge =
        in_run(d, s) || in_run(d, s + 1) || in_run(d, s + 2) || (s > 0 && in_run(d, s - 1));
    if (!edge)
        return;
    for (uint64_t m = s * f->slot_points; m < (s + 1) * f->slot_points; m++)
        f->blanked[m % FRONT_RING] = 1;
}

bool drill_heard(const struct drill *d)
{
    return d->newest < d->heard;
}

double drill_share_uv(const struct drill *d, uint32_t channel, uint64_t s)
{
    if (!drill_runs(d, s))
        return 0.0;
    const double *t = d->window[s % DRILL_WINDOWS].term[channel];
    return sqrt(t[0] * t[0] + t[1] * t[1]) + sqrt(t[2] * t[2] + t[3] * t[3]);
}

double drill_peak_uv(const struct drill *d, uint32_t channel)
{
    const struct drill_window *w = &d->window[d->newest % DRILL_WINDOWS];
    if (!w->tonal)
        return 0.0;
    const double *t = w->term[channel];
    return sqrt(t[0] * t[0] + t[1] * t[1]) + sqrt(t[2] * t[2] + t[3] * t[3]);
}
