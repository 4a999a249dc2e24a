/* SPDX-License-Identifier: Apache-2.0 */
/* The record thread: a case from opening to closing, and disks that are full, broken or slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "record/case_files.h"
#include "record/reader.h"
#include "record/recorder.h"
#include "tests/record/recorded.h"

enum { RATE = 2000, CHANNELS = 3, CHUNK = 100 };
static char folder[64];
static char root[80];
static int32_t counts[BLOCK_FRAMES * BLOCK_LANES];

/* A clock that runs a second at every look: each turn of the thread has its tick. */
static _Atomic int64_t fast_ns;
static int64_t fast_now(struct clock *c)
{
    (void)c;
    return atomic_fetch_add(&fast_ns, 1000000000);
}
static struct clock fast_clock = {.now_ns = fast_now, .utc_ns = fast_now};

/* ---- a disk that obeys the test ---- */

static _Atomic int refuse_with; /* errno of every write; 0: takes it */
static _Atomic int sync_fails;  /* errno of every sync */
static _Atomic bool sync_hangs; /* a sync lasts as long as this is true */
static _Atomic int syncs_begun;
static _Atomic bool write_hangs;
static _Atomic uint64_t free_room;

static ssize_t fake_pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    while (atomic_load(&write_hangs))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    const int why = atomic_load(&refuse_with);
    if (why) {
        errno = why;
        return -1;
    }
    return pwrite(fd, bytes, size, offset);
}

static ssize_t fake_write(int fd, const void *bytes, size_t size)
{
    const int why = atomic_load(&refuse_with);
    if (why) {
        errno = why;
        return -1;
    }
    return write(fd, bytes, size);
}

static int fake_fdatasync(int fd)
{
    atomic_fetch_add(&syncs_begun, 1);
    while (atomic_load(&sync_hangs))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    const int why = atomic_load(&sync_fails);
    if (!why)
        return fdatasync(fd);
    errno = why;
    return -1;
}

static int fake_free_bytes(const char *path, uint64_t *bytes)
{
    (void)path;
    *bytes = atomic_load(&free_room);
    return 0;
}

static struct file_ops fake_ops(void)
{
    struct file_ops ops = *file_ops_system();
    ops.pwrite = fake_pwrite;
    ops.write = fake_write;
    ops.fdatasync = fake_fdatasync;
    ops.free_bytes = fake_free_bytes;
    return ops;
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    scratch_make(folder);
    snprintf(root, sizeof root, "%s/a/cases", folder);
    atomic_store(&refuse_with, 0);
    atomic_store(&sync_fails, 0);
    atomic_store(&sync_hangs, false);
    atomic_store(&write_hangs, false);
    atomic_store(&free_room, 1ull << 40);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

static struct recorder *make(const struct file_ops *ops, size_t ring_bytes)
{
    struct err err;
    const struct recorder_options o = {.directory = root, .ops = ops, .ring_bytes = ring_bytes};
    struct recorder *r = recorder_create(&o, &fast_clock, &err);
    if (!r)
        fail_msg("%s", err.text);
    return r;
}

static void open_case(struct recorder *r)
{
    static const char config[] = "[device]\nsource = patient\n";
    struct case_opening *o = calloc(1, sizeof *o + sizeof config);
    o->start_utc_ns = 1795512600000000000;
    strcpy(o->name, "or1/../x");
    strcpy(o->site, "or \"1\"");
    strcpy(o->version, "0.1");
    known_format(&o->format, RATE, CHANNELS);
    o->config_size = sizeof config - 1;
    memcpy(o->config, config, sizeof config);
    assert_true(recorder_open_case(r, o));
    free(o);
}

static bool send(struct recorder *r, uint64_t first, uint32_t frames)
{
    static int32_t wide[CHUNK * BLOCK_LANES];
    struct sample_block b = {.first_index = first,
                             .frames = frames,
                             .channels = CHANNELS,
                             .stride = BLOCK_LANES,
                             .counts = wide};
    for (uint32_t i = 0; i < frames; i++)
        for (uint32_t c = 0; c < CHANNELS; c++)
            wide[i * BLOCK_LANES + c] = known_sample(first + i, c);
    return recorder_samples(r, &b);
}

static uint64_t send_until(struct recorder *r, uint64_t first, uint64_t end)
{
    for (; first < end; first += CHUNK)
        assert_true(send(r, first, CHUNK));
    return first;
}

/* Waits for a condition on the status, ten seconds at most. */
#define WAIT_FOR(r, condition)                                                                     \
    do {                                                                                           \
        for (int tries = 0; tries < 10000; tries++) {                                              \
            const struct recorder_status s = recorder_status(r);                                   \
            if (condition)                                                                         \
                break;                                                                             \
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);                               \
        }                                                                                          \
        const struct recorder_status s = recorder_status(r);                                       \
        assert_true(condition);                                                                    \
    } while (0)

