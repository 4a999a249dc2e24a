/* SPDX-License-Identifier: Apache-2.0 */
/* Files that other programs wrote open with the values that their description states, or are
 * refused with one line that says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/edf_file.h"
#include "record/reader.h"

static json_t *expected;

static int load_expected(void **state)
{
    (void)state;
    expected = json_load_file(getenv("LSRD_CORPUS_EXPECTED"), 0, NULL);
    return expected ? 0 : -1;
}

static int free_expected(void **state)
{
    (void)state;
    json_decref(expected);
    return 0;
}

static const char *corpus_path(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", getenv("LSRD_CORPUS"), name);
    return path;
}

static void check_header(struct edf_file *f, json_t *want)
{
    const struct edf_header *h = edf_file_header(f);
    assert_int_equal(h->is_bdf, !strcmp(json_string_value(json_object_get(want, "format")), "BDF"));
    const char *reserved = json_string_value(json_object_get(want, "reserved"));
    assert_int_equal(h->continuity, reserved[0] ? EDF_CONTINUOUS : EDF_PLAIN);
    assert_string_equal(h->patient, json_string_value(json_object_get(want, "patient")));
    assert_string_equal(h->recording, json_string_value(json_object_get(want, "recording")));
    assert_string_equal(h->start_date, json_string_value(json_object_get(want, "startdate")));
    assert_string_equal(h->start_time, json_string_value(json_object_get(want, "starttime")));
    assert_int_equal(h->header_bytes, json_integer_value(json_object_get(want, "header_bytes")));
    assert_int_equal(h->records, json_integer_value(json_object_get(want, "records_header")));
    assert_int_equal(h->signals, json_integer_value(json_object_get(want, "signals_count")));
    assert_true(fabs(h->duration_s -
                     json_number_value(json_object_get(want, "record_duration_s"))) < 1e-12);
    assert_int_equal(edf_file_records(f),
                     json_integer_value(json_object_get(want, "whole_records")));
    assert_int_equal(edf_file_trailing_bytes(f),
                     json_integer_value(json_object_get(want, "trailing_bytes")));
}

static json_t *next_signal(json_t *list, size_t *at, const char *label)
{
    json_t *signal = json_array_get(list, *at);
    if (!json_is_object(signal) ||
        strcmp(json_string_value(json_object_get(signal, "label")), label) != 0)
        return NULL; /* left out of a long list */
    (*at)++;
    return signal;
}

static void check_signals(struct edf_file *f, json_t *want)
{
    json_t *list = json_object_get(want, "signals");
    size_t at = 0;
    size_t found = 0;
    for (uint32_t i = 0; i < edf_file_header(f)->signals; i++) {
        const struct edf_signal *s = edf_file_signal(f, i);
        if (json_is_string(json_array_get(list, at)))
            at++;
        json_t *signal = next_signal(list, &at, s->label);
        if (!signal)
            continue;
        found++;
        assert_string_equal(s->fault, "");
        assert_true(fabs(s->physical_min -
                         atof(json_string_value(json_object_get(signal, "physmin")))) < 1e-12);
        assert_true(fabs(s->physical_max -
                         atof(json_string_value(json_object_get(signal, "physmax")))) < 1e-12);
        assert_int_equal(s->digital_min,
                         atoi(json_string_value(json_object_get(signal, "digmin"))));
        assert_int_equal(s->digital_max,
                         atoi(json_string_value(json_object_get(signal, "digmax"))));
        assert_int_equal(s->samples,
                         json_integer_value(json_object_get(signal, "samples_per_record")));
    }
    assert_int_equal(at, json_array_size(list));
    assert_true(found >= 1);
}

struct seen {
    json_t *list;
    size_t count;
    size_t at;
    double first_clock;
    double last_clock;
};

