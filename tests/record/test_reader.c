/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged, lying and odd files: one clear line, or what can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <sndfile.h>

#include "record/reader.h"
#include "tests/record/edf_bytes.h"
#include "tests/record/recorded.h"

static char folder[64];
static char path[96];
static struct edf_bytes b;
static int32_t counts[BLOCK_FRAMES * BLOCK_CHANNELS];
static struct sample_block block = {.counts = counts};

static int set_up(void **state)
{
    (void)state;
    scratch_make(folder);
    snprintf(path, sizeof path, "%s/x.edf", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static struct recording *open_bytes(void)
{
    struct err err;
    edf_write(&b, path);
    struct recording *r = recording_open(path, NULL, &err);
    if (!r)
        fail_msg("%s", err.text);
    return r;
}

static void check_refused(const char *want)
{
    struct err err = {0};
    edf_write(&b, path);
    struct recording *r = recording_open(path, NULL, &err);
    assert_null(r);
    assert_string_equal(err.text, want);
    assert_int_equal(err_exit_status(&err), 1);
}

static void make_plain(void)
{
    edf_make_header(&b, "", 2, 100, 2);
    edf_add_record(&b, "", 2, 100, -5, NULL, 0);
    edf_add_record(&b, "", 2, 100, 7, NULL, 0);
}

static void lies_in_the_header_are_named(void **state)
{
    (void)state;
    make_plain();
    b.bytes[0] = 'x';
    check_refused("x.edf: no EDF or BDF file: it must start with `0` or `\\xffBIOSEMI`");
    make_plain();
    edf_put(&b, 184, 8, "512");
    check_refused("x.edf: byte 184: header of `512` bytes: must be 768 for 2 signals");
    make_plain();
    edf_put(&b, 252, 4, "0");
    check_refused("x.edf: byte 252: `0` signals: must be 1 to 9999");
    make_plain();
    edf_put(&b, 252, 4, "-2");
    check_refused("x.edf: byte 252: `-2` signals: must be 1 to 9999");
    make_plain();
    edf_put(&b, 236, 8, "many");
    check_refused("x.edf: byte 236: `many` records: must be 0 or more, or -1");
    make_plain();
    edf_put(&b, 244, 8, "nan");
    check_refused("x.edf: byte 244: record of `nan` seconds: must be a number, not negative");
    make_plain();
    edf_put(&b, 244, 8, "0");
    check_refused("x.edf: byte 244: records of 0 s: must be longer where there are samples");
    make_plain();
    edf_put(&b, 192, 44, "EDF+X");
    check_refused("x.edf: byte 192: `EDF+X`: must be EDF+C or EDF+D");
    make_plain();
    edf_put(&b, edf_at(2, 216, 8, 1), 8, "0");
    check_refused("x.edf: byte 696: signal 2 `S2`: `0` samples a record: must be 1 or more");
    make_plain();
    edf_put(&b, 244, 8, "7");
    check_refused("x.edf: signal 1 `S1`: 100 samples in 7 s: must be a whole number of Hz");
    make_plain();
    b.size = 100;
    check_refused("x.edf: has 100 bytes: an EDF or BDF header has at least 512");
    make_plain();
    b.size = 600;
    check_refused("x.edf: ends at byte 600 within the header, which has 768");
    make_plain();
    b.size = 768;
    check_refused("x.edf: has no whole record, so no sample");
    make_plain();
    edf_put(&b, 236, 8, "0");
    check_refused("x.edf: has no whole record, so no sample");
}

static void a_bad_range_takes_only_its_channel(void **state)
{
    (void)state;
    struct err err;
    make_plain();
    edf_put(&b, edf_at(2, 120, 8, 1), 8, "32767");
    struct recording *r = open_bytes();
    assert_int_equal(recording_format(r)->channels, 1);
    assert_string_equal(recording_remark(r, 0),
                        "x.edf: left out: S2 (digital range 32767 to 32767: "
                        "the maximum must be larger)");
    recording_close(r);
    const char *const label = "S2"; /* where somebody wants it, it is an error */
    assert_null(recording_open(
        path, &(struct recording_options){.labels = &label, .label_count = 1}, &err));
    assert_string_equal(err.text, "x.edf: signal 2 `S2`: digital range 32767 to 32767: the maximum "
                                  "must be larger");
    make_plain();
    edf_put(&b, edf_at(2, 112, 8, 0), 8, "-1000");
    edf_put(&b, edf_at(2, 104, 8, 1), 8, "1,5");
    check_refused("x.edf: signal 1 `S1`: physical range -1000 to -1000: the two must differ");
    make_plain();
    edf_put(&b, edf_at(2, 128, 8, 0), 8, "8388607");
    edf_put(&b, edf_at(2, 128, 8, 1), 8, "");
    check_refused("x.edf: signal 1 `S1`: digital maximum `8388607`: must be -32768 to 32767");
}

static void a_cut_file_gives_its_whole_records(void **state)
{
    (void)state;
    make_plain();
    b.size -= 3;
    struct recording *r = open_bytes();
    assert_int_equal(recording_info(r)->length, 100);
    assert_string_equal(recording_remark(r, 0),
                        "x.edf: is cut: 1 of the 2 records of its header are there");
    assert_string_equal(recording_remark(r, 1),
                        "x.edf: 397 bytes behind the last record are not read");
    recording_close(r);
    make_plain();
    edf_put(&b, 236, 8, "-1");
    r = open_bytes();
    assert_int_equal(recording_info(r)->length, 200);
    assert_string_equal(recording_remark(r, 0),
                        "x.edf: was never closed: its 2 whole records are read");
    recording_close(r);
}

static void labels_and_units_of_all_kinds(void **state)
{
    (void)state;
    make_plain();
    edf_put(&b, edf_at(2, 0, 16, 0), 16,
            "\xc4\"\n"
            "a");
    edf_put(&b, edf_at(2, 0, 16, 1), 16, "");
    edf_put(&b, edf_at(2, 96, 8, 0), 8, "mV");
    edf_put(&b, edf_at(2, 96, 8, 1), 8, "\xb5V");
    struct recording *r = open_bytes();
    const struct stream_format *f = recording_format(r);
    assert_string_equal(f->inputs[0].label, "?\"?a");
    assert_string_equal(f->inputs[1].label, "CH2");
    assert_true(f->inputs[0].is_voltage && f->inputs[1].is_voltage);
    assert_true(fabs(f->inputs[0].physical_max - 1e6) < 1e-6);
    assert_true(fabs(f->inputs[1].physical_max - 1e3) < 1e-6);
    assert_int_equal(recording_read(r, &block, &(struct err){0}), RECORDING_BLOCK);
    assert_int_equal(counts[0], -5);
    assert_int_equal(counts[199 * BLOCK_LANES + 1], 7);
    assert_int_equal(counts[199 * BLOCK_LANES + 7], 0);
    recording_close(r);
}

struct tals {
    const char *bytes;
    size_t size;
};
/* A literal with the NULs inside it; its own last one belongs to it too. */
#define TALS(text)                                                                                 \
    {                                                                                              \
        (text), sizeof(text)                                                                       \
    }

static void make_plus(const char *reserved, const struct tals *tals, int n)
{
    edf_make_header(&b, reserved, 2, 100, n);
    for (int i = 0; i < n; i++)
        edf_add_record(&b, reserved, 2, 100, i + 1, tals[i].bytes, tals[i].size);
}

static void gaps_become_jumps(void **state)
{
    (void)state;
    struct err err;
    const struct tals tals[] = {TALS("+0.5\x14\x14\0"), TALS("+1.5\x14\x14\0+1.75\x14hello\x14\0"),
                                TALS("+5.5\x14\x14\0"),
                                TALS("+6.5049\x14\x14\0+2.6\x14in the gap\x14\0")};
    make_plus("BDF+D", tals, 4);
    struct recording *r = open_bytes();
    assert_string_equal(recording_info(r)->kind, "BDF+D");
    assert_int_equal(recording_info(r)->length, 700);
    assert_int_equal(recording_read(r, &block, &err), RECORDING_BLOCK);
    assert_int_equal(block.first_index, 0);
    assert_int_equal(block.frames, 200);
    assert_int_equal(block.mark_count, 1);
    assert_int_equal(block.marks[0].sample, 125);
    assert_int_equal(recording_read(r, &block, &err), RECORDING_BLOCK);
    assert_int_equal(block.first_index, 500);
    assert_int_equal(block.frames, 200);
    assert_int_equal(counts[0], 3);
    assert_int_equal(block.mark_count, 1); /* acts before the next frame that there is */
    assert_int_equal(block.marks[0].sample, 500);
    assert_string_equal(block.marks[0].text, "note=in the gap");
    assert_int_equal(recording_read(r, &block, &err), RECORDING_END);
    recording_seek(r, 150);
    assert_int_equal(recording_read(r, &block, &err), RECORDING_BLOCK);
    assert_int_equal(block.first_index, 150);
    assert_int_equal(block.frames, 50);
    assert_int_equal(counts[0], 2);
    assert_int_equal(block.mark_count, 0);
    recording_close(r);
}

static void records_that_overlap_or_have_no_clock_are_refused(void **state)
{
    (void)state;
    const struct tals overlap[] = {TALS("+0\x14\x14\0"), TALS("+0.5\x14\x14\0")};
    make_plus("EDF+D", overlap, 2);
    check_refused("x.edf: record 1 starts at 0.5 s, before the end of the record before it: must "
                  "be 1 s or later");
    const struct tals missing[] = {TALS("+0\x14\x14\0"), TALS("")};
    make_plus("EDF+D", missing, 2);
    check_refused("x.edf: record 1: does not say when it starts: must, with gaps");
    const struct tals late[] = {TALS("+0\x14\x14\0"), TALS("+1\x14note\x14\0+1\x14\x14\0")};
    make_plus("EDF+D", late, 2);
    check_refused("x.edf: record 1: does not say first when it starts: must, with gaps");
    const struct tals huge[] = {TALS("+0\x14\x14\0"), TALS("+99999999999999999999\x14\x14\0")};
    make_plus("EDF+D", huge, 2);
    check_refused("x.edf: record 1 starts at 1e+20 s: must be below 9e15 frames");
}

static void annotations_out_of_order_and_broken_ones(void **state)
{
    (void)state;
    const struct tals tals[] = {TALS("+0\x14\x14\0+1.5\x14late\x14\0"),
                                TALS("+1\x14\x14\0+0.25\x14"
                                     "early\x14\0"
                                     "+0.1\x14\xff\xfe\x14\0"),
                                TALS("+2\x14\x14\0+99\x14"
                                     "behind\x14\0garbage")};
    make_plus("EDF+C", tals, 3);
    struct recording *r = open_bytes();
    assert_int_equal(recording_read(r, &block, &(struct err){0}), RECORDING_BLOCK);
    assert_int_equal(block.frames, 300);
    assert_int_equal(block.mark_count, 3);
    assert_string_equal(block.marks[0].text, "note=\?\?");
    assert_int_equal(block.marks[0].sample, 10);
    assert_string_equal(block.marks[1].text, "note=early");
    assert_string_equal(block.marks[2].text, "note=late");
    assert_string_equal(recording_remark(r, 0),
                        "x.edf: annotations of 1 records are damaged and partly unread");
    assert_int_equal(recording_read(r, &block, &(struct err){0}), RECORDING_BLOCK);
    assert_int_equal(block.first_index, 300); /* a block of marks alone, at the end */
    assert_int_equal(block.frames, 0);
    assert_int_equal(block.marks[0].sample, 300);
    recording_close(r);
}

static void more_marks_than_a_block_holds_split_it(void **state)
{
    (void)state;
    struct err err;
    edf_make_header(&b, "EDF+C", 2, 100, 10);
    for (int i = 0; i < 10; i++) {
        char tals[120] = "";
        size_t n = (size_t)snprintf(tals, sizeof tals, "+%d\x14\x14", i) + 1;
        for (int k = 0; k < 10; k++) /* a hundred, all at one sample */
            n += (size_t)snprintf(tals + n, sizeof tals - n, "+5\x14n%d\x14", k) + 1;
        edf_add_record(&b, "EDF+C", 2, 100, i, tals, n);
    }
    struct recording *r = open_bytes();
    uint64_t frames = 0;
    uint32_t marks = 0;
    while (recording_read(r, &block, &err) == RECORDING_BLOCK) {
        assert_int_equal(block.first_index, frames);
        for (uint32_t i = 0; i < block.mark_count; i++)
            assert_int_equal(block.marks[i].sample, 500);
        frames += block.frames;
        marks += block.mark_count;
        if (marks > 0 && marks < 100)
            assert_int_equal(frames, 500);
    }
    assert_int_equal(frames, 1000);
    assert_int_equal(marks, 100);
    recording_close(r);
}

static void over_256_channels_of_a_rate_are_left_out(void **state)
{
    (void)state;
    edf_make_header(&b, "", 300, 10, 1);
    edf_add_record(&b, "", 300, 10, 3, NULL, 0);
    edf_write(&b, path);
    struct err err;
    const char *const label = "S300";
    struct recording *r =
        recording_open(path, &(struct recording_options){.labels = &label, .label_count = 1}, &err);
    assert_non_null(r);
    const struct stream_format *f = recording_format(r);
    assert_int_equal(f->channels, 256);
    assert_string_equal(f->inputs[255].label, "S300");
    assert_string_equal(f->inputs[254].label, "S255");
    assert_non_null(strstr(recording_remark(r, 0), "and 3"));
    assert_int_equal(recording_read(r, &block, &err), RECORDING_BLOCK);
    assert_int_equal(counts[9 * 256 + 255], 3);
    recording_close(r);
}

/* A header may claim a record of gigabytes; a sparse file makes it true. */
static void a_file_of_ten_gigabytes_needs_no_memory(void **state)
{
    (void)state;
    struct err err;
    edf_make_header(&b, "", 1, 90000000, 55);
    edf_put(&b, 244, 8, "4500");
    edf_write(&b, path);
    if (truncate(path, 512 + 55ll * 180000000) != 0)
        skip();
    struct recording *r = recording_open(path, NULL, &err);
    assert_non_null(r);
    assert_int_equal(recording_format(r)->rate_hz, 20000);
    assert_int_equal(recording_info(r)->length, 55ll * 90000000);
    recording_seek(r, 55ll * 90000000 - 10);
    assert_int_equal(recording_read(r, &block, &err), RECORDING_BLOCK);
    assert_int_equal(block.frames, 10);
    recording_close(r);
}

static void a_folder_without_a_case_and_odd_paths(void **state)
{
    (void)state;
    struct err err;
    assert_null(recording_open(folder, NULL, &err));
    assert_non_null(strstr(err.text, "a directory without signals.bdf is no case"));
    assert_null(recording_open("/nowhere/x.bdf", NULL, &err));
    assert_string_equal(err.text, "cannot open /nowhere/x.bdf: No such file or directory");
    assert_int_equal(err_exit_status(&err), 1);
    assert_null(recording_open("/dev/null", NULL, &err));
    assert_string_equal(err.text, "/dev/null: not a regular file");
}

static void write_wav(int subtype, const double *values, sf_count_t n)
{
    SF_INFO info = {.samplerate = 8000, .channels = 2, .format = SF_FORMAT_WAV | subtype};
    SNDFILE *f = sf_open(path, SFM_WRITE, &info);
    sf_write_double(f, values, n);
    sf_close(f);
}

static void wav_files_become_counts(void **state)
{
    (void)state;
    struct err err;
    const double values[] = {0, 0.5, -0.25, 1.0, -1.0, 0.125};
    const int subtypes[] = {SF_FORMAT_PCM_16, SF_FORMAT_PCM_24, SF_FORMAT_PCM_32, SF_FORMAT_FLOAT};
    for (size_t i = 0; i < 4; i++) {
        write_wav(subtypes[i], values, 6);
        struct recording *r = recording_open(path, NULL, &err);
        assert_non_null(r);
        const struct stream_format *f = recording_format(r);
        assert_string_equal(recording_info(r)->kind, "WAV");
        assert_int_equal(f->rate_hz, 8000);
        assert_int_equal(f->channels, 2);
        assert_string_equal(f->inputs[1].label, "CH2");
        const struct stream_scale scale = stream_input_scale(&f->inputs[0]);
        assert_int_equal(recording_read(r, &block, &err), RECORDING_BLOCK);
        assert_int_equal(block.frames, 3);
        for (int k = 0; k < 6; k++) {
            const double uv = counts[k / 2 * BLOCK_LANES + k % 2] * scale.gain_uv + scale.offset_uv;
            assert_true(fabs(uv - values[k] * 10000) < 0.7); /* two steps of 16 bit */
        }
        recording_seek(r, 2);
        assert_int_equal(recording_read(r, &block, &err), RECORDING_BLOCK);
        assert_int_equal(block.first_index, 2);
        assert_int_equal(recording_read(r, &block, &err), RECORDING_END);
        recording_close(r);
    }
    write_wav(SF_FORMAT_PCM_24, values, 6);
    struct recording *r =
        recording_open(path, &(struct recording_options){.wav_full_scale_uv = 500}, &err);
    assert_true(fabs(recording_format(r)->inputs[0].physical_max - 500) < 1e-9);
    recording_close(r);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(lies_in_the_header_are_named),
        WITH_FOLDER(a_bad_range_takes_only_its_channel),
        WITH_FOLDER(a_cut_file_gives_its_whole_records),
        WITH_FOLDER(labels_and_units_of_all_kinds),
        WITH_FOLDER(gaps_become_jumps),
        WITH_FOLDER(records_that_overlap_or_have_no_clock_are_refused),
        WITH_FOLDER(annotations_out_of_order_and_broken_ones),
        WITH_FOLDER(more_marks_than_a_block_holds_split_it),
        WITH_FOLDER(over_256_channels_of_a_rate_are_left_out),
        WITH_FOLDER(a_file_of_ten_gigabytes_needs_no_memory),
        WITH_FOLDER(a_folder_without_a_case_and_odd_paths),
        WITH_FOLDER(wav_files_become_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
