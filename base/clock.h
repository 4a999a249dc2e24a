/* SPDX-License-Identifier: Apache-2.0 */
/* base/clock.h - where main and web get the time from: the machine, or a test.
 * now_ns is monotonic; utc_ns is the wall clock, for annotations alone. */
#ifndef LSRD_BASE_CLOCK_H
#define LSRD_BASE_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*now_ns)(struct clock *);
    int64_t (*utc_ns)(struct clock *);
};

/* The machine's own. Any thread. */
struct clock *clock_system(void);

/* A clock that a test sets. One thread, or the caller's lock. */
struct clock_virtual {
    struct clock base;
    int64_t now_ns;
    int64_t utc_ns;
};
void clock_virtual_init(struct clock_virtual *v, int64_t now_ns, int64_t utc_ns);
void clock_virtual_advance(struct clock_virtual *v, int64_t by_ns);

#endif
