/* SPDX-License-Identifier: Apache-2.0 */
/* The spool: what is kept is whole and the newest, whatever the sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "web/spool.h"

enum { PUSHES = 20000, CAPACITY = 8192, MOST = 64 };

static uint32_t size_of(uint64_t i)
{
    return (uint32_t)((i * 2654435761u) % 1500);
}

static void what_is_kept_is_whole_and_the_newest(void **state)
{
    (void)state;
    struct spool s;
    struct err err;
    assert_true(spool_init(&s, CAPACITY, MOST, &err));
    assert_null(spool_at(&s, 0));
    for (uint64_t i = 0; i < PUSHES; i++) {
        struct spool_entry *e = spool_push(&s, size_of(i));
        assert_non_null(e);
        assert_ptr_equal(e, spool_at(&s, i));
        /* the headroom is the entry's own too */
        memset(e->bytes - SPOOL_HEADROOM, (int)(i & 0xff), SPOOL_HEADROOM + e->size);
        e->id = i;
        assert_true(s.end - s.begin <= MOST);
        assert_true(i < 8 || s.end - s.begin >= 3); /* the room is used */
        for (uint64_t k = s.begin; k < s.end; k++) {
            const struct spool_entry *kept = spool_at(&s, k);
            assert_int_equal(kept->id, k);
            assert_int_equal(kept->size, size_of(k));
            for (uint32_t b = 0; b < kept->size; b += 97)
                assert_int_equal(kept->bytes[b], k & 0xff);
            assert_int_equal(kept->bytes[-1], k & 0xff);
        }
    }
    spool_fini(&s);
}

static void a_message_larger_than_the_spool_is_refused(void **state)
{
    (void)state;
    struct spool s;
    struct err err;
    assert_true(spool_init(&s, CAPACITY, MOST, &err));
    assert_null(spool_push(&s, CAPACITY));
    assert_non_null(spool_push(&s, CAPACITY - SPOOL_HEADROOM));
    assert_non_null(spool_push(&s, CAPACITY - SPOOL_HEADROOM));
    assert_int_equal(s.end - s.begin, 1);
    spool_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_whole_and_the_newest),
        cmocka_unit_test(a_message_larger_than_the_spool_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
