/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's clock, and one that a test sets. */
#include "base/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t system_now(struct clock *c)
{
    (void)c;
    return read_ns(CLOCK_MONOTONIC);
}

static int64_t system_utc(struct clock *c)
{
    (void)c;
    return read_ns(CLOCK_REALTIME);
}

struct clock *clock_system(void)
{
    static struct clock machine = { .now_ns = system_now, .utc_ns = system_utc };
    return &machine;
}

static int64_t virtual_now(struct clock *c)
{
    return ((struct clock_virtual *)c)->now_ns;
}

static int64_t virtual_utc(struct clock *c)
{
    return ((struct clock_virtual *)c)->utc_ns;
}

void clock_virtual_init(struct clock_virtual *v, int64_t now_ns, int64_t utc_ns)
{
    *v = (struct clock_virtual){
        .base = { .now_ns = virtual_now, .utc_ns = virtual_utc },
        .now_ns = now_ns,
        .utc_ns = utc_ns,
    };
}

void clock_virtual_advance(struct clock_virtual *v, int64_t by_ns)
{
    v->now_ns += by_ns;
    v->utc_ns += by_ns;
}
