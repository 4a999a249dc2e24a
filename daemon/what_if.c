/* SPDX-License-Identifier: Apache-2.0 */
/* Passes over a case once, then judges it as often as somebody asks. */
#include "daemon/what_if.h"

#include <stdlib.h>
#include <string.h>

#include "config/compare.h"
#include "daemon/case_run.h"
#include "daemon/feature_store.h"
#include "daemon/recorded.h"

enum {
    STORE_BYTES = 48 << 20, /* some ten hours at three stimuli a second on four channels */
    DIFFERENCES = 64,
};

struct what_if {
    char *path;
    struct arguments arguments; /* as opened; its texts are the caller's */
    struct settings settings;
    struct montage montage;
    uint64_t length;
    struct feature_store *store;
};

/* One pass, or one judging from features. */
struct trial {
    struct settings settings;
    struct montage montage;
    const struct what_if_sets *sets;
    struct feature_store *store; /* to be filled; NULL: not wanted */
    const struct rejudge_sink *sink;
    struct what_if_watch *watch;
    uint64_t length;
};

/* ---- thresholds */

bool what_if_is_mapping(const char *assignment)
{
    static const char *const sections[] = {"channel.", "branch.", "stimulus.trigger="};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strncmp(assignment, sections[i], strlen(sections[i])) == 0)
            return true;
    return false;
}

static bool apply_sets(struct settings *settings, const struct what_if_sets *sets, struct err *err)
{
    for (uint32_t i = 0; i < sets->count; i++)
        if (!config_set(settings_sections, settings, sets->texts[i], err))
            return false;
    return true;
}

/* A change during the case of a key that is tried from the beginning says nothing any more. It stays
 * a mark: where it lies, runs end. */
static void change_mark(void *context, struct mark *m)
{
    const struct what_if_sets *sets = context;
    if (strncmp(m->text, "set=", 4) != 0)
        return;
    for (uint32_t i = 0; i < sets->count; i++) {
        const size_t key = strcspn(sets->texts[i], "=") + 1;
        if (strncmp(m->text + 4, sets->texts[i], key) != 0)
            continue;
        char text[MARK_TEXT + 8];
        snprintf(text, sizeof text, "note=%s", m->text);
        mark_set(m, m->sample, text, m->by);
        return;
    }
}

/* ---- passes over samples */

static bool watch_block(void *context, struct sample_block *block)
{
    struct trial *t = context;
    for (uint32_t i = 0; i < block->mark_count; i++)
        change_mark((void *)(uintptr_t)t->sets, &block->marks[i]);
    if (!t->watch)
        return true;
    if (t->length)
        atomic_store(&t->watch->permille, (uint32_t)(block->first_index * 1000 / t->length));
    return !atomic_load(&t->watch->stop);
}

static void take_finding(void *context, const struct finding *finding, const char *line,
                         size_t length)
{
    (void)line;
    (void)length;
    const struct trial *t = context;
    if (t->sink)
        t->sink->finding(t->sink->context, finding);
}

static void take_features(void *context, const struct run_features *run)
{
    const struct trial *t = context;
    if (t->store)
        feature_store_take(t->store, run);
}

static bool pass(struct trial *t, struct recorded *recorded, struct err *err)
{
    const struct case_run_sink sink = {
        .context = t, .finding = take_finding, .features = take_features};
    const struct recorded_watch watch = {.context = t, .block = watch_block};
    struct case_run *run = case_run_create(&t->montage, &sink, err);
    const bool is_done = run && recorded_feed(recorded, run, &watch, err);
    if (is_done)
        case_run_finish(run);
    case_run_destroy(run);
    return is_done;
}

/* ---- the case */

static bool open_case(struct what_if *w, struct what_if_watch *watch, struct err *err)
{
    static const struct what_if_sets none;
    struct recorded *recorded = calloc(1, sizeof *recorded);
    struct trial *t = calloc(1, sizeof *t);
    bool is_done = false;
    if (!recorded || !t)
        err_set(err, ERR_MEMORY, "a recorded case");
    else if (recorded_open(recorded, w->path, &w->arguments, err)) {
        w->settings = recorded->settings;
        w->montage = recorded->montage;
        w->length = recording_info(recorded->recording)->length;
        *t = (struct trial){.montage = w->montage,
                            .sets = &none,
                            .store = w->store,
                            .watch = watch,
                            .length = w->length};
        is_done = pass(t, recorded, err);
    }
    if (recorded)
        recorded_close(recorded);
    free(recorded);
    free(t);
    return is_done;
}

struct what_if *what_if_open(const char *path, const struct arguments *arguments,
                             struct what_if_watch *watch, struct err *err)
{
    struct what_if *w = calloc(1, sizeof *w);
    if (w) {
        w->arguments = *arguments;
        w->path = strdup(path);
        w->store = feature_store_create(STORE_BYTES);
    }
    if (!w || !w->path || !w->store) {
        err_set(err, ERR_MEMORY, "features");
        what_if_close(w);
        return NULL;
    }
    if (!open_case(w, watch, err)) {
        what_if_close(w);
        return NULL;
    }
    return w;
}

