/* SPDX-License-Identifier: Apache-2.0 */
/* A real disk that fills up: a small tmpfs. Needs root; skipped otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "record/reader.h"
#include "record/recorder.h"
#include "record/repair.h"
#include "tests/record/recorded.h"

enum { RATE = 2000, CHANNELS = 3, CHUNK = 200 };
static char folder[64];
static int32_t counts[BLOCK_FRAMES * BLOCK_LANES];

/* A second at every look, so that the test need not wait for the recorder's ticks. */
static _Atomic int64_t fast_ns;
static int64_t fast_now(struct clock *c)
{
    (void)c;
    return atomic_fetch_add(&fast_ns, 1000000000);
}
static struct clock fast_clock = {.now_ns = fast_now, .utc_ns = fast_now};

static uint64_t send(struct recorder *r, uint64_t first)
{
    struct sample_block b = {.first_index = first,
                             .frames = CHUNK,
                             .channels = CHANNELS,
                             .stride = CHANNELS,
                             .counts = counts};
    known_counts(first, CHUNK, CHANNELS, counts);
    assert_true(recorder_samples(r, &b));
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return first + CHUNK;
}

static uint64_t send_until(struct recorder *r, uint64_t at, enum recorder_state wanted)
{
    for (int i = 0; i < 10000 && recorder_status(r).state != wanted; i++)
        at = send(r, at);
    assert_int_equal(recorder_status(r).state, wanted);
    return at;
}

static void fill(const char *path)
{
    static const char block[4096];
    const int fd = open(path, O_WRONLY | O_CREAT, 0600);
    while (write(fd, block, sizeof block) > 0)
        ;
    close(fd);
}

static void recording_stops_and_resumes(void **state)
{
    (void)state;
    struct err err;
    char filler[96];
    char path[CASE_PATH];
    log_set_level(LOG_LEVEL_ERROR);
    scratch_make(folder);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", folder, "tmpfs", 0, "size=2m") != 0) {
        scratch_remove(folder);
        print_message("no right to mount: %s\n", strerror(errno));
        skip();
    }
    const struct recorder_options o = {.directory = folder};
    struct recorder *r = recorder_create(&o, &fast_clock, &err);
    assert_non_null(r);
    struct case_opening opening = {.start_utc_ns = 1795512600000000000};
    known_format(&opening.format, RATE, CHANNELS);
    assert_true(recorder_open_case(r, &opening));
    uint64_t at = send_until(r, 0, RECORDER_RECORDING);
    for (int i = 0; i < 10000 && recorder_status(r).next_sample < RATE; i++)
        at = send(r, at);
    snprintf(filler, sizeof filler, "%s/filler", folder);
    fill(filler);
    at = send_until(r, at, RECORDER_STOPPED);
    assert_int_equal(recorder_status(r).os_errno, ENOSPC);
    recorder_case_path(r, path, sizeof path);
    struct recording *half = recording_open(path, NULL, &err); /* valid while it is stopped */
    assert_non_null(half);
    recording_close(half);
    assert_int_equal(unlink(filler), 0);
    at = send_until(r, at, RECORDER_RECORDING);
    assert_true(recorder_close_case(r, at));
    recorder_destroy(r);

    enum case_state how;
    assert_true(case_state(path, &how, &err));
    assert_int_equal(how, CASE_CLOSED);
    struct recording *whole = recording_open(path, NULL, &err);
    struct sample_block b = {.counts = counts};
    uint64_t end = 0;
    uint32_t jumps = 0;
    while (recording_read(whole, &b, &err) == RECORDING_BLOCK) {
        jumps += b.first_index != end;
        for (uint32_t i = 0; i < b.frames; i++)
            assert_int_equal(counts[i * BLOCK_LANES], known_sample(b.first_index + i, 0));
        end = b.first_index + b.frames;
    }
    assert_int_equal(end, at);
    assert_int_equal(jumps, 1);
    recording_close(whole);
    assert_int_equal(umount(folder), 0);
    scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recording_stops_and_resumes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
