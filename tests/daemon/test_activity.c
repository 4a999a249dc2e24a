/* SPDX-License-Identifier: Apache-2.0 */
/* Activity over the case: nothing is lost or counted twice, train time never falls, memory is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/activity.h"

enum { RATE = 1000 };

static struct activity activity;

static void tell(enum emg_kind kind, uint64_t start, uint64_t end, uint64_t decided)
{
    const struct finding f = {.type = FINDING_EMG_EVENT,
                              .decided_sample = decided,
                              .emg_event = {.kind = kind, .start_sample = start, .end_sample = end}};
    activity_finding(&activity, &f);
}

static const char *printed(uint64_t sample)
{
    static char bytes[4096];
    struct text t;
    text_init(&t, bytes, sizeof bytes);
    activity_print(&activity, sample, &t);
    assert_true(text_ok(&t));
    return bytes;
}

static void events_fall_into_the_slot_they_began_in(void **state)
{
    (void)state;
    activity_begin(&activity, RATE);
    tell(EMG_BURST, 9900, 10100, 10200);
    tell(EMG_SPIKE, 10500, 10501, 10600);
    assert_int_equal(activity.count, 2);
    assert_int_equal(activity.slots[0].events[EMG_BURST], 1);
    assert_int_equal(activity.slots[1].events[EMG_SPIKE], 1);
}

static void train_time_is_the_sum_so_far_and_never_falls(void **state)
{
    (void)state;
    activity_begin(&activity, RATE);
    tell(EMG_A_TRAIN, 1000, 1500, 1600);
    tell(EMG_A_TRAIN, 29000, 31000, 31100);
    tell(EMG_B_TRAIN, 32000, 33000, 33100);
    double before = 0.0;
    for (uint32_t i = 0; i < activity.count; i++) {
        assert_true(activity.slots[i].train_s >= before);
        before = activity.slots[i].train_s;
    }
    assert_float_equal(activity.slots[0].train_s, 0.5, 1e-9);
    assert_float_equal(activity.slots[2].train_s, 0.5, 1e-9);
    assert_float_equal(before, 2.5, 1e-9);
}

static void a_case_of_days_stays_in_its_memory(void **state)
{
    (void)state;
    activity_begin(&activity, RATE);
    const uint64_t week = 7ull * 86400 * RATE;
    tell(EMG_SPASM, week, week + 1, week + 1);
    assert_int_equal(activity.count, ACTIVITY_SLOTS);
    assert_int_equal(activity.slots[ACTIVITY_SLOTS - 1].events[EMG_SPASM], 1);
}

static void rows_begin_where_the_page_stands(void **state)
{
    (void)state;
    activity_begin(&activity, RATE);
    const struct synchrony_trend shared = {.bursts = 4, .common = 3, .lateral = 1, .lag_ms = 2.5};
    activity_now(&activity, 15000, &shared);
    assert_string_equal(printed(10000), "[[1,0,0,0,0,0,0,0.000,4,3,1,2.5]]");
    assert_string_equal(printed(20000), "[]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_fall_into_the_slot_they_began_in),
        cmocka_unit_test(train_time_is_the_sum_so_far_and_never_falls),
        cmocka_unit_test(a_case_of_days_stays_in_its_memory),
        cmocka_unit_test(rows_begin_where_the_page_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
