/* SPDX-License-Identifier: Apache-2.0 */
/* The line through the earliest observations. */
#include "base/timemap.h"

#include <math.h>
#include <string.h>

enum {
    FIT_POINTS = 3, /* seconds before the slope is believed: a shorter line follows the scheduler */
};

static const int64_t second_ns = 1000000000;
/* No crystal is worse than 100 ppm and no device that lies was seen beyond 1000; an estimate beyond
 * this is a broken observation. */
static const double most_ppm = 5000;

void timemap_init(struct timemap *m, double nominal_hz)
{
    memset(m, 0, sizeof *m);
    m->nominal_hz = nominal_hz;
}

static double nominal_ns(const struct timemap *m, double frames)
{
    return frames * 1e9 / m->nominal_hz;
}

static double frames_since_origin(const struct timemap *m, uint64_t index)
{
    return (double)(int64_t)(index - m->origin_index);
}

/* How late an observation is against the line. */
static double over_line(const struct timemap *m, const struct timemap_point *p)
{
    return p->late_ns - (m->offset_ns + m->slope_ns * p->frames);
}

static void fit(struct timemap *m)
{
    const uint32_t n = m->count < TIMEMAP_SECONDS ? m->count : TIMEMAP_SECONDS;
    if (n < FIT_POINTS) { /* no line yet: the earliest of the last second, at the nominal rate */
        m->offset_ns = m->best.late_ns;
        return;
    }
    double x = 0, y = 0, xx = 0, xy = 0;
    for (uint32_t i = 0; i < n; i++) {
        x += m->points[i].frames / n;
        y += m->points[i].late_ns / n;
    }
    for (uint32_t i = 0; i < n; i++) {
        const double dx = m->points[i].frames - x;
        xx += dx * dx;
        xy += dx * (m->points[i].late_ns - y);
    }
    const double slope = xx > 0 ? xy / xx : 0;
    if (fabs(slope) > most_ppm * 1e-6 * nominal_ns(m, 1))
        return;
    m->slope_ns = slope;
    m->offset_ns = y - slope * x;
}

static void begin_second(struct timemap *m, const struct timemap_point *p, int64_t time_ns)
{
    m->best = *p;
    m->second_ns = time_ns;
}

void timemap_feed(struct timemap *m, uint64_t index, int64_t time_ns)
{
    if (!m->has_origin) {
        m->has_origin = true;
        m->origin_index = index;
        m->origin_ns = time_ns;
        begin_second(m, &(struct timemap_point){ 0, 0 }, time_ns);
    }
    const double frames = frames_since_origin(m, index);
    const struct timemap_point p = {
        .frames = frames, .late_ns = (double)(time_ns - m->origin_ns) - nominal_ns(m, frames)
    };
    if (time_ns - m->second_ns >= second_ns) {
        m->points[m->count++ % TIMEMAP_SECONDS] = m->best;
        fit(m);
        begin_second(m, &p, time_ns);
    } else if (over_line(m, &p) < over_line(m, &m->best)) {
        m->best = p;
    }
    if (m->count < FIT_POINTS && over_line(m, &p) < 0)
        m->offset_ns += over_line(m, &p);
}

bool timemap_is_ready(const struct timemap *m)
{
    return m->has_origin;
}

int64_t timemap_time_ns(const struct timemap *m, uint64_t index)
{
    const double frames = frames_since_origin(m, index);
    return m->origin_ns +
           (int64_t)rint(nominal_ns(m, frames) + m->offset_ns + m->slope_ns * frames);
}

uint64_t timemap_index(const struct timemap *m, int64_t time_ns)
{
    const double elapsed = (double)(time_ns - m->origin_ns) - m->offset_ns;
    const double frames = floor(elapsed / (nominal_ns(m, 1) + m->slope_ns));
    const double index = (double)m->origin_index + frames;
    return index > 0 ? (uint64_t)index : 0;
}

double timemap_rate_hz(const struct timemap *m)
{
    return 1e9 / (nominal_ns(m, 1) + m->slope_ns);
}
