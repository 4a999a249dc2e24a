/* SPDX-License-Identifier: Apache-2.0 */
/* detect/special.h - angles in turns, and the tail of the chi-square distribution; built on fmath,
 * the same bits everywhere. Relative error under 1e-10. Pure. */
#ifndef LSRD_DETECT_SPECIAL_H
#define LSRD_DETECT_SPECIAL_H

/* Sine and cosine of a full turn's share: turns = 1 is 360 degrees. */
void special_sin_cos(double turns, double *sine, double *cosine);

/* Angle of the point (x, y) in turns, -0.5 to 0.5; 0 for the origin. */
double special_turns(double y, double x);

/* Minus the natural logarithm of the probability that a chi-square variable with this many degrees
 * of freedom (at least 1) exceeds x: the score of a statistic with a known distribution. Finite for
 * any x; 0 at x = 0. Incomplete gamma by series and continued fraction (Abramowitz and Stegun
 * 6.5.29, 6.5.31). */
double special_chi2_score(double x, double degrees);

#endif
