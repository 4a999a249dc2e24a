/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and removes one tone with its double. */
#include "detect/tone.h"

#include <math.h>
#include <string.h>

#include "detect/linear.h"
#include "detect/special.h"

enum { TERMS = 5, MASK_BEFORE = 3 }; /* cosine and sine of both, level */

/* Turning tools in the theatre: 6000 to 36000 turns a minute. Their speed sways under the hand: what
 * is looked for bends by up to 1000 Hz a second, a tenth of the speed within a sweep. */
static const double low_hz = 100.0, high_hz = 600.0, coarse_hz = 4.0, coarse_bend = 512.0;

static const double louder = 1.5;     /* a channel is looked at from here on */
static const double explained = 0.6;  /* of its power, on half of the channels: it is a tone */

struct fit {
    double gram[TERMS * TERMS];
    double middle_s; /* of the points */
    uint32_t count;
    double x[GRID_MOST][TERMS];
    uint32_t at[GRID_MOST];
};

/* Turns of the tone at a time from the stimulus; its frequency is hz in the fitted points' middle. */
static double turns_at(double hz, double bend, double middle_s, double at_s)
{
    const double apart = at_s - middle_s;
    return hz * at_s + 0.5 * bend * apart * apart;
}

static void fit_points(struct fit *f, const struct grid *g, double response_ms)
{
    double sum = 0.0;
    f->count = 0;
    for (uint32_t p = 0; p < g->pre + g->post; p++) {
        const double ms = ((double)p - (double)g->pre) * g->step_ms;
        if (p + MASK_BEFORE > g->pre && ms < response_ms)
            continue;
        sum += ms;
        f->at[f->count++] = p;
    }
    f->middle_s = f->count > 0 ? 1e-3 * sum / f->count : 0.0;
}

static void fit_basis(struct fit *f, const struct grid *g, double hz, double bend)
{
    memset(f->gram, 0, sizeof f->gram);
    for (uint32_t n = 0; n < f->count; n++) {
        const double at_s = 1e-3 * ((double)f->at[n] - (double)g->pre) * g->step_ms;
        double *x = f->x[n];
        special_sin_cos(turns_at(hz, bend, f->middle_s, at_s), &x[1], &x[0]);
        x[2] = x[0] * x[0] - x[1] * x[1];
        x[3] = 2.0 * x[0] * x[1];
        x[4] = 1.0;
        for (int i = 0; i < TERMS; i++)
            for (int j = 0; j <= i; j++)
                f->gram[i * TERMS + j] += x[i] * x[j];
    }
    for (int i = 0; i < TERMS; i++)
        f->gram[i * TERMS + i] += 1e-9 * f->count;
    linear_cholesky(f->gram, TERMS);
}

/* Share of a channel's power that the tone explains; x: its terms. */
static double fit_channel(const struct fit *f, const double *points, uint32_t lanes,
                          uint32_t channel, double *x)
{
    double right[TERMS] = { 0.0 }, power = 0.0, sum = 0.0;
    for (uint32_t i = 0; i < f->count; i++) {
        const double v = points[(size_t)f->at[i] * lanes + channel];
        power += v * v;
        sum += v;
        for (int t = 0; t < TERMS; t++)
            right[t] += f->x[i][t] * v;
    }
    memcpy(x, right, sizeof right);
    linear_solve(f->gram, TERMS, x);
    double fitted = 0.0;
    for (int t = 0; t < TERMS; t++)
        fitted += x[t] * right[t];
    const double level = sum * sum / f->count;
    return power > level ? (fitted - level) / (power - level) : 0.0;
}

struct heard {
    const double *points;
    uint32_t channels, lanes;
    bool loud[BANK_CHANNELS];
};

static double all_channels(struct fit *f, const struct grid *g, const struct heard *h, double hz,
                           double bend)
{
    double total = 0.0, x[TERMS];
    fit_basis(f, g, hz, bend);
    for (uint32_t c = 0; c < h->channels; c++)
        if (h->loud[c])
            total += fit_channel(f, h->points, h->lanes, c, x);
    return total;
}

