/* SPDX-License-Identifier: Apache-2.0 */
/* Going to a place of a recorded case gives the same findings as playing through to it, byte for
 * byte; the cache that makes it fast may vanish or break at any time. Arguments: lsrd, a scenario. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/random.h"
#include "daemon/case_index.h"
#include "daemon/pipeline.h"
#include "daemon/steering.h"

extern char **environ;

enum { PLACES = 8, JOURNAL = 8 << 20 };

static const char *lsrd;
static const char *scenario;
static char directory[] = "/tmp/lsrd-index-XXXXXX";
static char case_path[256];

/* A journal with the places of its lines. */
struct journal {
    char *text;
    size_t length;
    uint32_t lines;
    size_t *starts;
};

static void take_line(void *context, const struct finding *f, const char *line, size_t length)
{
    (void)f;
    struct journal *j = context;
    assert_true(j->length + length < JOURNAL && j->lines < JOURNAL / 64);
    j->starts[j->lines++] = j->length;
    memcpy(j->text + j->length, line, length);
    j->length += length;
}

static struct journal *journal_create(void)
{
    struct journal *j = calloc(1, sizeof *j);
    j->text = malloc(JOURNAL);
    j->starts = calloc(JOURNAL / 64, sizeof *j->starts);
    return j;
}

static void journal_destroy(struct journal *j)
{
    free(j->text);
    free(j->starts);
    free(j);
}

static struct recorded *open_case(void)
{
    struct err err = {0};
    const struct arguments none = {0};
    struct recorded *r = calloc(1, sizeof *r);
    if (!recorded_open(r, case_path, &none, &err))
        fail_msg("%s", err.text);
    return r;
}

static void close_case(struct recorded *r)
{
    recorded_close(r);
    free(r);
}

static struct case_index *open_index(const struct recorded *r)
{
    struct err err = {0};
    struct case_index *index = case_index_create(r, case_path, &err);
    if (!index)
        fail_msg("%s", err.text);
    return index;
}

static void wait_for(struct case_index *index)
{
    struct err err = {0};
    case_index_wait(index);
    const struct case_index_progress p = case_index_progress(index, &err);
    assert_true(p.is_complete);
    if (p.has_failed)
        fail_msg("%s", err.text);
    assert_int_equal(p.done, p.length);
}

/* Feeds from a place to the end in blocks of all sizes. */
static void play_from(struct recorded *r, struct case_run *run, uint64_t sample,
                      struct random *random)
{
    struct err err = {0};
    const uint32_t stride = block_stride(recording_format(r->recording)->channels);
    struct sample_block *block = calloc(1, sizeof *block);
    int32_t *counts = aligned_alloc(64, (size_t)BLOCK_FRAMES * stride * sizeof *counts);
    recording_seek(r->recording, sample);
    enum recording_result result;
    do {
        block->counts = counts;
        const uint32_t frames = 1 + random_below(random, BLOCK_FRAMES);
        result = recording_read_some(r->recording, frames, block, &err);
        if (result == RECORDING_BLOCK)
            case_run_feed(run, block);
    } while (result == RECORDING_BLOCK);
    assert_int_equal(result, RECORDING_END);
    case_run_finish(run);
    free(counts);
    free(block);
}

static struct journal *play_through(struct recorded *r)
{
    struct err err = {0};
    struct journal *whole = journal_create();
    const struct case_run_sink sink = {.context = whole, .finding = take_line};
    struct case_run *run = case_run_create(&r->montage, &sink, &err);
    recording_seek(r->recording, 0);
    assert_true(recorded_feed(r, run, NULL, &err));
    case_run_finish(run);
    case_run_destroy(run);
    assert_true(whole->lines > 500);
    return whole;
}

static void from_a_place(struct recorded *r, const struct journal *whole, const void *state,
                         const struct case_index_place *place, struct random *random)
{
    struct err err = {0};
    struct journal *rest = journal_create();
    const struct case_run_sink sink = {.context = rest, .finding = take_line};
    struct case_run *run = case_run_create(&r->montage, &sink, &err);
    if (state)
        case_run_restore(run, state, place->sample);
    play_from(r, run, place->sample, random);
    case_run_destroy(run);
    assert_int_equal(rest->lines, whole->lines - place->lines);
    const size_t start = whole->starts[place->lines];
    assert_int_equal(rest->length, whole->length - start);
    assert_memory_equal(rest->text, whole->text + start, rest->length);
    journal_destroy(rest);
}

