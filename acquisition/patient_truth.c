/* SPDX-License-Identifier: Apache-2.0 */
/* Collects a simulated case's truth and writes it as JSON. */
#include "acquisition/patient_truth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct truth {
    const struct scenario *scenario;
    uint64_t seed;
    struct truth_stimulus *stimuli;
    size_t stimulus_count, stimulus_room;
    struct truth_event *events;
    size_t event_count, event_room;
    bool failed; /* out of memory once: never written */
};

struct truth *truth_create(const struct scenario *scenario, uint64_t seed, struct err *err)
{
    struct truth *t = calloc(1, sizeof *t);
    if (!t) {
        err_set(err, ERR_MEMORY, "truth of a simulated case");
        return NULL;
    }
    t->scenario = scenario;
    t->seed = seed;
    return t;
}

void truth_destroy(struct truth *t)
{
    if (!t)
        return;
    free(t->stimuli);
    free(t->events);
    free(t);
}

static void *room_for_one(void *items, size_t count, size_t *room, size_t size, bool *failed)
{
    if (count < *room)
        return items;
    const size_t more = *room ? 2 * *room : 256;
    void *grown = realloc(items, more * size);
    if (!grown) {
        *failed = true;
        return items;
    }
    *room = more;
    return grown;
}

void truth_add_stimulus(struct truth *t, const struct truth_stimulus *s)
{
    if (!t)
        return;
    t->stimuli =
        room_for_one(t->stimuli, t->stimulus_count, &t->stimulus_room, sizeof *s, &t->failed);
    if (t->stimulus_count < t->stimulus_room)
        t->stimuli[t->stimulus_count++] = *s;
}

void truth_add_event(struct truth *t, const struct truth_event *e)
{
    if (!t)
        return;
    t->events = room_for_one(t->events, t->event_count, &t->event_room, sizeof *e, &t->failed);
    if (t->event_count < t->event_room)
        t->events[t->event_count++] = *e;
}

static void write_string(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', to);
        if ((unsigned char)*text >= ' ')
            fputc(*text, to);
    }
    fputc('"', to);
}

static const char *muscle_label(const struct truth *t, uint32_t muscle)
{
    return t->scenario->muscle[muscle].label;
}

static bool is_artifact(const struct truth_event *e)
{
    return e->kind >= EVENT_CAUTERY && e->kind <= EVENT_OUTAGE;
}

/* Artifacts by the names that the scorer knows. */
static const char *artifact_name(enum patient_event_kind kind)
{
    switch (kind) {
    case EVENT_OPEN:
    case EVENT_BRIDGED:
    case EVENT_SHIFTED:
        return "electrode_off";
    case EVENT_OUTAGE:
        return "gap";
    default:
        return patient_event_names[kind];
    }
}

static void write_channels(const struct truth *t, uint64_t muscles, FILE *to)
{
    char text[SCENARIO_MUSCLES * (CONFIG_TITLE + 1)] = "";
    size_t used = 0;
    for (uint32_t m = 0; m < t->scenario->muscles; m++)
        if (muscles >> m & 1)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? "," : "",
                                     muscle_label(t, m));
    write_string(to, used ? text : "*");
}

/* A stimulus is masked where an artifact covers its response window, to 25 ms; grazed where it
 * touches the window's last 3 ms alone. Recovery counts for 0.4 s. */
