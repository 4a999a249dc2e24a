/* SPDX-License-Identifier: Apache-2.0 */
/* Designs of sections, and the loop that everything runs through. */
#include "detect/biquad.h"

#include "detect/fmath.h"

#define PI 3.14159265358979323846

/* Two lanes: one register on every 64-bit processor. Four of them hide each other's latency. */
typedef double lanes2 __attribute__((vector_size(16), aligned(8), may_alias));

struct biquad biquad_low_pass(double corner_hz, double quality, double rate_hz)
{
    const double w = fmath_tan(PI * corner_hz / rate_hz);
    const double n = 1.0 / (1.0 + w / quality + w * w);
    return (struct biquad){.b0 = w * w * n,
                           .b1 = 2.0 * w * w * n,
                           .b2 = w * w * n,
                           .a1 = 2.0 * (w * w - 1.0) * n,
                           .a2 = (1.0 - w / quality + w * w) * n};
}

struct biquad biquad_high_pass(double corner_hz, double quality, double rate_hz)
{
    const double w = fmath_tan(PI * corner_hz / rate_hz);
    const double n = 1.0 / (1.0 + w / quality + w * w);
    return (struct biquad){.b0 = n,
                           .b1 = -2.0 * n,
                           .b2 = n,
                           .a1 = 2.0 * (w * w - 1.0) * n,
                           .a2 = (1.0 - w / quality + w * w) * n};
}

static inline lanes2 step(const struct biquad *q, lanes2 *s1, lanes2 *s2, lanes2 x)
{
    const lanes2 y = q->b0 * x + *s1;
    *s1 = q->b1 * x - q->a1 * y + *s2;
    *s2 = q->b2 * x - q->a2 * y;
    return y;
}

static void eight_lanes(const struct biquad *q, double *state, double *values, uint32_t frames,
                        uint32_t stride)
{
    const struct biquad local = *q;
    lanes2 *s1 = (lanes2 *)(void *)state;
    lanes2 *s2 = (lanes2 *)(void *)(state + stride);
    lanes2 a1 = s1[0], b1 = s1[1], c1 = s1[2], d1 = s1[3];
    lanes2 a2 = s2[0], b2 = s2[1], c2 = s2[2], d2 = s2[3];
    for (uint32_t i = 0; i < frames; i++, values += stride) {
        lanes2 *v = (lanes2 *)(void *)values;
        v[0] = step(&local, &a1, &a2, v[0]);
        v[1] = step(&local, &b1, &b2, v[1]);
        v[2] = step(&local, &c1, &c2, v[2]);
        v[3] = step(&local, &d1, &d2, v[3]);
    }
    s1[0] = a1, s1[1] = b1, s1[2] = c1, s1[3] = d1;
    s2[0] = a2, s2[1] = b2, s2[2] = c2, s2[3] = d2;
}

void biquad_frames(const struct biquad *q, double *state, double *values, uint32_t frames,
                   uint32_t stride)
{
    for (uint32_t lane = 0; lane < stride; lane += 8)
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
