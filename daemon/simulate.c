/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd simulate`: a scenario of the simulated patient as a recorded case, with its truth. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acquisition/patient.h"
#include "config/print.h"
#include "config/value.h"
#include "daemon/arguments.h"
#include "daemon/commands.h"
#include "daemon/settings.h"
#include "daemon/simulate.h"
#include "record/annotation.h"
#include "record/case_dir.h"
#include "record/writer.h"

enum { OWN_OUTPUT, OWN_TRUTH, OWN_SEED, OWN_LIST };

static const struct argument_option own_options[] = {
    [OWN_OUTPUT] = {"output", true, "the case directory, or one file where it ends in .bdf", 'o'},
    [OWN_TRUTH] = {"truth", true, "what really happened, as JSON", 0},
    [OWN_SEED] = {"seed", true, "a whole number; another one is another patient (1)", 0},
    [OWN_LIST] = {"list", false, "the scenarios that are built in", 0},
    {0},
};

/* Monday, 5 January 2026, 09:00 UTC: the same scenario and seed make the same bytes. */
#define START_UTC_NS 1767603600000000000

/* Where a case goes: a directory or a file. */
struct output {
    struct case_dir *directory;
    struct writer *file;
    char root[CASE_PATH]; /* of the directory, before it gets its name */
    const char *path;
};

static bool ends_in(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* The configuration that a person would have written for this montage. */
static char *configuration(const struct scenario *s, const char *file, char hash[SHA256_HEX],
                           struct err *err)
{
    enum { EACH = 3 };
    char text[1 + EACH * SCENARIO_BRANCHES][512];
    const char *overrides[1 + EACH * SCENARIO_BRANCHES];
    uint32_t count = 0;
    const char *trigger = s->trigger.text[0] ? s->trigger.text : "artifact";
    snprintf(text[count++], sizeof text[0], "stimulus.trigger=%s", trigger);
    for (uint32_t i = 0; i < s->branches; i++) {
        const struct scenario_branch *b = &s->branch[i];
        static const struct option labels_row = {.type = OPTION_LABELS};
        char labels[VALUE_TEXT];
        value_print(&labels_row, &b->lateral, labels);
        snprintf(text[count++], sizeof text[0], "branch.%s.lateral=%s", b->name, labels);
        if (b->direct.text[0])
            snprintf(text[count++], sizeof text[0], "branch.%s.direct=%s", b->name, b->direct.text);
        if (b->trigger.text[0])
            snprintf(text[count++], sizeof text[0], "branch.%s.trigger=%s", b->name,
                     b->trigger.text);
    }
    for (uint32_t i = 0; i < count; i++)
        overrides[i] = text[i];
    struct settings *settings = calloc(1, sizeof *settings);
    if (!settings) {
        err_set(err, ERR_MEMORY, "configuration");
        return NULL;
    }
    const struct settings_origin origin = {
        .path = file, .override_count = file ? 0 : count, .overrides = overrides};
    char *print = NULL;
    if (settings_load(settings, &origin, err)) {
        print = config_print(settings_sections, settings, 0);
        if (!print || !config_hash(settings_sections, settings, hash))
            err_set(err, ERR_MEMORY, "configuration");
    }
    free(settings);
    return print;
}

static bool open_directory(struct output *o, const struct stream_format *format,
                           const struct scenario *s, const char *config, struct err *err)
{
    if (access(o->path, F_OK) == 0)
        return err_set(err, ERR_USAGE, "%s: is there already", o->path);
    char hash[SHA256_HEX] = "";
    char *text = configuration(s, config, hash, err);
    if (!text)
        return false;
    const size_t size = strlen(text);
    struct case_opening *opening = calloc(1, sizeof *opening + size);
    if (opening) {
        opening->start_utc_ns = START_UTC_NS;
        snprintf(opening->version, sizeof opening->version, "%s", LSRD_VERSION);
        snprintf(opening->config_sha256, sizeof opening->config_sha256, "%s", hash);
        opening->format = *format;
        opening->config_size = (uint32_t)size;
        memcpy(opening->config, text, size);
        /* The directory gets its own name when it is whole: a simulation that stops half-way
         * leaves none of that name. */
        snprintf(o->root, sizeof o->root, "%s.part", o->path);
        o->directory = case_dir_create(o->root, opening, file_ops_system(), err);
    } else {
        err_set(err, ERR_MEMORY, "%s", o->path);
    }
    free(opening);
    free(text);
    return o->directory != NULL;
}

static bool open_output(struct output *o, const struct stream_format *format,
                        const struct scenario *s, const char *config, struct err *err)
{
    if (!ends_in(o->path, ".bdf"))
        return open_directory(o, format, s, config, err);
    const struct writer_options options = {
        .path = o->path, .format = format, .start_utc_ns = START_UTC_NS, .version = LSRD_VERSION};
    o->file = writer_open(&options, file_ops_system(), err);
    return o->file != NULL;
}

static bool put_block(struct output *o, const struct sample_block *block, int32_t *packed,
                      struct err *err)
{
    for (uint32_t i = 0; i < block->mark_count; i++) {
        char text[MARK_TEXT + MARK_BY + 8];
        annotation_from_mark(&block->marks[i], text);
        const bool taken = o->file
                               ? writer_annotate(o->file, block->marks[i].sample, 0, text)
                               : case_dir_annotate(o->directory, block->marks[i].sample, 0, text);
        if (!taken)
            return err_set(err, ERR_USAGE, "%s: too many marks at once", o->path);
    }
    if (block->frames == 0)
        return true;
    for (uint32_t n = 0; n < block->frames; n++)
        memcpy(packed + (size_t)n * block->channels, block->counts + (size_t)n * block->stride,
               block->channels * sizeof *packed);
    return o->file ? writer_samples(o->file, block->first_index, block->frames, packed, err)
                   : case_dir_samples(o->directory, block->first_index, block->frames, packed, err);
}

static bool close_output(struct output *o, struct err *err)
{
    if (o->file)
        return writer_finish(o->file, err);
    if (!case_dir_close(o->directory, 0, err))
        return false;
    if (rename(case_dir_path(o->directory), o->path) != 0 || rmdir(o->root) != 0)
        return err_set_os(err, ERR_IO, errno, "%s", o->path);
    return true;
}

static void destroy_output(struct output *o)
{
    writer_close(o->file);
    case_dir_destroy(o->directory);
}

/* Plays the patient to its end into the output. */
static bool play(struct source *patient, struct output *o, uint64_t *samples, struct err *err)
{
    const uint32_t stride = block_stride(patient->format.channels);
    struct sample_block *block = calloc(1, sizeof *block);
    int32_t *counts = calloc((size_t)BLOCK_FRAMES * stride, sizeof *counts);
    int32_t *packed = calloc((size_t)BLOCK_FRAMES * stride, sizeof *packed);
    bool ok = block && counts && packed && patient->ops->start(patient, err);
    if (!block || !counts || !packed)
        err_set(err, ERR_MEMORY, "a block of %u channels", stride);
    while (ok) {
        block->counts = counts;
        const enum read_result result = patient->ops->read(patient, block);
        if (result == READ_END)
            break;
        if (result == READ_FAILED)
            *err = patient->failure;
        ok = result != READ_FAILED && put_block(o, block, packed, err);
        *samples = block->first_index + block->frames;
    }
    free(packed);
    free(counts);
    free(block);
    return ok;
}

static bool write_truth(const struct truth *truth, uint64_t samples, const char *path,
                        struct err *err)
{
    FILE *to = fopen(path, "w");
    if (!to)
        return err_set_os(err, ERR_IO, errno, "%s", path);
    bool ok = truth_write(truth, samples, to, err);
    if (fclose(to) != 0 && ok)
        ok = err_set_os(err, ERR_IO, errno, "%s", path);
    return ok;
}

static bool simulate(struct source *patient, const char *path, const char *truth_path,
                     const char *config, struct err *err)
{
    const struct truth *truth = NULL;
    if (truth_path && !(truth = patient_truth(patient, err)))
        return false;
    struct output o = {.path = path};
    uint64_t samples = 0;
    const bool ok = open_output(&o, &patient->format, patient_scenario(patient), config, err) &&
                    play(patient, &o, &samples, err) && close_output(&o, err) &&
                    (!truth || write_truth(truth, samples, truth_path, err));
    destroy_output(&o);
    return ok;
}

bool simulate_case(const char *scenario, uint64_t seed, const char *path, struct err *err)
{
    struct source *patient = patient_create(
        &(struct patient_setup){.scenario = scenario, .seed = seed, .is_single = true}, err);
    const bool ok = patient && simulate(patient, path, NULL, NULL, err);
    source_destroy(patient);
    return ok;
}

static int list(void)
{
    for (const struct scenario_builtin *b = scenario_builtins; b->name; b++) {
        struct scenario *s = calloc(1, sizeof *s);
        struct err err = {0};
        if (s && scenario_read(s, b->name, NULL, 0, NULL, &err))
            printf("%-20s %5.0f s  %s\n", b->name, s->duration_s, s->says.text);
        free(s);
    }
    return 0;
}

static bool parse_seed(const char *text, uint64_t *seed, struct err *err)
{
    char *end = NULL;
    errno = 0;
    *seed = text ? strtoull(text, &end, 10) : 1;
    if (text && (text[0] < '0' || text[0] > '9' || *end || errno || *seed > UINT32_MAX))
        return err_set(err, ERR_USAGE, "--seed %.40s: a whole number from 0 to %u", text,
                       UINT32_MAX);
    return true;
}

int command_simulate(int argc, char **argv)
{
    struct err err = {0};
    struct arguments arguments;
    uint64_t seed;
    if (!arguments_parse(argc, argv, own_options, &arguments, &err) ||
        !parse_seed(arguments.own[OWN_SEED], &seed, &err))
        return arguments_fail("simulate", &err);
    if (arguments.help) {
        arguments_help("simulate SCENARIO -o CASE",
                       "Writes an operation of the simulated patient as a recorded case.\n"
                       "SCENARIO is one of those built in (--list) or a file *.scenario; --set "
                       "changes the scenario.\n--config is what the case directory keeps as its "
                       "lsrd.conf.",
                       own_options);
        return 0;
    }
    if (arguments.own[OWN_LIST])
        return list();
    if (arguments.operand_count != 1 || !arguments.own[OWN_OUTPUT]) {
        err_set(&err, ERR_USAGE, "name one scenario, and the case with -o; try --help or --list");
        return arguments_fail("simulate", &err);
    }
    struct source *patient =
        patient_create(&(struct patient_setup){.scenario = arguments.operands[0],
                                               .overrides = arguments.overrides,
                                               .override_count = arguments.override_count,
                                               .seed = seed,
                                               .is_single = true,
                                               .complaints = stderr},
                       &err);
    const bool ok = patient && simulate(patient, arguments.own[OWN_OUTPUT],
                                        arguments.own[OWN_TRUTH], arguments.config, &err);
    source_destroy(patient);
    return ok ? 0 : arguments_fail("simulate", &err);
}
