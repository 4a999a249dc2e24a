/* SPDX-License-Identifier: Apache-2.0 */
/* Learns, measures and evaluates an artifact's tail. */
#include "detect/tail.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "detect/fmath.h"

/* The tail follows its pulse to a tenth: electrodes and amplifiers are nearly linear. */
static const double tail_follows_pulse = 0.1;

/* A pulse too small to measure is taken as usual; its own deviation, sign and all, is one. */
static const double pulse_varies = 1.0;

static const double time_constant_ms[TAIL_TERMS] = {0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0};

enum { PULSE_ROUNDS = 4 }; /* one component far over the rest: two would do */

double tail_term(double from_ms, int k, double ms)
{
    return ms < from_ms - 1e-9 ? 0.0 : fmath_exp(-(ms - from_ms) / time_constant_ms[k]);
}

double tail_at(const struct tail *t, double ms)
{
    double sum = 0.0;
    for (int k = 0; k < TAIL_TERMS; k++)
        sum += t->share[k] * tail_term(t->from_ms, k, ms);
    return sum;
}

double tail_until(double from_ms)
{
    return fmax(from_ms, fmin(from_ms + TAIL_MEASURED_MS, TAIL_M_BEGINS_MS));
}

uint32_t tail_first(const struct grid *g, double from_ms)
{
    const double p = ceil(from_ms / g->step_ms - 1e-9);
    return p < (double)g->post ? (uint32_t)p : g->post;
}

uint32_t tail_measured(const struct grid *g, double from_ms)
{
    const uint32_t p = (uint32_t)floor(tail_until(from_ms) / g->step_ms + 1e-9) + 1;
    return p < g->post ? p : g->post;
}

void tail_terms(const struct grid *g, double from_ms, double *x)
{
    for (int k = 0; k < TAIL_TERMS; k++)
        for (uint32_t p = 0; p < g->post; p++)
            x[(size_t)k * GRID_POST_MOST + p] = tail_term(from_ms, k, p * g->step_ms);
}

/* ---- the pulse */

/* A product measured against a template of this power, drawn to usual where the noise outweighs it.
 */
static double drawn_to(double usual, double product, double power, double noise, double varies)
{
    const double doubt = TAIL_CORRELATED_POINTS * noise / (varies * varies);
    return (product + doubt * usual) / (power + doubt);
}

static double pulse_product(const struct tail *t, const float *sweep)
{
    double sum = 0.0;
    for (uint32_t p = 0; p < t->pulse_points; p++)
        sum += t->pulse[p] * (double)sweep[p];
    return sum;
}

static void set_pulse(struct tail *t, const double *pulse)
{
    t->pulse_power = 0.0;
    for (uint32_t p = 0; p < t->pulse_points; p++) {
        t->pulse[p] = pulse[p];
        t->pulse_power += pulse[p] * pulse[p];
    }
}

/* The sweeps' mean with each one's sign and size; scaled so that these are 1 in size on average. */
static void renew_pulse(struct tail *t, const struct grid *g, const float *sweeps, uint32_t count,
                        const double *ratios)
{
    const uint32_t points = g->pre + g->post;
    double pulse[GRID_POST_MOST] = {0.0}, square = 0.0, size = 0.0;
    for (uint32_t k = 0; k < count; k++) {
        const float *s = sweeps + (size_t)k * points + g->pre;
        for (uint32_t p = 0; p < t->pulse_points; p++)
            pulse[p] += ratios[k] * (double)s[p];
        square += ratios[k] * ratios[k];
        size += fabs(ratios[k]) / count;
    }
    for (uint32_t p = 0; p < t->pulse_points; p++)
        pulse[p] *= size / square;
    set_pulse(t, pulse);
}

void tail_learn_pulse(struct tail *t, const struct grid *g, double from_ms, const float *sweeps,
                      uint32_t count, double noise, double *ratios)
{
    const uint32_t points = g->pre + g->post;
    memset(t, 0, sizeof *t);
    t->from_ms = from_ms;
    t->noise = noise;
    t->pulse_points = tail_first(g, from_ms);
    double first[GRID_POST_MOST];
    for (uint32_t p = 0; p < t->pulse_points; p++)
        first[p] = (double)sweeps[g->pre + p];
    set_pulse(t, first);
    for (int round = 0; round < PULSE_ROUNDS; round++) {
        for (uint32_t k = 0; k < count; k++)
            ratios[k] = drawn_to(1.0, pulse_product(t, sweeps + (size_t)k * points + g->pre),
                                 t->pulse_power, noise, pulse_varies);
        renew_pulse(t, g, sweeps, count, ratios);
    }
    for (uint32_t k = 0; k < count; k++)
        ratios[k] = drawn_to(1.0, pulse_product(t, sweeps + (size_t)k * points + g->pre),
                             t->pulse_power, noise, pulse_varies);
}

double tail_pulse_ratio(const struct tail *t, const double *sweep)
{
    double product = 0.0;
    for (uint32_t p = 0; p < t->pulse_points; p++)
        product += t->pulse[p] * sweep[p];
    return drawn_to(1.0, product, t->pulse_power, t->noise, pulse_varies);
}

/* ---- the tail */

void tail_set(struct tail *t, const struct grid *g, const double *share)
{
    memcpy(t->share, share, sizeof t->share);
    for (uint32_t p = 0; p < g->post; p++)
        t->curve[p] = tail_at(t, p * g->step_ms);
    t->early_power = 0.0;
    for (uint32_t p = tail_first(g, t->from_ms); p < tail_measured(g, t->from_ms); p++)
        t->early_power += t->curve[p] * t->curve[p];
}

double tail_ratio(const struct tail *t, const struct grid *g, const double *sweep)
{
    double product = 0.0;
    for (uint32_t p = tail_first(g, t->from_ms); p < tail_measured(g, t->from_ms); p++)
        product += sweep[p] * t->curve[p];
    return drawn_to(tail_pulse_ratio(t, sweep), product, t->early_power, t->noise,
                    tail_follows_pulse);
}
