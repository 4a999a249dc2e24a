/* SPDX-License-Identifier: Apache-2.0 */
/* Range reduction and polynomials. The coefficients are the published ones of fdlibm (Sun
 * Microsystems 1993, freely usable): minimax polynomials on the reduced range. */
#include "detect/fmath.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* x is near 0, |x| at most pi/4. */
static double sin_kernel(double x)
{
    const double z = x * x;
    const double r = 8.33333333332248946124e-03 +
                     z * (-1.98412698298579493134e-04 +
                          z * (2.75573137070700676789e-06 +
                               z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
    return x + x * z * (-1.66666666666666324348e-01 + z * r);
}

static double cos_kernel(double x)
{
    const double z = x * x;
    const double r =
        z * (4.16666666666666019037e-02 +
             z * (-1.38888888888741095749e-03 +
                  z * (2.48015872894767294178e-05 +
                       z * (-2.75573143513906633035e-07 +
                            z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
    const double half = 0.5 * z;
    const double w = 1.0 - half;
    return w + ((1.0 - w) - half + z * r);
}

/* Takes the nearest multiple of pi/2 away (in three parts, so that no digit is lost); which of the
 * four quarters it was. */
static unsigned reduce(double x, double *rest)
{
    const double quarters = rint(x * 6.36619772367581382433e-01);
    double r = x - quarters * 1.57079632673412561417e+00;
    r -= quarters * 6.07710050630396597660e-11;
    r -= quarters * 2.02226624871116645580e-21;
    *rest = r;
    return (unsigned)((int64_t)quarters & 3);
}

void fmath_sin_cos(double x, double *sine, double *cosine)
{
    double r;
    const unsigned quarter = reduce(x, &r);
    const double s = sin_kernel(r), c = cos_kernel(r);
    const double to_sine = quarter & 1 ? c : s, to_cosine = quarter & 1 ? s : c;
    *sine = quarter & 2 ? -to_sine : to_sine;
    *cosine = quarter == 1 || quarter == 2 ? -to_cosine : to_cosine;
}

double fmath_tan(double x)
{
    double sine, cosine;
    fmath_sin_cos(x, &sine, &cosine);
    return sine / cosine;
}

static double power_of_two(int k)
{
    const uint64_t bits = (uint64_t)(k + 1023) << 52;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

double fmath_exp(double x)
{
    if (!(x > -745.0))
        return x <= -745.0 ? 0.0 : x;
    if (x > 709.7)
        return HUGE_VAL;
    const double k = rint(x * 1.44269504088896338700e+00);
    const double high = x - k * 6.93147180369123816490e-01;
    const double low = k * 1.90821492927058770002e-10;
    const double r = high - low;
    const double z = r * r;
    const double c =
        r - z * (1.66666666666666019037e-01 +
                 z * (-2.77777777770155933842e-03 +
                      z * (6.61375632143793436117e-05 +
                           z * (-1.65339022054652515390e-06 + z * 4.13813679705723846039e-08))));
    const double y = 1.0 - ((low - (r * c) / (2.0 - c)) - high);
    const int n = (int)k;
    /* in two steps, so that neither factor leaves the range of a double */
    return n < -1000 ? y * power_of_two(n + 1000) * power_of_two(-1000) : y * power_of_two(n);
}

double fmath_log(double x)
{
    if (!(x > 0.0))
        return x == 0.0 ? -HUGE_VAL : (double)NAN;
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int k = (int)(bits >> 52) - 1023;
    bits = (bits & 0x000fffffffffffffu) | 0x3ff0000000000000u;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.41421356237309514547) {
        m *= 0.5;
        k++;
    }
    const double f = m - 1.0;
    const double s = f / (2.0 + f);
    const double z = s * s;
    const double r =
        z * (6.666666666666735130e-01 +
             z * (3.999999999940941908e-01 +
                  z * (2.857142874366239149e-01 +
                       z * (2.222219843214978396e-01 +
                            z * (1.818357216161805012e-01 +
                                 z * (1.531383769920937332e-01 + z * 1.479819860511658591e-01))))));
    const double half = 0.5 * f * f;
    const double dk = (double)k;
    return dk * 6.93147180369123816490e-01 -
           ((half - (s * (half + r) + dk * 1.90821492927058770002e-10)) - f);
}
