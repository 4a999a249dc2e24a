/* SPDX-License-Identifier: Apache-2.0 */
/* A failure is one line that ends, whatever it was made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/err.h"

static void line_ends_from_outside_are_spaces(void **state)
{
    (void)state;
    struct err err = {0};
    assert_false(err_set(&err, ERR_FORMAT, "no JSON: near '%s'", "a\nb\tc\x7f\x1b[2J"));
    assert_string_equal(err.text, "no JSON: near 'a b c  [2J'");
    assert_false(err_set_os(&err, ERR_IO, ENOENT, "%s", "a\r\nb"));
    assert_string_equal(err.text, "a  b: No such file or directory");
    assert_int_equal(err.os_errno, ENOENT);
}

static void other_tongues_stay_as_they_are(void **state)
{
    (void)state;
    struct err err = {0};
    err_set(&err, ERR_USAGE, "%s", "额肌 – µV");
    assert_string_equal(err.text, "额肌 – µV");
}

static void a_long_one_is_cut(void **state)
{
    (void)state;
    struct err err = {0};
    char name[2 * sizeof err.text];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    err_set_os(&err, ERR_IO, EACCES, "%s", name);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends_from_outside_are_spaces),
        cmocka_unit_test(other_tongues_stay_as_they_are),
        cmocka_unit_test(a_long_one_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
