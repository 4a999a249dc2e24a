/* SPDX-License-Identifier: Apache-2.0 */
/* detect/spread.h - what of a lateral sweep is no response: the artifact's tail, and the direct
 * channel's M wave as volume conduction carries it over.
 * Both are learned from baseline sweeps and then frozen. The tail is a sum of exponentials; the
 * carried M wave is the direct channel's, sweep by sweep, through a short smooth filter. They are
 * fitted together to the mean sweep, every point weighted by how little the sweeps vary there: an
 * LSR varies by a fifth of itself from sweep to sweep, what is conducted follows the M wave. So the
 * fit keeps away from the response without knowing where it starts. How strong the filter may be
 * is chosen by the evidence (MacKay 1992, Bayesian interpolation), and what remains unsure comes
 * out as a covariance. Pure. */
#ifndef LSRD_DETECT_SPREAD_H
#define LSRD_DETECT_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/grid.h"

enum {
    SPREAD_TAILS = 5, /* exponentials of 0.5, 1, 2, 4 and 8 ms */
    SPREAD_LAGS = 7,  /* -0.5 to +1.0 ms */
    SPREAD_TERMS = SPREAD_LAGS + SPREAD_TAILS,
    SPREAD_SWEEPS = 40, /* most that are learned from */
};

/* The curve of an artifact's tail on one channel, microvolts over its learning sweeps' mean. */
struct tail {
    double from_ms; /* the pulse is over, and its smoothing; measured for SPREAD_TAIL_MS from here */
    double share[SPREAD_TAILS];
    double curve[GRID_POST_MOST]; /* the same on the grid's points */
    double early_power; /* of the curve on the points where it is measured in every sweep */
    double noise;       /* variance of a point */
};

struct spread {
    bool has_direct;
    double m_from_ms; /* the M wave is looked for from here on */
    struct tail direct, lateral;
    int32_t lag_low; /* in steps */
    double lag[SPREAD_LAGS];
    double covariance[SPREAD_TERMS * SPREAD_TERMS];
    double mean_m[GRID_POST_MOST]; /* the direct channel's M wave, tail removed */
};

/* Memory for learning; nothing is kept in it. */
struct spread_work {
    double m[SPREAD_SWEEPS * GRID_POST_MOST];
    double x[SPREAD_TERMS * GRID_POST_MOST];
    double weight[GRID_POST_MOST], mean[GRID_POST_MOST], varies[GRID_POST_MOST];
};

/* direct (NULL: none) and lateral: count sweeps of pre + post points, level removed; count 2 to
 * SPREAD_SWEEPS. pulse_end_ms: where the stimulus pulse itself ends, 0.1 to 2. */
void spread_learn(struct spread *s, const struct grid *g, double pulse_end_ms, const float *direct,
                  const float *lateral, uint32_t count, struct spread_work *work);

/* How large the tail is in this sweep, 1 as in the baseline. sweep: points from the stimulus on. */
double tail_ratio(const struct tail *t, const struct grid *g, const double *sweep);

/* The tail's value at a time after the stimulus; 0 while the pulse lasts. */
double tail_at(const struct tail *t, double ms);

/* The sweep without tail, 0 before the M wave can start. In place allowed. */
void spread_direct(const struct spread *s, const struct grid *g, const double *sweep, double *m);

/* The lateral sweep without tail and carried M wave m (as spread_direct gives it). */
void spread_residual(const struct spread *s, const struct grid *g, const double *m,
                     const double *sweep, double *residual);

/* Adds the covariance of what the model does not know, between the window's points (post - low
 * each way), to matrix. */
void spread_uncertainty(const struct spread *s, const struct grid *g, double *matrix);

/* For how long the tail is measured in every sweep: to 3 ms at the usual pulse, where M waves of the
 * face begin. */
#define SPREAD_TAIL_MS 2.0

#endif
