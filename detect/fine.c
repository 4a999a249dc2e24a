/* SPDX-License-Identifier: Apache-2.0 */
/* Residual, size and onset at full rate. */
#include "detect/fine.h"

#include <math.h>
#include <stddef.h>

#include "detect/special.h"

/* Half widths of the raised cosines: narrow for the size (0.1 ms loses 2 % of the fastest
 * potential), wider for the onset, which a single noisy sample must not make. */
#define SIZE_HALF_MS 0.1
#define ONSET_HALF_MS 0.15
#define SURE_HALF_MS 0.25

enum { KERNEL_REACH = 64 }; /* 0.25 ms at 192 kHz, and some */

/* One in 2000 samples of noise reaches it; some 100 lie before an onset. */
static const double onset_sigmas = 3.5;

void fine_tail(const struct tail *t, uint32_t rate_hz, uint32_t frames, float *curve)
{
    for (uint32_t i = 0; i < frames; i++)
        curve[i] = (float)tail_at(t, 1e3 * (double)i / (double)rate_hz);
}

void fine_residual(const struct spread *s, const struct grid *g, uint32_t rate_hz, uint32_t frames,
                   const double *sweep, const float *tail_curve, double ratio, const double *direct,
                   const float *direct_curve, double direct_ratio, double *m, double *residual)
{
    for (uint32_t i = 0; i < frames; i++)
        residual[i] = sweep[i] - ratio * (double)tail_curve[i];
    if (!s->has_direct || !direct)
        return;
    const double per_ms = (double)rate_hz / 1e3;
    const uint32_t start = (uint32_t)ceil(s->m_from_ms * per_ms);
    for (uint32_t i = 0; i < frames; i++)
        m[i] = i < start ? 0.0 : direct[i] - direct_ratio * (double)direct_curve[i];
    for (int j = 0; j < SPREAD_LAGS; j++) {
        const double lag = (s->lag_low + j) * g->step_ms * per_ms;
        const double whole = floor(lag), part = lag - whole;
        const int64_t shift = (int64_t)whole;
        for (int64_t i = 0; i < (int64_t)frames; i++) {
            const int64_t at = i - shift; /* between m[at - 1] and m[at] where part is not 0 */
            if (at < 1 || at >= (int64_t)frames)
                continue;
            residual[i] -= s->lag[j] * ((1.0 - part) * m[at] + part * m[at - 1]);
        }
    }
}

/* A raised cosine, at least the sample itself. */
struct kernel {
    uint32_t reach;
    double weight[KERNEL_REACH + 1]; /* of the sample itself and those on either side */
};

static void kernel_init(struct kernel *k, double half_frames)
{
    k->reach = (uint32_t)floor(half_frames);
    if (k->reach > KERNEL_REACH)
        k->reach = KERNEL_REACH;
    double sum = 0.0;
    for (uint32_t i = 0; i <= k->reach; i++) {
        double s, c = 1.0;
        if (i > 0)
            special_sin_cos(i / (2.0 * half_frames), &s, &c);
        k->weight[i] = 0.5 + 0.5 * c;
        sum += (i > 0 ? 2.0 : 1.0) * k->weight[i];
    }
    for (uint32_t i = 0; i <= k->reach; i++)
        k->weight[i] /= sum;
}

/* Beyond the sweep's ends its last sample goes on. */
static double smoothed(const struct kernel *k, const double *x, uint32_t frames, uint32_t at)
{
    double sum = k->weight[0] * x[at];
    for (uint32_t i = 1; i <= k->reach; i++) {
        const uint32_t after = at + i < frames ? at + i : frames - 1;
        sum += k->weight[i] * (x[at > i ? at - i : 0] + x[after]);
    }
    return sum;
}

/* The first sample that noise does not explain, walked back to a tenth of the peak: where a tenth
 * is lost in noise, the first crossing of it would be noise's. */
static double find_onset(const double *residual, uint32_t frames, uint32_t from, uint32_t to,
                         double peak, double grid_noise_uv, double grid_half_ms, double per_ms)
{
    const double tenth = 0.1 * peak;
    const double sure = onset_sigmas * grid_noise_uv * sqrt(grid_half_ms / SURE_HALF_MS);
    const double limit = fmin(fmax(tenth, sure), 0.7 * peak);
    struct kernel wide, usual;
    kernel_init(&wide, SURE_HALF_MS * per_ms);
    kernel_init(&usual, ONSET_HALF_MS * per_ms);
    uint32_t at = from;
    while (at < to && fabs(smoothed(&wide, residual, frames, at)) <= limit)
        at++;
    if (at == to)
        return FINDING_UNKNOWN;
    if (limit <= tenth) /* noise cannot reach it: the first crossing itself */
        while (at < to && fabs(smoothed(&usual, residual, frames, at)) <= tenth)
            at++;
    while (at > from && fabs(smoothed(&usual, residual, frames, at - 1)) > tenth)
        at--;
    return (double)at / per_ms;
}

/* The level over count samples, where a walk of this variance is to be expected, and noise beside
 * it: the best linear guess. */
static double level_of(const double *residual, uint32_t count, double walk, double noise)
{
    double sum = 0.0;
    for (uint32_t i = 0; i < count; i++)
        sum += residual[i];
    return sum / count * walk / (walk + noise);
}

static void remove_level(double *residual, uint32_t frames, uint32_t from, uint32_t to,
                         uint32_t millisecond, const struct fine_noise *n)
{
    if (!(n->walk[0] > 0.0) || from < millisecond)
        return;
    /* a mean over one millisecond has about the noise of the grid's kernel */
    const double noise = n->rms_uv * n->rms_uv;
    const double before = level_of(residual + from - millisecond, millisecond, n->walk[0], noise);
    const double after = to + millisecond <= frames
                             ? level_of(residual + to, millisecond, n->walk[1], noise)
                             : before;
    const double begin = (double)from - 0.5 * millisecond, end = (double)to + 0.5 * millisecond;
    for (uint32_t i = from - millisecond; i < frames; i++) {
        const double part = fmin(1.0, fmax(0.0, ((double)i - begin) / (end - begin)));
        residual[i] -= before + part * (after - before);
    }
}

struct fine_size fine_measure(double *residual, uint32_t rate_hz, uint32_t frames, double from_ms,
                              double to_ms, const struct fine_noise *noise)
{
    const double per_ms = (double)rate_hz / 1e3;
    const uint32_t from = (uint32_t)rint(from_ms * per_ms);
    const double end = rint(to_ms * per_ms);
    const uint32_t to = end < (double)frames ? (uint32_t)end : frames;
    remove_level(residual, frames, from, to, (uint32_t)rint(per_ms), noise);
    struct kernel narrow;
    kernel_init(&narrow, SIZE_HALF_MS * per_ms);
    double low = 0.0, high = 0.0;
    for (uint32_t i = from; i < to; i++) {
        const double v = smoothed(&narrow, residual, frames, i);
        low = fmin(low, v);
        high = fmax(high, v);
    }
    return (struct fine_size){.amplitude_uv = high - low,
                              .onset_ms = find_onset(residual, frames, from, to, fmax(high, -low),
                                                     noise->rms_uv, noise->half_ms, per_ms)};
}
