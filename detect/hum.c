/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the mains and subtracts it. */
#include "detect/hum.h"

#include <math.h>

#include "detect/lanes.h"
#include "detect/linear.h"
#include "detect/special.h"

enum {
    HARMONICS = 5,
    TERMS = 2 * HARMONICS,  /* cosine and sine of each */
    FIT = TERMS + 2,        /* with the block's own level and slope */
    FIT_STRIDE = 2 * BLOCK_LANES,
    FIT_PARTS = (FIT + LANE_WIDTH - 1) / LANE_WIDTH,
    BLOCKS = 15,            /* of 100 ms: 1.5 s */
    BLOCK_TICKS = 100,
    SETTLED_BLOCKS = 8,
    BLANK_AFTER_MS = 5,     /* after-activity and the last of a tail */
    MIN_TICKS = 30,         /* of a block, to determine twelve terms */
    STEP_BLOCKS = 10,       /* between the two that tell of a step */
};

/* Of a step's block: power that may be left over, share of the fundamental, and how far two blocks may
 * differ: 0.3 of the change are 17 degrees, half a hertz in 100 ms. */
static const double STEP_LEFT = 0.2, STEP_FUNDAMENTAL = 0.5, STEP_APART = 0.3;

/* Even harmonics above the second are weak where a transformer's core makes the hum. */
static const int harmonic[HARMONICS] = { 1, 2, 3, 5, 7 };

/* Cosines and sines of the harmonics, padded to whole vectors. */
struct wave {
    double cosine[BLOCK_LANES], sine[BLOCK_LANES];
};

/* A block's normal equations, its own level and slope eliminated. */
struct block_sums {
    double gram[TERMS * TERMS];
    uint32_t ticks; /* 0: empty */
    uint64_t serial;
};

struct hum {
    uint32_t rate_hz;
    uint32_t channels, lanes;
    bool held;           /* a drill runs: what is loud is no hum */
    bool search;         /* 50 or 60 Hz is not known yet */
    double other_re[BANK_CHANNELS], other_im[BANK_CHANNELS]; /* the other mains, searching */
    double own_re[BANK_CHANNELS], own_im[BANK_CHANNELS];
    double nominal_hz, frequency_hz;
    double turns; /* the oscillator's phase at the next frame */
    struct wave turn; /* from one frame to the next */
    double gain[HARMONICS]; /* of a tick's mean */
    uint64_t next;
    uint64_t blocks_seen;
    uint64_t block_from;
    /* the tick under way */
    uint32_t tick_frames;
    double tick_turns; /* phase at its first frame */
    bool tick_blank;
    /* the block under way */
    uint32_t block_ticks, block_used;
    double sums[FIT][FIT_STRIDE]; /* left of the normal equations */
    struct block_sums blocks[BLOCKS];
    double level[BANK_CHANNELS]; /* power a tick left over in accepted blocks */
    bool accepted[BLOCKS][BANK_CHANNELS];
    uint32_t settled_blocks;
    size_t tick_sum_at;             /* lanes */
    size_t right_at, right_yy_at;   /* block under way: FIT x lanes, lanes */
    size_t stored_at;               /* BLOCKS x TERMS x lanes */
    size_t now_at, step_at;         /* TERMS x lanes: in use, and change a tick */
    size_t other_at;                /* TERMS x lanes: what a block heard that did not fit */
    uint64_t other_seen[BANK_CHANNELS]; /* its number, from 1; 0: none */
};

static double *at(struct hum *h, size_t where)
{
    return (double *)(void *)((unsigned char *)h + where);
}

static const double *at_const(const struct hum *h, size_t where)
{
    return (const double *)(const void *)((const unsigned char *)h + where);
}

static size_t layout(struct hum *h, const struct bank_params *p)
{
    const size_t lanes = block_stride(p->channels);
    size_t end = (sizeof *h + 63) / 64 * 64;
    const size_t counts[] = { lanes, FIT * lanes, lanes, BLOCKS * TERMS * lanes, TERMS * lanes,
                              TERMS * lanes, TERMS * lanes };
    size_t *const wheres[] = { &h->tick_sum_at, &h->right_at, &h->right_yy_at, &h->stored_at,
                               &h->now_at,      &h->step_at,  &h->other_at };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        *wheres[i] = end;
        end += counts[i] * sizeof(double);
    }
    return end;
}

size_t hum_size(const struct bank_params *params)
{
    struct hum h;
    return layout(&h, params);
}

