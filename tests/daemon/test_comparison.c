/* SPDX-License-Identifier: Apache-2.0 */
/* Two judgements side by side: what is new, gone, earlier, later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "daemon/comparison.h"

enum { RATE = 1000 };

static void sweep(struct comparison *c, enum comparison_side side, uint64_t stimulus,
                  uint16_t channel, enum tristate present, enum sweep_reason reason)
{
    const struct finding f = {.type = FINDING_SWEEP,
                              .sweep = {.stimulus_sample = stimulus,
                                        .channel = channel,
                                        .role = SWEEP_LSR,
                                        .reason = reason,
                                        .present = present}};
    comparison_add(c, side, &f);
}

static void event(struct comparison *c, enum comparison_side side, uint64_t start, uint64_t end)
{
    const struct finding f = {
        .type = FINDING_EMG_EVENT,
        .emg_event = {
            .kind = EMG_BURST, .channel_count = 1, .start_sample = start, .end_sample = end}};
    comparison_add(c, side, &f);
}

static void state(struct comparison *c, enum comparison_side side, uint64_t at,
                  enum endpoint_state to)
{
    const struct finding f = {
        .type = FINDING_ENDPOINT, .decided_sample = at, .endpoint = {.state = to}};
    comparison_add(c, side, &f);
}

static void alarm_is(struct comparison *c, enum comparison_side side, uint64_t at, bool raised)
{
    const struct finding f = {.type = FINDING_ALARM,
                              .decided_sample = at,
                              .alarm = {.id = ALARM_TRAIN_TIME,
                                        .priority = PRIORITY_MEDIUM,
                                        .raised = raised,
                                        .channel = FINDING_NO_CHANNEL,
                                        .branch = FINDING_NO_BRANCH}};
    comparison_add(c, side, &f);
}

static void expect(const struct comparison *c, enum comparison_what what, uint32_t new,
                   uint32_t gone, uint32_t earlier, uint32_t later, uint32_t other)
{
    const uint32_t expected[CHANGES] = {new, gone, earlier, later, other};
    assert_memory_equal(comparison_total(c, what)->changes, expected, sizeof expected);
}

static void alike_sides_differ_in_nothing(void **state_)
{
    (void)state_;
    struct comparison *c = comparison_create(RATE);
    for (int side = 0; side < SIDES; side++) {
        sweep(c, side, 100, 1, TRISTATE_YES, REASON_NONE);
        state(c, side, 120, ENDPOINT_BASELINE);
        event(c, side, 130, 150);
        alarm_is(c, side, 160, true);
        alarm_is(c, side, 170, false);
    }
    assert_true(comparison_close(c));
    size_t count;
    comparison_differences(c, &count);
    assert_int_equal(count, 0);
    assert_int_equal(comparison_total(c, WHAT_ALARM)->count[SIDE_WAS], 1);
    assert_int_equal(comparison_judged(c, SIDE_NOW), 1);
    comparison_destroy(c);
}

static void verdicts_are_new_gone_or_changed(void **state_)
{
    (void)state_;
    struct comparison *c = comparison_create(RATE);
    sweep(c, SIDE_WAS, 100, 1, TRISTATE_YES, REASON_NONE);
    sweep(c, SIDE_NOW, 100, 1, TRISTATE_NO, REASON_NONE);
    sweep(c, SIDE_WAS, 100, 2, TRISTATE_NO, REASON_NONE);
    sweep(c, SIDE_NOW, 100, 2, TRISTATE_YES, REASON_NONE);
    sweep(c, SIDE_WAS, 200, 1, TRISTATE_NO, REASON_NONE);
    sweep(c, SIDE_NOW, 200, 1, TRISTATE_UNKNOWN, REASON_ACTIVITY);
    sweep(c, SIDE_WAS, 300, 1, TRISTATE_YES, REASON_NONE); /* its stimulus is not found any more */
    assert_true(comparison_close(c));
    expect(c, WHAT_SWEEP, 1, 2, 0, 0, 1);
    assert_int_equal(comparison_total(c, WHAT_SWEEP)->count[SIDE_WAS], 2);
    assert_int_equal(comparison_total(c, WHAT_SWEEP)->count[SIDE_NOW], 1);
    comparison_destroy(c);
}