struct read_back {
    uint64_t frames;
    uint64_t jumps;
    uint64_t end;
    uint64_t length;
    uint32_t marks;
    uint64_t mark_samples[4];
};

static struct read_back read_all(const char *path)
{
    struct err err;
    struct read_back got = {0};
    struct recording *r = recording_open(path, NULL, &err);
    if (!r)
        fail_msg("%s", err.text);
    struct sample_block b = {.counts = counts};
    while (recording_read(r, &b, &err) == RECORDING_BLOCK) {
        got.jumps += b.first_index != got.end;
        for (uint32_t i = 0; i < b.frames; i++)
            for (uint32_t c = 0; c < CHANNELS; c++)
                if (counts[(size_t)i * b.stride + c] != known_sample(b.first_index + i, c))
                    fail_msg("sample %llu", (unsigned long long)(b.first_index + i));
        for (uint32_t i = 0; i < b.mark_count && got.marks < 4; i++)
            got.mark_samples[got.marks++] = b.marks[i].sample;
        got.frames += b.frames;
        got.end = b.first_index + b.frames;
    }
    got.length = recording_info(r)->length;
    recording_close(r);
    return got;
}

static void read_text(const char *directory, const char *name, char *text, size_t size)
{
    char path[CASE_PATH + 32];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, size - 1, f)] = 0;
    fclose(f);
}

static void a_case_is_kept_whole(void **state)
{
    (void)state;
    struct recorder *r = make(NULL, 0);
    assert_int_equal(recorder_status(r).state, RECORDER_IDLE);
    open_case(r);
    uint64_t at = send_until(r, 0, 1000);
    struct mark mark;
    mark_set(&mark, 1000, "phase=decompressed", "Dr. Wang");
    assert_true(recorder_mark(r, &mark));
    static const char line[] = "{\"type\":\"alarm\",\"decided_sample\":990,\"id\":\"lsr_recurred\","
                               "\"state\":\"raised\"}\n";
    assert_true(recorder_finding(r, FINDING_ALARM, 990, line, sizeof line - 1));
    assert_true(recorder_alarm(r, "{\"a\":1}\n", 8));
    at = send_until(r, at, 5000);
    at = send_until(r, at + 70 * RATE, at + 72 * RATE); /* too long a hole for one file */
    WAIT_FOR(r, s.next_sample == at && s.marks_written == 1 && s.free_s > 0);
    assert_int_equal(recorder_status(r).state, RECORDER_RECORDING);
    assert_true(recorder_close_case(r, at));
    WAIT_FOR(r, s.state == RECORDER_IDLE && s.cases_closed == 1);
    char path[CASE_PATH];
    recorder_case_path(r, path, sizeof path);
    open_case(r); /* in the same second: gets another name, and is closed by destroy */
    send_until(r, 0, 500);
    recorder_destroy(r);

    assert_string_equal(strrchr(path, '/'), "/2026-11-24T093000Z-or1_.._x");
    const struct read_back got = read_all(path);
    assert_int_equal(got.end, at);
    assert_int_equal(got.jumps, 1);
    assert_int_equal(got.marks, 1);
    char text[4096];
    read_text(path, "findings.ndjson", text, sizeof text);
    assert_string_equal(text, line);
    read_text(path, "alarms.ndjson", text, sizeof text);
    assert_string_equal(text, "{\"a\":1}\n");
    read_text(path, "lsrd.conf", text, sizeof text);
    assert_string_equal(text, "[device]\nsource = patient\n");
    read_text(path, "case.json", text, sizeof text);
    assert_non_null(strstr(text, "\"state\": \"closed\""));
    assert_non_null(strstr(text, "\"site\": \"or \\\"1\\\"\""));
    struct err err;
    static struct case_sums sums;
    assert_true(case_sums_read(&sums, path, &err));
    assert_int_equal(sums.count, 2 + 2 + 3);
    strcat(path, "-2");
    assert_int_equal(read_all(path).end, 500);
}

