/* SPDX-License-Identifier: Apache-2.0 */
/* A device that is not there at the start: the stand-in says so, asks again, and becomes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "acquisition/waiting.h"

struct late_source {
    struct source base;
    int starts_until_there;
    bool *is_destroyed;
};

static bool late_start(struct source *s, struct err *err)
{
    struct late_source *l = (struct late_source *)s;
    if (l->starts_until_there-- > 0)
        return err_set(err, ERR_DEVICE, "amplifier: not there");
    s->format.rate_hz = 10000;
    s->format.channels = 3;
    return true;
}

static enum read_result late_read(struct source *s, struct sample_block *out)
{
    (void)s;
    out->frames = 7;
    return READ_BLOCK;
}

static void late_destroy(struct source *s)
{
    *((struct late_source *)s)->is_destroyed = true;
    free(s);
}

static const struct source_ops late_ops = { .name = "late",
                                            .start = late_start,
                                            .read = late_read,
                                            .destroy = late_destroy };

static struct source *make(int starts_until_there, bool *is_destroyed)
{
    struct late_source *l = calloc(1, sizeof *l);
    l->base.ops = &late_ops;
    l->base.live = true;
    l->starts_until_there = starts_until_there;
    l->is_destroyed = is_destroyed;
    const struct stream_format assumed = { .rate_hz = 20000, .channels = 8 };
    struct err err;
    struct source *s = waiting_source_create(&l->base, &assumed, &err);
    assert_non_null(s);
    assert_true(s->live);
    assert_true(s->ops->start(s, &err));
    return s;
}

static void a_device_that_is_there_is_itself_at_once(void **state)
{
    (void)state;
    bool is_destroyed = false;
    struct source *s = make(0, &is_destroyed);
    struct sample_block block = { 0 };
    assert_null(waiting_source_problem(s));
    assert_int_equal(s->format.channels, 3);
    assert_int_equal(s->ops->read(s, &block), READ_BLOCK);
    assert_int_equal(block.frames, 7);
    source_destroy(s);
    assert_true(is_destroyed);
}

static void a_device_that_comes_later_says_its_format_once(void **state)
{
    (void)state;
    bool is_destroyed = false;
    struct source *s = make(2, &is_destroyed);
    struct sample_block block = { 0 };
    assert_string_equal(waiting_source_problem(s), "amplifier: not there");
    assert_int_equal(s->format.channels, 8);
    enum read_result r = READ_TIMEOUT;
    int turns = 0;
    while (r == READ_TIMEOUT && turns++ < 100)
        r = s->ops->read(s, &block);
    assert_int_equal(r, READ_FORMAT);
    assert_int_equal(s->format.channels, 3);
    assert_int_equal(s->format.rate_hz, 10000);
    assert_int_equal(s->ops->read(s, &block), READ_BLOCK);
    source_destroy(s);
    assert_true(is_destroyed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_is_there_is_itself_at_once),
        cmocka_unit_test(a_device_that_comes_later_says_its_format_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
