/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a case once for each setting of what the samples are needed for, and judges it from its
 * features under all others. */
#include "daemon/tune_job.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/tune_score.h"
#include "daemon/tune_table.h"
#include "daemon/what_if.h"

struct job {
    const char *path;
    const struct arguments *base;
    const struct tune_grid *grid;
    bool is_quick[TUNE_KEYS]; /* from features */
    struct what_if *case_;
    char opened[TUNE_SETTINGS]; /* the settings of the other keys that case_ was opened with */
    struct tune_truth truth;
};

static bool sort_keys(struct job *j, struct err *err)
{
    for (uint32_t k = 0; k < j->grid->count; k++)
        for (uint32_t i = 0; i < j->grid->keys[k].count; i++) {
            const struct what_if_sets one = {1, {j->grid->keys[k].assignments[i]}};
            bool is_quick = true;
            if (!what_if_check(j->case_, &one, &is_quick, err))
                return false;
            j->is_quick[k] = is_quick && (i == 0 || j->is_quick[k]);
        }
    return true;
}

/* The case with the combination's settings of what needs the samples. */
static bool reopen(struct job *j, uint32_t combination, struct err *err)
{
    char wanted[TUNE_SETTINGS] = "";
    struct arguments arguments = *j->base;
    for (uint32_t k = 0; k < j->grid->count; k++) {
        const char *text = tune_grid_assignment(j->grid, combination, k);
        if (j->is_quick[k])
            continue;
        strcat(strcat(wanted, text), ";");
        if (arguments.override_count < ARGUMENTS_OVERRIDES)
            arguments.overrides[arguments.override_count++] = text;
    }
    if (strcmp(wanted, j->opened) == 0)
        return true;
    what_if_close(j->case_);
    memcpy(j->opened, wanted, sizeof wanted);
    j->case_ = what_if_open(j->path, &arguments, NULL, err);
    return j->case_ != NULL;
}

static void score(void *context, const struct finding *f)
{
    tune_score_add(context, f);
}

static bool judge(struct job *j, uint32_t combination, struct tune_score *s, struct err *err)
{
    struct what_if_sets sets = {0};
    for (uint32_t k = 0; k < j->grid->count; k++)
        if (j->is_quick[k])
            sets.texts[sets.count++] = tune_grid_assignment(j->grid, combination, k);
    const struct rejudge_sink sink = {.context = s, .finding = score};
    tune_score_begin(s, &j->truth, what_if_context(j->case_)->rate_hz);
    return what_if_judge(j->case_, &sets, &sink, NULL, err);
}

static bool judge_all(struct job *j, FILE *out, struct err *err)
{
    tune_table_head(out);
    for (uint32_t i = 0; i < tune_grid_combinations(j->grid); i++) {
        struct tune_score s;
        char settings[TUNE_SETTINGS];
        if (!reopen(j, i, err) || !judge(j, i, &s, err))
            return false;
        tune_grid_describe(j->grid, i, settings);
        tune_table_row(out, j->path, settings, &s.counts);
    }
    return true;
}

bool tune_job(const char *path, const struct arguments *base, const char *truth_path,
              const struct tune_grid *grid, FILE *out, struct err *err)
{
    struct job j = {.path = path, .base = base, .grid = grid};
    j.case_ = what_if_open(path, base, NULL, err);
    const bool is_done =
        j.case_ &&
        tune_truth_open(&j.truth, path, truth_path, what_if_context(j.case_),
                        what_if_length(j.case_), err) &&
        sort_keys(&j, err) && judge_all(&j, out, err);
    tune_truth_close(&j.truth);
    what_if_close(j.case_);
    return is_done;
}
