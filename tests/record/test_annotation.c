/* SPDX-License-Identifier: Apache-2.0 */
/* TALs there and back, and what an annotation's text means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "record/annotation.h"

static enum tal_result first_of(const char *bytes, size_t size, struct annotation *a)
{
    struct tal_cursor cursor = {0};
    return tal_next(&cursor, (const unsigned char *)bytes, size, a);
}

static void a_tal_of_several_texts_gives_each(void **state)
{
    (void)state;
    static const char bytes[] = "+1.5\x14\x14one\x14two\x14\0+2\x15"
                                "0.25\x14three\x14\0\0\0";
    struct tal_cursor cursor = {0};
    struct annotation a;
    const unsigned char *b = (const unsigned char *)bytes;
    assert_int_equal(tal_next(&cursor, b, sizeof bytes, &a), TAL_FOUND);
    assert_true(a.is_clock);
    assert_int_equal(tal_next(&cursor, b, sizeof bytes, &a), TAL_FOUND);
    assert_true(annotation_is(&a, "one") && !a.is_clock && a.duration_s < 0);
    assert_int_equal(tal_next(&cursor, b, sizeof bytes, &a), TAL_FOUND);
    assert_true(annotation_is(&a, "two"));
    assert_int_equal(tal_next(&cursor, b, sizeof bytes, &a), TAL_FOUND);
    assert_true(annotation_is(&a, "three") && fabs(a.duration_s - 0.25) < 1e-12);
    assert_int_equal(tal_next(&cursor, b, sizeof bytes, &a), TAL_END);
}

static void broken_tals_are_told_from_the_end(void **state)
{
    (void)state;
    struct annotation a;
    assert_int_equal(first_of("\0\0\0", 3, &a), TAL_END);
    assert_int_equal(first_of("1\x14x\x14\0", 5, &a), TAL_BROKEN); /* no sign */
    assert_int_equal(first_of("+1\x14x", 4, &a), TAL_BROKEN);      /* no end */
    assert_int_equal(first_of("+1", 2, &a), TAL_BROKEN);
    assert_int_equal(first_of("+.\x14x\x14\0", 6, &a), TAL_BROKEN); /* no digit */
    assert_int_equal(first_of("+1\x15\x14x\x14\0", 7, &a), TAL_BROKEN);
    assert_int_equal(first_of("+1\x14"
                              "a\0b\x14\0",
                              8, &a),
                     TAL_BROKEN);
    assert_int_equal(first_of("+1.2.3\x14x\x14\0", 10, &a), TAL_BROKEN);
}

static void onsets_have_nine_decimals_and_come_back_to_the_same_sample(void **state)
{
    (void)state;
    char bytes[ANNOTATION_BYTES];
    assert_int_equal(annotation_format(bytes, sizeof bytes, 30001, 2, 20000, "x"), 28);
    assert_string_equal(bytes, "+1.500050000\x15"
                               "0.000100000\x14x\x14");
    assert_int_equal(annotation_format(bytes, 27, 30001, 2, 20000, "x"), 0); /* no room */
    const uint32_t rates[] = {1, 977, 11025, 20000, 44100, 192000};
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++)
        for (uint64_t sample = 0; sample < 20000000000; sample = sample * 3 + 7) {
            struct annotation a;
            const size_t n = annotation_format(bytes, sizeof bytes, sample, 0, rates[k], "t");
            assert_int_equal(first_of(bytes, n, &a), TAL_FOUND);
            assert_int_equal((uint64_t)rint(a.onset_s * rates[k]), sample);
        }
}

static void check_mark(const char *text, const char *want_text, const char *want_by)
{
    struct mark m;
    assert_true(annotation_to_mark(text, strlen(text), 7, &m));
    assert_string_equal(m.text, want_text);
    assert_string_equal(m.by, want_by);
    assert_int_equal(m.sample, 7);
}

static void known_keys_are_marks_and_the_rest_are_notes(void **state)
{
    (void)state;
    check_mark("phase=decompressed since=-20s by=Dr. Wang", "phase=decompressed since=-20s",
               "Dr. Wang");
    check_mark("confirm by=Li", "confirm", "Li");
    check_mark("relaxant", "relaxant", "");
    check_mark("confirm the electrode", "note=confirm the electrode", "");
    check_mark("Recording starts", "note=Recording starts", "");
    check_mark("phases", "note=phases", "");
    check_mark("clip \xff on", "note=clip ? on", "");
    check_mark("\xe4\xb8\xad", "note=\xe4\xb8\xad", "");
    struct mark m;
    assert_false(annotation_to_mark("lsrd:endpoint reached", 21, 0, &m));
    assert_false(annotation_to_mark("", 0, 0, &m));
}

static void marks_survive_the_file(void **state)
{
    (void)state;
    const char *const marks[][2] = {{"phase=dura_open", "Wang"},
                                    {"note=stand by=me", ""},
                                    {"note=stand by=me", "Li by night"},
                                    {"note=", ""},
                                    {"undo=12", "system"}};
    for (size_t i = 0; i < 4; i++) {
        struct mark m;
        struct mark back;
        char text[MARK_TEXT + MARK_BY + 8];
        mark_set(&m, 9, marks[i][0], marks[i][1]);
        annotation_from_mark(&m, text);
        assert_true(annotation_to_mark(text, strlen(text), 9, &back));
        assert_string_equal(back.text, m.text);
        assert_string_equal(back.by, m.by);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tal_of_several_texts_gives_each),
        cmocka_unit_test(broken_tals_are_told_from_the_end),
        cmocka_unit_test(onsets_have_nine_decimals_and_come_back_to_the_same_sample),
        cmocka_unit_test(known_keys_are_marks_and_the_rest_are_notes),
        cmocka_unit_test(marks_survive_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