static void write_masks(const struct truth *t, const struct truth_stimulus *s, FILE *to)
{
    const double fs = t->scenario->rate_hz;
    const double window_end = (double)s->sample + 0.025 * fs;
    uint64_t masked = 0, grazed = 0;
    bool masked_all = false, grazed_all = false;
    for (size_t i = 0; i < t->event_count; i++) {
        const struct truth_event *e = &t->events[i];
        if (!is_artifact(e) || e->kind == EVENT_DRILL || (double)e->start >= window_end ||
            (double)e->end + 0.4 * fs <= (double)s->sample)
            continue;
        const bool is_late = (double)e->start >= window_end - 0.003 * fs;
        *(is_late ? &grazed : &masked) |= e->muscles;
        *(is_late ? &grazed_all : &masked_all) |= e->muscles == 0;
    }
    grazed &= ~masked;
    const char *const keys[] = {"masked", "grazed"};
    for (int k = 0; k < 2; k++) {
        const bool all = k ? grazed_all : masked_all;
        const uint64_t muscles = k ? grazed : masked;
        fprintf(to, ",\"%s\":[%s", keys[k], all ? "\"*\"" : "");
        bool is_first = !all;
        for (uint32_t m = 0; m < t->scenario->muscles; m++) {
            if (!(muscles >> m & 1))
                continue;
            fputs(is_first ? "" : ",", to);
            write_string(to, muscle_label(t, m));
            is_first = false;
        }
        fputc(']', to);
    }
}

static void write_stimulus(const struct truth *t, const struct truth_stimulus *s, FILE *to)
{
    fprintf(to, "{\"sample\":%llu,\"branch\":", (unsigned long long)s->sample);
    write_string(to, t->scenario->branch[s->branch].name);
    fprintf(to, ",\"delivered\":%s,\"drive\":%.6g,\"m_uv\":%.4f,\"lsr\":{",
            s->drive > 0.05 ? "true" : "false", s->drive, s->m_uv);
    for (uint32_t i = 0; i < s->responses; i++) {
        const struct truth_response *r = &s->response[i];
        fputs(i ? "," : "", to);
        write_string(to, muscle_label(t, r->muscle));
        fprintf(to, ":{\"p2p_uv\":%.4f,\"onset_ms\":", r->p2p_uv);
        if (r->onset_ms < 0)
            fputs("null}", to);
        else
            fprintf(to, "%.4f}", r->onset_ms);
    }
    fputc('}', to);
    write_masks(t, s, to);
    fputc('}', to);
}

static void write_event(const struct truth *t, const struct truth_event *e, FILE *to)
{
    fputs("{\"kind\":", to);
    write_string(to, e->kind == EVENT_AFTER_ACTIVITY ? "after_activity"
                     : is_artifact(e)                ? artifact_name(e->kind)
                                                     : patient_event_names[e->kind]);
    fputs(",\"channel\":", to);
    write_channels(t, e->muscles, to);
    fprintf(to, ",\"start\":%llu,\"end\":%llu", (unsigned long long)e->start,
            (unsigned long long)e->end);
    if (e->kind == EVENT_OPEN || e->kind == EVENT_BRIDGED || e->kind == EVENT_SHIFTED) {
        fputs(",\"how\":", to);
        write_string(to, patient_event_names[e->kind]);
    }
    if (e->uv > 0)
        fprintf(to, ",\"uv\":%.2f", e->uv);
    if (e->hz > 0)
        fprintf(to, ",\"hz\":%.2f", e->hz);
    fputc('}', to);
}

static void write_events(const struct truth *t, const char *key, bool artifacts, FILE *to)
{
    fprintf(to, ",\n\"%s\":[", key);
    bool is_first = true;
    for (size_t i = 0; i < t->event_count; i++) {
        if (is_artifact(&t->events[i]) != artifacts)
            continue;
        fputs(is_first ? "\n" : ",\n", to);
        write_event(t, &t->events[i], to);
        is_first = false;
    }
    fputc(']', to);
}

