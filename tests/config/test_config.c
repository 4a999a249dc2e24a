/* SPDX-License-Identifier: Apache-2.0 */
/* Reading whole files: every mistake with its line, overrides, cross-checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "tests/config/settings.h"

static struct test_settings settings;

static struct config *read_text(const char *text, size_t length)
{
    struct err err;
    struct config *c = config_create(test_sections, &settings, &err);
    assert_non_null(c);
    assert_true(config_read_text(c, "a.conf", text, length, &err));
    config_finish(c);
    return c;
}

static void assert_mistakes(const struct config *c, const char *const *expected, size_t count)
{
    for (size_t i = 0; i < count && i < config_mistake_count(c); i++) {
        char line[1024];
        config_mistake_format(config_mistake(c, i), line, sizeof line);
        assert_string_equal(line, expected[i]);
    }
    assert_int_equal(config_mistake_count(c), count);
}

static void the_table_is_sound(void **state)
{
    (void)state;
    struct err err;
    assert_true(config_table_check(test_sections, &err));
    static const struct option twice[] = {OPTION_PLAIN(struct test_device, "pcm", pcm, "", 0, "x"),
                                          OPTION_PLAIN(struct test_device, "pcm", pcm, "", 0, "x"),
                                          {0}};
    static const struct config_rows twice_rows[] = {{twice, 0}, {0}};
    static const struct config_section broken[] = {{.name = "a", .rows = twice_rows}, {0}};
    assert_false(config_table_check(broken, &err));
    static const struct option wrong[] = {
        OPTION(struct test_device, "rate", rate_hz, UNIT_HZ, 1, 10, "20 Hz", 0, "x"), {0}};
    static const struct config_rows wrong_rows[] = {{wrong, 0}, {0}};
    static const struct config_section broken2[] = {{.name = "a", .rows = wrong_rows}, {0}};
    assert_false(config_table_check(broken2, &err));
}

static void a_good_file_fills_the_struct(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf# comment\r\n"
                               "[device]   ; comment\r\n"
                               "  source = patient   # or a device\r\n"
                               "pcm=hw:CARD=EMG8\r\n"
                               "seed = 7\n"
                               "\n"
                               "[channel MENT]\n"
                               "input  = 3 - 4\n"
                               "near = OOC, OOR\n"
                               "[ channel   EMG 2 ]\n"
                               "input = 2\n"
                               "scale = 5 mV\n"
                               "[response]\n"
                               "window = 5ms..40 ms";
    struct config *c = read_text(text, sizeof text - 1);
    assert_mistakes(c, NULL, 0);
    assert_int_equal(settings.device.source, 2);
    assert_string_equal(settings.device.pcm.text, "hw:CARD=EMG8");
    assert_int_equal(settings.device.rate_hz, 20000);
    assert_int_equal(settings.patient.seed, 7);
    assert_int_equal(settings.channels, 2);
    assert_string_equal(settings.channel[0].label, "MENT");
    assert_string_equal(settings.channel[0].input.text, "3 - 4");
    assert_string_equal(settings.channel[1].label, "EMG 2");
    assert_true(settings.channel[0].scale_uv == 10000 && settings.channel[1].scale_uv == 5000);
    assert_int_equal(settings.channel[0].near.count, 2);
    assert_true(settings.response.window.low == 0.005 && settings.response.window.high == 0.04);
    assert_int_equal(config_line_of(c, &settings.patient.seed), 5);
    assert_int_equal(config_line_of(c, settings.channel[1].label), 10);
    assert_true(config_is_given(c, &settings.response.window));
    assert_false(config_is_given(c, &settings.response.share));
    config_destroy(c);
}

static void every_mistake_of_a_file_is_told_with_its_line(void **state)
{
    (void)state;
    static const char text[] = "early = 1\n"
                               "[device]\n"
                               "source = relpay\n"
                               "rte = 20 kHz\n"
                               "window = 1 ms .. 2 ms\n"
                               "rate = 20 kHz\n"
                               "rate = 10 kHz\n"
                               "just words\n"
                               "[respones]\n"
                               "gain = 1\n"
                               "[response\n"
                               "share = 2\n"
                               "[response] tail\n"
                               "min_amplitude = 0.5 uV  # too small\n"
                               "[channel]\n"
                               "[channel A]\n"
                               "[channel B]\n"
                               "input = 2\n"
                               "[channel B]\n"
                               "[device x]\n"
                               "[channel C]\n"
                               "input = 1\n"
                               "[channel D]\n"
                               "[sleep]\n";
    static const char *const expected[] = {
        "a.conf:1: early = 1: stands before the first [section]",
        "a.conf:3: [device] source = relpay: did you mean replay? one of alsa, replay, patient",
        "a.conf:4: [device] rte = 20 kHz: no such key; did you mean rate?",
        "a.conf:5: [device] window = 1 ms .. 2 ms: no such key here; it belongs to [response]",
        "a.conf:7: [device] rate = 10 kHz: the key stands twice, first on line 6",
        "a.conf:8: [device] just words: a line is `key = value`, `[section]` or a comment",
        "a.conf:9: [respones]: no such section; did you mean [response]?",
        "a.conf:11: the ] of the section is missing",
        "a.conf:13: [response]: something stands behind the ]",
        "a.conf:14: [response] min_amplitude = 0.5 uV: out of range; 1 uV to 10 mV",
        "a.conf:15: [channel]: this section needs a title of 1 to 16 bytes of plain text: [channel "
        "NAME]",
        "a.conf:19: [channel B]: the section stands twice, first on line 17; put its keys together",
        "a.conf:20: [device x]: this section has no title: [device]",
        "a.conf:23: [channel D]: at most 3 such sections",
        "a.conf:24: [sleep]: no such section",
        "a.conf:16: [channel A] input: missing: number of the input, from 1",
    };
    struct config *c = read_text(text, sizeof text - 1);
    assert_mistakes(c, expected, sizeof expected / sizeof expected[0]);
    config_destroy(c);
}

static void names_lines_and_bytes_have_limits(void **state)
{
    (void)state;
    char *text = malloc(200000);
    assert_non_null(text);
    size_t n = (size_t)sprintf(text, "[%060d]\n[device]\n%060d = 1\npcm = a%cb\n# ", 1, 2, 0);
    memset(text + n, 'x', 70000);
    n += 70000;
    n += (size_t)sprintf(text + n, "\npcm = %0300d\nsource = patient\n", 3);
    struct config *c = read_text(text, n);
    assert_int_equal(config_mistake_count(c), 5);
    assert_string_equal(config_mistake(c, 0)->text, "a section's name has at most 49 bytes");
    assert_string_equal(config_mistake(c, 1)->text, "a key has at most 49 bytes");
    assert_int_equal(config_mistake(c, 2)->line, 4);
    assert_string_equal(config_mistake(c, 3)->text, "a line has at most 65536 bytes");
    assert_string_equal(config_mistake(c, 4)->text, "at most 255 bytes");
    assert_int_equal(config_mistake(c, 4)->line, 6);
    assert_int_equal(settings.device.source, 2); /* reading went on behind them */
    config_destroy(c);

    n = 0;
    for (int i = 0; i < 500; i++)
        n += (size_t)sprintf(text + n, "[nonsense%d]\n", i);
    c = read_text(text, n);
    assert_int_equal(config_mistake_count(c), 500);
    assert_int_equal(config_mistake(c, CONFIG_MISTAKES - 1)->line, CONFIG_MISTAKES);
    config_destroy(c);
    free(text);
}

