/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of potentials, and the window they are added up in. */
#include "acquisition/patient_mix.h"

#include <stdlib.h>
#include <string.h>

#include "base/exact.h"

#define POINTS_PER_SCALE ((SHAPE_POINTS - 1) / (2 * SHAPE_REACH))

static double bell(double u)
{
    return exact_exp(-u * u);
}

static double point_u(int i)
{
    return (double)i / POINTS_PER_SCALE - SHAPE_REACH;
}

/* Ends at zero, so that adding it makes no step, and is 1 peak to peak. */
static void normalise(struct shape *s)
{
    double low = 0, high = 0;
    for (int i = 0; i < SHAPE_POINTS; i++) {
        const double edge = i < SHAPE_POINTS - 1 - i ? i : SHAPE_POINTS - 1 - i;
        if (edge < POINTS_PER_SCALE)
            s->value[i] *= edge / POINTS_PER_SCALE;
        low = s->value[i] < low ? s->value[i] : low;
        high = s->value[i] > high ? s->value[i] : high;
    }
    for (int i = 0; i < SHAPE_POINTS; i++)
        s->value[i] /= high - low;
}

void shape_motor_unit(struct shape *s, struct random *r, int phases)
{
    const double sign = random_chance(r, 0.5) ? 1 : -1;
    const double after = random_between(r, 0.5, 1.1), after_at = random_between(r, 0.9, 1.4);
    const double after_width = random_between(r, 0.7, 1.2);
    const double before = phases > 2 ? random_between(r, 0.3, 0.7) : random_between(r, 0, 0.1);
    const double before_at = random_between(r, 0.9, 1.3);
    const double before_width = random_between(r, 0.6, 0.9);
    for (int i = 0; i < SHAPE_POINTS; i++) {
        const double u = point_u(i);
        s->value[i] = sign * (bell(u) - after * bell((u - after_at) / after_width) -
                              before * bell((u + before_at) / before_width));
    }
    normalise(s);
}

void shape_compound(struct shape *s, struct random *r)
{
    enum { FIBRE_GROUPS = 40 };
    memset(s, 0, sizeof *s);
    const double width = random_between(r, 0.55, 0.75);
    for (int k = 0; k < FIBRE_GROUPS; k++) {
        const double at = 0.45 * random_normal(r);
        const double weight = random_between(r, 0.5, 1);
        for (int i = 0; i < SHAPE_POINTS; i++) {
            const double u = (point_u(i) - at) / width;
            s->value[i] += weight * (bell(u + 0.9) - 0.85 * bell((u - 0.9) / 1.15));
        }
    }
    normalise(s);
}

void shape_smooth(struct shape *s, const struct shape *from, double width)
{
    const int half = (int)(width * POINTS_PER_SCALE / 2);
    for (int i = 0; i < SHAPE_POINTS; i++) {
        double sum = 0, weights = 0;
        for (int k = -half; k <= half; k++) {
            const double weight = 1 + exact_cos(3.14159265358979323846 * k / (half + 1));
            weights += weight;
            if (i + k >= 0 && i + k < SHAPE_POINTS)
                sum += weight * from->value[i + k];
        }
        s->value[i] = sum / weights;
    }
}

double shape_at(const struct shape *s, double u)
{
    const double x = (u + SHAPE_REACH) * POINTS_PER_SCALE;
    if (x < 1 || x >= SHAPE_POINTS - 2)
        return 0;
    const int i = (int)x;
    const double t = x - i;
    const double *v = s->value + i; /* Catmull and Rom */
    return v[0] + 0.5 * t *
                      (v[1] - v[-1] +
                       t * (2 * v[-1] - 5 * v[0] + 4 * v[1] - v[2] +
                            t * (3 * (v[0] - v[1]) + v[2] - v[-1])));
}

void shape_add(const struct shape *s, double *samples, int64_t count, double at,
               double scale_frames, double uv)
{
    int64_t begin = (int64_t)(at - SHAPE_REACH * scale_frames);
    int64_t end = (int64_t)(at + SHAPE_REACH * scale_frames) + 2;
    if (begin < 0)
        begin = 0;
    if (end > count)
        end = count;
    for (int64_t n = begin; n < end; n++)
        samples[n] += uv * shape_at(s, ((double)n - at) / scale_frames);
}

bool mix_init(struct mix *m, uint32_t channels, uint32_t slab, uint32_t ahead, double rate_hz,
              struct err *err)
{
    *m = (struct mix){
        .slab = slab, .length = slab + ahead, .channels = channels, .rate_hz = rate_hz};
    m->uv = calloc((size_t)channels * m->length, sizeof *m->uv);
    return m->uv || err_set(err, ERR_MEMORY, "simulated patient");
}

void mix_fini(struct mix *m)
{
    free(m->uv);
    m->uv = NULL;
}

void mix_clear(struct mix *m)
{
    m->first = 0;
    memset(m->uv, 0, (size_t)m->channels * m->length * sizeof *m->uv);
}

void mix_advance(struct mix *m)
{
    const size_t ahead = m->length - m->slab;
    for (uint32_t c = 0; c < m->channels; c++) {
        double *uv = mix_channel(m, c);
        memmove(uv, uv + m->slab, ahead * sizeof *uv);
        memset(uv + ahead, 0, m->slab * sizeof *uv);
    }
    m->first += m->slab;
}

double *mix_channel(struct mix *m, uint32_t channel)
{
    return m->uv + (size_t)channel * m->length;
}

void mix_add(struct mix *m, uint32_t channel, const struct shape *s, double at, double scale_frames,
             double uv)
{
    shape_add(s, mix_channel(m, channel), m->length, at - (double)m->first, scale_frames, uv);
}
