/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd cases`: what was recorded, whether it is as it was recorded, and repair. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/arguments.h"
#include "daemon/commands.h"
#include "daemon/settings.h"
#include "record/keeper.h"
#include "record/reader.h"
#include "record/repair.h"

enum verb { VERB_LIST, VERB_VERIFY, VERB_REPAIR, VERBS };
static const char *const verb_names[VERBS] = {"list", "verify", "repair"};

struct work {
    enum verb verb;
    uint32_t cases;
    uint32_t bad;
    int status; /* of the worst error */
};

static void fail(struct work *w, const struct err *err)
{
    const int status = arguments_fail("cases", err);
    w->status = status > w->status ? status : w->status;
    w->bad++;
}

static void print_duration(double seconds, char *text, size_t size)
{
    const unsigned long whole = (unsigned long)seconds;
    snprintf(text, size, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
}

/* Holes within a case, and what an interrupted one lacks at its end. */
static void print_lost(const char *directory, enum case_state state, const struct recording *r)
{
    struct err err;
    uint64_t decided = 0;
    const struct recording_info *info = recording_info(r);
    const double rate_hz = recording_format(r)->rate_hz;
    if (info->lost)
        printf("  %.3f s missing", (double)info->lost / rate_hz);
    const bool was_cut = state == CASE_INTERRUPTED || state == CASE_REPAIRED;
    if (!was_cut || !case_decided_last(directory, &decided, &err))
        return;
    const uint64_t lost = decided > info->length ? decided - info->length : 0;
    printf("  at least %.3f s lost at its end", (double)lost / rate_hz);
}

static void list_one(struct work *w, const char *directory)
{
    struct err err = {0};
    enum case_state state;
    if (!case_state(directory, &state, &err)) {
        fail(w, &err);
        return;
    }
    const char *slash = strrchr(directory, '/');
    const char *name = slash && slash[1] ? slash + 1 : directory;
    struct recording *r = recording_open(directory, NULL, &err);
    if (!r) {
        printf("%-32s  %-11s  %s\n", name, case_state_names[state], err.text);
        w->bad++;
        return;
    }
    const struct stream_format *f = recording_format(r);
    char duration[32];
    print_duration((double)recording_info(r)->length / f->rate_hz, duration, sizeof duration);
    printf("%-32s  %-11s  %10s  %3u channels at %u Hz  %u marks", name, case_state_names[state],
           duration, f->channels, f->rate_hz, recording_info(r)->marks);
    print_lost(directory, state, r);
    printf("\n");
    recording_close(r);
}

static void print_damage(void *context, const char *line)
{
    struct work *w = context;
    printf("%s\n", line);
    w->bad++;
    w->status = 1;
}

static void verify_one(struct work *w, const char *directory)
{
    struct err err = {0};
    enum case_state state;
    if (!case_state(directory, &state, &err)) {
        fail(w, &err);
        return;
    }
    if (state == CASE_RECORDING || state == CASE_INTERRUPTED) {
        printf("%s: %s: has no checksums yet\n", directory,
               state == CASE_RECORDING ? "is being recorded" : "was interrupted");
        return;
    }
    const uint32_t bad = w->bad;
    if (!case_verify(directory, print_damage, w, &err))
        fail(w, &err);
    else if (w->bad == bad)
        printf("%s: as it was %s\n", directory, case_state_names[state]);
}

static void repair_one(struct work *w, const char *directory)
{
    struct err err = {0};
    struct case_repair report;
    if (!case_repair(directory, file_ops_system(), NULL, &report, &err)) {
        fail(w, &err);
        return;
    }
    if (report.before != CASE_INTERRUPTED) {
        printf("%s: %s: nothing to repair\n", directory, case_state_names[report.before]);
        return;
    }
    char duration[32];
    const double rate = report.rate_hz ? report.rate_hz : 1;
    print_duration((double)report.length / rate, duration, sizeof duration);
    printf("%s: repaired: %s of signal kept", directory, duration);
    if (report.decided_last > report.length)
        printf(", at least %.3f s lost", (double)(report.decided_last - report.length) / rate);
    if (report.bytes_cut + report.line_bytes_cut)
        printf(", %llu bytes that were begun cut",
               (unsigned long long)(report.bytes_cut + report.line_bytes_cut));
    if (report.records_cut)
        printf(", %llu records never reached the disk", (unsigned long long)report.records_cut);
    if (report.marks_restored)
        printf(", %u marks restored from the journal", report.marks_restored);
    printf("\n");
}

static bool visit(void *context, const char *directory)
{
    struct work *w = context;
    w->cases++;
    switch (w->verb) {
    case VERB_VERIFY:
        verify_one(w, directory);
        break;
    case VERB_REPAIR:
        repair_one(w, directory);
        break;
    default:
        list_one(w, directory);
        break;
    }
    return true;
}

/* An operand is a case, or a directory of cases. */
static void visit_operand(struct work *w, const char *path)
{
    char signals[4096];
    struct stat st;
    struct err err = {0};
    const int n = snprintf(signals, sizeof signals, "%s/signals.bdf", path);
    if (n > 0 && (size_t)n < sizeof signals && stat(signals, &st) == 0) {
        visit(w, path);
        return;
    }
    const uint32_t before = w->cases;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        err_set(&err, ERR_USAGE, "%s: must be a case, or a directory of cases", path);
        fail(w, &err);
    } else if (!cases_walk(path, visit, w, &err)) {
        fail(w, &err);
    } else if (w->cases == before) {
        printf("%s: no cases\n", path);
    }
}

static int run(const struct arguments *arguments, struct settings *settings, struct err *err)
{
    const struct settings_origin origin = {.path = arguments->config,
                                           .override_count = arguments->override_count,
                                           .overrides = arguments->overrides};
    struct work w = {.verb = VERB_LIST};
    int first = 0;
    for (int v = 0; arguments->operand_count && v < VERBS; v++)
        if (strcmp(arguments->operands[0], verb_names[v]) == 0) {
            w.verb = (enum verb)v;
            first = 1;
        }
    if (first < arguments->operand_count) {
        for (int i = first; i < arguments->operand_count; i++)
            visit_operand(&w, arguments->operands[i]);
        return w.status;
    }
    if (!settings_load(settings, &origin, err))
        return arguments_fail("cases", err);
    if (!cases_walk(settings->record.directory.text, visit, &w, err))
        return arguments_fail("cases", err);
    if (w.cases == 0)
        printf("%s: no cases\n", settings->record.directory.text);
    return w.status;
}

int command_cases(int argc, char **argv)
{
    struct err err = {0};
    struct arguments arguments;
    if (!arguments_parse(argc, argv, NULL, &arguments, &err))
        return arguments_fail("cases", &err);
    if (arguments.help) {
        arguments_help("cases [list|verify|repair] [CASE or DIRECTORY...]",
                       "list shows every case, its state and length;\n"
                       "verify compares closed cases with their checksums;\n"
                       "repair brings interrupted ones in order and says what was lost.\n"
                       "Without operands: the cases under record.directory.",
                       NULL);
        return 0;
    }
    struct settings *settings = calloc(1, sizeof *settings);
    if (!settings) {
        err_set(&err, ERR_MEMORY, "settings");
        return arguments_fail("cases", &err);
    }
    const int status = run(&arguments, settings, &err);
    free(settings);
    return status;
}
