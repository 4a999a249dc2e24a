/* SPDX-License-Identifier: Apache-2.0 */
/* detect/tail.h - the tail of a stimulus artifact: what of one channel's sweep follows the pulse
 * alone. A sum of exponentials, so that no time constant is searched; in every sweep as large as
 * the pulse itself was, of either sign, and measured anew where it is strong enough. Pure. */
#ifndef LSRD_DETECT_TAIL_H
#define LSRD_DETECT_TAIL_H

#include <stdint.h>

#include "detect/grid.h"

/* 0.5 to 32 ms: a fast electrode, an amplifier's recovery, the undershoot of its input capacitor
 * (high-pass at 5 to 300 Hz). A relaxation of any spectrum (stretched exponential, power law) is a
 * sum of exponentials; octaves hold it to a thousandth between 1 and 25 ms. */
enum { TAIL_TERMS = 7 };

/* The tail is measured in every sweep for so long, and no longer than until M waves of the face
 * begin: behind a pulse of 2 ms there is next to no time left. */
#define TAIL_MEASURED_MS 2.0
#define TAIL_M_BEGINS_MS 3.0

struct tail {
    double from_ms;        /* the pulse is over, and its smoothing; measured until tail_until() */
    uint32_t pulse_points; /* grid points before from_ms, from the stimulus on */
    double pulse[GRID_POST_MOST]; /* their usual values */
    double pulse_power;
    double share[TAIL_TERMS];     /* of the exponentials, microvolts */
    double curve[GRID_POST_MOST]; /* the tail on the grid's points */
    double early_power; /* of the curve on the points where it is measured in every sweep */
    double noise;       /* variance of a point */
};

/* To when the tail that begins at from_ms is measured. */
double tail_until(double from_ms);

/* Points of the grid from this time on, and behind the last at which the tail is measured. */
uint32_t tail_first(const struct grid *g, double from_ms);
uint32_t tail_measured(const struct grid *g, double from_ms);

/* One exponential, 1 at from_ms, 0 before. */
double tail_term(double from_ms, int k, double ms);

/* Rows of GRID_POST_MOST points, TAIL_TERMS of them. */
void tail_terms(const struct grid *g, double from_ms, double *x);

/* Learns the pulse of count sweeps (pre + post points each) and gives how large it was in each, of
 * either sign: 1 on average, the first sweep's sign positive. noise: variance of a point. */
void tail_learn_pulse(struct tail *t, const struct grid *g, double from_ms, const float *sweeps,
                      uint32_t count, double noise, double *ratios);

/* Sets the curve. */
void tail_set(struct tail *t, const struct grid *g, const double *share);

/* How large the pulse is in this sweep, of either sign. sweep: points from the stimulus on. */
double tail_pulse_ratio(const struct tail *t, const double *sweep);

/* How large the tail is in this sweep, 1 as in the learning sweeps' first. */
double tail_ratio(const struct tail *t, const struct grid *g, const double *sweep);

/* The tail's value at a time after the stimulus; 0 while the pulse lasts. */
double tail_at(const struct tail *t, double ms);

/* Neighbouring points share the kernel's noise: as many independent ones as a third of them. */
#define TAIL_CORRELATED_POINTS 3.0

#endif
