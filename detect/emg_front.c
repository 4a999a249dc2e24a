/* SPDX-License-Identifier: Apache-2.0 */
/* Filters, decimates, remembers. */
#include "detect/emg_front.h"

#include <math.h>

enum {
    POINT_RATE = 4000, /* at least, where the stream has it */
    PART = 32,         /* frames filtered in one go */
};

void emg_front_init(struct emg_front *f, const struct bank_params *params)
{
    memset(f, 0, sizeof *f);
    const double rate = (double)params->rate_hz;
    f->channels = params->channels;
    f->stride = block_stride(params->channels);
    f->step = params->rate_hz / POINT_RATE > 0 ? params->rate_hz / POINT_RATE : 1;
    f->rate_hz = rate / (double)f->step;
    f->slot_points = (uint32_t)rint(f->rate_hz * FRONT_SLOT_MS / 1000.0);
    if (!emg_front_works(f))
        return;
    f->has_low_pass = rate > 2.5 * FRONT_HIGH_HZ;
    f->band_hz = (f->has_low_pass ? FRONT_HIGH_HZ : 0.5 * f->rate_hz) - FRONT_LOW_HZ;
    if (f->has_low_pass) {
        f->low_pass[0] = biquad_low_pass(FRONT_HIGH_HZ, 0.54119610014619698, rate);
        f->low_pass[1] = biquad_low_pass(FRONT_HIGH_HZ, 1.30656296487637653, rate);
    }
    f->high_pass = biquad_high_pass(FRONT_LOW_HZ, 0.70710678118654752, f->rate_hz);
    f->blank = (struct stimulus_blank){NO_SAMPLE, NO_SAMPLE};
}

bool emg_front_works(const struct emg_front *f)
{
    return f->rate_hz >= FRONT_RATE_MIN;
}

static void prime(struct emg_front *f, const struct frame_run *clean)
{
    for (uint32_t k = 0; f->has_low_pass && k < 2; k++)
        biquad_settle(&f->low_pass[k], f->low_state[k], clean->uv, f->stride);
    biquad_settle(&f->high_pass, f->high_state, clean->uv, f->stride);
    f->primed = true;
    f->first = clean->first_index / f->step;
    f->next = f->first;
}

static void put_points(struct emg_front *f, double *kept, uint32_t points, float *ring)
{
    biquad_frames(&f->high_pass, f->high_state, kept, points, f->stride);
    for (uint32_t i = 0; i < points; i++, kept += f->stride) {
        const size_t at = f->next % FRONT_RING;
        for (uint32_t c = 0; c < f->channels; c++)
            ring[(size_t)c * FRONT_RING + at] = (float)kept[c];
        const bool blanked =
            f->blank.from != NO_SAMPLE && f->next >= f->blank.from && f->next < f->blank.to;
        f->blanked[at] = blanked;
        f->next++;
    }
}

static void take_blank(struct emg_front *f, struct stimulus_blank blank)
{
    if (blank.from == NO_SAMPLE)
        return;
    /* A converter's own filter lets the pulse begin in the frame before the trigger's edge. */
    const uint64_t from = blank.from > 0 ? blank.from - 1 : 0;
    const struct stimulus_blank b = {from / f->step, blank.to / f->step + 1};
    if (b.from == f->blank.from && b.to == f->blank.to)
        return;
    f->blank = b;
    for (uint64_t m = b.from > f->first ? b.from : f->first; m < f->next && m < b.to; m++)
        f->blanked[m % FRONT_RING] = 1;
}

/* Low-pass of eight lanes; what it is at the points goes to kept, one frame a point. */
static void decimate_eight(const struct biquad *first, const struct biquad *second, double *state,
                           double *other, const double *uv, uint32_t frames, uint32_t stride,
                           uint32_t ahead, uint32_t step, double *kept)
{
    const struct biquad a = *first, b = *second;
    lane_part a1[LANE_PARTS], a2[LANE_PARTS], b1[LANE_PARTS], b2[LANE_PARTS];
    for (int p = 0; p < LANE_PARTS; p++) {
        a1[p] = lanes_load(state, p);
        a2[p] = lanes_load(state + stride, p);
        b1[p] = lanes_load(other, p);
        b2[p] = lanes_load(other + stride, p);
    }
    for (uint32_t i = 0; i < frames; i++, uv += stride) {
        for (int p = 0; p < LANE_PARTS; p++)
            lanes_store(kept, p, biquad_step(&b, &b1[p], &b2[p],
                                             biquad_step(&a, &a1[p], &a2[p], lanes_load(uv, p))));
        if (ahead-- == 0) {
            ahead = step - 1;
            kept += stride;
        }
    }
    for (int p = 0; p < LANE_PARTS; p++) {
        lanes_store(state, p, a1[p]);
        lanes_store(state + stride, p, a2[p]);
        lanes_store(other, p, b1[p]);
        lanes_store(other + stride, p, b2[p]);
    }
}

static void decimate(struct emg_front *f, const double *uv, uint32_t frames, uint32_t ahead,
                     double *kept)
{
    for (uint32_t lane = 0; lane < f->stride; lane += BLOCK_LANES)
        decimate_eight(&f->low_pass[0], &f->low_pass[1], f->low_state[0] + lane,
                       f->low_state[1] + lane, uv + lane, frames, f->stride, ahead, f->step,
                       kept + lane);
}

static void pick(const struct emg_front *f, const double *uv, uint32_t frames, uint32_t ahead,
                 double *kept)
{
    for (uint32_t i = ahead; i < frames; i += f->step, kept += f->stride)
        memcpy(kept, uv + (size_t)i * f->stride, f->stride * sizeof *kept);
}

void emg_front_feed(struct emg_front *f, const struct frame_run *clean, struct stimulus_blank blank,
                    float *ring)
{
    if (!f->primed)
        prime(f, clean);
    take_blank(f, blank);
    for (uint32_t from = 0; from < clean->frames; from += PART) {
        double kept[(PART + 1) * BANK_CHANNELS]; /* the last may be no point yet */
        const double *uv = clean->uv + (size_t)from * clean->stride;
        const uint32_t frames = clean->frames - from < PART ? clean->frames - from : PART;
        const uint32_t ahead =
            f->step - 1 - (uint32_t)((clean->first_index + from) % f->step);
        const uint32_t points = frames > ahead ? (frames - ahead - 1) / f->step + 1 : 0;
        if (f->has_low_pass)
            decimate(f, uv, frames, ahead, kept);
        else
            pick(f, uv, frames, ahead, kept);
        put_points(f, kept, points, ring);
    }
}

void emg_front_gap(struct emg_front *f, uint64_t to)
{
    f->primed = false;
    f->first = to / f->step;
    f->next = f->first;
    f->blank = (struct stimulus_blank){NO_SAMPLE, NO_SAMPLE};
}
