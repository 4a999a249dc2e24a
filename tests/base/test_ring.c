/* SPDX-License-Identifier: Apache-2.0 */
/* Rings: order, fullness, wrap-around, and two threads at once (run under the thread sanitizer). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "base/item.h"
#include "base/ring.h"

enum { STRESS_COUNT = 200000 };

static void ring_hands_over_in_order_and_says_when_full(void **state)
{
    (void)state;
    struct err err;
    struct ring ring = { 0 };
    assert_true(ring_init(&ring, sizeof(int), 3, &err)); /* becomes 4 */
    assert_null(ring_peek(&ring));
    for (int i = 0; i < 4; i++) {
        int *slot = ring_reserve(&ring);
        assert_non_null(slot);
        *slot = i;
        ring_publish(&ring);
    }
    assert_null(ring_reserve(&ring));
    assert_int_equal(ring_fill(&ring), 4);
    for (int i = 0; i < 4; i++) {
        const int *slot = ring_peek(&ring);
        assert_int_equal(*slot, i);
        ring_release(&ring);
    }
    assert_null(ring_peek(&ring));
    ring_fini(&ring);
}

static void *produce(void *argument)
{
    struct ring *ring = argument;
    for (uint32_t i = 0; i < STRESS_COUNT;) {
        uint32_t *slot = ring_reserve(ring);
        if (!slot) {
            sched_yield();
            continue;
        }
        *slot = i++;
        ring_publish(ring);
    }
    return NULL;
}

static void ring_keeps_order_between_threads(void **state)
{
    (void)state;
    struct err err;
    struct ring ring = { 0 };
    assert_true(ring_init(&ring, sizeof(uint32_t), 64, &err));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, produce, &ring), 0);
    for (uint32_t i = 0; i < STRESS_COUNT;) {
        const uint32_t *slot = ring_peek(&ring);
        if (!slot) {
            sched_yield();
            continue;
        }
        assert_int_equal(*slot, i);
        i++;
        ring_release(&ring);
    }
    pthread_join(thread, NULL);
    ring_fini(&ring);
}

static uint32_t item_length(uint32_t i)
{
    return i * 2654435761u % 700;
}

static void *produce_items(void *argument)
{
    struct item_ring *ring = argument;
    for (uint32_t i = 0; i < STRESS_COUNT;) {
        struct item *item = item_ring_reserve(ring, item_length(i));
        if (!item) {
            sched_yield();
            continue;
        }
        item->type = ITEM_FINDING;
        item->sample = i;
        memset(item->bytes, (int)(i & 0xff), item->size);
        item_ring_publish(ring);
        i++;
    }
    return NULL;
}

static void items_of_any_size_arrive_whole_and_in_order(void **state)
{
    (void)state;
    struct err err;
    struct item_ring ring = { 0 };
    assert_true(item_ring_init(&ring, 4096, &err));
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, produce_items, &ring), 0);
    for (uint32_t i = 0; i < STRESS_COUNT;) {
        struct item *item = item_ring_peek(&ring);
        if (!item) {
            sched_yield();
            continue;
        }
        assert_int_equal(item->sample, i);
        assert_int_equal(item->size, item_length(i));
        for (uint32_t k = 0; k < item->size; k++)
            if (item->bytes[k] != (i & 0xff))
                fail();
        item_ring_release(&ring);
        i++;
    }
    pthread_join(thread, NULL);
    item_ring_fini(&ring);
}

static void an_item_that_does_not_fit_now_is_refused(void **state)
{
    (void)state;
    struct err err;
    struct item_ring ring = { 0 };
    assert_true(item_ring_init(&ring, 4096, &err));
    assert_null(item_ring_reserve(&ring, 8192));
    assert_non_null(item_ring_reserve(&ring, 3000));
    item_ring_publish(&ring);
    assert_null(item_ring_reserve(&ring, 3000));
    item_ring_fini(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ring_hands_over_in_order_and_says_when_full),
        cmocka_unit_test(ring_keeps_order_between_threads),
        cmocka_unit_test(items_of_any_size_arrive_whole_and_in_order),
        cmocka_unit_test(an_item_that_does_not_fit_now_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
