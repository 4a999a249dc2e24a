/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd report`: a case as a page to print. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/arguments.h"
#include "daemon/commands.h"
#include "daemon/recorded.h"
#include "daemon/report_html.h"
#include "record/case_files.h"
#include "record/repair.h"

enum { OWN_OUTPUT, OWN_LANGUAGE };

static const struct argument_option own_options[] = {
    [OWN_OUTPUT] = {"output", true, "the HTML file; standard output without it", 'o'},
    [OWN_LANGUAGE] = {"language", true, "en or zh (en)", 0},
    {0},
};

static char *read_text(const char *path)
{
    FILE *f = path ? fopen(path, "re") : NULL;
    char *text = NULL;
    size_t size = 0;
    if (!f)
        return NULL;
    if (getdelim(&text, &size, 0, f) < 0) {
        free(text);
        text = NULL;
    }
    fclose(f);
    return text;
}

static void describe(const char *path, const struct recording_info *info, char *name, size_t size,
                     char started[32])
{
    char clean[512];
    snprintf(clean, sizeof clean, "%s", path);
    for (size_t n = strlen(clean); n > 1 && clean[n - 1] == '/'; n--)
        clean[n - 1] = 0;
    const char *slash = strrchr(clean, '/');
    snprintf(name, size, "%s", slash ? slash + 1 : clean);
    started[0] = 0;
    int day, month, year;
    if (sscanf(info->start_date, "%2d.%2d.%2d", &day, &month, &year) == 3)
        snprintf(started, 32, "%04d-%02d-%02d %.2s:%.2s:%.2s",
                 year < 85 ? 2000 + year : 1900 + year, month, day, info->start_time,
                 info->start_time + 3, info->start_time + 6);
}

static const char *state_of(const char *path)
{
    enum case_state state;
    struct err ignored;
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode) || !case_state(path, &state, &ignored))
        return NULL;
    return case_state_names[state];
}

/* As case.json has it, whose strings are ours. */
static void find_calibration(const char *path, char *line, size_t size)
{
    char text[CASE_JSON_BYTES];
    static const char key[] = "\"calibration\": \"";
    const char *at = case_json_read(path, text) ? strstr(text, key) : NULL;
    line[0] = 0;
    if (at)
        snprintf(line, size, "%.*s", (int)strcspn(at + sizeof key - 1, "\"\n"), at + sizeof key - 1);
}

static bool print(const struct arguments *arguments, struct recorded *recorded,
                  const struct report_data *data, const struct case_run *run, enum language l,
                  struct err *err)
{
    const char *path = arguments->operands[0];
    const char *output = arguments->own[OWN_OUTPUT];
    const struct recording_info *info = recording_info(recorded->recording);
    char name[256];
    char started[32];
    char calibration[256];
    find_calibration(path, calibration, sizeof calibration);
    describe(path, info, name, sizeof name, started);
    FILE *out = output ? fopen(output, "wxe") : stdout;
    if (!out)
        return err_set_os(err, ERR_IO, errno, "cannot write %s", output);
    char *config = read_text(arguments->config ? arguments->config : info->config);
    const struct report_about about = {.name = name,
                                       .started = started,
                                       .version = LSRD_VERSION,
                                       .config = config,
                                       .calibration = calibration,
                                       .checksums = state_of(path)};
    report_html_print(data, case_run_bank(run), &about, l, out);
    free(config);
    const bool is_bad = ferror(out) != 0;
    if ((output ? fclose(out) : fflush(out)) != 0 || is_bad)
        return err_set_os(err, ERR_IO, errno, "cannot write %s", output ? output : "the report");
    return true;
}

static bool report(const struct arguments *arguments, struct recorded *recorded, struct err *err)
{
    enum language l = LANGUAGE_EN;
    const char *wanted = arguments->own[OWN_LANGUAGE];
    if (wanted && !language_find(wanted, &l))
        return err_set(err, ERR_USAGE, "--language %s: must be en or zh", wanted);
    if (!recorded_open(recorded, arguments->operands[0], arguments, err))
        return false;
    struct report_data *data = calloc(1, sizeof *data);
    if (!data)
        return err_set(err, ERR_MEMORY, "a report");
    const struct case_run_sink sink = {
        .context = data, .finding = report_data_finding, .sweep = report_data_sweep};
    struct case_run *run = NULL;
    bool ok = report_data_init(data, &recorded->montage, err);
    if (ok) {
        run = case_run_create(&recorded->montage, &sink, err);
        ok = run && recorded_feed(recorded, run, NULL, err);
    }
    if (ok) {
        case_run_finish(run);
        ok = data->is_out_of_memory ? err_set(err, ERR_MEMORY, "a report")
                                    : print(arguments, recorded, data, run, l, err);
    }
    case_run_destroy(run);
    report_data_fini(data);
    free(data);
    return ok;
}

int command_report(int argc, char **argv)
{
    struct err err = {0};
    struct arguments arguments;
    if (!arguments_parse(argc, argv, own_options, &arguments, &err))
        return arguments_fail("report", &err);
    if (arguments.help) {
        arguments_help(
            "report CASE -o FILE.html",
            "One page that prints on two sheets and needs nothing else: course, amplitudes,\n"
            "endpoint with its evidence, alarms, marks, configuration. It is made from the\n"
            "recorded samples and marks by the detectors, as analyze does.",
            own_options);
        return 0;
    }
    bool ok = false;
    struct recorded *recorded = calloc(1, sizeof *recorded);
    if (!recorded)
        err_set(&err, ERR_MEMORY, "a recorded case");
    else if (arguments.operand_count != 1)
        err_set(&err, ERR_USAGE, "must be one case; try --help");
    else
        ok = report(&arguments, recorded, &err);
    if (recorded)
        recorded_close(recorded);
    free(recorded);
    return ok ? 0 : arguments_fail("report", &err);
}
