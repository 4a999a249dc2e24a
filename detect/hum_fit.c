/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks of the last 1.5 s: which of them count, and what amplitudes they say. */
#include "detect/hum_parts.h"

#include <math.h>

#include "detect/linear.h"
#include "detect/special.h"

/* Of a step's block: power that may be left over, share of the fundamental, and how far two blocks may
 * differ: 0.3 of the change are 17 degrees, half a hertz in 100 ms. */
static const double STEP_LEFT = 0.2, STEP_FUNDAMENTAL = 0.5, STEP_APART = 0.3;

/* Eliminates level and slope (the last two of FIT) from gram and right hand sides. */
static void eliminate(struct hum *h, struct block_sums *b, double *stored, double *left_over)
{
    const uint32_t lanes = h->lanes;
    double *right = hum_at(h, h->right_at), *yy = hum_at(h, h->right_yy_at);
    double g[FIT][FIT];
    for (int i = 0; i < FIT; i++)
        for (int j = 0; j < FIT; j++)
            g[i][j] = i >= j ? h->sums[i][j] : h->sums[j][i];
    for (int p = FIT - 1; p >= TERMS; p--) {
        for (int i = 0; i < p; i++) {
            const double share = g[i][p] / g[p][p];
            for (int j = 0; j < p; j++)
                g[i][j] -= share * g[p][j];
            for (uint32_t l = 0; l < lanes; l++)
                right[(size_t)i * lanes + l] -= share * right[(size_t)p * lanes + l];
        }
        for (uint32_t l = 0; l < lanes; l++)
            yy[l] -= right[(size_t)p * lanes + l] * right[(size_t)p * lanes + l] / g[p][p];
    }
    for (int i = 0; i < TERMS; i++)
        for (int j = 0; j < TERMS; j++)
            b->gram[i * TERMS + j] = g[i][j];
    memcpy(stored, right, sizeof(double) * TERMS * lanes);
    memcpy(left_over, yy, sizeof(double) * lanes);
    b->ticks = h->block_used;
}

/* Normal equations over some blocks, factored. Most lanes accept the same blocks. */
struct factored {
    uint32_t blocks; /* a bit each */
    bool determined;
    double gram[TERMS * TERMS];
};

/* The blocks that a lane accepted and whose age in blocks lies in [young, old). */
static uint32_t blocks_of(const struct hum *h, uint32_t lane, uint64_t young, uint64_t old)
{
    uint32_t blocks = 0;
    for (uint32_t k = 0; k < BLOCKS; k++) {
        const uint64_t age = h->blocks_seen - 1 - h->blocks[k].serial;
        if (h->blocks[k].ticks > 0 && age >= young && age < old && h->accepted[k][lane])
            blocks |= 1u << k;
    }
    return blocks;
}

static void factor(const struct hum *h, uint32_t blocks, struct factored *f)
{
    uint32_t ticks = 0;
    memset(f, 0, sizeof *f);
    f->blocks = blocks;
    for (uint32_t k = 0; k < BLOCKS; k++) {
        if (!(blocks >> k & 1))
            continue;
        for (int i = 0; i < TERMS * TERMS; i++)
            f->gram[i] += h->blocks[k].gram[i];
        ticks += h->blocks[k].ticks;
    }
    if (ticks < 2 * MIN_TICKS)
        return;
    for (int i = 0; i < TERMS; i++)
        f->gram[i * TERMS + i] += 1e-6 * (double)ticks;
    f->determined = linear_cholesky(f->gram, TERMS);
}

/* Least squares of a lane over blocks; f: the last lane's, used again where it fits. False where
 * they do not determine it. */
static bool solve_lane(struct hum *h, uint32_t lane, uint32_t blocks, struct factored *f, double *x)
{
    if (f->blocks != blocks)
        factor(h, blocks, f);
    memset(x, 0, sizeof(double) * TERMS);
    for (uint32_t k = 0; k < BLOCKS; k++) {
        const double *stored = hum_at(h, h->stored_at) + (size_t)k * TERMS * h->lanes;
        for (int t = 0; t < TERMS && blocks >> k & 1; t++)
            x[t] += stored[(size_t)t * h->lanes + lane];
    }
    if (f->determined)
        linear_solve(f->gram, TERMS, x);
    return f->determined;
}

/* How far the fundamental turned between the older and
 * the newer half of the window, all channels together. */
double hum_frequency_error(struct hum *h)
{
    enum { HALF = 7 };
    double re = 0.0, im = 0.0, all = 0.0;
    struct factored newer = {0}, older = {0};
    for (uint32_t l = 0; l < h->channels; l++) {
        double x[TERMS], y[TERMS];
        if (!solve_lane(h, l, blocks_of(h, l, 0, HALF), &newer, x) ||
            !solve_lane(h, l, blocks_of(h, l, HALF, BLOCKS), &older, y))
            continue;
        re += x[0] * y[0] + x[1] * y[1];
        im += y[0] * x[1] - y[1] * x[0];
        all += 1.0;
    }
    if (all == 0.0 || sqrt(re * re + im * im) < 0.25 * all) /* under 0.5 uV: nothing to follow */
        return 0.0;
    /* x cos(p) + y sin(p) lags by the angle (x, y): the mains runs faster where it shrinks */
    const double turns = -special_turns(im, re);
    const double error = turns / (0.1 * (0.5 * (HALF + BLOCKS) - 0.5 * HALF));
    return fmax(-0.5, fmin(0.5, error));
}

