/* SPDX-License-Identifier: Apache-2.0 */
/* The map stays within a millisecond over hours, whatever the crystal does and however late the
 * observations come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/timemap.h"

static const double second = 1e9;

/* A device of true_hz, read every 5 ms by a thread that is up to late_ns late, delivering packets of
 * 1 ms. The truth: frame n was made at n / true_hz after start_ns. */
struct device {
    double true_hz;
    double start_ns;
    double late_ns;
    uint32_t random;
};

static double uniform(struct device *d)
{
    d->random = d->random * 1664525u + 1013904223u;
    return d->random / 4294967296.0;
}

static void observe(struct timemap *m, struct device *d, double elapsed_s)
{
    /* most wake-ups are prompt, some are late, a few very */
    const double luck = uniform(d);
    const double late = d->late_ns * luck * luck * luck * luck;
    const double now = elapsed_s * second + late;
    const double packet = floor(d->true_hz / 1000);
    const double made = floor(floor(now / second * d->true_hz) / packet) * packet;
    timemap_feed(m, (uint64_t)made, (int64_t)(d->start_ns + now));
}

static void check(const struct timemap *m, const struct device *d, double elapsed_s)
{
    const double frame = floor(elapsed_s * d->true_hz);
    const double truth = d->start_ns + frame / d->true_hz * second;
    assert_true(fabs((double)timemap_time_ns(m, (uint64_t)frame) - truth) < 1e6);
    const double frames = (double)timemap_index(m, (int64_t)(d->start_ns + elapsed_s * second));
    assert_true(fabs(frames - frame) <= d->true_hz / 1000);
}

static void stays_within_a_millisecond_for_four_hours(void **state)
{
    (void)state;
    static const double drift_ppm[] = { 0, 300, -300, 1000, -1000 };
    for (size_t i = 0; i < sizeof drift_ppm / sizeof drift_ppm[0]; i++) {
        struct device d = { .true_hz = 20000 * (1 + drift_ppm[i] * 1e-6),
                            .start_ns = 3.5e14,
                            .late_ns = 20e6,
                            .random = 7 };
        struct timemap m;
        timemap_init(&m, 20000);
        for (uint32_t k = 1; k < 4 * 3600 * 100; k++) {
            observe(&m, &d, k * 0.01);
            if (k > 500) /* the first line needs a few seconds */
                check(&m, &d, k * 0.01);
            if (k > 7000)
                assert_true(fabs(timemap_rate_hz(&m) / d.true_hz - 1) < 5e-6);
        }
    }
}

/* The index goes on by the outage, as whoever feeds the map has it from the map. */
static void bridges_an_outage(void **state)
{
    (void)state;
    struct device d = { .true_hz = 20000 * (1 + 250e-6), .start_ns = 1e12, .late_ns = 3e6 };
    struct timemap m;
    timemap_init(&m, 20000);
    for (uint32_t k = 1; k < 6000; k++)
        observe(&m, &d, k * 0.01);
    const double back_s = 60 + 45;
    const double frames = (double)timemap_index(&m, (int64_t)(d.start_ns + back_s * second));
    assert_true(fabs(frames - back_s * d.true_hz) < 20);
    for (uint32_t k = 10500; k < 20000; k++) {
        observe(&m, &d, k * 0.01);
        check(&m, &d, k * 0.01);
    }
}

static void follows_a_crystal_that_warms_up(void **state)
{
    (void)state;
    struct timemap m;
    timemap_init(&m, 48000);
    double made = 0;
    for (uint32_t k = 1; k < 360000; k++) {
        const double ppm = 20 + 30 * (1 - exp(k / -60000.0)); /* ten minutes to settle */
        made += 480 * (1 + ppm * 1e-6);
        timemap_feed(&m, (uint64_t)made, (int64_t)(k * 0.01 * second));
        assert_true(fabs((double)timemap_time_ns(&m, (uint64_t)made) - k * 0.01 * second) < 1e6);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stays_within_a_millisecond_for_four_hours),
        cmocka_unit_test(bridges_an_outage),
        cmocka_unit_test(follows_a_crystal_that_warms_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
