/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd report`: a case as a page to print. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/arguments.h"
#include "daemon/commands.h"
#include "daemon/recorded.h"
#include "daemon/report_html.h"

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

static bool print(const struct arguments *arguments, struct recorded *recorded,
                  const struct report_case *case_, const struct report_data *data,
                  const struct case_run *run, enum language l, struct err *err)
{
    const char *output = arguments->own[OWN_OUTPUT];
    const struct recording_info *info = recording_info(recorded->recording);
    FILE *out = output ? fopen(output, "wxe") : stdout;
    if (!out)
        return err_set_os(err, ERR_IO, errno, "cannot write %s", output);
    char *config = read_text(arguments->config ? arguments->config : info->config);
    const struct report_about about = {
        .case_ = case_, .version = LSRD_VERSION, .config = config};
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
    struct report_case *case_ = calloc(1, sizeof *case_);
    bool ok = data && case_ ? true : err_set(err, ERR_MEMORY, "a report");
    const struct case_run_sink sink = {
        .context = data, .finding = report_data_finding, .sweep = report_data_sweep};
    struct case_run *run = NULL;
    ok = ok &&
         report_case_read(case_, arguments->operands[0], recording_info(recorded->recording), err) &&
         report_data_init(data, &recorded->montage, err);
    if (ok) {
        run = case_run_create(&recorded->montage, &sink, err);
        ok = run && recorded_feed(recorded, run, NULL, err);
    }
    if (ok) {
        case_run_finish(run);
        ok = data->is_out_of_memory ? err_set(err, ERR_MEMORY, "a report")
                                    : print(arguments, recorded, case_, data, run, l, err);
    }
    case_run_destroy(run);
    if (data)
        report_data_fini(data);
    if (case_)
        report_case_fini(case_);
    free(case_);
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
