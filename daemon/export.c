/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd export`: a stretch of a case as BDF+, sweeps and findings as CSV; without names by default.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/arguments.h"
#include "daemon/commands.h"
#include "daemon/export_csv.h"
#include "daemon/export_signals.h"
#include "daemon/recorded.h"

enum { OWN_SIGNALS, OWN_SWEEPS, OWN_FINDINGS, OWN_FROM, OWN_TO, OWN_IDENTIFIED };

static const struct argument_option own_options[] = {
    [OWN_SIGNALS] = {"signals", true, "the samples and marks, as BDF+", 0},
    [OWN_SWEEPS] = {"sweeps", true, "every judged sweep with its waveform, as CSV", 0},
    [OWN_FINDINGS] = {"findings", true, "everything else the detectors say, as CSV", 0},
    [OWN_FROM] = {"from", true, "minutes:seconds from the start", 0},
    [OWN_TO] = {"to", true, "minutes:seconds from the start", 0},
    [OWN_IDENTIFIED] = {"identified", false, "keeps names, notes and dates", 0},
    {0},
};

static bool take_time(const char *text, const char *name, uint32_t rate_hz, uint64_t *sample,
                      struct err *err)
{
    double seconds;
    if (!text)
        return true;
    if (!arguments_time(text, &seconds))
        return err_set(err, ERR_USAGE,
                       "--%s %s: must be seconds, minutes:seconds or "
                       "hours:minutes:seconds",
                       name, text);
    *sample = (uint64_t)rint(seconds * rate_hz);
    return true;
}

static bool open_csv(const char *path, FILE **file, struct err *err)
{
    *file = NULL;
    if (!path)
        return true;
    *file = fopen(path, "wxe"); /* nothing is ever overwritten */
    return *file ? true : err_set_os(err, ERR_IO, errno, "cannot write %s", path);
}

static bool close_csv(FILE *file, const char *path, struct err *err)
{
    if (!file)
        return true;
    const bool is_bad = ferror(file) != 0;
    return fclose(file) == 0 && !is_bad ? true
                                        : err_set_os(err, ERR_IO, errno, "cannot write %s", path);
}

/* The detectors run over the case from its start: what they say depends on all that was before. */
static bool export_csv(const struct arguments *arguments, struct recorded *recorded, uint64_t from,
                       uint64_t to, struct err *err)
{
    const char *sweeps = arguments->own[OWN_SWEEPS];
    const char *findings = arguments->own[OWN_FINDINGS];
    if (!sweeps && !findings)
        return true;
    struct export_csv csv = {.context = &recorded->montage.context,
                             .from = from,
                             .to = to,
                             .is_identified = arguments->own[OWN_IDENTIFIED] != NULL};
    const struct case_run_sink sink = {
        .context = &csv, .finding = export_csv_finding, .sweep = export_csv_sweep};
    struct case_run *run = NULL;
    bool ok = open_csv(sweeps, &csv.sweeps, err) && open_csv(findings, &csv.findings, err);
    if (ok) {
        export_csv_heads(&csv);
        run = case_run_create(&recorded->montage, &sink, err);
        recording_seek(recorded->recording, 0);
        ok = run && recorded_feed(recorded, run, NULL, err);
        if (ok)
            case_run_finish(run);
    }
    case_run_destroy(run);
    struct err ignored;
    const bool closed = close_csv(csv.sweeps, sweeps, ok ? err : &ignored);
    return close_csv(csv.findings, findings, ok && closed ? err : &ignored) && closed && ok;
}

static bool export_case(const struct arguments *arguments, struct recorded *recorded,
                        struct err *err)
{
    if (!recorded_open(recorded, arguments->operands[0], arguments, err))
        return false;
    const uint32_t rate_hz = recording_format(recorded->recording)->rate_hz;
    uint64_t from = 0;
    uint64_t to = recording_info(recorded->recording)->length;
    if (!take_time(arguments->own[OWN_FROM], "from", rate_hz, &from, err) ||
        !take_time(arguments->own[OWN_TO], "to", rate_hz, &to, err))
        return false;
    if (from >= to || from >= recording_info(recorded->recording)->length)
        return err_set(err, ERR_USAGE, "--from %g s --to %g s: must be a stretch within %g s",
                       (double)from / rate_hz, (double)to / rate_hz,
                       (double)recording_info(recorded->recording)->length / rate_hz);
    const struct export_signals signals = {.path = arguments->own[OWN_SIGNALS],
                                           .from = from,
                                           .to = to,
                                           .is_identified = arguments->own[OWN_IDENTIFIED] != NULL};
    if (signals.path && !export_signals(&signals, recorded->recording, err))
        return false;
    return export_csv(arguments, recorded, from, to, err);
}

int command_export(int argc, char **argv)
{
    struct err err = {0};
    struct arguments arguments;
    if (!arguments_parse(argc, argv, own_options, &arguments, &err))
        return arguments_fail("export", &err);
    if (arguments.help) {
        arguments_help(
            "export CASE --signals FILE.bdf --sweeps FILE.csv --findings FILE.csv",
            "Writes a stretch of a case for other programs. Names become person 1, 2, ...,\n"
            "notes lose their text and dates become 1 January 1985, unless --identified.\n"
            "No file is overwritten.",
            own_options);
        return 0;
    }
    bool ok = false;
    struct recorded *recorded = calloc(1, sizeof *recorded);
    if (!recorded)
        err_set(&err, ERR_MEMORY, "a recorded case");
    else if (arguments.operand_count != 1)
        err_set(&err, ERR_USAGE, "must be one case; try --help");
    else if (!arguments.own[OWN_SIGNALS] && !arguments.own[OWN_SWEEPS] &&
             !arguments.own[OWN_FINDINGS])
        err_set(&err, ERR_USAGE, "must name --signals, --sweeps or --findings; try --help");
    else
        ok = export_case(&arguments, recorded, &err);
    if (recorded)
        recorded_close(recorded);
    free(recorded);
    return ok ? 0 : arguments_fail("export", &err);
}
