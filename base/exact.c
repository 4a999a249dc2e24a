/* SPDX-License-Identifier: Apache-2.0 */
/* Elementary functions by argument reduction and series; the build forbids fused multiply-add. */
#include "base/exact.h"

#include <stdint.h>
#include <string.h>

/* ln 2 in two parts: the first has trailing zeros, so that k times it is exact. */
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define PI 3.14159265358979323846

static int64_t nearest(double x)
{
    return (int64_t)(x < 0 ? x - 0.5 : x + 0.5);
}

static double power_of_two(int64_t k) /* -1022 to 1023 */
{
    const uint64_t bits = (uint64_t)(k + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

double exact_exp(double x)
{
    if (x < -700)
        return 0;
    if (x > 700)
        x = 700;
    const int64_t k = nearest(x / (LN2_HIGH + LN2_LOW));
    const double r = (x - (double)k * LN2_HIGH) - (double)k * LN2_LOW; /* |r| below 0.35 */
    double sum = 1;
    for (int n = 14; n >= 1; n--) /* 0.35^15 / 15! is 1e-19 */
        sum = 1 + sum * r / n;
    return sum * power_of_two(k);
}

double exact_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int64_t exponent = (int64_t)(bits >> 52) - 1023;
    bits = (bits & 0x000fffffffffffff) | (uint64_t)1023 << 52;
    double m;
    memcpy(&m, &bits, sizeof m); /* 1 to 2 */
    if (m > 1.4142135623730951) {
        m /= 2;
        exponent++;
    }
    const double s = (m - 1) / (m + 1), square = s * s; /* |s| below 0.172 */
    double sum = 0;
    for (int n = 21; n >= 1; n -= 2) /* log m = 2 artanh s */
        sum = 1.0 / n + sum * square;
    return 2 * s * sum + (double)exponent * LN2_LOW + (double)exponent * LN2_HIGH;
}

/* Sine of |r| up to pi/4 and cosine of the same, by Taylor. */
static double sin_small(double r)
{
    const double q = r * r;
    double sum = 1;
    for (int n = 17; n >= 3; n -= 2)
        sum = 1 - sum * q / (n * (n - 1));
    return r * sum;
}

static double cos_small(double r)
{
    const double q = r * r;
    double sum = 1;
    for (int n = 18; n >= 2; n -= 2)
        sum = 1 - sum * q / (n * (n - 1));
    return sum;
}

double exact_sin(double x)
{
    const int64_t quarter = nearest(x / (PI / 2));
    const double r = x - (double)quarter * (PI / 2);
    switch (quarter & 3) {
    case 0:
        return sin_small(r);
    case 1:
        return cos_small(r);
    case 2:
        return -sin_small(r);
    default:
        return -cos_small(r);
    }
}

double exact_cos(double x)
{
    return exact_sin(x + PI / 2);
}