static void an_interval_that_moved_is_earlier_or_later(void **state_)
{
    (void)state_;
    struct comparison *c = comparison_create(RATE);
    state(c, SIDE_WAS, 1000, ENDPOINT_ABSENT);
    state(c, SIDE_WAS, 5000, ENDPOINT_REACHED);
    state(c, SIDE_NOW, 1000, ENDPOINT_ABSENT);
    state(c, SIDE_NOW, 4000, ENDPOINT_REACHED);
    alarm_is(c, SIDE_WAS, 100, true);
    alarm_is(c, SIDE_WAS, 400, false);
    alarm_is(c, SIDE_NOW, 250, true);
    alarm_is(c, SIDE_NOW, 400, false);
    event(c, SIDE_WAS, 1000, 1200);
    event(c, SIDE_NOW, 1010, 1200); /* less than the detectors resolve */
    event(c, SIDE_WAS, 2000, 2200);
    event(c, SIDE_NOW, 2100, 2200);
    assert_true(comparison_close(c));
    expect(c, WHAT_ENDPOINT, 0, 0, 1, 0, 0);
    expect(c, WHAT_ALARM, 0, 0, 0, 1, 0);
    expect(c, WHAT_EVENT, 0, 0, 0, 1, 0);
    comparison_destroy(c);
}

static void what_does_not_overlap_is_not_the_same(void **state_)
{
    (void)state_;
    struct comparison *c = comparison_create(RATE);
    event(c, SIDE_WAS, 1000, 1200);
    event(c, SIDE_NOW, 1300, 1500);
    event(c, SIDE_NOW, 3000, 3000);
    event(c, SIDE_WAS, 3000, 3000); /* a spike lasts no time */
    state(c, SIDE_NOW, 700, ENDPOINT_REACHED); /* to the end */
    assert_true(comparison_close(c));
    expect(c, WHAT_EVENT, 1, 1, 0, 0, 0);
    expect(c, WHAT_ENDPOINT, 1, 0, 0, 0, 0);
    comparison_destroy(c);
}

static void differences_come_by_time_and_print_as_objects(void **state_)
{
    (void)state_;
    struct comparison *c = comparison_create(RATE);
    alarm_is(c, SIDE_NOW, 900, true);
    event(c, SIDE_WAS, 500, 600);
    state(c, SIDE_WAS, 100, ENDPOINT_ABSENT);
    state(c, SIDE_NOW, 350, ENDPOINT_ABSENT);
    assert_true(comparison_close(c));
    size_t count;
    const struct comparison_difference *list = comparison_differences(c, &count);
    assert_int_equal(count, 3);
    for (size_t i = 1; i < count; i++)
        assert_true(comparison_sample(&list[i - 1]) <= comparison_sample(&list[i]));
    const struct finding_context context = {
        .rate_hz = RATE, .branch_count = 1, .branches = {"zygomatic"}};
    char bytes[512];
    struct text line;
    text_init(&line, bytes, sizeof bytes);
    comparison_json(&context, &list[0], &line);
    assert_string_equal(bytes,
                        "{\"type\":\"difference\",\"what\":\"endpoint\",\"change\":\"later\","
                        "\"branch\":\"zygomatic\","
                        "\"was\":{\"name\":\"absent\",\"sample\":100,\"reason\":\"sweeps\"},"
                        "\"now\":{\"name\":\"absent\",\"sample\":350,\"reason\":\"sweeps\"},"
                        "\"by_s\":0.250}");
    comparison_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alike_sides_differ_in_nothing),
        cmocka_unit_test(verdicts_are_new_gone_or_changed),
        cmocka_unit_test(an_interval_that_moved_is_earlier_or_later),
        cmocka_unit_test(what_does_not_overlap_is_not_the_same),
        cmocka_unit_test(differences_come_by_time_and_print_as_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
