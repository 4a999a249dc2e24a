/* SPDX-License-Identifier: Apache-2.0 */
/* base/exact.h - exp, log, sine and cosine from nothing but +, -, *, / and sqrt, which IEEE 754
 * rounds alike on every processor; libm's differ in the last bit between machines. For what must
 * be the same bytes everywhere and is not written yet. Accurate to about 1e-14 relative. Pure. */
#ifndef LSRD_BASE_EXACT_H
#define LSRD_BASE_EXACT_H

double exact_exp(double x); /* 0 below -700, clamped above 700 */
double exact_log(double x); /* x above 0 */
double exact_sin(double x); /* radians, |x| up to 1e6 */
double exact_cos(double x);

#endif