static void a_full_disk_stops_and_room_resumes(void **state)
{
    (void)state;
    const struct file_ops ops = fake_ops();
    struct recorder *r = make(&ops, 0);
    open_case(r);
    uint64_t at = send_until(r, 0, 1000);
    WAIT_FOR(r, s.next_sample == 1000);
    atomic_store(&free_room, 1000);
    atomic_store(&refuse_with, ENOSPC);
    at = send_until(r, at, 3000);
    WAIT_FOR(r, s.state == RECORDER_STOPPED && s.os_errno == ENOSPC && s.free_s == 0);
    struct mark mark;
    mark_set(&mark, at, "recording=stopped", "system");
    assert_true(recorder_mark(r, &mark));
    assert_true(recorder_finding(r, FINDING_MARK, at, "{}\n", 3));
    at = send_until(r, at, 6000); /* goes nowhere */
    WAIT_FOR(r, s.lost_frames >= 3000);
    atomic_store(&refuse_with, 0);
    atomic_store(&free_room, 1ull << 40);
    for (int i = 0; i < 2000 && recorder_status(r).state != RECORDER_RECORDING; i++) {
        at = send_until(r, at, at + CHUNK);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    WAIT_FOR(r, s.state == RECORDER_RECORDING && s.os_errno == 0 && s.marks_written == 1);
    const uint64_t lost = recorder_status(r).lost_frames;
    char path[CASE_PATH];
    recorder_case_path(r, path, sizeof path);
    recorder_destroy(r);
    const struct read_back got = read_all(path);
    assert_int_equal(got.end, at);
    assert_int_equal(got.jumps, 1);
    assert_int_equal(got.frames, at - lost);
    assert_int_equal(got.marks, 1);
    char text[64];
    read_text(path, "findings.ndjson", text, sizeof text);
    assert_string_equal(text, "{}\n");
}

static void a_case_that_cannot_be_made_is_made_later(void **state)
{
    (void)state;
    const struct file_ops ops = fake_ops();
    struct recorder *r = make(&ops, 0);
    atomic_store(&refuse_with, EIO);
    open_case(r);
    uint64_t at = send_until(r, 0, 1000);
    WAIT_FOR(r, s.state == RECORDER_STOPPED && s.os_errno == EIO && s.lost_frames == 1000);
    atomic_store(&refuse_with, 0);
    WAIT_FOR(r, s.state == RECORDER_RECORDING);
    at = send_until(r, at, 2000);
    char path[CASE_PATH];
    recorder_case_path(r, path, sizeof path);
    recorder_destroy(r);
    assert_string_equal(strrchr(path, '/'),
                        "/2026-11-24T093000Z-or1_.._x"); /* tries left nothing */
    const struct read_back got = read_all(path);
    assert_int_equal(got.frames, 1000);
    assert_int_equal(got.end, at);
}

static void a_slow_sync_delays_nothing(void **state)
{
    (void)state;
    const struct file_ops ops = fake_ops();
    struct recorder *r = make(&ops, 0);
    open_case(r);
    WAIT_FOR(r, s.state == RECORDER_RECORDING);
    atomic_store(&syncs_begun, 0);
    atomic_store(&sync_hangs, true);
    uint64_t at = send_until(r, 0, 1000);
    for (int i = 0; i < 10000 && !atomic_load(&syncs_begun); i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_true(atomic_load(&syncs_begun) > 0); /* it hangs in one now */
    at = send_until(r, at, 9000);
    struct mark mark;
    mark_set(&mark, 8000, "note=x", "");
    assert_true(recorder_mark(r, &mark));
    at = send_until(r, at, 9500);
    WAIT_FOR(r, s.next_sample == 9500 && s.marks_written == 1 && s.state == RECORDER_RECORDING);
    atomic_store(&sync_hangs, false);
    recorder_destroy(r);
    (void)at;
}

static void a_failing_sync_is_said_but_writing_goes_on(void **state)
{
    (void)state;
    const struct file_ops ops = fake_ops();
    struct recorder *r = make(&ops, 0);
    open_case(r);
    WAIT_FOR(r, s.state == RECORDER_RECORDING);
    atomic_store(&sync_fails, EIO);
    WAIT_FOR(r, s.state == RECORDER_STOPPED && s.os_errno == EIO);
    const uint64_t at = send_until(r, 0, 3000);
    WAIT_FOR(r, s.next_sample == at && s.lost_frames == 0);
    atomic_store(&sync_fails, 0);
    WAIT_FOR(r, s.state == RECORDER_RECORDING);
    recorder_destroy(r);
}

static void a_full_ring_drops_samples_and_keeps_findings(void **state)
{
    (void)state;
    const struct file_ops ops = fake_ops();
    struct recorder *r = make(&ops, 1 << 16);
    open_case(r);
    WAIT_FOR(r, s.state == RECORDER_RECORDING);
    atomic_store(&write_hangs, true);
    uint64_t at = 0;
    while (send(r, at, CHUNK)) {
        at += CHUNK;
        if (recorder_status(r).state == RECORDER_STOPPED)
            break;
    }
    assert_int_equal(recorder_status(r).os_errno, ENOBUFS); /* said before anything is dropped */
    assert_int_equal(recorder_status(r).lost_frames, 0);
    assert_false(send(r, at, CHUNK));
    assert_int_equal(recorder_status(r).lost_frames, CHUNK);
    for (int i = 0; i < 100; i++)
        assert_true(recorder_finding(r, FINDING_ARTIFACT, at, "{}\n", 3));
    atomic_store(&write_hangs, false);
    WAIT_FOR(r, s.next_sample == at);
    at = send_until(r, at + CHUNK, at + 10 * CHUNK);
    assert_int_equal(recorder_status(r).state, RECORDER_RECORDING);
    char path[CASE_PATH];
    recorder_case_path(r, path, sizeof path);
    recorder_destroy(r);
    const struct read_back got = read_all(path);
    assert_int_equal(got.end, at);
    assert_int_equal(got.frames, at - CHUNK);
    char text[1024];
    read_text(path, "findings.ndjson", text, sizeof text);
    assert_int_equal(strlen(text), 300);
}

/* The queue is full when the case ends: what it lacks is a hole like any other, and marks stay where
 * they were made. */
static void lose_the_end(uint32_t lost_s)
{
    const struct file_ops ops = fake_ops();
    struct recorder *r = make(&ops, 1 << 16);
    open_case(r);
    WAIT_FOR(r, s.state == RECORDER_RECORDING);
    atomic_store(&write_hangs, true);
    uint64_t kept = 0;
    while (send(r, kept, CHUNK))
        kept += CHUNK;
    struct mark mark;
    mark_set(&mark, kept, "recording=stopped", "system");
    assert_true(recorder_mark(r, &mark));
    const uint64_t end = kept + (uint64_t)lost_s * RATE + 7;
    mark_set(&mark, end, "case=end", "Dr. Wang");
    assert_true(recorder_mark(r, &mark));
    assert_true(recorder_close_case(r, end));
    atomic_store(&write_hangs, false);
    WAIT_FOR(r, s.cases_closed == 1);
    char path[CASE_PATH];
    recorder_case_path(r, path, sizeof path);
    recorder_destroy(r);
    const struct read_back got = read_all(path);
    assert_int_equal(got.frames, kept);
    assert_int_equal(got.length, end);
    assert_int_equal(got.end, end);
    assert_int_equal(got.jumps, 1);
    assert_int_equal(got.marks, 2);
    assert_int_equal(got.mark_samples[0], kept);
    assert_int_equal(got.mark_samples[1], end);
    char text[4096];
    char expected[64];
    read_text(path, "case.json", text, sizeof text);
    snprintf(expected, sizeof expected, "\"frames\": %llu,", (unsigned long long)end);
    assert_non_null(strstr(text, expected));
}

static void what_is_lost_at_the_end_is_a_hole(void **state)
{
    (void)state;
    lose_the_end(1);
}

static void so_is_more_than_a_file_can_fill(void **state)
{
    (void)state;
    lose_the_end(WRITER_HOLE_S + 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_case_is_kept_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_stops_and_room_resumes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_case_that_cannot_be_made_is_made_later, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_slow_sync_delays_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failing_sync_is_said_but_writing_goes_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_ring_drops_samples_and_keeps_findings, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_lost_at_the_end_is_a_hole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(so_is_more_than_a_file_can_fill, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
