/* SPDX-License-Identifier: Apache-2.0 */
/* What stands of that which was said of the operation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "daemon/said_marks.h"

static struct said_marks said;

static bool hear(uint64_t sample, const char *text)
{
    struct mark m = {.sample = sample};
    snprintf(m.text, sizeof m.text, "%s", text);
    return said_marks_hear(&said, &m);
}

static void the_newest_phase_that_stands_is_the_phase(void **state)
{
    (void)state;
    said = (struct said_marks){0};
    assert_string_equal(said.phase, "");
    assert_true(hear(100, "phase=dura_open"));
    assert_true(hear(200, "phase=decompressed since=-20s"));
    assert_string_equal(said.phase, "decompressed");
    assert_true(hear(300, "undo=200"));
    assert_string_equal(said.phase, "dura_open");
    assert_true(hear(400, "undo=100"));
    assert_string_equal(said.phase, "");
    assert_int_equal(said.count, 0);
}

static void what_says_nothing_of_the_operation_changes_nothing(void **state)
{
    (void)state;
    said = (struct said_marks){0};
    assert_true(hear(100, "intensity=21mA"));
    static const char *const others[] = {"note=quiet",  "stimulation=off", "phase=lunch",
                                         "undo=99",     "undo=100.5",      "branch=zygomatic",
                                         "ack=hum",     "set=endpoint.hold=60 s"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(hear(100, others[i]));
    assert_int_equal(said.count, 1);
}

static void of_several_at_one_sample_the_newest_is_taken_back(void **state)
{
    (void)state;
    said = (struct said_marks){0};
    hear(100, "intensity=21mA");
    hear(100, "tof=1");
    assert_true(hear(200, "undo=100"));
    assert_int_equal(said.count, 1);
    assert_string_equal(said.marks[0].text, "intensity=21mA");
}

static void a_full_list_loses_its_oldest_but_no_phase(void **state)
{
    (void)state;
    said = (struct said_marks){0};
    hear(1, "phase=decompressed");
    for (uint64_t i = 0; i < 2 * SAID_MARKS; i++)
        hear(2 + i, "tof=4");
    assert_int_equal(said.count, SAID_MARKS);
    assert_string_equal(said.phase, "decompressed");
    assert_int_equal(said.marks[0].sample, 1);
    assert_int_equal(said.marks[SAID_MARKS - 1].sample, 1 + 2 * SAID_MARKS);

    for (uint64_t i = 0; i < SAID_MARKS; i++)
        hear(100 + i, "phase=closing");
    assert_int_equal(said.count, SAID_MARKS);
    assert_int_equal(said.marks[SAID_MARKS - 1].sample, 99 + SAID_MARKS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_phase_that_stands_is_the_phase),
        cmocka_unit_test(what_says_nothing_of_the_operation_changes_nothing),
        cmocka_unit_test(of_several_at_one_sample_the_newest_is_taken_back),
        cmocka_unit_test(a_full_list_loses_its_oldest_but_no_phase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
