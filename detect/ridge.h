/* SPDX-License-Identifier: Apache-2.0 */
/* detect/ridge.h - weighted least squares with a Gaussian prior whose scale the evidence chooses
 * (MacKay 1992, Bayesian interpolation): for terms so alike that data alone would let them grow
 * against each other. Pure. */
#ifndef LSRD_DETECT_RIDGE_H
#define LSRD_DETECT_RIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/grid.h"

enum { RIDGE_TERMS = 20 };

struct ridge {
    uint32_t terms;
    double gram[RIDGE_TERMS * RIDGE_TERMS]; /* terms x terms */
    double right[RIDGE_TERMS];
    bool solved;
    double best_evidence;
    double x[RIDGE_TERMS];
    double covariance[RIDGE_TERMS * RIDGE_TERMS];
};

/* terms: 1 to RIDGE_TERMS. */
void ridge_init(struct ridge *r, uint32_t terms);

/* Adds what the points from .. to - 1 say about the terms first and later, each point of this
 * weight (one over its variance). x: a row of GRID_POST_MOST points for each of these terms.
 * Several observations with factors f of x: y is their sum, each times its factor, amount the sum
 * of f squared; one: y itself and 1. */
void ridge_add(struct ridge *r, uint32_t first, const double *x, const double *y,
               const double *weight, uint32_t from, uint32_t to, double amount);

/* Solves with this prior (its inverse covariance and the logarithm of that one's determinant), and
 * keeps the solution if its evidence is the greatest so far. */
void ridge_try(struct ridge *r, const double *precision, double precision_log_det);

#endif
