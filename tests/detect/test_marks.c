/* SPDX-License-Identifier: Apache-2.0 */
/* Marks are read strictly: what they say, and what they cannot say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "detect/marks.h"

static struct mark_meaning read_text(const char *text)
{
    struct mark m;
    mark_set(&m, 1000, text, "NP");
    return mark_read(&m);
}

static void every_key_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mark_kind kind;
    } known[] = {
        {"phase=dura_open", MARK_PHASE},
        {"phase=closing", MARK_PHASE},
        {"branch=marginal", MARK_BRANCH},
        {"baseline=take", MARK_BASELINE_TAKE},
        {"stimulation=off", MARK_STIMULATION},
        {"intensity=21mA", MARK_INTENSITY},
        {"tof=2", MARK_TRAIN_OF_FOUR},
        {"channel_off=MENT needle out", MARK_CHANNEL_OFF},
        {"channel_on=MENT", MARK_CHANNEL_ON},
        {"relaxant", MARK_RELAXANT},
        {"relaxant=rocuronium", MARK_RELAXANT},
        {"anaesthetic", MARK_ANAESTHETIC},
        {"anaesthetic=desflurane 0.5 MAC", MARK_ANAESTHETIC},
        {"confirm", MARK_CONFIRM},
        {"reject", MARK_REJECT},
        {"ack=lsr_recurred", MARK_ACK},
        {"undo=1234", MARK_UNDO},
        {"set=endpoint.hold=60 s", MARK_SET},
        {"device=lost", MARK_DEVICE},
        {"recording=stopped", MARK_RECORDING},
        {"overrun=480", MARK_OVERRUN},
        {"case=start", MARK_CASE},
        {"note=phase=decompressed", MARK_NOTE},
        {"Teflon placed", MARK_NOTE},
        {"", MARK_NOTE},
        {"phases=decompressed", MARK_NOTE},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (read_text(known[i].text).kind != known[i].kind)
            fail_msg("%s: %d", known[i].text, (int)read_text(known[i].text).kind);
}

static void a_value_that_cannot_be_is_unreadable_and_says_what_can(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "phase",
        "phase=",
        "phase=decompresse",
        "phase=decompressed now",
        "phase=decompressed since=20s",
        "phase=decompressed since=-20",
        "phase=decompressed since=-20 Hz",
        "branch=",
        "baseline=new",
        "stimulation=maybe",
        "intensity=21",
        "intensity=-1mA",
        "intensity=mA",
        "tof=5",
        "tof=22",
        "tof=",
        "ack",
        "undo=",
        "undo=-1",
        "undo=18446744073709551616",
        "set=hold=1",
        "set=.hold=1",
        "set=endpoint.=1",
        "set=endpoint.hold",
        "device=gone",
        "recording=",
        "overrun=many",
        "case=begin",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct mark m;
        mark_set(&m, 0, wrong[i], "");
        if (mark_read(&m).kind != MARK_UNREADABLE || !mark_complaint(&m) || !*mark_complaint(&m))
            fail_msg("%s is taken for something", wrong[i]);
    }
    struct mark fine;
    mark_set(&fine, 0, "phase=decompressed", "");
    assert_null(mark_complaint(&fine));
}

static void a_phase_may_have_begun_earlier(void **state)
{
    (void)state;
    assert_true(read_text("phase=decompressed").since_s == 0.0);
    assert_true(read_text("phase=decompressed since=-20s").since_s == -20.0);
    assert_true(read_text("phase=decompressed since=-20 s").since_s == -20.0);
    assert_true(read_text("phase=decompressed  since=-1.5min").since_s == -90.0);
    assert_int_equal(read_text("phase=decompressed since=-20s").phase, MARK_DECOMPRESSED);
}

static void numbers_come_in_their_base_units(void **state)
{
    (void)state;
    double v;
    assert_true(mark_quantity("21 mA", MARK_UNIT_MA, &v) && v == 21.0);
    assert_true(mark_quantity("0.5A", MARK_UNIT_MA, &v) && v == 500.0);
    assert_true(mark_quantity("6 ms", MARK_UNIT_S, &v) && v == 0.006);
    assert_true(mark_quantity("2mV", MARK_UNIT_UV, &v) && v == 2000.0);
    assert_true(mark_quantity("50 %", MARK_UNIT_NONE, &v) && v == 0.5);
    assert_true(mark_quantity("30", MARK_UNIT_NONE, &v) && v == 30.0);
    assert_true(mark_quantity("4kHz", MARK_UNIT_HZ, &v) && v == 4000.0);
    assert_false(mark_quantity("6 ms", MARK_UNIT_MA, &v));
    assert_false(mark_quantity("1e3 s", MARK_UNIT_S, &v));
    assert_false(mark_quantity("1.2.3 s", MARK_UNIT_S, &v));
    assert_false(mark_quantity("1234567890123456789 s", MARK_UNIT_S, &v));
    assert_false(mark_quantity(".", MARK_UNIT_NONE, &v));
}

static void a_setting_names_its_key_and_value(void **state)
{
    (void)state;
    struct mark m;
    mark_set(&m, 0, "set=endpoint.hold=60 s", "NP");
    const struct mark_meaning set = mark_read(&m);
    assert_true(mark_span_is(&m, set.key, "endpoint.hold"));
    assert_true(mark_span_is(&m, set.value, "60 s"));
    assert_int_equal(set.was.length, 0);
    mark_set(&m, 0, "set=endpoint.hold=60 s was=30 s", "NP");
    const struct mark_meaning change = mark_read(&m);
    assert_true(mark_span_is(&m, change.key, "endpoint.hold"));
    assert_true(mark_span_is(&m, change.value, "60 s"));
    assert_true(mark_span_is(&m, change.was, "30 s"));
    mark_set(&m, 0, "undo=987654321", "NP");
    assert_int_equal(mark_read(&m).count, 987654321);
}

static void the_longest_text_is_read_within_its_bounds(void **state)
{
    (void)state;
    char text[MARK_TEXT + 40];
    memset(text, 'x', sizeof text);
    memcpy(text, "branch=", 7);
    text[sizeof text - 1] = 0;
    struct mark m;
    mark_set(&m, 0, text, "");
    const struct mark_meaning meaning = mark_read(&m);
    assert_int_equal(meaning.kind, MARK_BRANCH);
    assert_int_equal(meaning.value.at + meaning.value.length, MARK_TEXT - 1);
}

static void a_word_is_taken_back_by_its_sample(void **state)
{
    (void)state;
    static const struct {
        const char *word, *text;
        bool takes_back;
    } cases[] = {
        {"undo=5000", "phase=decompressed since=-20s", true},
        {"undo=5000", "intensity=21mA", true},
        {"undo=5000", "tof=2", true},
        {"undo=5000", "relaxant", true},
        {"undo=5000", "anaesthetic", true},
        {"undo=5001", "phase=decompressed", false},
        {"undo=5000", "confirm", false},
        {"undo=5000", "baseline=take", false},
        {"undo=5000", "note=phase", false},
        {"undo=", "phase=decompressed", false},
        {"note=undo=5000", "phase=decompressed", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mark word, m;
        mark_set(&word, 9000, cases[i].word, "NP");
        mark_set(&m, 5000, cases[i].text, "NP");
        assert_int_equal(mark_takes_back(&word, &m), cases[i].takes_back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(a_value_that_cannot_be_is_unreadable_and_says_what_can),
        cmocka_unit_test(a_phase_may_have_begun_earlier),
        cmocka_unit_test(numbers_come_in_their_base_units),
        cmocka_unit_test(a_setting_names_its_key_and_value),
        cmocka_unit_test(a_word_is_taken_back_by_its_sample),
        cmocka_unit_test(the_longest_text_is_read_within_its_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