static struct wave wave_at(double turns)
{
    double s[8], c[8];
    struct wave w = {{0.0}, {0.0}};
    special_sin_cos(turns, &s[1], &c[1]);
    c[2] = c[1] * c[1] - s[1] * s[1];
    s[2] = 2.0 * c[1] * s[1];
    c[3] = c[2] * c[1] - s[2] * s[1];
    s[3] = c[2] * s[1] + s[2] * c[1];
    c[5] = c[3] * c[2] - s[3] * s[2];
    s[5] = c[3] * s[2] + s[3] * c[2];
    c[7] = c[5] * c[2] - s[5] * s[2];
    s[7] = c[5] * s[2] + s[5] * c[2];
    for (int k = 0; k < HARMONICS; k++) {
        w.cosine[k] = c[harmonic[k]];
        w.sine[k] = s[harmonic[k]];
    }
    return w;
}

static void set_frequency(struct hum *h, double hz)
{
    h->frequency_hz = hz;
    h->turn = wave_at(hz / (double)h->rate_hz);
}

static void waves_from(const struct wave *first, const struct wave *turn, uint32_t count,
                       struct wave *waves)
{
    waves[0] = *first;
    for (int p = 0; p < LANE_PARTS; p++) {
        const lane_part turn_c = lanes_load(turn->cosine, p), turn_s = lanes_load(turn->sine, p);
        lane_part c = lanes_load(first->cosine, p), s = lanes_load(first->sine, p);
        for (uint32_t i = 1; i < count; i++) {
            const lane_part next = c * turn_c - s * turn_s;
            s = s * turn_c + c * turn_s;
            c = next;
            lanes_store(waves[i].cosine, p, c);
            lanes_store(waves[i].sine, p, s);
        }
    }
}

static void set_gains(struct hum *h)
{
    const double frames = (double)h->rate_hz / 1000.0;
    for (int k = 0; k < HARMONICS; k++) {
        double wide, narrow, unused;
        const double turns = harmonic[k] * h->nominal_hz / (double)h->rate_hz / 2.0;
        special_sin_cos(turns * frames, &wide, &unused);
        special_sin_cos(turns, &narrow, &unused);
        h->gain[k] = wide / (frames * narrow);
    }
}

void hum_init(struct hum *h, const struct bank_params *params)
{
    memset(h, 0, sizeof *h);
    const size_t size = layout(h, params);
    memset((unsigned char *)h + sizeof *h, 0, size - sizeof *h);
    h->rate_hz = params->rate_hz;
    h->channels = params->channels;
    h->lanes = block_stride(params->channels);
    h->search = !(params->mains_hz > 0.0);
    h->nominal_hz = h->search ? 50.0 : params->mains_hz;
    set_frequency(h, h->nominal_hz);
    set_gains(h);
}

/* Eight lanes of a run: takes the hum away, and sums the raw samples for the tick's mean. */
static void subtract_eight(const double *raw, double *clean, uint32_t frames, uint32_t stride,
                           const struct wave *waves, const double *now, double *sum)
{
    double near[TERMS][BLOCK_LANES]; /* in one place */
    for (int t = 0; t < TERMS; t++)
        memcpy(near[t], now + (size_t)t * stride, sizeof near[t]);
    lane_part sums[LANE_PARTS];
    for (int p = 0; p < LANE_PARTS; p++)
        sums[p] = lanes_load(sum, p);
    for (uint32_t i = 0; i < frames; i++, raw += stride, clean += stride)
        for (int p = 0; p < LANE_PARTS; p++) {
            lane_part v = lanes_load(raw, p);
            sums[p] += v;
            for (int k = 0; k < HARMONICS; k++) {
                v -= lanes_load(near[2 * k], p) * waves[i].cosine[k];
                v -= lanes_load(near[2 * k + 1], p) * waves[i].sine[k];
            }
            lanes_store(clean, p, v);
        }
    for (int p = 0; p < LANE_PARTS; p++)
        lanes_store(sum, p, sums[p]);
}

static void subtract(struct hum *h, const struct frame_run *raw, double *clean)
{
    struct wave waves[TICK_FRAMES_MOST];
    const struct wave first = wave_at(h->turns);
    waves_from(&first, &h->turn, raw->frames, waves);
    for (uint32_t l = 0; l < h->lanes; l += BLOCK_LANES)
        subtract_eight(raw->uv + l, clean + l, raw->frames, h->lanes, waves, at(h, h->now_at) + l,
                       at(h, h->tick_sum_at) + l);
}

