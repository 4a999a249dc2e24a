/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict of the check before a case: what is worst about a channel is what it says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/quality.h"

static const struct artifact_params limits = {.recovery_s = 0.4, .hum_uv = 150.0};

static enum quality_verdict judge(double noise_uv, double hum_uv, enum sweep_reason mask)
{
    const struct quality q = {.noise_uv = noise_uv, .hum_uv = hum_uv, .artifact_uv = 0.0, .mask = mask};
    return quality_judge(&q, &limits);
}

static void a_resting_muscle_is_good(void **state)
{
    (void)state;
    for (double uv = 1.0; uv <= 20.0; uv += 1.0)
        assert_int_equal(judge(uv, 10.0, REASON_NONE), QUALITY_GOOD);
}

static void each_fault_has_its_word(void **state)
{
    (void)state;
    assert_int_equal(judge(0.2, 0.0, REASON_NONE), QUALITY_FLAT);
    assert_int_equal(judge(40.0, 10.0, REASON_NONE), QUALITY_NOISY);
    assert_int_equal(judge(5.0, 151.0, REASON_NONE), QUALITY_HUM);
    assert_int_equal(judge(5.0, 10.0, REASON_SATURATED), QUALITY_SATURATED);
    assert_int_equal(judge(5.0, 10.0, REASON_ARTIFACT), QUALITY_ARTIFACT);
}

static void what_is_not_known_is_never_good(void **state)
{
    (void)state;
    assert_int_equal(judge((double)NAN, (double)NAN, REASON_NONE), QUALITY_UNKNOWN);
    assert_int_equal(judge((double)NAN, 500.0, REASON_NONE), QUALITY_HUM);
    assert_int_equal(judge((double)NAN, (double)NAN, REASON_GAP), QUALITY_ARTIFACT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resting_muscle_is_good),
        cmocka_unit_test(each_fault_has_its_word),
        cmocka_unit_test(what_is_not_known_is_never_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
