/* SPDX-License-Identifier: Apache-2.0 */
/* One channel's artifact against the others' is the electrode, all together the stimulator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "detect/electrode.h"

static struct electrode_sizes usual(void)
{
    struct electrode_sizes s = { .channels = 5, .pulse_end_ms = 0.4 };
    for (uint32_t c = 0; c < 5; c++) {
        s.artifact_uv[c] = 800.0 + 500.0 * c;
        s.noise_uv[c] = 2.0;
        s.rough_uv[c] = 6.0;
    }
    return s;
}

static void learn(struct electrode *e, struct electrode_verdict *v)
{
    electrode_init(e);
    const struct electrode_sizes s = usual();
    for (int i = 0; i < ELECTRODE_BASELINE; i++) {
        electrode_judge(e, &s, v);
        assert_int_equal(v->delivered, TRISTATE_YES);
    }
    assert_true(e->learned);
}

static void a_plain_stimulus_has_no_fault(void **state)
{
    (void)state;
    struct electrode e;
    struct electrode_verdict v;
    learn(&e, &v);
    struct electrode_sizes s = usual();
    s.artifact_uv[1] *= 1.3;
    electrode_judge(&e, &s, &v);
    for (uint32_t c = 0; c < 5; c++)
        assert_false(v.fault[c]);
    assert_int_equal(v.delivered, TRISTATE_YES);
}

static void two_electrodes_that_lose_their_artifact_are_found(void **state)
{
    (void)state;
    struct electrode e;
    struct electrode_verdict v;
    learn(&e, &v);
    struct electrode_sizes s = usual();
    s.artifact_uv[2] *= 0.4;
    s.artifact_uv[3] = 20.0;
    electrode_judge(&e, &s, &v);
    assert_true(v.fault[2] && v.fault[3]);
    assert_false(v.fault[0] || v.fault[1] || v.fault[4]);
    assert_int_equal(v.delivered, TRISTATE_YES);
}

static void all_together_are_the_stimulator(void **state)
{
    (void)state;
    struct electrode e;
    struct electrode_verdict v;
    learn(&e, &v);
    const double shares[] = { 0.3, 0.1, 0.02, 1.5 };
    const enum tristate wanted[] = { TRISTATE_YES, TRISTATE_UNKNOWN, TRISTATE_NO, TRISTATE_YES };
    for (int i = 0; i < 4; i++) {
        struct electrode_sizes s = usual();
        for (uint32_t c = 0; c < 5; c++)
            s.artifact_uv[c] *= shares[i];
        electrode_judge(&e, &s, &v);
        assert_int_equal(v.delivered, wanted[i]);
        for (uint32_t c = 0; c < 5; c++)
            assert_false(v.fault[c]);
    }
}

static void noise_above_the_muscles_band_shows_open_and_bridged(void **state)
{
    (void)state;
    struct electrode e;
    struct electrode_verdict v;
    learn(&e, &v);
    struct electrode_sizes s = usual();
    s.rough_uv[1] = 30.0;
    s.rough_uv[4] = 1.0;
    electrode_judge(&e, &s, &v);
    assert_true(v.fault[1] && v.fault[4]);
    assert_false(v.fault[0] || v.fault[2] || v.fault[3]);
}

static void what_is_masked_says_nothing(void **state)
{
    (void)state;
    struct electrode e;
    struct electrode_verdict v;
    learn(&e, &v);
    struct electrode_sizes s = usual();
    for (uint32_t c = 0; c < 5; c++) {
        s.masked[c] = true;
        s.artifact_uv[c] = 0.0;
    }
    electrode_judge(&e, &s, &v);
    assert_int_equal(v.delivered, TRISTATE_UNKNOWN);
    for (uint32_t c = 0; c < 5; c++)
        assert_false(v.fault[c]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_stimulus_has_no_fault),
        cmocka_unit_test(two_electrodes_that_lose_their_artifact_are_found),
        cmocka_unit_test(all_together_are_the_stimulator),
        cmocka_unit_test(noise_above_the_muscles_band_shows_open_and_bridged),
        cmocka_unit_test(what_is_masked_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
