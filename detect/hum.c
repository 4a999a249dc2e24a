/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the mains and subtracts it. */
#include "detect/hum_parts.h"

#include <math.h>

#include "detect/special.h"

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
        w.cosine[k] = c[hum_harmonic[k]];
        w.sine[k] = s[hum_harmonic[k]];
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
        const double turns = hum_harmonic[k] * h->nominal_hz / (double)h->rate_hz / 2.0;
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
        subtract_eight(raw->uv + l, clean + l, raw->frames, h->lanes, waves, hum_at(h, h->now_at) + l,
                       hum_at(h, h->tick_sum_at) + l);
}

static void clear_block(struct hum *h)
{
    memset(h->sums, 0, sizeof h->sums);
    memset(hum_at(h, h->right_at), 0, sizeof(double) * FIT * h->lanes);
    memset(hum_at(h, h->right_yy_at), 0, sizeof(double) * h->lanes);
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
    double *right = hum_at(h, h->right_at), *yy = hum_at(h, h->right_yy_at);
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
    double *mean = hum_at(h, h->tick_sum_at);
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
    double *now = hum_at(h, h->now_at);
    const double *step = hum_at(h, h->step_at);
    for (uint32_t i = 0; i < TERMS * h->lanes; i++)
        now[i] += step[i];
}

static void end_block(struct hum *h, const struct artifact *artifact)
{
    hum_keep_block(h, artifact);
    h->block_from = h->next;
    clear_block(h);
    if (h->search && h->blocks_seen >= 5 && search_ends(h))
        return;
    const double error = h->blocks_seen >= BLOCKS ? hum_frequency_error(h) : 0.0;
    hum_aim(h, error);
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
    const double *now = hum_at_const(h, h->now_at);
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
    memset(hum_at(h, h->tick_sum_at), 0, sizeof(double) * h->lanes);
    clear_block(h);
}
