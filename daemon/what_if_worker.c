/* SPDX-License-Identifier: Apache-2.0 */
/* One thread, one question at a time. */
#include "daemon/what_if_worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/wake.h"
#include "daemon/what_if.h"

enum { WAITING = 32, ROWS_BYTES = WHAT_IF_RESULT - 4096 };

struct question {
    uint64_t client, id;
    char sets[COMMAND_SETS];
};

struct what_if_worker {
    const char *path;
    struct arguments arguments;
    struct what_if_reply reply;
    struct wake done;
    uint32_t waiting_count;
    struct question waiting[WAITING];
    struct what_if_watch watch;
    struct what_if *case_; /* the thread's own */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t asked;
    bool is_over;
    bool is_open;            /* the pass over the samples has been made */
    bool has_question; /* nobody has taken it up yet */
    bool is_busy;      /* with what is wanted */
    char wanted[COMMAND_SETS];
    bool has_answer;
    char answered[COMMAND_SETS];
    char error[sizeof((struct err){0}.text)]; /* empty: result holds the answer */
    char result[WHAT_IF_RESULT];
};

/* ---- the thread */

static void split_lines(char *text, struct what_if_sets *sets)
{
    char *rest = NULL;
    *sets = (struct what_if_sets){0};
    for (char *line = strtok_r(text, "\n", &rest); line && sets->count < WHAT_IF_SETS;
         line = strtok_r(NULL, "\n", &rest))
        sets->texts[sets->count++] = line;
}

/* As many rows as there is room for; `more` says how many are missing. */
static void rows_json(const struct what_if *w, const struct comparison *c, struct text *out)
{
    size_t count, given = 0;
    const struct comparison_row *rows = comparison_rows(c, &count);
    text_key(out, "rows");
    text_raw(out, "[");
    for (; given < count && out->length < ROWS_BYTES; given++) {
        text_next(out);
        comparison_json_row(what_if_context(w), &rows[given], out);
    }
    text_raw(out, "]");
    text_key_unsigned(out, "more", count - given);
}

static void answer_json(const struct what_if *w, const struct comparison *c, char *bytes,
                        size_t size)
{
    struct comparison_total totals[WHATS];
    uint32_t judged[SIDES];
    struct text out;
    for (int what = 0; what < WHATS; what++)
        totals[what] = *comparison_total(c, (enum comparison_what)what);
    for (int side = 0; side < SIDES; side++)
        judged[side] = comparison_judged(c, (enum comparison_side)side);
    text_init(&out, bytes, size);
    text_raw(&out, "{");
    text_key_string(&out, "state", "done");
    comparison_json_totals(totals, judged, &out);
    rows_json(w, c, &out);
    text_raw(&out, "}");
}

static bool work(struct what_if_worker *w, const char *wanted, char *result, struct err *err)
{
    char lines[COMMAND_SETS];
    struct what_if_sets sets;
    memcpy(lines, wanted, sizeof lines);
    split_lines(lines, &sets);
    if (!w->case_)
        w->case_ = what_if_open(w->path, &w->arguments, &w->watch, err);
    if (!w->case_)
        return false;
    pthread_mutex_lock(&w->lock);
    w->is_open = true;
    pthread_mutex_unlock(&w->lock);
    struct comparison *c = what_if_compare(w->case_, &sets, &w->watch, err);
    if (c)
        answer_json(w->case_, c, result, WHAT_IF_RESULT);
    comparison_destroy(c);
    return c != NULL;
}

/* Waits for a question. False: it is over. */
static bool take_question(struct what_if_worker *w, char wanted[COMMAND_SETS])
{
    pthread_mutex_lock(&w->lock);
    while (!w->is_over && !w->has_question)
        pthread_cond_wait(&w->asked, &w->lock);
    memcpy(wanted, w->wanted, COMMAND_SETS);
    w->has_question = false;
    w->is_busy = true;
    atomic_store(&w->watch.permille, 0);
    atomic_store(&w->watch.stop, w->is_over);
    const bool goes_on = !w->is_over;
    pthread_mutex_unlock(&w->lock);
    return goes_on;
}

static void give_answer(struct what_if_worker *w, const char *wanted, const char *result,
                        const struct err *err)
{
    pthread_mutex_lock(&w->lock);
    w->is_busy = false;
    w->has_answer = true;
    memcpy(w->answered, wanted, COMMAND_SETS);
    snprintf(w->error, sizeof w->error, "%s", result ? "" : err->text);
    if (result)
        memcpy(w->result, result, WHAT_IF_RESULT);
    pthread_mutex_unlock(&w->lock);
    wake_signal(&w->done);
}

