/* SPDX-License-Identifier: Apache-2.0 */
/* Judged again from its features, a case has the journal that a pass over its samples would give:
 * the same bytes, whatever thresholds of judgement, whatever people marked, whatever was lost.
 * test_rejudge LSRD: the binary makes the cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "daemon/feature_store.h"
#include "daemon/recorded.h"

enum { JOURNAL = 8 << 20, STORE = 64 << 20, SETS = 8 };

static const char *lsrd;
static char directory[] = "/tmp/lsrd-rejudge-XXXXXX";

static const char *const thresholds[][SETS] = {
    {NULL},
    {"response.min_amplitude=80 uV", NULL},
    {"endpoint.hold=10 s", "endpoint.min_sweeps=12", "endpoint.require_phase=no", NULL},
    {"alarm.train_medium=0.1 s", "alarm.discharge=0.3 s", "alarm.saturated=1 s", NULL},
    {"endpoint.m_ratio=95 %", "endpoint.require_cautery=no", "response.min_amplitude=25 uV", NULL},
};

struct journal {
    const struct finding_context *context;
    struct feature_store *store; /* NULL: not filled */
    size_t length;
    char line[FINDING_LINE];
    char text[JOURNAL];
};

static void add(struct journal *j, const char *line, size_t length)
{
    assert_true(j->length + length < JOURNAL);
    memcpy(j->text + j->length, line, length);
    j->length += length;
}

static void printed(void *context, const struct finding *finding, const char *line, size_t length)
{
    (void)finding;
    add(context, line, length);
}

static void measured(void *context, const struct run_features *run)
{
    struct journal *j = context;
    if (j->store)
        feature_store_take(j->store, run);
}

static void judged(void *context, const struct finding *finding)
{
    struct journal *j = context;
    add(j, j->line, finding_json_line(j->context, finding, j->line));
}

static void configure(struct arguments *arguments, const char *const *sets)
{
    memset(arguments, 0, sizeof *arguments);
    while (sets[arguments->override_count]) {
        arguments->overrides[arguments->override_count] = sets[arguments->override_count];
        arguments->override_count++;
    }
}

/* Now and then a person says something, or samples are lost; seed 0: nothing of that. */
static void trouble(struct random *random, struct case_run *run, struct sample_block *block)
{
    static const char *const said[] = {
        "stimulation=off",      "stimulation=on",  "relaxant",
        "tof=3",                "confirm",         "reject",
        "baseline=take",        "device=lost",     "device=back",
        "recording=stopped",    "recording=resumed", "phase=decompressed since=-5 s",
        "set=endpoint.hold=7 s was=30 s", "set=alarm.train_medium=0.2 s", "ack=lsr_recurred",
        "undo=1000",            "intensity=21mA",  "set=endpoint.require_phase=no",
    };
    if (random_chance(random, 0.01))
        case_run_mark(run, said[random_below(random, sizeof said / sizeof *said)], "NP");
    if (random_chance(random, 0.005))
        block->frames = 0;
}

static void pass(const char *path, const char *const *sets, uint32_t seed, struct journal *j)
{
    struct err err = {0};
    struct arguments arguments;
    struct recorded recorded = {0};
    configure(&arguments, sets);
    if (!recorded_open(&recorded, path, &arguments, &err))
        fail_msg("%s: %s", path, err.text);
    const struct case_run_sink sink = {.context = j, .finding = printed, .features = measured};
    struct case_run *run = case_run_create(&recorded.montage, &sink, &err);
    assert_non_null(run);
    struct sample_block block = {0};
    int32_t *counts = aligned_alloc(
        64, sizeof *counts * BLOCK_FRAMES *
                block_stride(recording_format(recorded.recording)->channels));
    struct random random;
    random_init(&random, seed, 0);
    j->length = 0;
    for (;;) {
        block.counts = counts;
        const uint32_t frames = seed ? 200 + random_below(&random, 300) : BLOCK_FRAMES;
        if (recording_read_some(recorded.recording, frames, &block, &err) != RECORDING_BLOCK)
            break;
        if (seed)
            trouble(&random, run, &block);
        if (block.frames || block.mark_count)
            case_run_feed(run, &block);
    }
    case_run_finish(run);
    case_run_destroy(run);
    recorded_close(&recorded);
    free(counts);
}

static void rejudge(const char *path, const char *const *sets, const struct feature_store *store,
                    struct journal *j)
{
    struct err err = {0};
    struct arguments arguments;
    struct recorded recorded = {0};
    configure(&arguments, sets);
    assert_true(recorded_open(&recorded, path, &arguments, &err));
    j->context = &recorded.montage.context;
    j->length = 0;
    const struct rejudge_sink sink = {.context = j, .finding = judged};
    assert_true(feature_store_rejudge(store, &recorded.montage.params, NULL, &sink));
    recorded_close(&recorded);
}

static void compare(const char *name, const char *const *sets, const struct journal *expected,
                    const struct journal *got)
{
    size_t at = 0, line = 0;
    while (at < expected->length && at < got->length && expected->text[at] == got->text[at])
        if (expected->text[at++] == '\n')
            line = at;
    if (expected->length == got->length && at == expected->length)
        return;
    fail_msg("%s %s:\n%.300s\n---\n%.300s", name, sets[0] ? sets[0] : "", expected->text + line,
             got->text + line);
}

static void check(const char *scenario, uint32_t seed)
{
    char path[128], command[512];
    snprintf(path, sizeof path, "%s/%s", directory, scenario);
    snprintf(command, sizeof command, "test -e %s || %s simulate %s -o %s", path, lsrd, scenario,
             path);
    assert_int_equal(system(command), 0);
    struct journal *full = calloc(1, sizeof *full), *again = calloc(1, sizeof *again);
    assert_true(full && again);
    struct feature_store *store = feature_store_create(STORE);
    full->store = store;
    pass(path, thresholds[0], seed, full);
    full->store = NULL;
    assert_true(feature_store_is_whole(store));
    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++) {
        if (i > 0)
            pass(path, thresholds[i], seed, full);
        rejudge(path, thresholds[i], store, again);
        compare(scenario, thresholds[i], full, again);
    }
    feature_store_destroy(store);
    free(again);
    free(full);
}

static void a_recorded_case(void **state)
{
    (void)state;
    check("course-04-irritation", 0);
    check("course-05-cautery", 0);
}

static void a_case_with_troubles(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 2; seed++)
        check("course-04-irritation", seed);
    check("course-05-cautery", 4);
}

static void what_does_not_fit_is_said(void **state)
{
    (void)state;
    struct feature_store *store = feature_store_create(0);
    struct mark mark;
    mark_set(&mark, 0, "phase=decompressed", "NP");
    const struct run_features run = {.mark_count = 1, .marks = &mark};
    for (int i = 0; i < 10000; i++) /* more than waits in memory */
        feature_store_take(store, &run);
    assert_false(feature_store_is_whole(store));
    feature_store_destroy(store);
}

int main(int argc, char **argv)
{
    lsrd = argc > 1 ? argv[1] : "build/lsrd";
    if (!mkdtemp(directory))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recorded_case),
        cmocka_unit_test(a_case_with_troubles),
        cmocka_unit_test(what_does_not_fit_is_said),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) != 0 || failed;
}
