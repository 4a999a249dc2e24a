/* SPDX-License-Identifier: Apache-2.0 */
/* Designs of sections, and the loop that everything runs through. */
#include "detect/biquad.h"

#include "detect/fmath.h"

#define PI 3.14159265358979323846

static struct biquad section(double b0, double b1, double b2, double a1, double a2)
{
    return (struct biquad){.b0 = b0,
                           .b1 = b1,
                           .b2 = b2,
                           .a1 = a1,
                           .a2 = a2,
                           .into1 = b1 - a1 * b0,
                           .into2 = b2 - a2 * b0};
}

struct biquad biquad_low_pass(double corner_hz, double quality, double rate_hz)
{
    const double w = fmath_tan(PI * corner_hz / rate_hz);
    const double n = 1.0 / (1.0 + w / quality + w * w);
    return section(w * w * n, 2.0 * w * w * n, w * w * n, 2.0 * (w * w - 1.0) * n,
                   (1.0 - w / quality + w * w) * n);
}

struct biquad biquad_high_pass(double corner_hz, double quality, double rate_hz)
{
    const double w = fmath_tan(PI * corner_hz / rate_hz);
    const double n = 1.0 / (1.0 + w / quality + w * w);
    return section(n, -2.0 * n, n, 2.0 * (w * w - 1.0) * n, (1.0 - w / quality + w * w) * n);
}

static void eight_lanes(const struct biquad *q, double *state, double *values, uint32_t frames,
                        uint32_t stride)
{
    const struct biquad local = *q;
    lane_part s1[LANE_PARTS], s2[LANE_PARTS];
    for (int p = 0; p < LANE_PARTS; p++) {
        s1[p] = lanes_load(state, p);
        s2[p] = lanes_load(state + stride, p);
    }
    for (uint32_t i = 0; i < frames; i++, values += stride)
        for (int p = 0; p < LANE_PARTS; p++)
            lanes_store(values, p, biquad_step(&local, &s1[p], &s2[p], lanes_load(values, p)));
    for (int p = 0; p < LANE_PARTS; p++) {
        lanes_store(state, p, s1[p]);
        lanes_store(state + stride, p, s2[p]);
    }
}

void biquad_frames(const struct biquad *q, double *state, double *values, uint32_t frames,
                   uint32_t stride)
{
    for (uint32_t lane = 0; lane < stride; lane += BLOCK_LANES)
        eight_lanes(q, state + lane, values + lane, frames, stride);
}

void biquad_settle(const struct biquad *q, double *state, const double *values, uint32_t stride)
{
    const double gain = (q->b0 + q->b1 + q->b2) / (1.0 + q->a1 + q->a2);
    for (uint32_t i = 0; i < stride; i++) {
        const double x = values[i];
        const double y = gain * x;
        state[i] = y - q->b0 * x;
        state[stride + i] = q->b2 * x - q->a2 * y;
    }
}
