/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "detect/fmath.h"

static void near(double got, double want, double scale)
{
    if (!(fabs(got - want) <= 4.5e-16 * fmax(fabs(want), scale)))
        fail_msg("%.17g instead of %.17g", got, want);
}

static void agrees_with_libm(void **state)
{
    (void)state;
    for (int i = -200000; i <= 200000; i++) {
        const double x = i * 0.0031337;
        double sine, cosine;
        fmath_sin_cos(x, &sine, &cosine);
        near(sine, sin(x), 1e-3);
        near(cosine, cos(x), 1e-3);
        near(fmath_exp(x), exp(x), 0.0);
        if (i > 0)
            near(fmath_log(x), log(x), 1e-3);
    }
}

static void tangent_designs_filters(void **state)
{
    (void)state;
    for (int i = 1; i < 1000; i++) {
        const double x = i * 1.57e-3;
        assert_true(fabs(fmath_tan(x) - tan(x)) <= 2e-15 * fmax(1.0, tan(x) * tan(x)));
    }
}

static void edges(void **state)
{
    (void)state;
    assert_true(fmath_exp(-800.0) == 0.0);
    assert_true(isinf(fmath_exp(800.0)));
    assert_true(fmath_exp(0.0) == 1.0);
    assert_true(isnan(fmath_exp((double)NAN)));
    assert_true(fmath_exp(-740.0) > 0.0);
    assert_true(isinf(fmath_log(0.0)) && fmath_log(0.0) < 0.0);
    assert_true(isnan(fmath_log(-1.0)));
    assert_true(fmath_log(1.0) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_libm),
        cmocka_unit_test(tangent_designs_filters),
        cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