static void any_place_says_what_playing_through_says(void **unused)
{
    (void)unused;
    struct recorded *r = open_case();
    struct journal *whole = play_through(r);
    struct case_index *index = open_index(r);
    wait_for(index);
    struct random random;
    random_init(&random, 20260105, 1);
    const uint64_t length = case_index_progress(index, NULL).length;
    void *state = aligned_alloc(64, (bank_size(&r->montage.params) + 63) / 64 * 64);
    uint64_t last = UINT64_MAX;
    uint32_t different = 0;
    for (int i = 0; i < PLACES; i++) {
        struct case_index_place place = {0};
        const uint64_t sample = random_below(&random, (uint32_t)length);
        const bool is_found = case_index_checkpoint(index, sample, state, &place);
        assert_true(place.sample <= sample);
        assert_true(sample - place.sample < 31ull * r->montage.params.rate_hz);
        if (place.sample == last)
            continue; /* played from there just now */
        last = place.sample;
        different++;
        from_a_place(r, whole, is_found ? state : NULL, &place, &random);
    }
    assert_true(different >= 4);
    free(state);
    case_index_destroy(index);
    journal_destroy(whole);
    close_case(r);
}

struct comparison {
    const struct finding_context *context;
    const struct journal *whole;
    uint32_t line;
};

static bool is_kept(const char *line)
{
    return strncmp(line, "{\"type\":\"sweep\"", 15) != 0 &&
           strncmp(line, "{\"type\":\"stimulus\"", 18) != 0 &&
           !(strncmp(line, "{\"type\":\"emg_event\"", 19) == 0 && strstr(line, "\"spike\"") &&
             strstr(line, "\"spike\"") < strchr(line, '\n'));
}

static void compare(void *context, const struct finding *f)
{
    struct comparison *c = context;
    char line[FINDING_LINE];
    const size_t length = finding_json_line(c->context, f, line);
    while (!is_kept(c->whole->text + c->whole->starts[c->line]))
        c->line++;
    assert_memory_equal(line, c->whole->text + c->whole->starts[c->line], length);
    c->line++;
}

static void the_overview_is_the_journal(void **unused)
{
    (void)unused;
    struct recorded *r = open_case();
    struct journal *whole = play_through(r);
    struct case_index *index = open_index(r);
    wait_for(index);
    struct comparison c = {.context = &r->montage.context, .whole = whole};
    const struct case_index_place reach = case_index_reach(index);
    assert_true(reach.findings > 10 && reach.points > 100 && reach.stimuli > 100);
    case_index_findings(index, 0, reach.findings, compare, &c);
    assert_int_equal(c.line, whole->lines); /* the summary is the last of both */
    case_index_destroy(index);
    journal_destroy(whole);
    close_case(r);
}

static void steps_lead_from_stimulus_to_stimulus(void **unused)
{
    (void)unused;
    struct recorded *r = open_case();
    struct case_index *index = open_index(r);
    wait_for(index);
    uint64_t at = 0, back;
    const uint32_t stimuli = case_index_reach(index).stimuli;
    uint32_t steps = 0;
    for (uint64_t next; case_index_step(index, at, 1, &next); at = next, steps++) {
        assert_true(next > at);
        if (at && case_index_step(index, next, -1, &back))
            assert_int_equal(back, at);
    }
    assert_int_equal(steps, stimuli);
    assert_false(case_index_step(index, 0, -1, &back));
    case_index_destroy(index);
    close_case(r);
}

/* What the source had delivered before it heard of a seek comes behind the seek, and lies behind a
 * place further back: it is not what the screen waits for. */
