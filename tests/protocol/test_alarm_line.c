/* SPDX-License-Identifier: Apache-2.0 */
/* A line of the alarm log comes back as it was written; what is no line is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "protocol/alarm_line.h"

static struct alarm_line again(const struct alarm_line *l)
{
    char bytes[768];
    struct text t;
    struct err err;
    struct alarm_line out;
    text_init(&t, bytes, sizeof bytes);
    alarm_line_encode(&t, l);
    assert_true(text_ok(&t));
    if (!alarm_line_decode(t.bytes, t.length, &out, &err))
        fail_msg("%s: %s", err.text, t.bytes);
    return out;
}

static void a_line_comes_back(void **state)
{
    (void)state;
    const struct alarm_line raised = { .utc_ms = 1700000000123,
                                       .event = "raised",
                                       .has_alarm = true,
                                       .id = ALARM_ELECTRODE_OFF,
                                       .priority = PRIORITY_MEDIUM,
                                       .raised_sample = 168000,
                                       .channel = "MENT" };
    struct alarm_line l = again(&raised);
    assert_int_equal(l.utc_ms, raised.utc_ms);
    assert_string_equal(l.event, "raised");
    assert_true(l.has_alarm);
    assert_int_equal(l.id, ALARM_ELECTRODE_OFF);
    assert_int_equal(l.priority, PRIORITY_MEDIUM);
    assert_int_equal(l.raised_sample, 168000);
    assert_string_equal(l.channel, "MENT");
    assert_string_equal(l.branch, "");
    assert_string_equal(l.by, "");
    const struct alarm_line paused = { .utc_ms = 5, .event = "audio_paused", .by = "Dr \"L\" \xe6\x9d\x8e" };
    l = again(&paused);
    assert_false(l.has_alarm);
    assert_string_equal(l.by, paused.by);
}

static void what_is_no_line_is_told(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "", "[]", "{}", "{\"utc_ms\":1}", "{\"utc_ms\":1,\"event\":7}",
        "{\"utc_ms\":1,\"event\":\"raised\",\"id\":\"nothing\",\"priority\":\"low\",\"sample\":1}",
        "{\"utc_ms\":1,\"event\":\"raised\",\"id\":\"saturated\",\"priority\":\"low\",\"sample\":-1}",
        "{\"utc_ms\":1,\"event\":\"an event with a long name\"}",
        "{\"utc_ms\":1,\"event\":\"raised\",\"by\":\"0123456789012345678901234567890123456789\"}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct alarm_line l;
        struct err err = { 0 };
        assert_false(alarm_line_decode(lines[i], strlen(lines[i]), &l, &err));
        assert_true(err.text[0]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_line_comes_back),
                                        cmocka_unit_test(what_is_no_line_is_told) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