static void write_expect(const struct scenario *s, FILE *to)
{
    fprintf(to, ",\n\"expect\":{\"endpoint\":%s", s->expects_endpoint ? "true" : "false");
    if (s->expects_not_elicited)
        fputs(",\"not_elicited\":true", to);
    const struct {
        const char *key;
        double at_s;
    } times[] = {{"lsr_gone_s", s->lsr_gone_s},
                 {"stimulus_lost_s", s->stimulus_lost_s},
                 {"electrode_off_s", s->electrode_off_s},
                 {"withheld_s", s->withheld_s},
                 {"early_loss_s", s->early_loss_s}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (times[i].at_s > 0)
            fprintf(to, ",\"%s\":%g", times[i].key, times[i].at_s);
    fputs("}", to);
}

/* The fields of one branch, as the scorer reads them: the first branch's direct muscle, and every
 * muscle that is lateral of some branch. */
static void write_head(const struct truth *t, uint64_t samples, FILE *to)
{
    const struct scenario *s = t->scenario;
    fputs("{\"name\":", to);
    write_string(to, s->title.text);
    fprintf(to,
            ",\"seed\":%llu,\"fs\":%u,\"samples\":%llu,\"m_channel\":", (unsigned long long)t->seed,
            s->rate_hz, (unsigned long long)samples);
    const bool has_direct = s->branches > 0 && s->branch[0].direct.text[0];
    if (has_direct)
        write_string(to, s->branch[0].direct.text);
    else
        fputs("null", to);
    fputs(",\"trigger_channel\":", to);
    if (s->trigger.text[0])
        write_string(to, s->trigger.text);
    else
        fputs("null", to);
    uint64_t lateral = 0;
    for (uint32_t b = 0; b < s->branches; b++)
        for (uint32_t i = 0; i < s->branch[b].lateral.count; i++)
            lateral |= 1ull << scenario_muscle_find(s, s->branch[b].lateral.labels[i]);
    for (int k = 0; k < 2; k++) {
        fputs(k ? ",\"muscles\":[" : ",\"lsr_channels\":[", to);
        bool is_first = true;
        for (uint32_t m = 0; m < s->muscles; m++) {
            if (!k && !(lateral >> m & 1))
                continue;
            fputs(is_first ? "" : ",", to);
            write_string(to, s->muscle[m].label);
            is_first = false;
        }
        fputc(']', to);
    }
}

/* Each branch with its muscles, for whoever sets up the montage. */
static void write_branches(const struct scenario *s, FILE *to)
{
    fputs(",\n\"branches\":[", to);
    for (uint32_t b = 0; b < s->branches; b++) {
        const struct scenario_branch *branch = &s->branch[b];
        fputs(b ? ",{\"name\":" : "{\"name\":", to);
        write_string(to, branch->name);
        fputs(",\"direct\":", to);
        write_string(to, branch->direct.text);
        fputs(",\"trigger\":", to);
        write_string(to, branch->trigger.text);
        fputs(",\"lateral\":[", to);
        for (uint32_t i = 0; i < branch->lateral.count; i++) {
            fputs(i ? "," : "", to);
            write_string(to, branch->lateral.labels[i]);
        }
        fputs("]}", to);
    }
    fputc(']', to);
}

bool truth_write(const struct truth *t, uint64_t samples, FILE *to, struct err *err)
{
    if (t->failed)
        return err_set(err, ERR_MEMORY, "truth of a simulated case");
    write_head(t, samples, to);
    write_branches(t->scenario, to);
    fputs(",\n\"notes\":[", to);
    for (uint32_t i = 0; i < t->scenario->marks; i++) {
        fprintf(to, "%s{\"at_s\":%.9g,\"text\":", i ? "," : "", t->scenario->mark[i].at_s);
        write_string(to, t->scenario->mark[i].text.text);
        fputc('}', to);
    }
    fputc(']', to);
    write_expect(t->scenario, to);
    write_events(t, "events", false, to);
    write_events(t, "artifacts", true, to);
    fputs(",\n\"stimuli\":[", to);
    for (size_t i = 0; i < t->stimulus_count; i++) {
        fputs(i ? ",\n" : "\n", to);
        write_stimulus(t, &t->stimuli[i], to);
    }
    fputs("]}\n", to);
    return fflush(to) == 0 && !ferror(to) ? true
                                          : err_set_os(err, ERR_IO, errno, "writing the truth");
}
