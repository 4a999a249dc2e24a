/* SPDX-License-Identifier: Apache-2.0 */
/* EDFlib reads what we write: every sample and annotation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <edflib.h>

#include "record/writer.h"
#include "tests/record/recorded.h"

enum { RATE = 1000, CHANNELS = 2, LENGTH = 4321, MARKS = 20 };

static void every_sample_and_annotation_is_there(void **state)
{
    (void)state;
    struct err err;
    char folder[64];
    char path[96];
    static struct stream_format format;
    static int32_t counts[LENGTH * CHANNELS];
    scratch_make(folder);
    snprintf(path, sizeof path, "%s/x.bdf", folder);
    known_format(&format, RATE, CHANNELS);
    known_counts(0, LENGTH, CHANNELS, counts);
    const struct writer_options o = {
        .path = path, .format = &format, .start_utc_ns = 1795512600000000000, .version = "0.1.0"};
    struct writer *w = writer_open(&o, file_ops_system(), &err);
    for (uint32_t i = 0; i < MARKS; i++) {
        char text[32];
        snprintf(text, sizeof text, "note=%u", i);
        assert_true(writer_annotate(w, i * 100, 0, text));
    }
    assert_true(writer_samples(w, 0, LENGTH, counts, &err));
    assert_true(writer_finish(w, &err));
    writer_close(w);

    static struct edf_hdr_struct h;
    const int failed = edfopen_file_readonly(path, &h, EDFLIB_READ_ALL_ANNOTATIONS);
    if (failed)
        fail_msg("EDFlib: %d", h.filetype);
    assert_int_equal(h.filetype, EDFLIB_FILETYPE_BDFPLUS);
    assert_int_equal(h.edfsignals, CHANNELS);
    assert_int_equal(h.startdate_day, 24);
    assert_int_equal(h.starttime_hour, 9);
    assert_int_equal(h.starttime_minute, 30);
    assert_string_equal(h.signalparam[1].label, "CH2             ");
    assert_true(h.signalparam[1].phys_max > 10000.5);
    static int read[LENGTH];
    for (int c = 0; c < CHANNELS; c++) {
        assert_int_equal(edfread_digital_samples(h.handle, c, LENGTH, read), LENGTH);
        for (uint32_t i = 0; i < LENGTH; i++)
            if (read[i] != known_sample(i, (uint32_t)c))
                fail_msg("channel %d sample %u: %d", c, i, read[i]);
    }
    int marks = 0;
    for (int i = 0; i < h.annotations_in_file; i++) {
        struct edf_annotation_struct a;
        char want[32];
        assert_int_equal(edf_get_annotation(h.handle, i, &a), 0);
        if (strncmp(a.annotation, "note=", 5) != 0)
            continue;
        snprintf(want, sizeof want, "note=%d", marks);
        assert_string_equal(a.annotation, want);
        assert_int_equal(a.onset, (long long)marks * EDFLIB_TIME_DIMENSION / 10);
        marks++;
    }
    assert_int_equal(marks, MARKS);
    edfclose_file(h.handle);
    scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_and_annotation_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
