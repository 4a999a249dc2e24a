/* SPDX-License-Identifier: Apache-2.0 */
/* detect/linear.h - small dense matrices, row after row: what least squares and whitening need.
 * Pure; the order of operations is fixed. n up to a few hundred. */
#ifndef LSRD_DETECT_LINEAR_H
#define LSRD_DETECT_LINEAR_H

#include <stdbool.h>
#include <stdint.h>

/* Replaces the lower triangle of the symmetric positive definite a (n x n) by its Cholesky factor;
 * the upper one is left. False: not positive definite. */
bool linear_cholesky(double *a, uint32_t n);

/* Solves L L' x = b in place. */
void linear_solve(const double *factor, uint32_t n, double *x);

/* ln of the determinant of L L'. */
double linear_log_det(const double *factor, uint32_t n);

/* inverse = L^-1, lower triangle, zeros above. */
void linear_invert_lower(const double *factor, uint32_t n, double *inverse);

/* Eigenvalues (descending) and unit vectors (rows of vectors) of the symmetric a, which is
 * destroyed. Jacobi's rotations: slow, exact enough, the same everywhere. n up to LINEAR_EIGEN. */
enum { LINEAR_EIGEN = 64 };
void linear_eigen(double *a, uint32_t n, double *values, double *vectors);

#endif