static void clear_block(struct hum *h)
{
    memset(h->sums, 0, sizeof h->sums);
    memset(at(h, h->right_at), 0, sizeof(double) * FIT * h->lanes);
    memset(at(h, h->right_yy_at), 0, sizeof(double) * h->lanes);
    h->block_ticks = 0;
    h->block_used = 0;
}

/* While 50 or 60 Hz is not known: power at either in the first blocks, all channels. */
static void search_tick(struct hum *h, const double *mean, double tick_middle)
{
    double s, c, so, co;
    special_sin_cos(tick_middle * 50.0, &s, &c);
    special_sin_cos(tick_middle * 60.0, &so, &co);
    for (uint32_t l = 0; l < h->channels; l++) {
        h->own_re[l] += mean[l] * c;
        h->own_im[l] += mean[l] * s;
        h->other_re[l] += mean[l] * co;
        h->other_im[l] += mean[l] * so;
    }
}

/* After whole cycles of both: keeps 50 or starts anew with 60. */
static bool search_ends(struct hum *h)
{
    double own = 0.0, other = 0.0;
    for (uint32_t l = 0; l < h->channels; l++) {
        own += h->own_re[l] * h->own_re[l] + h->own_im[l] * h->own_im[l];
        other += h->other_re[l] * h->other_re[l] + h->other_im[l] * h->other_im[l];
    }
    h->search = false;
    if (other <= own)
        return false;
    h->nominal_hz = 60.0;
    set_frequency(h, 60.0);
    set_gains(h);
    memset(h->blocks, 0, sizeof h->blocks);
    h->blocks_seen = 0;
    return true;
}

/* The tick's means into the normal equations of the block under way. */
static void add_tick(struct hum *h, const double *mean)
{
    const double middle = 0.5 * (double)(h->tick_frames - 1);
    const struct wave w =
        wave_at(h->tick_turns + middle * h->frequency_hz / (double)h->rate_hz);
    double terms[FIT_PARTS * LANE_WIDTH] = {0.0};
    for (int k = 0; k < HARMONICS; k++) {
        terms[2 * k] = w.cosine[k] * h->gain[k];
        terms[2 * k + 1] = w.sine[k] * h->gain[k];
    }
    terms[TERMS] = 1.0;
    terms[TERMS + 1] = (double)h->block_ticks * 0.02 - 1.0;
    if (h->search)
        search_tick(h, mean, ((double)h->next - middle) / (double)h->rate_hz);
    for (int i = 0; i < FIT; i++)
        for (int p = 0; p < FIT_PARTS; p++)
            lanes_store(h->sums[i], p, lanes_load(h->sums[i], p) + terms[i] * lanes_load(terms, p));
    double *right = at(h, h->right_at), *yy = at(h, h->right_yy_at);
    for (uint32_t l = 0; l < h->lanes; l += BLOCK_LANES)
        for (int p = 0; p < LANE_PARTS; p++) {
            const lane_part m = lanes_load(mean + l, p);
            for (int t = 0; t < FIT; t++) {
                double *to = right + (size_t)t * h->lanes + l;
                lanes_store(to, p, lanes_load(to, p) + terms[t] * m);
            }
            lanes_store(yy + l, p, lanes_load(yy + l, p) + m * m);
        }
    h->block_used++;
}

static void end_tick(struct hum *h)
{
    double *mean = at(h, h->tick_sum_at);
    if (!h->tick_blank) {
        for (uint32_t l = 0; l < h->lanes; l++)
            mean[l] /= (double)h->tick_frames;
        add_tick(h, mean);
    }
    h->block_ticks++;
    h->tick_frames = 0;
    h->tick_blank = false;
    for (uint32_t l = 0; l < h->lanes; l++)
        mean[l] = 0.0;
    double *now = at(h, h->now_at);
    const double *step = at(h, h->step_at);
    for (uint32_t i = 0; i < TERMS * h->lanes; i++)
        now[i] += step[i];
}

/* Eliminates level and slope (the last two of FIT) from gram and right hand sides. */
static void eliminate(struct hum *h, struct block_sums *b, double *stored, double *left_over)
{
    const uint32_t lanes = h->lanes;
    double *right = at(h, h->right_at), *yy = at(h, h->right_yy_at);
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
        const double *stored = at(h, h->stored_at) + (size_t)k * TERMS * h->lanes;
        for (int t = 0; t < TERMS && blocks >> k & 1; t++)
            x[t] += stored[(size_t)t * h->lanes + lane];
    }
    if (f->determined)
        linear_solve(f->gram, TERMS, x);
    return f->determined;
}

/* Hz by which the oscillator lags the mains: how far the fundamental turned between the older and
 * the newer half of the window, all channels together. */
