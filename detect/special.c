/* SPDX-License-Identifier: Apache-2.0 */
/* Angles and tail probabilities. */
#include "detect/special.h"

#include <math.h>

#include "detect/fmath.h"

#define TWO_PI 6.28318530717958647693

void special_sin_cos(double turns, double *sine, double *cosine)
{
    fmath_sin_cos((turns - rint(turns)) * TWO_PI, sine, cosine);
}

/* atan(t) / 2 pi for 0 <= t <= 1: halve the angle twice, then the series. */
static double turns_of(double t)
{
    t = t / (1.0 + sqrt(1.0 + t * t));
    t = t / (1.0 + sqrt(1.0 + t * t));
    const double t2 = t * t; /* t <= 0.199 */
    double sum = 0.0;
    for (int n = 21; n > 0; n -= 2)
        sum = 1.0 / n - sum * t2;
    return 4.0 * t * sum / TWO_PI;
}

double special_turns(double y, double x)
{
    const double ax = fabs(x), ay = fabs(y);
    if (ax == 0.0 && ay == 0.0)
        return 0.0;
    double a = ay > ax ? 0.25 - turns_of(ax / ay) : turns_of(ay / ax);
    if (x < 0.0)
        a = 0.5 - a;
    return y < 0.0 ? -a : a;
}

/* ln gamma(x), x > 0: Stirling's series after shifting x above 10. */
static double log_gamma(double x)
{
    double shift = 0.0;
    while (x < 10.0) {
        shift += fmath_log(x);
        x += 1.0;
    }
    const double r = 1.0 / (x * x);
    const double series =
        (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / x;
    return (x - 0.5) * fmath_log(x) - x + 0.91893853320467274178 + series - shift;
}

double special_chi2_score(double x, double degrees)
{
    const double a = 0.5 * degrees, z = 0.5 * x;
    if (!(z > 0.0))
        return 0.0;
    const double log_front = a * fmath_log(z) - z - log_gamma(a);
    if (z < a + 1.0) { /* P by its series; the score is -ln(1 - P) */
        double term = 1.0 / a, sum = term;
        for (int n = 1; n < 500 && term > sum * 1e-16; n++) {
            term *= z / (a + n);
            sum += term;
        }
        const double p = sum * fmath_exp(log_front);
        return p < 1.0 ? -fmath_log(1.0 - p) : 0.0;
    }
    double b = z + 1.0 - a, c = 1e300, d = 1.0 / b, h = d; /* Q by Lentz's continued fraction */
    for (int n = 1; n < 500; n++) {
        const double an = -n * (n - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        const double step = d * c;
        h *= step;
        if (fabs(step - 1.0) < 1e-15)
            break;
    }
    return -(log_front + fmath_log(h));
}
