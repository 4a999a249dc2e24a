/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual amplifier itself: what tests rely on must hold before they do. Its time is an argument. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/amplifier/device.h"

enum { FRAMES = 1000, CHANNELS = 2 };

static const int64_t second_ns = 1000000000;
static char signal_path[64], description_path[64];

static int make_files(void **state)
{
    (void)state;
    snprintf(signal_path, sizeof signal_path, "/tmp/lsrd-device-%d.raw", (int)getpid());
    snprintf(description_path, sizeof description_path, "/tmp/lsrd-device-%d.amp", (int)getpid());
    FILE *f = fopen(signal_path, "we");
    for (int16_t i = 0; i < FRAMES; i++)
        for (int16_t c = 0; c < CHANNELS; c++)
            fwrite(&(int16_t){ (int16_t)(c ? -i : i) }, 2, 1, f);
    return fclose(f);
}

static int remove_files(void **state)
{
    (void)state;
    unlink(signal_path);
    unlink(description_path);
    return 0;
}

static bool describe(struct amplifier_description *d, const char *lines, char complaint[256])
{
    FILE *f = fopen(description_path, "we");
    fprintf(f, "signal %s\nformat S16_LE\nrate 1000\nchannels %d\n%s", signal_path, CHANNELS, lines);
    fclose(f);
    return amplifier_description_read(d, description_path, complaint);
}

static void open_device(struct device *device, const char *lines)
{
    char complaint[256];
    static struct amplifier_description d;
    assert_true(describe(&d, lines, complaint));
    assert_true(device_open(device, &d, 2, complaint));
    device_start(device, 5 * second_ns);
}

static int16_t first_channel(const struct device *d, uint64_t frame)
{
    int16_t samples[CHANNELS];
    device_copy(d, frame, 1, (unsigned char *)samples);
    return samples[0];
}

static void counts_at_its_true_rate(void **state)
{
    (void)state;
    struct device d;
    open_device(&d, "ppm 300\n");
    assert_int_equal(device_position(&d, 5 * second_ns), 0);
    assert_int_equal(device_position(&d, 15 * second_ns), 10003);
    assert_int_equal(device_position(&d, device_time_of(&d, 7777)), 7777);
    assert_int_equal(device_position(&d, device_time_of(&d, 7777) - 1000), 7776);
    assert_int_equal(first_channel(&d, 3 * FRAMES + 17), 17);
    device_close(&d);
}

static void delivers_late_packets_in_order(void **state)
{
    (void)state;
    struct device d;
    open_device(&d, "packet 20\njitter 15\n");
    uint64_t last = 0;
    bool was_late = false;
    for (int64_t t = 5 * second_ns; t < 8 * second_ns; t += second_ns / 2000) {
        const uint64_t now = device_position(&d, t);
        const uint64_t punctual = (uint64_t)(t - 5 * second_ns) / 1000000 / 20 * 20;
        assert_true(now >= last && now % 20 == 0 && now <= punctual && now + 20 >= punctual);
        was_late |= now < punctual;
        last = now;
    }
    assert_true(was_late);
    device_close(&d);
}

static void damages_what_its_description_says(void **state)
{
    (void)state;
    struct device d;
    open_device(&d, "at 100 zero 10\nat 200 duplicate 20\nat 300 dead 1 50ms\nat 400 stuck 100\n");
    assert_int_equal(first_channel(&d, 99), 99);
    assert_int_equal(first_channel(&d, 100), 0);
    assert_int_equal(first_channel(&d, 110), 110);
    assert_int_equal(first_channel(&d, 219), 199);
    assert_int_equal(first_channel(&d, 220), 220);
    assert_int_equal(first_channel(&d, 349), 300);
    assert_int_equal(first_channel(&d, 350), 350);
    assert_int_equal(device_position(&d, 5 * second_ns + 450 * 1000000), 400);
    assert_int_equal(device_position(&d, 5 * second_ns + 501 * 1000000), 501);
    device_close(&d);
}

static void interrupts_once_for_each_fault(void **state)
{
    (void)state;
    struct device d;
    open_device(&d, "at 100 xrun 2 every 10\nat 200 unplug 300ms\n");
    int64_t t = 5 * second_ns;
    assert_null(device_fault_now(&d, t));
    for (uint64_t frame = 100; frame <= 110; frame += 10) {
        t = device_next_fault_ns(&d);
        const struct amplifier_fault *f = device_fault_now(&d, t);
        assert_non_null(f);
        assert_int_equal(f->kind, FAULT_XRUN);
        assert_int_equal(f->frame, frame);
        device_fault_is_over(&d);
        assert_null(device_fault_now(&d, t));
    }
    t = device_next_fault_ns(&d);
    assert_int_equal(device_fault_end_ns(&d, device_fault_now(&d, t)) - t, 300 * 1000000);
    device_fault_is_over(&d);
    assert_int_equal(device_next_fault_ns(&d), INT64_MAX);
    device_close(&d);
}

static void refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    static const char *const wrong[] = { "colour blue\n", "at 10\n", "at 10 explode 5\n",
                                         "at 10 dead 3 5\n", "at 10 unplug\n", "jitter 5\n",
                                         "at 20 xrun\nat 10 xrun\n" };
    static struct amplifier_description d;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char complaint[256] = "";
        assert_false(describe(&d, wrong[i], complaint));
        assert_non_null(strstr(complaint, ".amp:"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_at_its_true_rate),
        cmocka_unit_test(delivers_late_packets_in_order),
        cmocka_unit_test(damages_what_its_description_says),
        cmocka_unit_test(interrupts_once_for_each_fault),
        cmocka_unit_test(refuses_what_it_does_not_understand),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
