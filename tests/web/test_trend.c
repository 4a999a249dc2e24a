/* SPDX-License-Identifier: Apache-2.0 */
/* The trend of a long case stays bounded, spans it, and thins all channels alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "web/trend.h"

static struct trend trend;

static void feed(uint32_t stimuli, uint16_t channels)
{
    for (uint32_t i = 0; i < stimuli; i++)
        for (uint16_t c = 0; c < channels; c++) {
            const struct message_trend_point p = {
                .stimulus_sample = (i + 1) * 4000ull, .channel = c, .amplitude_uv = i};
            trend_add(&trend, &p);
        }
}

static void a_short_case_is_kept_whole(void **state)
{
    (void)state;
    trend_clear(&trend);
    feed(1000, 4);
    assert_int_equal(trend.count, 4000);
}

static void a_long_case_thins_all_channels_alike(void **state)
{
    (void)state;
    trend_clear(&trend);
    feed(100000, 3); /* over five hours at 5 Hz */
    assert_true(trend.count > TREND_POINTS / 2 - 3 && trend.count <= TREND_POINTS);
    uint32_t of_channel[3] = {0};
    for (uint32_t i = 0; i < trend.count; i++) {
        of_channel[trend.points[i].channel]++;
        assert_true(i == 0 ||
                    trend.points[i].stimulus_sample >= trend.points[i - 1].stimulus_sample);
    }
    assert_int_equal(of_channel[0], of_channel[1]);
    assert_int_equal(of_channel[1], of_channel[2]);
    assert_int_equal(trend.points[0].stimulus_sample, 4000);
    assert_true(trend.points[trend.count - 1].stimulus_sample > 99000 * 4000ull);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_case_is_kept_whole),
        cmocka_unit_test(a_long_case_thins_all_channels_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
