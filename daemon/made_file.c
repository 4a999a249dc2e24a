/* SPDX-License-Identifier: Apache-2.0 */
/* From a command to a command line, and from a file to its address. */
#include "daemon/made_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/job.h"
#include "protocol/text.h"

struct made_files {
    struct jobs *jobs;
    struct server *server;
    struct publisher *publisher;
};

static void ended(void *context, const struct job_end *end)
{
    struct made_files *m = context;
    char url[DOWNLOAD_URL];
    char result[DOWNLOAD_URL + JOB_NAME + 64];
    struct err err = {0};
    struct text t;
    text_init(&t, result, sizeof result);
    if (end->error)
        err_set(&err, ERR_STATE, "%s", end->error);
    else if (server_offer(m->server, end->path, end->name, url, &err)) {
        text_raw(&t, "{");
        text_key_string(&t, "url", url);
        text_key_string(&t, "name", end->name);
        text_raw(&t, "}");
    }
    log_info("files", "made=%s error=%s", end->name, err.text[0] ? err.text : "none");
    publisher_reply(m->publisher, end->client, end->id, err.text[0] ? err.text : NULL,
                    err.text[0] ? NULL : result);
}

struct made_files *made_files_create(struct event_base *base, struct server *server,
                                     struct publisher *publisher, struct err *err)
{
    struct made_files *m = calloc(1, sizeof *m);
    if (!m) {
        err_set(err, ERR_MEMORY, "files");
        return NULL;
    }
    m->server = server;
    m->publisher = publisher;
    m->jobs = jobs_create(base, ended, m, err);
    if (!m->jobs) {
        made_files_destroy(m);
        return NULL;
    }
    return m;
}

void made_files_destroy(struct made_files *m)
{
    if (!m)
        return;
    jobs_destroy(m->jobs);
    free(m);
}

/* A command line that grows. */
struct line {
    const char *words[JOB_ARGUMENTS];
    uint32_t count;
};

static void say(struct line *l, const char *word)
{
    if (l->count < JOB_ARGUMENTS - 1)
        l->words[l->count++] = word;
}

static bool export_line(struct line *l, const struct command *command, uint32_t rate_hz,
                        char times[2][32], const char **ending, struct err *err)
{
    static const char *const kinds[][3] = {
        {"signals", "--signals", "bdf"}, {"sweeps", "--sweeps", "csv"},
        {"findings", "--findings", "csv"}};
    const char *const *kind = NULL;
    for (int i = 0; i < 3; i++)
        if (strcmp(command->text, kinds[i][0]) == 0)
            kind = kinds[i];
    if (!kind)
        return err_set(err, ERR_USAGE, "what: signals, sweeps or findings");
    if (command->end_sample <= command->sample)
        return err_set(err, ERR_USAGE, "the stretch ends before it begins");
    snprintf(times[0], 32, "%.6f", (double)command->sample / rate_hz);
    snprintf(times[1], 32, "%.6f", (double)command->end_sample / rate_hz);
    *ending = kind[2];
    say(l, "export");
    say(l, kind[1]);
    say(l, "%");
    say(l, "--from");
    say(l, times[0]);
    say(l, "--to");
    say(l, times[1]);
    if (command->number > 0)
        say(l, "--identified");
    return true;
}

static bool report_line(struct line *l, const struct command *command, const char **ending,
                        struct err *err)
{
    if (strcmp(command->text, "en") != 0 && strcmp(command->text, "zh") != 0)
        return err_set(err, ERR_USAGE, "language: en or zh");
    *ending = "html";
    say(l, "report");
    say(l, "-o");
    say(l, "%");
    say(l, "--language");
    say(l, command->text);
    return true;
}

bool made_files_start(struct made_files *m, const struct command *command, const char *path,
                      uint32_t rate_hz, const struct arguments *arguments, struct err *err)
{
    struct line l = {.count = 0};
    char times[2][32];
    char name[JOB_NAME];
    const char *ending = "";
    const bool is_report = command->op == COMMAND_REPORT;
    if (!(is_report ? report_line(&l, command, &ending, err)
                    : export_line(&l, command, rate_hz, times, &ending, err)))
        return false;
    if (arguments && arguments->config) {
        say(&l, "--config");
        say(&l, arguments->config);
    }
    for (uint32_t i = 0; arguments && i < arguments->override_count; i++) {
        say(&l, "--set");
        say(&l, arguments->overrides[i]);
    }
    say(&l, "--");
    say(&l, path);
    if (l.count == JOB_ARGUMENTS - 1)
        return err_set(err, ERR_STATE, "the command line has too many options for this");
    const char *slash = strrchr(path, '/');
    snprintf(name, sizeof name, "%.60s-%.20s.%s", slash && slash[1] ? slash + 1 : path,
             is_report ? "report" : command->text, ending);
    return jobs_start(m->jobs, command->client, command->id, l.words, name, err);
}
