/* SPDX-License-Identifier: Apache-2.0 */
/* The newest lines of the alarm log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/alarm_log.h"

static void printed(const struct alarm_log *l, char *bytes, size_t room)
{
    struct text t;
    text_init(&t, bytes, room);
    alarm_log_print(l, &t);
    assert_true(text_ok(&t));
    bytes[t.length] = 0;
}

static void the_newest_lines_are_kept_in_their_order(void **state)
{
    (void)state;
    static struct alarm_log log;
    static char bytes[65536];
    printed(&log, bytes, sizeof bytes);
    assert_string_equal(bytes, "[]");
    for (int i = 0; i < ALARM_LOG_LINES + 3; i++) {
        char line[32];
        const int n = snprintf(line, sizeof line, "{\"n\":%d}\n", i);
        alarm_log_add(&log, line, (size_t)n);
    }
    printed(&log, bytes, sizeof bytes);
    assert_int_equal(strncmp(bytes, "[{\"n\":3},{\"n\":4},", 17), 0);
    assert_non_null(strstr(bytes, ",{\"n\":258}]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_newest_lines_are_kept_in_their_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
