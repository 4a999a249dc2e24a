/* SPDX-License-Identifier: Apache-2.0 */
/* How long a case takes to be judged again from its features. rejudge_bench CASE */
#include <stdio.h>
#include <time.h>

#include "daemon/what_if.h"

static void count(void *context, const struct finding *finding)
{
    (void)finding;
    ++*(unsigned *)context;
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    const struct arguments arguments = {0};
    const double began = seconds_now();
    struct what_if *w = argc > 1 ? what_if_open(argv[1], &arguments, NULL, &err) : NULL;
    if (!w) {
        fprintf(stderr, "rejudge_bench: %s\n", argc > 1 ? err.text : "name a case");
        return 1;
    }
    const struct what_if_sets sets = {2, {"response.min_amplitude=40 uV", "endpoint.hold=20 s"}};
    unsigned findings = 0;
    const struct rejudge_sink sink = {.context = &findings, .finding = count};
    const double opened = seconds_now();
    if (!what_if_judge(w, &sets, &sink, NULL, &err))
        return 1;
    const double judged = seconds_now();
    printf("%.1f min, %u channels: one pass over the samples %.2f s, judged again in %.3f s, "
           "%u findings\n",
           (double)what_if_length(w) / what_if_context(w)->rate_hz / 60.0,
           what_if_context(w)->channel_count, opened - began, judged - opened, findings);
    what_if_close(w);
    return 0;
}
