/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd tune`: thresholds tried on a library of cases of which the truth is known. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/commands.h"
#include "daemon/tune_job.h"
#include "daemon/tune_plot.h"
#include "daemon/what_if.h"

enum { OWN_OUTPUT, OWN_TRUTH, OWN_WORKERS, OWN_JOB, OWN_JOBS, OWN_MERGE, PATH = 4096 };

static const struct argument_option own_options[] = {
    [OWN_OUTPUT] = {"output", true, "the directory for roc.csv, roc.svg and jobs/", 'o'},
    [OWN_TRUTH] = {"truth", true, "of the one case: what `lsrd simulate --truth` wrote"},
    [OWN_WORKERS] = {"workers", true, "cases at a time (as many as there are cores)"},
    [OWN_JOB] = {"job", false, "one case: its table on standard output"},
    [OWN_JOBS] = {"jobs", false, "prints the jobs as commands, a line each, and runs none"},
    [OWN_MERGE] = {"merge", false, "the operands are tables of jobs: sums them up"},
    {0},
};

struct tune {
    struct arguments arguments; /* as given */
    struct arguments base;      /* what the inputs are */
    struct tune_grid grid;
};

/* ---- the settings */

static bool split(struct tune *t, struct err *err)
{
    t->base = t->arguments;
    t->base.override_count = 0;
    for (uint32_t i = 0; i < t->arguments.override_count; i++) {
        const char *text = t->arguments.overrides[i];
        if (what_if_is_mapping(text))
            t->base.overrides[t->base.override_count++] = text;
        else if (!tune_grid_add(&t->grid, text, err))
            return false;
    }
    if (t->grid.count == 0)
        return err_set(err, ERR_USAGE,
                       "--set SECTION.KEY=VALUES names what to try, as "
                       "response.min_amplitude=10uV..80uV/8");
    return true;
}

/* ---- jobs */

static void table_path(const struct tune *t, uint32_t job, char *out)
{
    const char *path = t->arguments.operands[job];
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    size_t from = length;
    while (from > 0 && path[from - 1] != '/')
        from--;
    snprintf(out, PATH, "%s/jobs/%04u-%.*s.csv", t->arguments.own[OWN_OUTPUT], job + 1,
             (int)(length - from), path + from);
}

static int run_job(void *context, uint32_t job)
{
    const struct tune *t = context;
    struct err err = {0};
    char path[PATH];
    table_path(t, job, path);
    FILE *out = fopen(path, "we");
    if (!out)
        err_set_os(&err, ERR_IO, errno, "%.200s", path);
    bool is_done = out && tune_job(t->arguments.operands[job], &t->base,
                                   t->arguments.own[OWN_TRUTH], &t->grid, out, &err);
    if (out && fclose(out) != 0 && is_done)
        is_done = err_set_os(&err, ERR_IO, errno, "%.200s", path);
    if (is_done)
        return 0;
    unlink(path); /* half a table is none */
    return arguments_fail("tune", &err);
}

static void quote(const char *text)
{
    putchar('\'');
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", stdout);
        else
            putchar(*text);
    fputs("' ", stdout);
}

static void print_jobs(const struct tune *t, const char *program)
{
    for (int i = 0; i < t->arguments.operand_count; i++) {
        char path[PATH];
        table_path(t, (uint32_t)i, path);
        quote(program);
        fputs("tune --job ", stdout);
        for (uint32_t k = 0; k < t->arguments.override_count; k++) {
            fputs("--set ", stdout);
            quote(t->arguments.overrides[k]);
        }
        if (t->arguments.config) {
            fputs("--config ", stdout);
            quote(t->arguments.config);
        }
        quote(t->arguments.operands[i]);
        fputs("> ", stdout);
        quote(path);
        putchar('\n');
    }
}

/* ---- the whole */

static bool make_folders(const char *output, struct err *err)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/jobs", output);
    if ((mkdir(output, 0777) != 0 && errno != EEXIST) ||
        (mkdir(path, 0777) != 0 && errno != EEXIST))
        return err_set_os(err, ERR_IO, errno, "%.200s", path);
    return true;
}

static bool write_roc(struct tune_table *table, const char *output, struct err *err)
{
    char path[PATH];
    tune_table_finish(table);
    snprintf(path, sizeof path, "%s/roc.csv", output);
    if (!tune_table_write(table, path, err))
        return false;
    snprintf(path, sizeof path, "%s/roc.svg", output);
    return tune_plot_write(table, path, err);
}

static bool merge(const struct tune *t, struct err *err)
{
    struct tune_table table = {0};
    bool is_fine = make_folders(t->arguments.own[OWN_OUTPUT], err);
    for (int i = 0; is_fine && i < t->arguments.operand_count; i++)
        is_fine = tune_table_read(&table, t->arguments.operands[i], err);
    is_fine = is_fine && write_roc(&table, t->arguments.own[OWN_OUTPUT], err);
    tune_table_free(&table);
    return is_fine;
}

static uint32_t worker_count(const struct tune *t)
{
    const char *given = t->arguments.own[OWN_WORKERS];
    const long count = given ? strtol(given, NULL, 10) : sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (uint32_t)count : 1;
}

static bool run_all(struct tune *t, struct err *err)
{
    const uint32_t count = (uint32_t)t->arguments.operand_count;
    struct tune_table table = {0};
    if (!make_folders(t->arguments.own[OWN_OUTPUT], err))
        return false;
    const uint32_t failed = tune_jobs_run(count, worker_count(t), run_job, t);
    bool is_fine = true;
    for (uint32_t i = 0; i < count && is_fine; i++) {
        char path[PATH];
        table_path(t, i, path);
        if (access(path, R_OK) == 0)
            is_fine = tune_table_read(&table, path, err);
    }
    is_fine = is_fine && write_roc(&table, t->arguments.own[OWN_OUTPUT], err);
    tune_table_free(&table);
    if (is_fine && failed)
        return err_set(err, ERR_USAGE, "%u of %u cases are not in it", failed, count);
    return is_fine;
}

static bool tune(struct tune *t, struct err *err)
{
    const char *const *own = t->arguments.own;
    if (t->arguments.operand_count == 0)
        return err_set(err, ERR_USAGE, "name the cases; try --help");
    if (!own[OWN_OUTPUT] && !own[OWN_JOB])
        return err_set(err, ERR_USAGE, "-o DIRECTORY says where the result goes");
    if (own[OWN_MERGE])
        return merge(t, err);
    if (!split(t, err))
        return false;
    if ((own[OWN_JOB] || own[OWN_TRUTH]) && t->arguments.operand_count != 1)
        return err_set(err, ERR_USAGE, "--job and --truth are of one case");
    if (own[OWN_JOB])
        return tune_job(t->arguments.operands[0], &t->base, own[OWN_TRUTH], &t->grid, stdout, err);
    if (!own[OWN_JOBS])
        return run_all(t, err);
    if (!make_folders(own[OWN_OUTPUT], err))
        return false;
    print_jobs(t, "lsrd");
    return true;
}

int command_tune(int argc, char **argv)
{
    struct err err = {0};
    struct tune *t = calloc(1, sizeof *t);
    if (!t) {
        err_set(&err, ERR_MEMORY, "tuning");
        return arguments_fail("tune", &err);
    }
    int status = 0;
    if (!arguments_parse(argc, argv, own_options, &t->arguments, &err))
        status = arguments_fail("tune", &err);
    else if (t->arguments.help)
        arguments_help("tune --set KEY=VALUES... CASE... -o DIRECTORY",
                       "Judges every case under every combination of thresholds, and says how often\n"
                       "that agrees with its labels (labels.ndjson) or its simulated truth\n"
                       "(CASE.truth.json). VALUES: A,B,C or LOW..HIGH/COUNT.",
                       own_options);
    else if (!tune(t, &err))
        status = arguments_fail("tune", &err);
    free(t);
    return status;
}