/* Only what others leave: a live case on the same machine comes first. */
static void *run(void *argument)
{
    struct what_if_worker *w = argument;
    char wanted[COMMAND_SETS];
    char *result = malloc(WHAT_IF_RESULT);
    setpriority(PRIO_PROCESS, (id_t)gettid(), 10);
    while (result && take_question(w, wanted)) {
        struct err err = {0};
        const bool is_done = work(w, wanted, result, &err);
        if (!atomic_load(&w->watch.stop)) /* else a newer question waits */
            give_answer(w, wanted, is_done ? result : NULL, &err);
    }
    what_if_close(w->case_);
    free(result);
    return NULL;
}

/* ---- the main thread's side */

struct what_if_worker *what_if_worker_create(const char *path,
                                             const struct settings_origin *origin,
                                             const struct what_if_reply *reply, struct err *err)
{
    struct what_if_worker *w = calloc(1, sizeof *w);
    if (!w) {
        err_set(err, ERR_MEMORY, "what-if");
        return NULL;
    }
    w->path = path;
    w->arguments.config = origin->path;
    w->arguments.override_count = origin->override_count;
    memcpy(w->arguments.overrides, origin->overrides,
           origin->override_count * sizeof *origin->overrides);
    w->reply = *reply;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->asked, NULL);
    w->done.fd = -1;
    if (!wake_init(&w->done, err)) {
        what_if_worker_destroy(w);
        return NULL;
    }
    return w;
}

void what_if_worker_destroy(struct what_if_worker *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->is_over = true;
    atomic_store(&w->watch.stop, true);
    pthread_cond_signal(&w->asked);
    pthread_mutex_unlock(&w->lock);
    if (w->has_thread)
        pthread_join(w->thread, NULL);
    wake_fini(&w->done);
    pthread_cond_destroy(&w->asked);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

int what_if_worker_fd(const struct what_if_worker *w)
{
    return w->done.fd;
}

/* Under the lock. A pass for an older question ends; the first one is everybody's. */
static void want(struct what_if_worker *w, const char *sets)
{
    if (strcmp(w->wanted, sets) == 0 && (w->has_question || w->is_busy))
        return;
    snprintf(w->wanted, sizeof w->wanted, "%s", sets);
    w->has_question = true;
    w->has_answer = false;
    if (w->is_open)
        atomic_store(&w->watch.stop, true);
    pthread_cond_signal(&w->asked);
}

void what_if_worker_ask(struct what_if_worker *w, const struct command *command)
{
    if (w->waiting_count == WAITING) {
        w->reply.reply(w->reply.context, command->client, command->id,
                       "too many questions wait: ask again", NULL);
        return;
    }
    if (!w->has_thread && pthread_create(&w->thread, NULL, run, w) == 0)
        w->has_thread = true;
    struct question *q = &w->waiting[w->waiting_count++];
    q->client = command->client;
    q->id = command->id;
    snprintf(q->sets, sizeof q->sets, "%s", command->sets);
    pthread_mutex_lock(&w->lock);
    if (!w->has_answer || strcmp(w->answered, q->sets) != 0)
        want(w, q->sets);
    pthread_mutex_unlock(&w->lock);
    what_if_worker_tick(w, false);
}

/* Whether it needs to wait no more. */
static bool answer(struct what_if_worker *w, const struct question *q, bool is_time)
{
    char progress[64];
    if (w->has_answer && strcmp(w->answered, q->sets) == 0) {
        w->reply.reply(w->reply.context, q->client, q->id, w->error[0] ? w->error : NULL,
                       w->error[0] ? NULL : w->result);
        return true;
    }
    if (!is_time)
        return false;
    snprintf(progress, sizeof progress, "{\"state\":\"reading\",\"permille\":%u}",
             atomic_load(&w->watch.permille));
    w->reply.reply(w->reply.context, q->client, q->id, NULL, progress);
    return true;
}

void what_if_worker_tick(struct what_if_worker *w, bool is_time)
{
    uint32_t left = 0;
    wake_clear(&w->done);
    pthread_mutex_lock(&w->lock);
    for (uint32_t i = 0; i < w->waiting_count; i++)
        if (!answer(w, &w->waiting[i], is_time))
            w->waiting[left++] = w->waiting[i];
    w->waiting_count = left;
    pthread_mutex_unlock(&w->lock);
}
