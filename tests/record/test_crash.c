/* SPDX-License-Identifier: Apache-2.0 */
/* kill -9 at random moments under load: at most a second is gone, what was called safe is there,
 * and repair brings the case in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/log.h"
#include "record/reader.h"
#include "record/recorder.h"
#include "record/repair.h"
#include "tests/record/recorded.h"

enum { RATE = 20000, CHANNELS = 8, PERIOD = RATE / 50, ROUNDS = 10 };

/* What the child did, which outlives it. */
struct progress {
    _Atomic uint64_t sent;  /* samples handed to the recorder */
    _Atomic uint64_t lines; /* journal lines */
    _Atomic uint64_t marks; /* marks that the recorder called written */
};
static struct progress *progress;
static char folder[64];
static int32_t counts[BLOCK_FRAMES * BLOCK_LANES];
static uint32_t seed;

static uint32_t next_random(void)
{
    return seed = seed * 1664525 + 1013904223;
}

static void run_child(void)
{
    struct err err;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
    log_set_level(LOG_LEVEL_ERROR);
    const struct recorder_options o = {.directory = folder};
    struct recorder *r = recorder_create(&o, clock_system(), &err);
    if (!r)
        _exit(3);
    struct case_opening opening = {.start_utc_ns = 1795512600000000000};
    known_format(&opening.format, RATE, CHANNELS);
    recorder_open_case(r, &opening);
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (uint64_t block = 0;; block++) {
        char line[300];
        struct sample_block b = {.first_index = block * PERIOD,
                                 .frames = PERIOD,
                                 .channels = CHANNELS,
                                 .stride = BLOCK_LANES,
                                 .counts = counts};
        known_counts(b.first_index, PERIOD, CHANNELS, counts);
        recorder_samples(r, &b);
        const uint64_t end = b.first_index + PERIOD;
        for (int i = 0; i < 3; i++) {
            const int n = snprintf(line, sizeof line,
                                   "{\"type\":\"stimulus\",\"decided_sample\":%llu,"
                                   "\"sample\":%llu,\"branch\":\"zygomatic\"%180s}\n",
                                   (unsigned long long)end, (unsigned long long)end, "");
            recorder_finding(r, FINDING_STIMULUS, end, line, (size_t)n);
        }
        if (block % 5 == 0) {
            struct mark mark;
            snprintf(line, sizeof line, "note=%llu \"quoted\"", (unsigned long long)(block / 5));
            mark_set(&mark, end, line, "Li");
            recorder_mark(r, &mark);
            const int n = snprintf(line, sizeof line,
                                   "{\"type\":\"mark\",\"decided_sample\":%llu,"
                                   "\"sample\":%llu,\"text\":\"note=%llu \\\"quoted\\\"\","
                                   "\"by\":\"Li\"}\n",
                                   (unsigned long long)end, (unsigned long long)end,
                                   (unsigned long long)(block / 5));
            recorder_finding(r, FINDING_MARK, end, line, (size_t)n);
        }
        atomic_store(&progress->sent, end);
        atomic_store(&progress->lines, 3 * (block + 1));
        atomic_store(&progress->marks, recorder_status(r).marks_written);
        due.tv_nsec += 20000000;
        if (due.tv_nsec >= 1000000000) {
            due.tv_sec++;
            due.tv_nsec -= 1000000000;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
}

static void find_case(char *path, size_t size)
{
    DIR *d = opendir(folder);
    path[0] = 0;
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] == '2')
            snprintf(path, size, "%s/%.60s", folder, e->d_name);
    if (d)
        closedir(d);
}

struct found {
    uint64_t end;
    uint32_t marks;
};