static void blocks_of_the_old_place_end_no_seek_back(void **unused)
{
    (void)unused;
    enum { PLAYED = 20, BACK_TO = 1000 };
    struct err err = {0};
    struct recorded *r = open_case();
    struct case_index *index = open_index(r);
    wait_for(index);
    const struct stream_format format = *recording_format(r->recording);
    struct replay *replay =
        replay_create(r->recording, &(struct replay_options){.waits_at_end = true}, clock_system(), &err);
    r->recording = NULL;
    struct source *source = replay_source(replay);
    assert_true(source->ops->start(source, &err));
    const size_t state_size = bank_size(&r->montage.params);
    struct steering *steering = steering_create(replay, index, state_size, format.rate_hz, &err);
    struct sample_block *block = calloc(1, sizeof *block);
    int32_t *counts =
        aligned_alloc(64, (size_t)BLOCK_FRAMES * block_stride(format.channels) * sizeof *counts);
    block->counts = counts;
    for (int i = 0; i < PLAYED; i++)
        assert_int_equal(source->ops->read(source, block), READ_BLOCK);
    const uint64_t old = block->first_index + block->frames;
    assert_true(old > BACK_TO);

    steering_seek(steering, BACK_TO);
    assert_false(steering_passed(steering, old));
    assert_true(steering_is_filling(steering));

    const void *state;
    struct case_index_place place;
    while (source->ops->read(source, block) != READ_FORMAT)
        assert_false(steering_passed(steering, block->first_index + block->frames));
    assert_true(steering_arrive(steering, &state, &place));
    int passed = 0;
    while (!passed && source->ops->read(source, block) == READ_BLOCK) {
        const uint64_t at = block->first_index + block->frames;
        passed = steering_passed(steering, at);
        assert_int_equal(passed, at >= BACK_TO);
    }
    assert_false(steering_is_filling(steering));

    free(counts);
    free(block);
    steering_destroy(steering);
    source->ops->destroy(source);
    case_index_destroy(index);
    close_case(r);
}

static void cache_file(char path[512])
{
    char folder[200];
    snprintf(folder, sizeof folder, "%s/cache/lsrd", directory);
    DIR *d = opendir(folder);
    path[0] = 0;
    for (const struct dirent *e; d && (e = readdir(d));)
        if (strstr(e->d_name, ".cache"))
            snprintf(path, 512, "%.200s/%.255s", folder, e->d_name);
    if (d)
        closedir(d);
    assert_true(path[0] != 0);
}

static void a_second_opening_reads_what_the_first_found(void **unused)
{
    (void)unused;
    struct recorded *r = open_case();
    struct case_index *index = open_index(r);
    wait_for(index);
    const struct case_index_place first = case_index_reach(index);
    case_index_destroy(index);
    index = open_index(r);
    assert_true(case_index_progress(index, NULL).is_complete); /* at once: no pass */
    const struct case_index_place second = case_index_reach(index);
    assert_int_equal(second.findings, first.findings);
    assert_int_equal(second.points, first.points);
    assert_int_equal(second.stimuli, first.stimuli);
    case_index_destroy(index);
    close_case(r);
}

static void a_broken_cache_is_made_again(void **unused)
{
    (void)unused;
    char path[512];
    struct stat st;
    struct recorded *r = open_case();
    struct case_index *index = open_index(r);
    wait_for(index);
    const struct case_index_place good = case_index_reach(index);
    case_index_destroy(index);
    cache_file(path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size / 2), 0);
    index = open_index(r);
    wait_for(index);
    assert_int_equal(case_index_reach(index).findings, good.findings);
    case_index_destroy(index);

    FILE *f = fopen(path, "r+");
    for (long at = 100; at < st.st_size; at += 5000) {
        fseek(f, at, SEEK_SET);
        fputc(0xa5, f);
    }
    fclose(f);
    index = open_index(r);
    wait_for(index);
    assert_int_equal(case_index_reach(index).findings, good.findings);
    assert_int_equal(case_index_reach(index).points, good.points);
    case_index_destroy(index);
    close_case(r);
}

static int make_case(void **unused)
{
    (void)unused;
    pid_t pid;
    int status = 1;
    char cache[256];
    if (!mkdtemp(directory))
        return 1;
    snprintf(case_path, sizeof case_path, "%s/case", directory);
    snprintf(cache, sizeof cache, "%s/cache", directory);
    setenv("XDG_CACHE_HOME", cache, 1);
    unsetenv("CACHE_DIRECTORY");
    char *const arguments[] = {(char *)lsrd, "simulate", (char *)scenario, "-o", case_path, NULL};
    if (posix_spawn(&pid, lsrd, NULL, NULL, arguments, environ) != 0)
        return 1;
    waitpid(pid, &status, 0);
    return status;
}

static int remove_all(void **unused)
{
    (void)unused;
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", directory);
    return system(command);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    lsrd = argv[1];
    scenario = argv[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_place_says_what_playing_through_says),
        cmocka_unit_test(the_overview_is_the_journal),
        cmocka_unit_test(steps_lead_from_stimulus_to_stimulus),
        cmocka_unit_test(blocks_of_the_old_place_end_no_seek_back),
        cmocka_unit_test(a_second_opening_reads_what_the_first_found),
        cmocka_unit_test(a_broken_cache_is_made_again),
    };
    return cmocka_run_group_tests(tests, make_case, remove_all);
}
