/* SPDX-License-Identifier: Apache-2.0 */
/* What was written is read back: every sample, hole and mark, from the file as it is at any moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>

#include "record/annotation.h"
#include "record/reader.h"
#include "record/writer.h"
#include "tests/record/recorded.h"

enum { RATE = 2000, CHANNELS = 3, CHUNK = 77 };
static char folder[64];
static char path[96];
static struct stream_format format;
static int32_t counts[BLOCK_FRAMES * BLOCK_LANES];

static int set_up(void **state)
{
    (void)state;
    scratch_make(folder);
    snprintf(path, sizeof path, "%s/signals.bdf", folder);
    known_format(&format, RATE, CHANNELS);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static struct writer *open_writer(const struct file_ops *ops)
{
    struct err err;
    const struct writer_options o = {.path = path,
                                     .format = &format,
                                     .start_utc_ns = 1795512600000000000,
                                     .site = "or 1",
                                     .version = "0.1"};
    struct writer *w = writer_open(&o, ops, &err);
    if (!w)
        fail_msg("%s", err.text);
    return w;
}

static void feed(struct writer *w, uint64_t first, uint64_t end)
{
    struct err err;
    int32_t chunk[CHUNK * CHANNELS];
    while (first < end) {
        const uint32_t n = end - first < CHUNK ? (uint32_t)(end - first) : CHUNK;
        known_counts(first, n, CHANNELS, chunk);
        assert_true(writer_takes(w, first));
        assert_true(writer_samples(w, first, n, chunk, &err));
        first += n;
    }
}

struct read_back {
    uint64_t frames;
    uint64_t jumps;
    uint64_t end;
    uint32_t marks;
    struct mark last_mark;
};

static struct read_back read_all(void)
{
    struct err err;
    struct read_back got = {0};
    struct recording *r = recording_open(path, NULL, &err);
    if (!r)
        fail_msg("%s", err.text);
    assert_int_equal(recording_format(r)->rate_hz, RATE);
    struct sample_block b = {.counts = counts};
    enum recording_result result;
    while ((result = recording_read(r, &b, &err)) == RECORDING_BLOCK) {
        got.jumps += b.first_index != got.end;
        for (uint32_t i = 0; i < b.frames; i++)
            for (uint32_t c = 0; c < CHANNELS; c++)
                if (counts[(size_t)i * b.stride + c] != known_sample(b.first_index + i, c))
                    fail_msg("sample %llu", (unsigned long long)(b.first_index + i));
        for (uint32_t i = 0; i < b.mark_count; i++) {
            assert_true(b.marks[i].sample >= b.first_index);
            assert_true(b.marks[i].sample <= b.first_index + b.frames);
            got.last_mark = b.marks[i];
        }
        got.marks += b.mark_count;
        got.frames += b.frames;
        got.end = b.first_index + b.frames;
    }
    assert_int_equal(result, RECORDING_END);
    assert_int_equal(recording_info(r)->length, got.end);
    recording_close(r);
    return got;
}

static void samples_holes_and_marks_come_back(void **state)
{
    (void)state;
    struct err err;
    struct writer *w = open_writer(file_ops_system());
    feed(w, 0, 1001);
    assert_true(writer_annotate(w, 777, 0, "phase=dura_open by=Dr. Wang"));
    assert_true(writer_annotate(w, 800, 20, "lsrd:emg_event burst MENT"));
    feed(w, 1003, 1100); /* two frames lost */
    feed(w, 1100 + 59 * RATE, 1100 + 60 * RATE);
    assert_true(writer_annotate(w, 1100 + 60 * RATE, 0, "note=\xe7\xbb\x93\xe6\x9d\x9f"));
    assert_true(writer_finish(w, &err));
    writer_close(w);
    const struct read_back got = read_all();
    assert_int_equal(got.frames, 1001 + 97 + RATE);
    assert_int_equal(got.jumps, 2);
    assert_int_equal(got.end, 1100 + 60 * RATE);
    assert_int_equal(got.marks, 2);
    assert_string_equal(got.last_mark.text, "note=\xe7\xbb\x93\xe6\x9d\x9f");
    assert_int_equal(got.last_mark.sample, 1100 + 60 * RATE);
}

static void the_file_is_valid_after_every_record(void **state)
{
    (void)state;
    struct writer *w = open_writer(file_ops_system());
    for (uint32_t i = 1; i <= 20; i++) {
        feed(w, writer_next_index(w), (uint64_t)i * 150);
        const uint64_t whole = (uint64_t)i * 150 / (RATE / 10) * (RATE / 10);
        if (whole)
            assert_int_equal(read_all().end, whole);
    }
    writer_close(w);
}

static void a_long_or_ninth_hole_needs_another_file(void **state)
{
    (void)state;
    struct err err;
    struct writer *w = open_writer(file_ops_system());
    feed(w, 0, 10);
    assert_true(writer_takes(w, 10 + 60 * RATE));
    assert_false(writer_takes(w, 11 + 60 * RATE));
    for (uint64_t i = 1; i <= 8; i++)
        feed(w, 10 * i + 2, 10 * i + 10);
    assert_true(writer_takes(w, 90));
    assert_false(writer_takes(w, 91));
    assert_true(writer_finish(w, &err)); /* the record's own end is one more */
    writer_close(w);
    const struct read_back got = read_all();
    assert_int_equal(got.end, 90);
    assert_int_equal(got.jumps, 8);
}

