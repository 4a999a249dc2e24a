/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd analyze`: the shipped detectors over recorded cases, as fast as they can. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/analyze_compare.h"
#include "daemon/arguments.h"
#include "daemon/case_run.h"
#include "daemon/commands.h"
#include "daemon/mapping.h"
#include "daemon/recorded.h"
#include "daemon/report_text.h"

enum { OWN_SUMMARY, OWN_COMPARE, OWN_JSON, OWN_REMEMBER };

static const struct argument_option own_options[] = {
    [OWN_SUMMARY] = { "summary", false, "what a person wants to read instead of the findings" },
    [OWN_COMPARE] = { "compare", true, "as-monitored: what --set would change, beside what was" },
    [OWN_JSON] = { "json", false, "with --compare: objects, a line each" },
    [OWN_REMEMBER] = { "remember", false, "keeps what --set says of the channels in FILE.lsrd.conf" },
    { 0 },
};

static void print_line(void *context, const struct finding *finding, const char *line,
                       size_t length)
{
    (void)context;
    (void)finding;
    fwrite(line, 1, length, stdout);
}

static void add_to_report(void *context, const struct finding *finding, const char *line,
                          size_t length)
{
    (void)line;
    (void)length;
    report_text_add(context, finding);
}

static bool analyze(const char *path, const struct arguments *arguments, struct err *err)
{
    struct recorded *recorded = calloc(1, sizeof *recorded);
    if (!recorded)
        return err_set(err, ERR_MEMORY, "a recorded case");
    struct report_text *report = NULL;
    struct case_run *run = NULL;
    bool is_done = false;
    if (recorded_open(recorded, path, arguments, err) &&
        (!arguments->own[OWN_REMEMBER] || mapping_remember(path, &recorded->settings, err))) {
        struct case_run_sink sink = { .finding = print_line };
        if (arguments->own[OWN_SUMMARY]) {
            report = report_text_create(&recorded->montage.context);
            sink = (struct case_run_sink){ .finding = add_to_report, .context = report };
        }
        run = case_run_create(&recorded->montage, &sink, err);
        is_done = run && recorded_feed(recorded, run, NULL, err);
        if (is_done)
            case_run_finish(run);
        if (is_done && report)
            report_text_print(report, path, stdout);
    }
    case_run_destroy(run);
    report_text_destroy(report);
    recorded_close(recorded);
    free(recorded);
    return is_done;
}

int command_analyze(int argc, char **argv)
{
    struct err err = { 0 };
    struct arguments arguments;
    if (!arguments_parse(argc, argv, own_options, &arguments, &err))
        return arguments_fail("analyze", &err);
    if (arguments.help) {
        arguments_help("analyze CASE...",
                       "Prints what the detectors find in recorded cases, one JSON object a line.\n"
                       "CASE is a BDF, EDF or WAV file, or a case directory with its own lsrd.conf.",
                       own_options);
        return 0;
    }
    if (arguments.operand_count == 0) {
        err_set(&err, ERR_USAGE, "name a file or a case directory; try --help");
        return arguments_fail("analyze", &err);
    }
    int status = 0;
    if (arguments.own[OWN_COMPARE])
        status = analyze_compare(&arguments, arguments.own[OWN_COMPARE],
                                 arguments.own[OWN_JSON] != NULL);
    for (int i = 0; i < arguments.operand_count && !arguments.own[OWN_COMPARE]; i++)
        if (!analyze(arguments.operands[i], &arguments, &err))
            status = arguments_fail("analyze", &err);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        err_set(&err, ERR_IO, "standard output cannot be written");
        return arguments_fail("analyze", &err);
    }
    return status;
}
