/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and removes one tone with its double. */
#include "detect/tone.h"

#include <math.h>
#include <string.h>

#include "detect/linear.h"
#include "detect/special.h"

enum { TERMS = 5, MASK_BEFORE = 3 }; /* cosine and sine of both, level */

/* Turning tools in the theatre: 6000 to 36000 turns a minute. */
static const double low_hz = 100.0, high_hz = 600.0, coarse_hz = 4.0;

static const double louder = 1.5;     /* a channel is looked at from here on */
static const double explained = 0.6;  /* of its power, on half of the channels: it is a tone */

struct fit {
    double gram[TERMS * TERMS];
    uint32_t count;
    double x[GRID_MOST][TERMS];
    uint32_t at[GRID_MOST];
};

static void fit_basis(struct fit *f, const struct grid *g, double hz, double response_ms)
{
    f->count = 0;
    memset(f->gram, 0, sizeof f->gram);
    const double step = hz * g->step_ms / 1e3;
    for (uint32_t p = 0; p < g->pre + g->post; p++) {
        const double k = (double)p - (double)g->pre;
        if (p + MASK_BEFORE > g->pre && k * g->step_ms < response_ms)
            continue;
        double *x = f->x[f->count];
        special_sin_cos(k * step, &x[1], &x[0]);
        x[2] = x[0] * x[0] - x[1] * x[1];
        x[3] = 2.0 * x[0] * x[1];
        x[4] = 1.0;
        for (int i = 0; i < TERMS; i++)
            for (int j = 0; j <= i; j++)
                f->gram[i * TERMS + j] += x[i] * x[j];
        f->at[f->count++] = p;
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

static double all_channels(struct fit *f, const struct grid *g, const double *points,
                           uint32_t channels, uint32_t lanes, const bool *loud, double hz,
                           double response_ms)
{
    double total = 0.0, x[TERMS];
    fit_basis(f, g, hz, response_ms);
    for (uint32_t c = 0; c < channels; c++)
        if (loud[c])
            total += fit_channel(f, points, lanes, c, x);
    return total;
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

void tone_remove(struct tone *t, const struct grid *g, double *points, uint32_t channels,
                 uint32_t lanes, const double *noise_uv, const double *now_uv, double response_ms)
{
    memset(t, 0, sizeof *t);
    bool loud[BANK_CHANNELS];
    uint32_t loud_count = 0;
    for (uint32_t c = 0; c < channels; c++) {
        loud[c] = now_uv[c] > louder * noise_uv[c];
        loud_count += loud[c];
    }
    if (loud_count < 2 || 2 * loud_count < channels)
        return;
    struct fit f;
    double best = 0.0, hz = 0.0;
    for (double h = low_hz; h <= high_hz; h += coarse_hz) {
        const double share = all_channels(&f, g, points, channels, lanes, loud, h, response_ms);
        if (share > best) {
            best = share;
            hz = h;
        }
    }
    for (double step = coarse_hz / 2.0; step > 0.02; step *= 0.5)
        for (int side = -1; side <= 1; side += 2) {
            const double h = hz + side * step;
            const double share = all_channels(&f, g, points, channels, lanes, loud, h, response_ms);
            if (share > best) {
                best = share;
                hz = h;
            }
        }
    fit_basis(&f, g, hz, response_ms);
    uint32_t tonal = 0;
    for (uint32_t c = 0; c < channels; c++) {
        double x[TERMS];
        if (!loud[c])
            continue;
        tonal += fit_channel(&f, points, lanes, c, x) > explained;
        for (int k = 0; k < 4; k++)
            t->share[k][c] = x[k];
    }
    if (2 * tonal < channels)
        return;
    t->found = true;
    t->hz = hz;
    t->gain[0] = kernel_gain(g, hz);
    t->gain[1] = kernel_gain(g, 2.0 * hz);
    for (uint32_t p = 0; p < g->pre + g->post; p++) {
        double x[4];
        special_sin_cos(((double)p - (double)g->pre) * hz * g->step_ms / 1e3, &x[1], &x[0]);
        x[2] = x[0] * x[0] - x[1] * x[1];
        x[3] = 2.0 * x[0] * x[1];
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
        special_sin_cos((double)i * t->hz / (double)rate_hz, &x[1], &x[0]);
        x[2] = x[0] * x[0] - x[1] * x[1];
        x[3] = 2.0 * x[0] * x[1];
        for (int k = 0; k < 4; k++)
            sweep[i] -= x[k] * t->share[k][channel] / t->gain[k / 2];
    }
}
