/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: found again over reconnects, commands remembered, one holder of control. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "web/session.h"

static struct session_table table;

static int fresh(void **state)
{
    (void)state;
    session_table_init(&table);
    return 0;
}

static void a_browser_is_found_again_by_key_name_and_role(void **state)
{
    (void)state;
    struct session *one = session_open(&table, "aaaaaaaa", "wu", ROLE_CONTROL, 1);
    session_close(&table, one, 2);
    assert_ptr_equal(session_open(&table, "aaaaaaaa", "wu", ROLE_CONTROL, 3), one);
    assert_ptr_not_equal(session_open(&table, "aaaaaaaa", "li", ROLE_CONTROL, 3), one);
    assert_ptr_not_equal(session_open(&table, "aaaaaaaa", "wu", ROLE_VIEWER, 3), one);
    assert_ptr_not_equal(session_open(&table, "", "wu", ROLE_CONTROL, 3),
                         session_open(&table, "", "wu", ROLE_CONTROL, 3));
}

static void the_longest_unused_one_goes_but_never_a_connected_one(void **state)
{
    (void)state;
    char key[16];
    struct session *open[SESSIONS];
    for (int i = 0; i < SESSIONS; i++) {
        snprintf(key, sizeof key, "key-%04d", i);
        open[i] = session_open(&table, key, "wu", ROLE_CONTROL, i);
        assert_non_null(open[i]);
    }
    assert_null(session_open(&table, "one-more", "wu", ROLE_CONTROL, 100));
    const uint64_t old = open[7]->key;
    session_close(&table, open[5], 201);
    session_close(&table, open[7], 200);
    assert_ptr_equal(session_open(&table, "one-more", "wu", ROLE_CONTROL, 300), open[7]);
    assert_null(session_by_key(&table, old));
}

static void a_command_is_new_once(void **state)
{
    (void)state;
    struct session *s = session_open(&table, "aaaaaaaa", "wu", ROLE_CONTROL, 1);
    assert_null(session_begin(s, 7));
    const struct session_command *known = session_begin(s, 7);
    assert_non_null(known);
    assert_false(known->is_answered);
    session_answer(s, 7, "{}", 2);
    known = session_begin(s, 7);
    assert_true(known->is_answered);
    assert_string_equal(known->reply, "{}");
    for (uint64_t id = 100; id < 100 + SESSION_COMMANDS; id++)
        assert_null(session_begin(s, id));
    assert_null(session_begin(s, 7)); /* long ago: forgotten */
}

static void a_long_answer_is_not_remembered(void **state)
{
    (void)state;
    struct session *s = session_open(&table, "aaaaaaaa", "wu", ROLE_CONTROL, 1);
    char reply[SESSION_REPLY + 1];
    memset(reply, 'x', sizeof reply);
    session_begin(s, 7);
    session_answer(s, 7, reply, sizeof reply);
    assert_null(session_begin(s, 7));
}

static void control_outlives_a_short_absence(void **state)
{
    (void)state;
    struct session *s = session_open(&table, "aaaaaaaa", "wu", ROLE_CONTROL, 0);
    session_take_control(&table, s);
    const uint32_t version = table.control_version;
    session_take_control(&table, s);
    assert_int_equal(table.control_version, version); /* nothing changed */
    session_close(&table, s, 1000);
    session_tick(&table, 1000 + SESSION_CONTROL_KEPT_NS);
    assert_ptr_equal(session_holder(&table), s);
    session_tick(&table, 1001 + SESSION_CONTROL_KEPT_NS);
    assert_null(session_holder(&table));
    assert_int_not_equal(table.control_version, version);

    s = session_open(&table, "", "wu", ROLE_CONTROL, 0);
    session_take_control(&table, s);
    session_close(&table, s, 0); /* without a key it cannot come back */
    assert_null(session_holder(&table));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_browser_is_found_again_by_key_name_and_role, fresh),
        cmocka_unit_test_setup(the_longest_unused_one_goes_but_never_a_connected_one, fresh),
        cmocka_unit_test_setup(a_command_is_new_once, fresh),
        cmocka_unit_test_setup(a_long_answer_is_not_remembered, fresh),
        cmocka_unit_test_setup(control_outlives_a_short_absence, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
