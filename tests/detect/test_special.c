/* SPDX-License-Identifier: Apache-2.0 */
/* Angles and tail probabilities agree with libm and with tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "detect/special.h"

static void assert_close(double got, double want, double relative)
{
    if (!(fabs(got - want) <= relative * fmax(fabs(want), 1e-3)))
        fail_msg("got %.17g, want %.17g", got, want);
}

static void angles_agree_with_libm(void **state)
{
    (void)state;
    const double two_pi = 6.28318530717958647693;
    for (double t = -3.0; t < 3.0; t += 0.0137) {
        double s, c;
        special_sin_cos(t, &s, &c);
        assert_close(s, sin(two_pi * t), 1e-11);
        assert_close(c, cos(two_pi * t), 1e-11);
        assert_close(special_turns(s, c), t - rint(t), 1e-10);
    }
    double s, c;
    special_sin_cos(1e9 + 0.25, &s, &c); /* hours of mains */
    assert_close(s, 1.0, 1e-6);
}

/* Quantiles from tables: the score of the p-quantile is -ln(1 - p). */
static void chi_square_scores_are_tail_probabilities(void **state)
{
    (void)state;
    assert_close(special_chi2_score(3.841459, 1), -log(0.05), 1e-5);
    assert_close(special_chi2_score(18.30704, 10), -log(0.05), 1e-5);
    assert_close(special_chi2_score(29.58830, 10), -log(0.001), 1e-5);
    assert_close(special_chi2_score(124.3421, 100), -log(0.05), 1e-4);
    assert_close(special_chi2_score(4.60517, 2), 2.302585, 1e-5); /* exponential */
    assert_close(special_chi2_score(2e4, 2), 1e4, 1e-12);
    assert_true(special_chi2_score(1e7, 8) > 4.9e6);
    assert_true(special_chi2_score(0.0, 8) == 0.0);
    for (double x = 1.0, last = 0.0; x < 400.0; x += 1.0) {
        const double score = special_chi2_score(x, 75);
        assert_true(score >= last);
        last = score;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(angles_agree_with_libm),
        cmocka_unit_test(chi_square_scores_are_tail_probabilities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
