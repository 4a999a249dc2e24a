/* SPDX-License-Identifier: Apache-2.0 */
/* One value: what is read, what is refused and why, and that printing gives the same value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "config/value.h"

struct box {
    bool flag;
    uint32_t count;
    uint32_t choice;
    double seconds;
    double uv;
    double ratio;
    double plain;
    struct option_text text;
    struct option_labels labels;
    struct option_range range;
};

static const char *const choices[] = {"alsa", "replay", "patient", NULL};
static const struct option rows[] = {
    OPTION_PLAIN(struct box, "flag", flag, "no", 0, "x"),
    OPTION(struct box, "count", count, UNIT_HZ, 8000, 192000, "20 kHz", 0, "x"),
    OPTION_CHOICE(struct box, "choice", choice, choices, "alsa", 0, "x"),
    OPTION(struct box, "seconds", seconds, UNIT_SECONDS, 0, 7200, "30 s", 0, "x"),
    OPTION(struct box, "uv", uv, UNIT_UV, -1e6, 1e6, "20 uV", 0, "x"),
    OPTION(struct box, "ratio", ratio, UNIT_RATIO, 0, 1, "50 %", 0, "x"),
    OPTION(struct box, "plain", plain, UNIT_NONE, -1e300, 1e300, "4", 0, "x"),
    OPTION_PLAIN(struct box, "text", text, "", 0, "x"),
    OPTION_PLAIN(struct box, "labels", labels, "", 0, "x"),
    OPTION(struct box, "range", range, UNIT_SECONDS, 0, 0.2, "6 ms .. 25 ms", 0, "x"),
};

static const struct option *row(const char *key)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].key, key) == 0)
            return &rows[i];
    fail();
    return NULL;
}

static const char *canonical(const char *key, const char *text)
{
    static char printed[VALUE_TEXT];
    char complaint[VALUE_COMPLAINT];
    static struct box b, again;
    memset(&b, 0, sizeof b);
    void *field = (char *)&b + row(key)->offset;
    if (!value_parse(row(key), text, field, complaint)) {
        snprintf(printed, sizeof printed, "refused: %s", complaint);
        return printed;
    }
    value_print(row(key), field, printed);
    memset(&again, 0, sizeof again);
    void *field_again = (char *)&again + row(key)->offset;
    assert_true(value_parse(row(key), printed, field_again, complaint));
    assert_memory_equal(field, field_again, value_size(row(key)));
    assert_true(value_equal(row(key), field, field_again));
    return printed;
}

static void values_read_and_print_back(void **state)
{
    (void)state;
    static const struct {
        const char *key, *text, *canonical;
    } good[] = {
        {"flag", "on", "yes"},
        {"flag", "false", "no"},
        {"count", "20 kHz", "20 kHz"},
        {"count", "20kHz", "20 kHz"},
        {"count", "44100 Hz", "44.1 kHz"},
        {"count", "0.048MHz", "48 kHz"},
        {"choice", "patient", "patient"},
        {"seconds", "6 ms", "6 ms"},
        {"seconds", "0.006 s", "6 ms"},
        {"seconds", "150 ms", "150 ms"},
        {"seconds", "30s", "30 s"},
        {"seconds", "1 min", "60 s"},
        {"seconds", "2 h", "2 h"},
        {"seconds", "5 min", "300 s"},
        {"seconds", "0", "0 s"},
        {"seconds", "40 us", "40 us"},
        {"seconds", "40 \xc2\xb5s", "40 us"},
        {"seconds", "1.0000000001 s", "1.0000000001 s"},
        {"uv", "10 mV", "10 mV"},
        {"uv", "-0.5 mV", "-500 uV"},
        {"uv", "20 \xce\xbcV", "20 uV"},
        {"ratio", "0.05", "5 %"},
        {"ratio", "95%", "95 %"},
        {"ratio", "1", "1"},
        {"plain", "-4.25", "-4.25"},
        {"plain", "1e-5", "1e-05"},
        {"plain", ".5", "0.5"},
        {"text", "hw:CARD=EMG8,DEV=0", "hw:CARD=EMG8,DEV=0"},
        {"text", "\xe5\x8f\xa3\xe8\xbd\xae#1", "\xe5\x8f\xa3\xe8\xbd\xae#1"},
        {"labels", "MENT,OOR", "MENT, OOR"},
        {"labels", "EMG 1 ,  EMG 2", "EMG 1, EMG 2"},
        {"labels", "", ""},
        {"range", "6ms..25ms", "6 ms .. 25 ms"},
        {"range", "0 .. 0.1 s", "0 s .. 100 ms"},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_string_equal(canonical(good[i].key, good[i].text), good[i].canonical);
}

static void refusals_say_what_would_be_right(void **state)
{
    (void)state;
    static const struct {
        const char *key, *text, *says;
    } bad[] = {
        {"flag", "maybe", "yes or no"},
        {"count", "20", "unit is missing (Hz, kHz, MHz); 8 kHz to 192 kHz"},
        {"count", "20 kHz.", "unknown unit (it has Hz, kHz, MHz)"},
        {"count", "7 kHz", "out of range; 8 kHz to 192 kHz"},
        {"count", "8000.5 Hz", "a whole number"},
        {"choice", "relpay", "did you mean replay? one of alsa, replay, patient"},
        {"choice", "tape", "one of alsa, replay, patient"},
        {"seconds", "fast", "not a number; 0 s to 2 h"},
        {"seconds", "", "not a number"},
        {"seconds", "nan", "not a number"},
        {"seconds", "inf s", "not a number"},
        {"seconds", "0x10 s", "unknown unit"},
        {"seconds", "6 sm", "unknown unit (it has s, ms, us, min, h)"},
        {"seconds", "1e999 s", "beyond any number"},
        {"seconds", "-1 s", "out of range"},
        {"ratio", "150 %", "out of range; 0 to 1"},
        {"plain", "4 V", "something stands behind the number"},
        {"text", "a # b", "without # or ;"},
        {"text", "\xff", "UTF-8"},
        {"text", "\xed\xa0\x80", "UTF-8"},
        {"labels", "A,,B", "a label is empty"},
        {"labels", "A,", "a label is empty"},
        {"labels", "A,B,A", "A stands twice"},
        {"labels", "12345678901234567", "at most 16 bytes"},
        {"labels", "1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g,h", "at most 16 labels"},
        {"range", "6 ms", "LOW .. HIGH; 0 s to 200 ms, both ends"},
        {"range", "25 ms .. 6 ms", "the low end must lie below"},
        {"range", "6 ms .. 6 ms", "the low end must lie below"},
        {"range", "6 .. 25 ms", "unit is missing"},
        {"range", "6 ms .. 25 s", "out of range"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *said = canonical(bad[i].key, bad[i].text);
        if (strncmp(said, "refused: ", 9) != 0 || !strstr(said, bad[i].says))
            fail_msg("%s = %s: %s", bad[i].key, bad[i].text, said);
    }
}

static void a_refused_value_leaves_the_field(void **state)
{
    (void)state;
    struct option_range range = {1, 2};
    char complaint[VALUE_COMPLAINT];
    assert_false(value_parse(row("range"), "6 ms .. never", &range, complaint));
    assert_true(range.low == 1 && range.high == 2);
    double ratio = 0.25;
    assert_false(value_parse(row("ratio"), "51", &ratio, complaint));
    assert_true(ratio == 0.25);
}

static void any_double_survives_printing(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const double mantissa = (double)(seed >> 12) / 4503599627370496.0;
        static const double scales[] = {1e-9, 1e-6, 1e-3, 1, 1e3, 7199};
        double v = mantissa * scales[seed % 6], back;
        if (i % 2) /* also short ones, as people write them */
            v = (double)(seed >> 54) / 1000;
        char text[VALUE_TEXT], complaint[VALUE_COMPLAINT];
        value_print(row("seconds"), &v, text);
        assert_true(value_parse(row("seconds"), text, &back, complaint));
        assert_memory_equal(&v, &back, sizeof v);
    }
}

static void the_nearest_name_is_found(void **state)
{
    (void)state;
    static const char *const names[] = {"window", "min_amplitude", "hold", NULL};
    assert_string_equal(value_nearest("windwo", names), "window");
    assert_string_equal(value_nearest("min_amplitud", names), "min_amplitude");
    assert_string_equal(value_nearest("Hold", names), "hold");
    assert_null(value_nearest("gain", names));
    assert_null(value_nearest("", names));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_read_and_print_back),
        cmocka_unit_test(refusals_say_what_would_be_right),
        cmocka_unit_test(a_refused_value_leaves_the_field),
        cmocka_unit_test(any_double_survives_printing),
        cmocka_unit_test(the_nearest_name_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