static void overrides_win_and_are_named(void **state)
{
    (void)state;
    struct config *c = read_text("[device]\nseed = 7\n", 18);
    config_override(c, "device.seed=8");
    config_override(c, "device.seed = 9");
    config_override(c, "channel.a.b.scale=1 mV");
    config_override(c, "channel.a.b.input=1");
    config_override(c, "response.window=1 ms .. 2 m");
    config_override(c, "resp.window=1 ms .. 2 ms");
    config_override(c, "seed=2");
    config_override(c, "channel.input=2");
    assert_int_equal(settings.patient.seed, 9);
    assert_int_equal(settings.channels, 1);
    assert_string_equal(settings.channel[0].label, "a.b");
    static const char *const expected[] = {
        "--set: [response] window = 1 ms .. 2 m: unknown unit (it has s, ms, us, min, h); 1 ms to "
        "200 ms, both ends",
        "--set: [resp] window = 1 ms .. 2 ms: no such section",
        "--set: seed=2: section.key=value is wanted",
        "--set: [channel] input = 2: this section needs a title: section.title.key=value",
    };
    assert_mistakes(c, expected, 4);
    config_destroy(c);
}

static void cross_checks_name_the_line_of_the_value(void **state)
{
    (void)state;
    static const char text[] = "[channel A]\ninput = 9\n\n[response]\nshare = 10 %\n";
    struct config *c = read_text(text, sizeof text - 1);
    config_override(c, "device.seed=3");
    config_mistake_add(c, &settings.channel[0].input, "the device has %d inputs", 8);
    config_mistake_add(c, settings.channel[0].label, "no branch uses it");
    config_mistake_add(c, &settings.response.window, "too wide for 1 kHz");
    config_mistake_add(c, &settings.patient.seed, "is taken");
    static const char *const expected[] = {
        "a.conf:2: [channel A] input = 9: the device has 8 inputs",
        "a.conf:1: [channel A]: no branch uses it",
        "a.conf: [response] window = 6 ms .. 25 ms: too wide for 1 kHz",
        "--set: [device] seed = 3: is taken",
    };
    assert_mistakes(c, expected, 4);
    config_destroy(c);
}

static void setting_one_value_is_all_or_nothing(void **state)
{
    (void)state;
    struct err err;
    config_destroy(read_text("", 0));
    assert_false(config_set(test_sections, &settings, "channel.A.scale=2", &err));
    assert_int_equal(settings.channels, 0);
    assert_false(config_set(test_sections, &settings, "response.share=2", &err));
    assert_string_equal(err.text, "response.share=2: out of range; 0 to 1");
    assert_true(settings.response.share == 0.5);
    assert_true(config_set(test_sections, &settings, "channel.A.scale=2 mV", &err));
    assert_true(settings.channels == 1 && settings.channel[0].scale_uv == 2000);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    struct err err;
    struct config *c = config_create(test_sections, &settings, &err);
    assert_false(config_read(c, "/nonexistent/lsrd.conf", &err));
    assert_string_equal(err.text, "/nonexistent/lsrd.conf: No such file or directory");
    assert_false(config_read(c, "/tmp", &err));
    assert_false(config_read(c, "/dev/zero", &err));
    assert_int_equal(err_exit_status(&err), 1);
    config_destroy(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(a_good_file_fills_the_struct),
        cmocka_unit_test(every_mistake_of_a_file_is_told_with_its_line),
        cmocka_unit_test(names_lines_and_bytes_have_limits),
        cmocka_unit_test(overrides_win_and_are_named),
        cmocka_unit_test(cross_checks_name_the_line_of_the_value),
        cmocka_unit_test(setting_one_value_is_all_or_nothing),
        cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