static bool see_annotation(void *context, uint64_t record, const struct annotation *a,
                           struct err *err)
{
    (void)err;
    struct seen *s = context;
    if (a->is_clock) {
        if (record == 0)
            s->first_clock = a->onset_s;
        s->last_clock = a->onset_s;
        return true;
    }
    s->count++;
    json_t *want = json_array_get(s->list, s->at);
    if (json_is_string(want)) /* "...": some are left out here */
        want = json_array_get(s->list, s->at + 1);
    const char *text = json_string_value(json_object_get(want, "text"));
    const double onset = json_number_value(json_object_get(want, "onset"));
    if (!want || fabs(a->onset_s - onset) > 1e-9 || a->text_size != strlen(text) ||
        memcmp(a->text, text, a->text_size) != 0) {
        assert_true(json_is_string(json_array_get(s->list, s->at)));
        return true;
    }
    if (json_is_string(json_array_get(s->list, s->at)))
        s->at++;
    s->at++;
    json_t *duration = json_object_get(want, "duration");
    assert_true(json_is_null(duration) ? a->duration_s < 0
                                       : fabs(a->duration_s - json_number_value(duration)) < 1e-9);
    return true;
}

static void check_annotations(struct edf_file *f, json_t *want)
{
    struct err err;
    uint64_t broken;
    struct seen seen = {.list = json_object_get(want, "annotations")};
    assert_true(edf_file_annotations(f, see_annotation, &seen, &broken, &err));
    assert_int_equal(broken, 0);
    assert_int_equal(seen.at, json_array_size(seen.list));
    json_t *count = json_object_get(want, "annotations_count");
    if (count)
        assert_int_equal(seen.count, json_integer_value(count));
    json_t *clocks = json_object_get(want, "record_onsets_first_last");
    if (json_is_array(clocks)) {
        assert_true(fabs(seen.first_clock - json_number_value(json_array_get(clocks, 0))) < 1e-9);
        assert_true(fabs(seen.last_clock - json_number_value(json_array_get(clocks, 1))) < 1e-9);
    }
}

static void headers_signals_and_annotations_are_as_stated(void **state)
{
    (void)state;
    const char *name;
    json_t *want;
    json_object_foreach(expected, name, want)
    {
        struct err err;
        struct remarks remarks = {0};
        struct edf_file *f = edf_file_open(corpus_path(name), &remarks, &err);
        if (!f)
            fail_msg("%s", err.text);
        check_header(f, want);
        check_signals(f, want);
        check_annotations(f, want);
        assert_int_equal(remarks.count,
                         json_integer_value(json_object_get(want, "trailing_bytes")));
        edf_file_base(f)->ops->close(edf_file_base(f));
    }
}

/* Reads one channel as a mapped one and compares every sum and end. */
static void check_samples(const char *path, json_t *signal)
{
    const char *label = json_string_value(json_object_get(signal, "label"));
    const struct recording_options options = {.labels = &label, .label_count = 1};
    struct err err;
    struct recording *r = recording_open(path, &options, &err);
    if (!r) { /* a rate that is no whole number */
        assert_non_null(strstr(err.text, "must be a whole number of Hz"));
        return;
    }
    const struct stream_format *format = recording_format(r);
    uint32_t channel = 0;
    while (strcmp(format->inputs[channel].label, label) != 0)
        channel++;
    assert_true(channel < format->channels);

    static int32_t counts[BLOCK_FRAMES * BLOCK_CHANNELS];
    struct sample_block block = {.counts = counts};
    json_int_t n = 0, sum = 0, low = INT32_MAX, high = INT32_MIN;
    json_t *first = json_object_get(signal, "first");
    json_t *last = json_object_get(signal, "last");
    const json_int_t total = json_integer_value(json_object_get(signal, "n"));
    const json_int_t tail = total - (json_int_t)json_array_size(last);
    enum recording_result result;
    while ((result = recording_read(r, &block, &err)) == RECORDING_BLOCK) {
        assert_int_equal(block.first_index, n);
        for (uint32_t i = 0; i < block.frames; i++, n++) {
            const int32_t value = counts[(size_t)i * block.stride + channel];
            sum += value;
            low = value < low ? value : low;
            high = value > high ? value : high;
            if (n < (json_int_t)json_array_size(first))
                assert_int_equal(value, json_integer_value(json_array_get(first, (size_t)n)));
            if (n >= tail)
                assert_int_equal(value,
                                 json_integer_value(json_array_get(last, (size_t)(n - tail))));
        }
    }
    assert_int_equal(result, RECORDING_END);
    assert_int_equal(n, total);
    assert_int_equal(sum, json_integer_value(json_object_get(signal, "sum")));
    assert_int_equal(low, json_integer_value(json_object_get(signal, "min")));
    assert_int_equal(high, json_integer_value(json_object_get(signal, "max")));
    assert_int_equal(recording_info(r)->length, total);
    recording_close(r);
}

