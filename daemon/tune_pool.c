/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs as processes: one that fails takes no other with it. */
#include "daemon/tune_job.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One line that is written over on a terminal, and a line each elsewhere. */
static void tell(uint32_t done, uint32_t count, double began)
{
    const double left_s = (seconds_now() - began) / done * (count - done);
    const bool is_terminal = isatty(STDERR_FILENO);
    fprintf(stderr, "%stune: %u of %u cases, %d:%02d left%s", is_terminal ? "\r" : "", done, count,
            (int)left_s / 60, (int)left_s % 60,
            !is_terminal || done == count ? "\n" : "   ");
}

static bool start(uint32_t job, int (*run)(void *context, uint32_t job), void *context)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const int status = run(context, job);
        fflush(NULL);
        _exit(status);
    }
    return child > 0;
}

uint32_t tune_jobs_run(uint32_t count, uint32_t at_a_time,
                       int (*run)(void *context, uint32_t job), void *context)
{
    const double began = seconds_now();
    uint32_t started = 0, running = 0, done = 0, failed = 0;
    while (done < count) {
        while (running < at_a_time && started < count) {
            if (start(started++, run, context)) {
                running++;
            } else {
                done++;
                failed++;
            }
        }
        int status = 0;
        if (running == 0 || wait(&status) <= 0)
            continue;
        running--;
        done++;
        failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        tell(done, count, began);
    }
    return failed;
}
