/* SPDX-License-Identifier: Apache-2.0 */
/* detect/spread.h - what of a lateral sweep is no response: the artifact's tail, and the direct
 * channel's M wave as volume conduction carries it over.
 * Both are learned from baseline sweeps and then frozen. The tail follows the pulse, in size and in
 * sign; the carried M wave is the direct channel's, sweep by sweep, through a short smooth filter.
 * They are fitted together, every point weighted by how little the sweeps vary there: an LSR varies
 * by a fifth of itself from sweep to sweep, what is conducted follows the M wave. So the fit keeps
 * away from the response without knowing where it starts. What remains unsure comes out as a
 * covariance. Pure. */
#ifndef LSRD_DETECT_SPREAD_H
#define LSRD_DETECT_SPREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/grid.h"
#include "detect/tail.h"

enum {
    SPREAD_LAGS = 13, /* -0.5 to +2.5 ms: tissue smooths and delays by tenths of a millisecond */
    SPREAD_TERMS = SPREAD_LAGS + TAIL_TERMS,
    SPREAD_SWEEPS = 40, /* most that are learned from */
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
    double tail[TAIL_TERMS * GRID_POST_MOST];
    double weight[GRID_POST_MOST], weight_beyond[GRID_POST_MOST];
    double mean[GRID_POST_MOST], beyond[GRID_POST_MOST];
    double varies[GRID_POST_MOST], curve[GRID_POST_MOST];
};

/* direct (NULL: none) and lateral: count sweeps of pre + post points, level removed; count 2 to
 * SPREAD_SWEEPS. pulse_end_ms: where the stimulus pulse itself ends, 0.1 to 2. */
void spread_learn(struct spread *s, const struct grid *g, double pulse_end_ms, const float *direct,
                  const float *lateral, uint32_t count, struct spread_work *work);

/* The sweep without tail, 0 before the M wave can start. In place allowed. */
void spread_direct(const struct spread *s, const struct grid *g, const double *sweep, double *m);

/* The lateral sweep without tail and carried M wave m (as spread_direct gives it). */
void spread_residual(const struct spread *s, const struct grid *g, const double *m,
                     const double *sweep, double *residual);

/* The mean sweep's rows of GRID_POST_MOST points: the M wave at every lag, then the tail's terms.
 */
void spread_terms(const struct spread *s, const struct grid *g, double *x);

/* Adds the covariance of what the model does not know, between the window's points (post - low
 * each way), to matrix. */
void spread_uncertainty(const struct spread *s, const struct grid *g, double *matrix);

#endif
