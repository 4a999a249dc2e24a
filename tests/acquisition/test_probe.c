/* SPDX-License-Identifier: Apache-2.0 */
/* A device test reports what was put in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "acquisition/probe.h"

enum { RATE = 20000, CHANNELS = 6, SECONDS = 5, PERIOD = 100 };

/* Inputs: noise of 3 uV RMS with 20 uV RMS of 50 Hz and its third harmonic; a copy of it; a stuck one;
 * a trigger of 5 Hz, 2 ms long; stimulus artifacts of 5 Hz, one sample wide; a clipping sine. */
static int32_t sample(uint32_t channel, uint64_t frame)
{
    static uint32_t random = 1;
    const double counts_per_uv = 8388608.0 / 10000;
    const double t = (double)frame / RATE;
    const uint64_t phase = frame % (RATE / 5);
    switch (channel) {
    case 0: {
        double noise = 0; /* twelve uniforms: variance 1 */
        for (int i = 0; i < 12; i++) {
            random = random * 1664525u + 1013904223u;
            noise += random / 4294967296.0 - 0.5;
        }
        const double hum = 16 * sqrt(2) * sin(2 * M_PI * 50 * t + 0.3) +
                           12 * sqrt(2) * sin(2 * M_PI * 150 * t);
        return (int32_t)lrint((noise * 3 + hum + 40) * counts_per_uv);
    }
    case 2:
        return 12345;
    case 3:
        return phase < 40 ? 6000000 : 1000;
    case 4:
        return phase == 0 ? 3000000 : (int32_t)(frame % 7);
    default: {
        const double v = 12000 * sin(2 * M_PI * 10 * t) * counts_per_uv;
        return v > SAMPLE_MAX ? SAMPLE_MAX : v < SAMPLE_MIN ? SAMPLE_MIN : (int32_t)v;
    }
    }
}

static struct stream_format make_format(void)
{
    struct stream_format f = { .rate_hz = RATE, .channels = CHANNELS };
    for (uint32_t i = 0; i < CHANNELS; i++)
        f.inputs[i] = (struct stream_input){ .physical_min = -10000,
                                             .physical_max = 9999.999,
                                             .digital_min = SAMPLE_MIN,
                                             .digital_max = SAMPLE_MAX };
    return f;
}

static void feed_all(struct probe *p)
{
    static int32_t counts[PERIOD * BLOCK_LANES];
    struct sample_block b = {
        .frames = PERIOD, .channels = CHANNELS, .stride = BLOCK_LANES, .counts = counts
    };
    const double true_hz = RATE * (1 + 200e-6);
    for (uint64_t n = 0; n < (uint64_t)SECONDS * RATE; n += PERIOD) {
        /* an overrun after two seconds; each tenth block 2 ms late */
        b.first_index = n < 2 * RATE ? n : n + 500;
        b.mark_count = 0;
        if (n == 2 * RATE)
            mark_set(&b.marks[b.mark_count++], b.first_index, "overrun=500", "system");
        b.captured_ns = 1000000000 + (int64_t)((double)(b.first_index + PERIOD) / true_hz * 1e9) +
                        (n / PERIOD % 10 == 9 ? 2000000 : 0);
        for (uint32_t i = 0; i < PERIOD; i++)
            for (uint32_t c = 0; c < CHANNELS; c++)
                counts[i * BLOCK_LANES + c] = c == 1 ? counts[i * BLOCK_LANES] : sample(c, n + i);
        assert_true(probe_feed(p, &b));
    }
    b.frames = 1;
    assert_false(probe_feed(p, &b));
}

static bool is_near(double value, double wanted, double share)
{
    return fabs(value - wanted) <= share * fabs(wanted);
}

static void the_report_says_what_is_there(void **state)
{
    (void)state;
    struct err err;
    const struct stream_format f = make_format();
    struct probe *p = probe_create(&f, (uint64_t)SECONDS * RATE, &err);
    assert_non_null(p);
    feed_all(p);
    static struct probe_report r;
    probe_finish(p, &r);
    assert_int_equal(r.frames, SECONDS * RATE);
    assert_int_equal(r.lost_frames, 500);
    assert_int_equal(r.interruptions, 1);
    assert_true(is_near(r.rate_hz, RATE * (1 + 200e-6), 5e-6));
    assert_true(fabs(r.late_p50_us) < 10);
    assert_true(is_near(r.late_p99_us, 2000, 0.02));
    const struct probe_input *in = r.input;
    assert_true(is_near(in[0].noise_uv, 3, 0.03));
    assert_true(is_near(in[0].hum_uv, 20, 0.01));
    assert_int_equal(in[0].hum_hz, 50);
    assert_true(is_near(in[0].mean_uv, 40, 0.01));
    assert_int_equal(in[0].clipped, 0);
    assert_int_equal(in[0].same_as, 0);
    assert_int_equal(in[1].same_as, 0);
    assert_true(in[2].is_constant);
    assert_int_equal(in[3].pulses, SECONDS * 5 - 1); /* it begins high */
    assert_true(is_near(in[3].pulse_rate_hz, 5, 1e-6));
    assert_int_equal(in[4].pulses, 0);
    assert_true(in[5].clipped > RATE);
    assert_int_equal(in[5].pulses, 0);
    probe_destroy(p);
}

static void copied_periods_are_counted(void **state)
{
    (void)state;
    struct err err;
    const struct stream_format f = make_format();
    struct probe *p = probe_create(&f, RATE, &err);
    static int32_t counts[PERIOD * BLOCK_LANES];
    struct sample_block b = {
        .frames = PERIOD, .channels = CHANNELS, .stride = BLOCK_LANES, .counts = counts
    };
    for (uint32_t k = 0; k < 20; k++, b.first_index += PERIOD) {
        if (k != 7 && k != 12) /* these two are as the ones before */
            for (uint32_t i = 0; i < PERIOD * BLOCK_LANES; i++)
                counts[i] = (int32_t)((i + k * 911) * 7919 % 65536);
        assert_true(probe_feed(p, &b));
    }
    static struct probe_report r;
    probe_finish(p, &r);
    assert_int_equal(r.repeated_blocks, 2);
    probe_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_report_says_what_is_there),
        cmocka_unit_test(copied_periods_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
