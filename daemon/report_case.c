/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the small files of a case directory. */
#include "daemon/report_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "record/repair.h"

static void describe(struct report_case *c, const char *path, const struct recording_info *info)
{
    char clean[512];
    snprintf(clean, sizeof clean, "%s", path);
    for (size_t n = strlen(clean); n > 1 && clean[n - 1] == '/'; n--)
        clean[n - 1] = 0;
    const char *slash = strrchr(clean, '/');
    snprintf(c->name, sizeof c->name, "%.255s", slash ? slash + 1 : clean);
    int day, month, year;
    if (sscanf(info->start_date, "%2d.%2d.%2d", &day, &month, &year) == 3)
        snprintf(c->started, sizeof c->started, "%04d-%02d-%02d %.2s:%.2s:%.2s",
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
static void find_member(const char *json, const char *name, char *out, size_t size)
{
    char key[64];
    const int length = snprintf(key, sizeof key, "\"%s\": \"", name);
    const char *at = strstr(json, key);
    if (at)
        snprintf(out, size, "%.*s", (int)strcspn(at + length, "\"\n"), at + length);
}

static void keep_signal_sums(struct case_sums *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (strncmp(s->list[i].name, "signals", 7) == 0)
            s->list[kept++] = s->list[i];
    s->count = kept;
}

/* ---- alarms.ndjson */

static bool is_of(const struct alarm_line *a, enum alarm_id id, const char *channel,
                  const char *branch, uint64_t raised_sample)
{
    return a->id == id && a->raised_sample == raised_sample && strcmp(a->channel, channel) == 0 &&
           strcmp(a->branch, branch) == 0;
}

static struct report_answer *find(const struct report_case *c, enum alarm_id id,
                                  const char *channel, const char *branch, uint64_t raised_sample)
{
    for (uint32_t i = c->answer_count; i-- > 0;)
        if (is_of(&c->answers[i].raised, id, channel, branch, raised_sample))
            return &c->answers[i];
    return NULL;
}

/* The first answer counts: an alarm that comes again has been seen before. */
static void take(struct report_case *c, const struct alarm_line *l)
{
    if (!l->has_alarm)
        return;
    if (strcmp(l->event, "raised") == 0 && c->answer_count < REPORT_ANSWERS)
        c->answers[c->answer_count++] = (struct report_answer){.raised = *l};
    if (strcmp(l->event, "acknowledged") != 0)
        return;
    struct report_answer *a = find(c, l->id, l->channel, l->branch, l->raised_sample);
    if (!a || a->is_acked)
        return;
    a->is_acked = true;
    a->acked_utc_ms = l->utc_ms;
    memcpy(a->acked_by, l->by, sizeof a->acked_by);
}

static void read_alarms(struct report_case *c, const char *directory)
{
    char path[CASE_PATH + 32];
    char line[1024];
    snprintf(path, sizeof path, "%s/alarms.ndjson", directory);
    FILE *f = fopen(path, "re");
    if (!f)
        return;
    c->has_alarm_log = true;
    for (uint32_t number = 1; fgets(line, sizeof line, f); number++) {
        struct alarm_line l;
        struct err err;
        if (alarm_line_decode(line, strlen(line), &l, &err))
            take(c, &l);
        else
            log_warn("report", "%s: line %u: %s", path, number, err.text);
    }
    fclose(f);
}

bool report_case_read(struct report_case *c, const char *path, const struct recording_info *info,
                      struct err *err)
{
    char json[CASE_JSON_BYTES];
    struct err ignored;
    memset(c, 0, sizeof *c);
    c->answers = calloc(REPORT_ANSWERS, sizeof *c->answers);
    if (!c->answers)
        return err_set(err, ERR_MEMORY, "a report");
    describe(c, path, info);
    c->state = state_of(path);
    if (!c->state)
        return true;
    if (case_json_read(path, json)) {
        find_member(json, "version", c->version, sizeof c->version);
        find_member(json, "calibration", c->calibration, sizeof c->calibration);
    }
    if (!case_sums_read(&c->sums, path, &ignored))
        c->sums.count = 0;
    keep_signal_sums(&c->sums);
    read_alarms(c, path);
    return true;
}

void report_case_fini(struct report_case *c)
{
    free(c->answers);
    memset(c, 0, sizeof *c);
}

const struct report_answer *report_case_answer(const struct report_case *c, enum alarm_id id,
                                               const char *channel, const char *branch,
                                               uint64_t raised_sample)
{
    return find(c, id, channel, branch, raised_sample);
}