static double frequency_error(struct hum *h)
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
    const double *stored = at_const(h, h->stored_at) + (size_t)slot * TERMS * h->lanes + lane;
    const double *now = at_const(h, h->now_at) + lane;
    double *other = at(h, h->other_at) + lane;
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
    const double *stored = at_const(h, h->stored_at) + (size_t)slot * TERMS * h->lanes + lane;
    const double power =
        left_with(h, b, stored, at_const(h, h->now_at) + lane, h->lanes, left_over);
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

static void end_block(struct hum *h, const struct artifact *artifact)
{
    const uint32_t slot = (uint32_t)(h->blocks_seen % BLOCKS);
    struct block_sums *b = &h->blocks[slot];
    b->serial = h->blocks_seen++;
    b->ticks = 0;
    if (h->block_used >= MIN_TICKS) {
        double left_over[BANK_CHANNELS];
        eliminate(h, b, at(h, h->stored_at) + (size_t)slot * TERMS * h->lanes, left_over);
        for (uint32_t l = 0; l < h->channels; l++)
            h->accepted[slot][l] =
                artifact_masks(artifact, l, h->block_from, h->next) == REASON_NONE &&
                accept(h, slot, l, left_over[l]);
        if (h->settled_blocks < SETTLED_BLOCKS)
            h->settled_blocks++;
    }
    h->block_from = h->next;
    clear_block(h);
    if (h->search && h->blocks_seen >= 5 && search_ends(h))
        return;
    const double error = h->blocks_seen >= BLOCKS ? frequency_error(h) : 0.0;
    double *now = at(h, h->now_at), *step = at(h, h->step_at);
    struct factored all = {0};
    for (uint32_t l = 0; l < h->channels; l++) {
        double x[TERMS];
        const bool solved = solve_lane(h, l, blocks_of(h, l, 0, BLOCKS), &all, x);
        for (int k = 0; k < HARMONICS; k++) {
            double s, c;
            /* from the window's middle to the middle of the block to come */
            special_sin_cos(-error * harmonic[k] * 0.1 * (0.5 * BLOCKS + 0.5), &s, &c);
            const double a = x[2 * k], q = x[2 * k + 1];
            x[2 * k] = a * c - q * s;
            x[2 * k + 1] = a * s + q * c;
        }
        for (int t = 0; t < TERMS; t++) {
            const size_t i = (size_t)t * h->lanes + l;
            step[i] = solved ? (x[t] - now[i]) / BLOCK_TICKS : 0.0;
        }
    }
    const double hz = h->frequency_hz + 0.1 * error;
    set_frequency(h, fmax(0.98 * h->nominal_hz, fmin(1.02 * h->nominal_hz, hz)));
}

void hum_feed(struct hum *h, const struct frame_run *raw, struct stimulus_blank blank,
              const struct artifact *artifact, double *clean)
{
    const uint64_t end = raw->first_index + raw->frames;
    subtract(h, raw, clean);
    if (h->tick_frames == 0)
        h->tick_turns = h->turns;
    h->tick_frames += raw->frames;
    if (blank.from != NO_SAMPLE && blank.from < end &&
        blank.to + BLANK_AFTER_MS * (uint64_t)h->rate_hz / 1000 > raw->first_index)
        h->tick_blank = true;
    h->turns += (double)raw->frames * h->frequency_hz / (double)h->rate_hz;
    h->turns -= floor(h->turns);
    h->next = end;
    if (tick_after(end - 1, h->rate_hz) != end)
        return;
    end_tick(h);
    if (h->block_ticks == BLOCK_TICKS)
        end_block(h, artifact);
}

bool hum_settled(const struct hum *h)
{
    return h->settled_blocks >= SETTLED_BLOCKS;
}

double hum_frequency_hz(const struct hum *h)
{
    return h->frequency_hz;
}

double hum_amplitude_uv(const struct hum *h, uint32_t channel)
{
    const double *now = at_const(h, h->now_at);
    const double c = now[channel], s = now[h->lanes + channel];
    return sqrt(c * c + s * s);
}

void hum_hold(struct hum *h, bool held)
{
    h->held = held;
}

void hum_gap(struct hum *h, uint64_t to)
{
    const double lost = (double)(to - h->next) * h->frequency_hz / (double)h->rate_hz;
    h->turns += lost - floor(lost);
    h->turns -= floor(h->turns);
    h->next = to;
    h->block_from = to;
    h->tick_frames = 0;
    h->tick_blank = false;
    memset(at(h, h->tick_sum_at), 0, sizeof(double) * h->lanes);
    clear_block(h);
}