static struct found read_all(const char *path)
{
    struct err err;
    struct found got = {0};
    struct recording *r = recording_open(path, NULL, &err);
    if (!r)
        fail_msg("%s", err.text);
    struct sample_block b = {.counts = counts};
    while (recording_read(r, &b, &err) == RECORDING_BLOCK) {
        if (b.frames)
            assert_int_equal(b.first_index, got.end);
        for (uint32_t i = 0; i < b.frames; i++)
            for (uint32_t c = 0; c < CHANNELS; c++)
                if (counts[(size_t)i * b.stride + c] != known_sample(b.first_index + i, c))
                    fail_msg("sample %llu", (unsigned long long)(b.first_index + i));
        for (uint32_t i = 0; i < b.mark_count; i++) {
            char want[64];
            snprintf(want, sizeof want, "note=%u \"quoted\"", got.marks + i);
            assert_string_equal(b.marks[i].text, want);
            assert_string_equal(b.marks[i].by, "Li");
        }
        got.marks += b.mark_count;
        got.end += b.frames;
    }
    recording_close(r);
    return got;
}

static uint64_t count_lines(const char *directory)
{
    char path[CASE_PATH + 32];
    snprintf(path, sizeof path, "%s/findings.ndjson", directory);
    FILE *f = fopen(path, "r");
    uint64_t n = 0;
    for (int c; f && (c = fgetc(f)) != EOF;)
        n += c == '\n';
    if (f)
        fclose(f);
    return n;
}

static void no_damage(void *context, const char *line)
{
    (void)context;
    fail_msg("%s", line);
}

static void check_round(int64_t wait_ns)
{
    struct err err;
    enum case_state before;
    scratch_make(folder);
    memset(progress, 0, sizeof *progress);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_child();
    char path[CASE_PATH];
    /* A first mark on the disk: the case is there. A recorder that never gets so far is a hang. */
    for (int i = 0; i < 5000 &&
                    (atomic_load(&progress->sent) < RATE / 5 || atomic_load(&progress->marks) == 0);
         i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    find_case(path, sizeof path);
    assert_true(case_state(path, &before, &err));
    assert_int_equal(before, CASE_RECORDING);
    nanosleep(&(struct timespec){.tv_nsec = wait_ns}, NULL);
    kill(child, SIGKILL);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));

    const uint64_t sent = atomic_load(&progress->sent);
    const struct found raw = read_all(path); /* opens as it was left */
    assert_true(raw.end + RATE >= sent);
    assert_true(count_lines(path) + 150 >= atomic_load(&progress->lines));
    const int other = open(path, O_RDONLY | O_DIRECTORY); /* somebody else looks at it, too */
    assert_int_equal(flock(other, LOCK_SH | LOCK_NB), 0);
    assert_true(case_state(path, &before, &err));
    assert_int_equal(before, CASE_INTERRUPTED);
    close(other);

    struct case_repair report;
    if (!case_repair(path, file_ops_system(), NULL, &report, &err))
        fail_msg("%s", err.text);
    assert_int_equal(report.length, raw.end);
    const struct found repaired = read_all(path);
    assert_int_equal(repaired.end, raw.end);
    assert_true(repaired.marks >= atomic_load(&progress->marks));
    assert_int_equal(repaired.marks, raw.marks + report.marks_restored);
    assert_true(case_state(path, &before, &err));
    assert_int_equal(before, CASE_REPAIRED);
    if (!case_verify(path, no_damage, NULL, &err))
        fail_msg("%s", err.text);
    print_message("sent %.3f s, kept %.3f s, %u marks, %u of them restored\n", (double)sent / RATE,
                  (double)raw.end / RATE, repaired.marks, report.marks_restored);
    scratch_remove(folder);
}

static void kills_at_random_moments_lose_at_most_a_second(void **state)
{
    (void)state;
    const char *rounds = getenv("LSRD_CRASH_ROUNDS");
    seed = (uint32_t)time(NULL);
    print_message("seed %u\n", seed);
    for (int i = 0; i < (rounds ? atoi(rounds) : ROUNDS); i++)
        check_round(next_random() % 900 * 1000000ll);
}

int main(void)
{
    progress =
        mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kills_at_random_moments_lose_at_most_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