/* Power a tick that a block leaves over with amplitudes x, stride apart. */
static double left_with(const struct hum *h, const struct block_sums *b, const double *stored,
                        const double *x, size_t stride, double left_over)
{
    double power = left_over;
    for (int i = 0; i < TERMS; i++) {
        const double c = x[(size_t)i * stride];
        power -= 2.0 * c * stored[(size_t)i * h->lanes];
        for (int j = 0; j < TERMS; j++)
            power += c * b->gram[i * TERMS + j] * x[(size_t)j * stride];
    }
    return fmax(power, 0.0) / (double)b->ticks;
}

/* Hum that stepped: two blocks within a second, neither of which fits what is known, are mains almost
 * alone, most of it the fundamental, and agree in amplitude and phase. A discharge train keeps no phase
 * with the mains, unless within half a hertz of it. What was before counts no more. */
static bool has_stepped(struct hum *h, uint32_t slot, uint32_t lane, double power, double left_over)
{
    const struct block_sums *b = &h->blocks[slot];
    const double *stored = hum_at_const(h, h->stored_at) + (size_t)slot * TERMS * h->lanes + lane;
    const double *now = hum_at_const(h, h->now_at) + lane;
    double *other = hum_at(h, h->other_at) + lane;
    double gram[TERMS * TERMS], x[TERMS], all = 0.0, apart = 0.0;
    memcpy(gram, b->gram, sizeof gram);
    for (int i = 0; i < TERMS; i++)
        x[i] = stored[(size_t)i * h->lanes];
    if (!linear_cholesky(gram, TERMS))
        return false;
    linear_solve(gram, TERMS, x);
    for (int i = 0; i < TERMS; i++) {
        const double change = x[i] - now[(size_t)i * h->lanes];
        const double from_other = x[i] - other[(size_t)i * h->lanes];
        all += change * change;
        apart += from_other * from_other;
    }
    const double first_c = x[0] - now[0], first_s = x[1] - now[h->lanes];
    if (left_with(h, b, stored, x, 1, left_over) > STEP_LEFT * power ||
        first_c * first_c + first_s * first_s < STEP_FUNDAMENTAL * all)
        return false;
    const bool again = h->other_seen[lane] != 0 &&
                       h->blocks_seen - h->other_seen[lane] <= STEP_BLOCKS &&
                       apart < STEP_APART * STEP_APART * all;
    for (int i = 0; i < TERMS; i++)
        other[(size_t)i * h->lanes] = x[i];
    if (again)
        for (uint32_t k = 0; k < BLOCKS; k++)
            h->accepted[k][lane] = h->blocks[k].serial + 1 == h->other_seen[lane];
    h->other_seen[lane] = again ? 0 : b->serial + 1;
    return again;
}

/* Whether a block fits what is known: activity would spoil the fit for 1.5 s. */
static bool accept(struct hum *h, uint32_t slot, uint32_t lane, double left_over)
{
    const struct block_sums *b = &h->blocks[slot];
    const double *stored = hum_at_const(h, h->stored_at) + (size_t)slot * TERMS * h->lanes + lane;
    const double power =
        left_with(h, b, stored, hum_at_const(h, h->now_at) + lane, h->lanes, left_over);
    if (h->settled_blocks < SETTLED_BLOCKS) {
        h->level[lane] = power;
        return true;
    }
    if (power <= 3.0 * h->level[lane] + 0.01) {
        h->level[lane] += 0.1 * (power - h->level[lane]);
        return true;
    }
    if (h->held)
        return false;
    if (has_stepped(h, slot, lane, power, left_over))
        return true;
    h->level[lane] *= 1.05; /* what is no clear step is believed after two seconds */
    return false;
}

void hum_keep_block(struct hum *h, const struct artifact *artifact)
{
    const uint32_t slot = (uint32_t)(h->blocks_seen % BLOCKS);
    struct block_sums *b = &h->blocks[slot];
    b->serial = h->blocks_seen++;
    b->ticks = 0;
    if (h->block_used >= MIN_TICKS) {
        double left_over[BANK_CHANNELS];
        eliminate(h, b, hum_at(h, h->stored_at) + (size_t)slot * TERMS * h->lanes, left_over);
        for (uint32_t l = 0; l < h->channels; l++)
            h->accepted[slot][l] =
                artifact_masks(artifact, l, h->block_from, h->next) == REASON_NONE &&
                accept(h, slot, l, left_over[l]);
        if (h->settled_blocks < SETTLED_BLOCKS)
            h->settled_blocks++;
    }
}

void hum_aim(struct hum *h, double error)
{
    double *now = hum_at(h, h->now_at), *step = hum_at(h, h->step_at);
    struct factored all = {0};
    for (uint32_t l = 0; l < h->channels; l++) {
        double x[TERMS];
        const bool solved = solve_lane(h, l, blocks_of(h, l, 0, BLOCKS), &all, x);
        for (int k = 0; k < HARMONICS; k++) {
            double s, c;
            /* from the window's middle to the middle of the block to come */
            special_sin_cos(-error * hum_harmonic[k] * 0.1 * (0.5 * BLOCKS + 0.5), &s, &c);
            const double a = x[2 * k], q = x[2 * k + 1];
            x[2 * k] = a * c - q * s;
            x[2 * k + 1] = a * s + q * c;
        }
        for (int t = 0; t < TERMS; t++) {
            const size_t i = (size_t)t * h->lanes + l;
            step[i] = solved ? (x[t] - now[i]) / BLOCK_TICKS : 0.0;
        }
    }
}