/* The frequency, and how it bends, that explain most of all loud channels together. */
static void search(struct fit *f, const struct grid *g, const struct heard *h, double *hz,
                   double *bend)
{
    double best = 0.0;
    *hz = *bend = 0.0;
    for (double at = low_hz; at <= high_hz; at += coarse_hz) {
        const double share = all_channels(f, g, h, at, 0.0);
        if (share > best) {
            best = share;
            *hz = at;
        }
    }
    for (double part = 0.5; part * coarse_hz > 0.02; part *= 0.5)
        for (int way = 0; way < 4; way++) {
            const double side = way % 2 ? part : -part;
            const double at = *hz + (way < 2 ? side * coarse_hz : 0.0);
            const double bent = *bend + (way < 2 ? 0.0 : 2.0 * side * coarse_bend);
            const double share = all_channels(f, g, h, at, bent);
            if (share > best) {
                best = share;
                *hz = at;
                *bend = bent;
            }
        }
}

/* The raised cosine's response: sinc(u) / (1 - u^2), u its width in turns of the tone. */
static double kernel_gain(const struct grid *g, double hz)
{
    const double u = 3.0 * g->step_ms * hz / 1e3;
    double s, c;
    special_sin_cos(0.5 * u, &s, &c);
    if (u < 1e-6 || fabs(1.0 - u * u) < 1e-6)
        return u < 1e-6 ? 1.0 : 0.5;
    return s / (3.14159265358979323846 * u * (1.0 - u * u));
}

static void terms_at(const struct tone *t, double at_s, double *x)
{
    special_sin_cos(turns_at(t->hz, t->bend, t->middle_s, at_s), &x[1], &x[0]);
    x[2] = x[0] * x[0] - x[1] * x[1];
    x[3] = 2.0 * x[0] * x[1];
}

void tone_remove(struct tone *t, const struct grid *g, double *points, uint32_t channels,
                 uint32_t lanes, const double *noise_uv, const double *now_uv, double response_ms)
{
    memset(t, 0, sizeof *t);
    struct heard h = {.points = points, .channels = channels, .lanes = lanes};
    uint32_t loud_count = 0;
    for (uint32_t c = 0; c < channels; c++) {
        h.loud[c] = now_uv[c] > louder * noise_uv[c];
        loud_count += h.loud[c];
    }
    if (loud_count < 2 || 2 * loud_count < channels)
        return;
    struct fit f;
    fit_points(&f, g, response_ms);
    search(&f, g, &h, &t->hz, &t->bend);
    t->middle_s = f.middle_s;
    fit_basis(&f, g, t->hz, t->bend);
    uint32_t tonal = 0;
    for (uint32_t c = 0; c < channels; c++) {
        double x[TERMS];
        if (!h.loud[c])
            continue;
        tonal += fit_channel(&f, points, lanes, c, x) > explained;
        for (int k = 0; k < 4; k++)
            t->share[k][c] = x[k];
    }
    if (2 * tonal < channels)
        return;
    t->found = true;
    t->gain[0] = kernel_gain(g, t->hz);
    t->gain[1] = kernel_gain(g, 2.0 * t->hz);
    for (uint32_t p = 0; p < g->pre + g->post; p++) {
        double x[4];
        terms_at(t, 1e-3 * ((double)p - (double)g->pre) * g->step_ms, x);
        for (uint32_t c = 0; c < channels; c++)
            for (int k = 0; k < 4; k++)
                points[(size_t)p * lanes + c] -= x[k] * t->share[k][c];
    }
}

void tone_subtract(const struct tone *t, uint32_t channel, uint32_t rate_hz, double *sweep,
                   uint32_t count)
{
    if (!t->found)
        return;
    for (uint32_t i = 0; i < count; i++) {
        double x[4];
        terms_at(t, (double)i / (double)rate_hz, x);
        for (int k = 0; k < 4; k++)
            sweep[i] -= x[k] * t->share[k][channel] / t->gain[k / 2];
    }
}