static void every_sample_is_as_stated(void **state)
{
    (void)state;
    const char *name;
    json_t *want;
    json_object_foreach(expected, name, want)
    {
        size_t i;
        json_t *signal;
        json_array_foreach(json_object_get(want, "signals"), i,
                           signal) if (json_is_object(signal) && json_object_get(signal, "n"))
            check_samples(corpus_path(name), signal);
    }
}

static void a_file_of_annotations_alone_is_refused(void **state)
{
    (void)state;
    struct err err;
    assert_null(recording_open(corpus_path("SC4001EC-Hypnogram.edf"), NULL, &err));
    assert_string_equal(err.text,
                        "SC4001EC-Hypnogram.edf: holds annotations only, no signal to replay");
    assert_int_equal(err_exit_status(&err), 1);
}

static void marks_count_from_the_first_record(void **state)
{
    (void)state;
    struct err err;
    struct recording *r = recording_open(corpus_path("test_utf8.edf"), NULL, &err);
    assert_non_null(r);
    static int32_t counts[BLOCK_FRAMES * BLOCK_LANES];
    struct sample_block block = {.counts = counts};
    const char *const texts[] = {"note=XLSpike", "note=Clip Note", "note=中文测试八个字",
                                 "note=XLEvent", "note=XLSpike"};
    const double onsets[] = {1.9511719, 3.4921875, 120.0, 290.5019531, 583.5722656};
    uint32_t n = 0;
    while (recording_read(r, &block, &err) == RECORDING_BLOCK)
        for (uint32_t i = 0; i < block.mark_count; i++, n++) {
            assert_string_equal(block.marks[i].text, texts[n]);
            assert_int_equal(block.marks[i].sample, (long)rint((onsets[n] - 0.3945312) * 128));
        }
    assert_int_equal(n, 5);
    const struct stream_input *input = &recording_format(r)->inputs[0];
    const struct stream_scale scale = stream_input_scale(input);
    assert_true(scale.gain_uv < 0); /* the physical range is inverted */
    recording_close(r);
}

static void volts_become_microvolts_and_other_rates_are_named(void **state)
{
    (void)state;
    struct err err;
    struct recording *r = recording_open(corpus_path("test_uneven_samp.edf"), NULL, &err);
    assert_non_null(r);
    assert_int_equal(recording_format(r)->channels, 1);
    assert_int_equal(recording_format(r)->rate_hz, 100);
    assert_true(fabs(recording_format(r)->inputs[0].physical_max - 10e6) < 1e-6);
    assert_string_equal(recording_remark(r, 0),
                        "test_uneven_samp.edf: 1 bytes behind the last record are not read");
    assert_string_equal(recording_remark(r, 1),
                        "test_uneven_samp.edf: left out: 0.2Hz Blk 1/0uV (12.8 Hz)");
    assert_null(recording_remark(r, 2));
    recording_close(r);
}

static void mapped_channels_decide_the_rate(void **state)
{
    (void)state;
    struct err err;
    const char *const labels[] = {"pink noise", "white noise"};
    struct recording_options options = {.labels = labels, .label_count = 1};
    struct recording *r = recording_open(corpus_path("test_generator.bdf"), &options, &err);
    assert_non_null(r);
    assert_int_equal(recording_format(r)->rate_hz, 975);
    assert_int_equal(recording_format(r)->channels, 1);
    recording_close(r);
    options.label_count = 2;
    assert_null(recording_open(corpus_path("test_generator.bdf"), &options, &err));
    assert_string_equal(err.text, "test_generator.bdf: `pink noise` has 975 Hz and `white noise` "
                                  "999 Hz: mapped channels must share one rate");
    r = recording_open(corpus_path("short_psg.edf"), NULL, &err);
    assert_int_equal(recording_format(r)->rate_hz, 100);
    assert_int_equal(recording_format(r)->channels, 3);
    recording_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_signals_and_annotations_are_as_stated),
        cmocka_unit_test(every_sample_is_as_stated),
        cmocka_unit_test(a_file_of_annotations_alone_is_refused),
        cmocka_unit_test(marks_count_from_the_first_record),
        cmocka_unit_test(volts_become_microvolts_and_other_rates_are_named),
        cmocka_unit_test(mapped_channels_decide_the_rate),
    };
    return cmocka_run_group_tests(tests, load_expected, free_expected);
}
