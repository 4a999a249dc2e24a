/* SPDX-License-Identifier: Apache-2.0 */
/* detect/presence.h - is there a response in this sweep? A statistic with a known false rate.
 * The residual (what is left of a sweep without tail and carried M wave) is whitened with the
 * covariance it has without a response: the noise before the stimulus, what the model does not
 * know, and a floor for what no model knows. The baseline's responses span a few directions there
 * (latency, jitter and size move the sweep within them); the energy along these is a chi-square
 * variable where there is no response: a matched subspace detector (Scharf and Friedlander 1994).
 * A response of another shape than the baseline's is caught by the energy of the whole window, at
 * a twentieth of the false rate. Pure. */
#ifndef LSRD_DETECT_PRESENCE_H
#define LSRD_DETECT_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/grid.h"
#include "detect/spread.h"

enum { PRESENCE_DIRECTIONS = 10 };

/* Scores are -ln of a false rate. */
#define PRESENCE_SCORE 9.21        /* 1e-4 a channel's sweep: present */
#define PRESENCE_JOINT_SCORE 11.51 /* 1e-5 a branch's sweep: the hold restarts */

struct presence {
    uint32_t directions; /* 0: the baseline holds no response */
    uint32_t points;     /* of the window */
    double quiet;        /* whitened energy a degree before the stimulus, in the baseline: under 1,
                          * because the window's covariance also holds what is unsure behind it */
    double quiet_along;  /* the same along the baseline's directions */
    double noise_scale;  /* energy before the stimulus over the baseline's, followed slowly */
    double walk;         /* of the level, square microvolts a millisecond */
    double alike;        /* what presence_alike() said of late, followed */
    uint32_t support_from, support_to; /* points of the window in which the response lies */
};

/* How much louder than the followed noise a sweep's own surroundings are; 0: no louder. */
struct presence_louder {
    double along; /* a degree of the baseline's directions */
    double whole; /* a degree of the window */
};

/* What one sweep gives. */
struct presence_result {
    double along; /* energy along the baseline's directions; chi-square with directions degrees */
    double whole; /* of the window; chi-square with points degrees */
    double score; /* -ln of the false rate of the two together */
};

struct presence_work {
    double a[GRID_POST_MOST * GRID_POST_MOST];
    double z[SPREAD_SWEEPS * GRID_POST_MOST];
    double residual[SPREAD_SWEEPS * GRID_MOST];
};

/* Doubles that one channel's matrices need. */
size_t presence_doubles(const struct grid *g);

/* residuals: count sweeps of pre + post doubles (before the stimulus as recorded, level removed).
 * walk: level_walk() of these sweeps. memory: presence_doubles(), kept by the caller beside p. */
void presence_learn(struct presence *p, const struct grid *g, const struct spread *s, double walk,
                    const double *residuals, uint32_t count, double *memory,
                    struct presence_work *work);

/* Variance of the level's random walk, in square microvolts, at a time after the stimulus. */
double presence_wandered(const struct presence *p, double ms);

/* residual: the window's points (post - low). */
void presence_judge(const struct presence *p, const double *memory, const double *residual,
                    const struct presence_louder *louder, struct presence_result *result);

/* Energy a degree along the baseline's directions that a stretch without a stimulus (count points, at
 * least the window's) has beyond the baseline's own: the mean over all places in it. What is no
 * response and looks like one - a tone, another muscle's discharges - is there before the stimulus
 * as well. 0 or less where there is none. */
double presence_alike(const struct presence *p, const double *memory, const double *stretch,
                      uint32_t count);

/* Energy a degree of freedom of a stretch without a stimulus, as many points: 1 where the muscle is
 * as quiet as in the baseline. */
double presence_quiet(const struct presence *p, const double *memory, const double *stretch);

#endif
