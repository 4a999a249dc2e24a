/* SPDX-License-Identifier: Apache-2.0 */
/* detect/fmath.h - the few functions whose results in libm differ in the last bit between
 * processors: here they are plain sums and products, the same bits everywhere.
 * Pure. Accuracy: within 2 units in the last place of the true value in the stated range. */
#ifndef LSRD_DETECT_FMATH_H
#define LSRD_DETECT_FMATH_H

/* Radians; |x| up to 1e6 (beyond it the reduction loses digits, never more than |x| * 1e-16). */
void fmath_sin_cos(double x, double *sine, double *cosine);
double fmath_tan(double x);

/* 0 below -745, infinite above 709.7. NAN stays NAN. */
double fmath_exp(double x);

/* Natural logarithm; x above 0, normal. Minus infinity at 0, NAN below. */
double fmath_log(double x);

#endif
