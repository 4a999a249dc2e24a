/* SPDX-License-Identifier: Apache-2.0 */
/* Correlation with the mains. */
#include "detect/emg_hum.h"

#include "detect/special.h"

static const double EXPLAINED = 0.8, FUNDAMENTAL = 0.5;
static const double DRIFT = 0.25; /* radian in 50 ms */

struct share {
    double re, im;
};

static struct share correlate(const float *x, uint32_t from, uint32_t to, double turns_a_point)
{
    struct share s = {0.0, 0.0};
    double sine, cosine, turn_s, turn_c;
    special_sin_cos((double)from * turns_a_point, &sine, &cosine);
    special_sin_cos(turns_a_point, &turn_s, &turn_c);
    for (uint32_t i = from; i < to; i++) {
        s.re += cosine * (double)x[i];
        s.im += sine * (double)x[i];
        const double next = cosine * turn_c - sine * turn_s;
        sine = sine * turn_c + cosine * turn_s;
        cosine = next;
    }
    return s;
}

/* Power that a sinusoid of count points with this correlation explains. */
static double power(struct share s, uint32_t count)
{
    return 2.0 * (s.re * s.re + s.im * s.im) / (double)count;
}

bool emg_hum_is(const float *x, uint32_t count, double rate_hz, double mains_hz)
{
    const double turns = mains_hz / rate_hz;
    double all = 0.0;
    for (uint32_t i = 0; i < count; i++)
        all += (double)x[i] * (double)x[i];
    const struct share early = correlate(x, 0, count / 2, turns);
    const struct share late = correlate(x, count / 2, count, turns);
    const struct share first = {early.re + late.re, early.im + late.im};
    if (all <= 0.0 || power(first, count) < FUNDAMENTAL * all)
        return false;
    const double second = power(correlate(x, 0, count, 2.0 * turns), count);
    const double third = power(correlate(x, 0, count, 3.0 * turns), count);
    if (power(first, count) + second + third < EXPLAINED * all)
        return false;
    const double along = early.re * late.re + early.im * late.im;
    const double across = early.re * late.im - early.im * late.re;
    return across < DRIFT * along && across > -DRIFT * along;
}