void what_if_close(struct what_if *w)
{
    if (!w)
        return;
    feature_store_destroy(w->store);
    free(w->path);
    free(w);
}

const struct finding_context *what_if_context(const struct what_if *w)
{
    return &w->montage.context;
}

uint64_t what_if_length(const struct what_if *w)
{
    return w->length;
}

/* ---- judging */

/* Every option that differs must be one of judgement to be judged from features. */
static bool is_judgement(const struct settings *from, const struct settings *to, bool *is_quick,
                         struct err *err)
{
    struct config_difference *differences = calloc(DIFFERENCES, sizeof *differences);
    if (!differences)
        return err_set(err, ERR_MEMORY, "a comparison of configurations");
    const size_t count = config_compare(settings_sections, from, to, differences, DIFFERENCES);
    *is_quick = count <= DIFFERENCES;
    bool are_fine = true;
    for (size_t i = 0; i < count && i < DIFFERENCES && are_fine; i++) {
        const struct config_difference *d = &differences[i];
        if (!config_difference_changes_findings(d))
            are_fine = err_set(err, ERR_USAGE, "%s.%s changes no finding", d->section->name,
                               d->option->key);
        else if (!d->option || (d->option->flags & OPTION_FEATURES))
            *is_quick = false;
    }
    free(differences);
    return are_fine;
}

static bool try_sets(const struct what_if *w, const struct what_if_sets *sets, struct trial *t,
                     bool *is_quick, struct err *err)
{
    *t = (struct trial){.settings = w->settings, .sets = sets, .length = w->length};
    if (!apply_sets(&t->settings, sets, err) ||
        !is_judgement(&w->settings, &t->settings, is_quick, err))
        return false;
    *is_quick = *is_quick && feature_store_is_whole(w->store);
    return true;
}

bool what_if_check(const struct what_if *w, const struct what_if_sets *sets, bool *is_quick,
                   struct err *err)
{
    struct trial *t = calloc(1, sizeof *t);
    if (!t)
        return err_set(err, ERR_MEMORY, "a trial");
    const bool are_fine = try_sets(w, sets, t, is_quick, err);
    free(t);
    return are_fine;
}

static bool judge_from_features(const struct what_if *w, const struct trial *t, struct err *err)
{
    struct bank_params params = w->montage.params;
    params.response = t->settings.params.response;
    params.endpoint = t->settings.params.endpoint;
    params.alarm = t->settings.params.alarm;
    const struct feature_store_marks marks = {.context = (void *)(uintptr_t)t->sets,
                                              .change = change_mark};
    return feature_store_rejudge(w->store, &params, &marks, t->sink) ||
           err_set(err, ERR_MEMORY, "judging again");
}

static bool judge_from_samples(const struct what_if *w, struct trial *t, struct err *err)
{
    struct recorded *recorded = calloc(1, sizeof *recorded);
    if (!recorded)
        return err_set(err, ERR_MEMORY, "a recorded case");
    const bool is_done =
        recorded_open(recorded, w->path, &w->arguments, err) &&
        montage_build(&t->settings, recording_format(recorded->recording), &t->montage, err) &&
        pass(t, recorded, err);
    recorded_close(recorded);
    free(recorded);
    return is_done;
}

bool what_if_judge(struct what_if *w, const struct what_if_sets *sets,
                   const struct rejudge_sink *sink, struct what_if_watch *watch, struct err *err)
{
    struct trial *t = calloc(1, sizeof *t);
    bool is_quick = false;
    if (!t)
        return err_set(err, ERR_MEMORY, "a trial");
    bool is_done = try_sets(w, sets, t, &is_quick, err);
    t->sink = sink;
    t->watch = watch;
    if (is_done)
        is_done = is_quick ? judge_from_features(w, t, err) : judge_from_samples(w, t, err);
    free(t);
    return is_done;
}

/* ---- comparing */

struct side {
    struct comparison *comparison;
    enum comparison_side side;
};

static void add_to_side(void *context, const struct finding *finding)
{
    const struct side *s = context;
    comparison_add(s->comparison, s->side, finding);
}

struct comparison *what_if_compare(struct what_if *w, const struct what_if_sets *sets,
                                   struct what_if_watch *watch, struct err *err)
{
    static const struct what_if_sets none;
    struct comparison *c = comparison_create(w->montage.params.rate_hz);
    struct side was = {c, SIDE_WAS}, now = {c, SIDE_NOW};
    const struct rejudge_sink was_sink = {.context = &was, .finding = add_to_side};
    const struct rejudge_sink now_sink = {.context = &now, .finding = add_to_side};
    if (!c)
        err_set(err, ERR_MEMORY, "a comparison");
    else if (what_if_judge(w, &none, &was_sink, watch, err) &&
             what_if_judge(w, sets, &now_sink, watch, err)) {
        if (comparison_close(c))
            return c;
        err_set(err, ERR_MEMORY, "a comparison");
    }
    comparison_destroy(c);
    return NULL;
}