static void many_annotations_overflow_into_the_next_records(void **state)
{
    (void)state;
    struct err err;
    struct writer *w = open_writer(file_ops_system());
    char text[MARK_TEXT];
    memset(text, 'x', sizeof text);
    memcpy(text, "note=", 5);
    text[sizeof text - 1] = 0;
    for (uint64_t i = 0; i < 100; i++)
        assert_true(writer_annotate(w, i, 0, text));
    feed(w, 0, 500);
    assert_true(writer_finish(w, &err));
    writer_close(w);
    const struct read_back got = read_all();
    assert_int_equal(got.marks, 100);
    assert_int_equal(got.last_mark.sample, 99);
    assert_string_equal(got.last_mark.text, text);
    assert_int_equal(got.end, 500); /* records that were added for annotations hold no samples */
}

static void a_flood_of_findings_leaves_room_for_marks(void **state)
{
    (void)state;
    struct writer *w = open_writer(file_ops_system());
    for (uint32_t i = 0; i < 20000; i++)
        assert_true(writer_annotate(w, i, 0, "lsrd:stimulus zygomatic"));
    assert_true(writer_skipped_annotations(w) > 0);
    assert_true(writer_annotate(w, 5, 0, "confirm by=Li"));
    writer_close(w);
}

/* ---- a disk that refuses ---- */

static int64_t room; /* bytes that the fake disk still takes */

static ssize_t scarce_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    if (room <= 0) {
        errno = ENOSPC;
        return -1;
    }
    const size_t n = (int64_t)size <= room ? size : (size_t)room;
    room -= (int64_t)n;
    return pwrite(fd, bytes, n, offset);
}

static void a_full_disk_leaves_a_valid_file_and_a_hole(void **state)
{
    (void)state;
    struct err err;
    struct file_ops ops = *file_ops_system();
    ops.pwrite = scarce_pwrite;
    room = 10000;
    struct writer *w = open_writer(&ops);
    int32_t chunk[CHUNK * CHANNELS];
    uint64_t at = 0;
    for (;; at += CHUNK) {
        known_counts(at, CHUNK, CHANNELS, chunk);
        if (!writer_samples(w, at, CHUNK, chunk, &err))
            break;
    }
    assert_int_equal(err.os_errno, ENOSPC);
    const uint64_t kept = writer_next_index(w);
    const struct read_back before = read_all();
    assert_true(before.end > 0 && before.end <= kept && before.jumps == 0);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, writer_bytes(w)); /* the piece of a record was given back */
    room = 1 << 30;
    at += 1000; /* goes on later: the record that failed is not lost */
    feed(w, at, at + 300);
    assert_true(writer_finish(w, &err));
    writer_close(w);
    const struct read_back after = read_all();
    assert_int_equal(after.frames, kept + 300);
    assert_int_equal(after.jumps, 1);
    assert_int_equal(after.end, at + 300);
}

static void checksums_are_those_of_the_file(void **state)
{
    (void)state;
    struct err err;
    struct writer *w = open_writer(file_ops_system());
    feed(w, 0, 5000);
    assert_true(writer_finish(w, &err));
    char header[SHA256_HEX], data[SHA256_HEX], hex[SHA256_HEX];
    writer_checksums(w, header, data);
    const size_t size = (size_t)writer_bytes(w);
    writer_close(w);
    unsigned char *bytes = malloc(size + 1);
    FILE *f = fopen(path, "rb");
    assert_int_equal(fread(bytes, 1, size + 1, f), size);
    fclose(f);
    struct sha256 s;
    sha256_init(&s);
    sha256_feed(&s, bytes, 256 * (CHANNELS + 2));
    sha256_finish(&s, hex);
    assert_string_equal(hex, header);
    sha256_init(&s);
    sha256_feed(&s, bytes + 256 * (CHANNELS + 2), size - 256 * (CHANNELS + 2));
    sha256_finish(&s, hex);
    assert_string_equal(hex, data);
    free(bytes);
}

static void a_file_is_never_overwritten(void **state)
{
    (void)state;
    struct err err;
    writer_close(open_writer(file_ops_system()));
    const struct writer_options o = {.path = path, .format = &format, .version = "0"};
    assert_null(writer_open(&o, file_ops_system(), &err));
    assert_int_equal(err.os_errno, EEXIST);
    assert_int_equal(access(path, F_OK), 0);
}

static void ranges_are_printed_as_they_are_read(void **state)
{
    (void)state;
    static const double ranges[][2] = {{-10000, 10000}, {-1.0 / 3, 2.0 / 3},      {-1e7, 1e7},
                                       {8711, -8711},   {-12345678.9, 987654321}, {0, 0.001}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        struct stream_input in = {.is_voltage = true,
                                  .digital_min = -10,
                                  .digital_max = 10,
                                  .physical_min = ranges[i][0],
                                  .physical_max = ranges[i][1]};
        assert_true(stream_input_round(&in));
        const double span = ranges[i][1] - ranges[i][0];
        const double off = in.physical_max - in.physical_min - span;
        assert_true(off < 1e-4 * (span < 0 ? -span : span) &&
                    -off < 1e-4 * (span < 0 ? -span : span));
        struct stream_input again = in;
        assert_true(stream_input_round(&again));
        assert_memory_equal(&in, &again, sizeof in);
    }
    struct stream_input none = {.is_voltage = true, .physical_min = 1, .physical_max = 1};
    assert_false(stream_input_round(&none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(samples_holes_and_marks_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_file_is_valid_after_every_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_or_ninth_hole_needs_another_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_annotations_overflow_into_the_next_records, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_flood_of_findings_leaves_room_for_marks, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_a_valid_file_and_a_hole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(checksums_are_those_of_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_is_never_overwritten, set_up, tear_down),
        cmocka_unit_test(ranges_are_printed_as_they_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
