/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the story of a case and prints it as text. */
#include "daemon/report_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/mark_words.h"
#include "protocol/codes.h"

enum { STORY_LINES = 10000, STORY_WIDTH = 240 };

struct report_text {
    struct finding_context context;
    struct finding_summary summary;
    uint32_t count; /* of story lines; more than STORY_LINES are counted, not kept */
    char (*story)[STORY_WIDTH];
};

struct report_text *report_text_create(const struct finding_context *context)
{
    struct report_text *r = calloc(1, sizeof *r);
    if (r)
        r->story = calloc(STORY_LINES, sizeof *r->story);
    if (!r || !r->story) {
        report_text_destroy(r);
        return NULL;
    }
    r->context = *context;
    return r;
}

void report_text_destroy(struct report_text *r)
{
    if (!r)
        return;
    free(r->story);
    free(r);
}

static void format_time(const struct report_text *r, uint64_t sample, char *out, size_t size)
{
    const double seconds = (double)sample / r->context.rate_hz;
    const int minutes = (int)(seconds / 60);
    snprintf(out, size, "%3d:%04.1f", minutes, floor((seconds - minutes * 60) * 10) / 10);
}

static const char *channel_name(const struct report_text *r, uint16_t channel)
{
    return channel < r->context.channel_count ? r->context.labels[channel] : "";
}

static const char *branch_name(const struct report_text *r, uint8_t branch)
{
    return branch < r->context.branch_count ? r->context.branches[branch] : "";
}

/* A line that grows; what does not fit is cut. */
struct told {
    char *line;
    size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void tell(struct told *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int added = vsnprintf(t->line + t->length, t->size - t->length, format, arguments);
    va_end(arguments);
    const size_t room = t->size - 1 - t->length;
    t->length += added < 0 ? 0 : (size_t)added < room ? (size_t)added : room;
}

/* As a person says it: early loss, not early_loss. */
static void tell_words(struct told *t, const char *code)
{
    for (; *code; code++)
        tell(t, "%c", *code == '_' ? ' ' : *code);
}

static bool counts_absence(enum endpoint_state state)
{
    return state == ENDPOINT_ABSENT || state == ENDPOINT_REACHED || state == ENDPOINT_CONFIRMED ||
           state == ENDPOINT_EARLY_LOSS;
}

/* What the verdict rests on: how often, since when, how large, and that one could have seen it. */
static void tell_endpoint(const struct report_text *r, const struct finding_endpoint *e,
                          struct told *t)
{
    const struct finding_evidence *v = &e->evidence;
    tell(t, "%-12s ", branch_name(r, e->branch));
    tell_words(t, code_endpoint_state(e->state));
    tell(t, " (");
    tell_words(t, code_endpoint_reason(e->reason));
    tell(t, ")");
    if (counts_absence(e->state)) {
        tell(t, ": 0 of %u respond (< %.1f %%), held %.0f s", v->valid, v->bound_95 * 100,
             v->hold_s);
        if (v->taken_out)
            tell(t, ", %u taken out", v->taken_out);
    } else if (v->responses > 0) {
        tell(t, ": %u of the last 10 respond", v->responses);
    }
    for (uint16_t i = 0; i < v->channel_count; i++)
        if (isfinite(v->channels[i].baseline_uv)) {
            tell(t, ", %s %.0f", channel_name(r, v->channels[i].channel),
                 v->channels[i].baseline_uv);
            if (isfinite(v->channels[i].now_uv))
                tell(t, " -> %.0f", v->channels[i].now_uv);
            tell(t, " uV");
        }
    if (isfinite(v->m_ratio))
        tell(t, ", M wave %.0f %%", v->m_ratio * 100);
}

/* Trains and spasms are the nerve's; single spikes and bursts are counted at the end. */
static void tell_event(const struct report_text *r, const struct finding_emg_event *e,
                       struct told *t)
{
    if (e->kind != EMG_A_TRAIN && e->kind != EMG_SPASM)
        return;
    tell(t, "event        ");
    tell_words(t, code_emg_kind(e->kind));
    for (uint16_t i = 0; i < e->channel_count; i++)
        tell(t, "%s%s", i ? "," : " ", channel_name(r, e->channels[i]));
    tell(t, " %.2f s, %.0f uV", (double)(e->end_sample - e->start_sample) / r->context.rate_hz,
         e->amplitude_uv);
    if (isfinite(e->frequency_hz))
        tell(t, ", %.0f Hz", e->frequency_hz);
}

static void tell_alarm(const struct report_text *r, const struct finding_alarm *a, struct told *t)
{
    tell(t, "alarm        ");
    tell_words(t, code_alarm_id(a->id));
    tell(t, " %s %s%s", a->raised ? "raised" : "cleared", channel_name(r, a->channel),
         branch_name(r, a->branch));
}

void report_text_add(struct report_text *r, const struct finding *f)
{
    if (!r)
        return;
    char line[STORY_WIDTH - 12] = "";
    struct told told = {line, sizeof line, 0};
    switch (f->type) {
    case FINDING_MARK: {
        char text[MARK_TEXT];
        tell(&told, "mark         %.100s%s%.30s", mark_words(&f->mark, " -> ", text),
             f->mark.by[0] ? " by " : "", f->mark.by);
        break;
    }
    case FINDING_ENDPOINT:
        tell_endpoint(r, &f->endpoint, &told);
        break;
    case FINDING_ALARM:
        tell_alarm(r, &f->alarm, &told);
        break;
    case FINDING_EMG_EVENT:
        tell_event(r, &f->emg_event, &told);
        break;
    case FINDING_ARTIFACT:
        tell(&told, "artifact     %s %s %.1f s", code_artifact_kind(f->artifact.kind),
             channel_name(r, f->artifact.channel),
             (double)(f->artifact.end_sample - f->artifact.start_sample) / r->context.rate_hz);
        break;
    case FINDING_SUMMARY:
        r->summary = f->summary;
        return;
    default:
        return;
    }
    if (told.length == 0)
        return;
    if (r->count < STORY_LINES) {
        char time[16];
        format_time(r, f->decided_sample, time, sizeof time);
        snprintf(r->story[r->count], STORY_WIDTH, "%s  %s", time, line);
    }
    r->count++;
}

static void print_sums(const struct report_text *r, FILE *out)
{
    const struct finding_summary *s = &r->summary;
    fprintf(out, "\n%u stimuli, %u delivered; %u lateral sweeps, %u valid, %u with a response\n",
            s->stimuli, s->delivered, s->sweeps, s->sweeps_valid, s->responses);
    uint32_t events = 0;
    fprintf(out, "events:");
    for (int i = 0; i < EMG_KINDS; i++)
        if (s->event_count[i])
            fprintf(out, "%s %u %s", events++ ? "," : "", s->event_count[i],
                    code_emg_kind((enum emg_kind)i));
    fprintf(out, "%s\nA-train time: %.2f s", events ? "" : " none", s->train_total_s);
    for (uint16_t i = 0; i < s->channel_count; i++)
        if (s->train_s[i] > 0)
            fprintf(out, ", %s %.2f s", channel_name(r, i), s->train_s[i]);
    fprintf(out, "\nnot judged:");
    for (int i = 0; i < ARTIFACT_KINDS; i++)
        if (s->not_judged_s[i] > 0)
            fprintf(out, " %s %.1f s,", code_artifact_kind((enum artifact_kind)i),
                    s->not_judged_s[i]);
    fprintf(out, " withheld %.1f s\n", s->withheld_s);
    for (uint8_t i = 0; i < s->branch_count; i++) {
        char line[64];
        struct told told = {line, sizeof line, 0};
        tell_words(&told, code_endpoint_state(s->endpoint[i]));
        fprintf(out, "branch %s ends as %s\n", branch_name(r, i), line);
    }
}

void report_text_print(const struct report_text *r, const char *title, FILE *out)
{
    char length[16];
    format_time(r, r->summary.samples, length, sizeof length);
    fprintf(out, "%s: %s min, %u channels at %u Hz\n\n", title, length + strspn(length, " "),
            r->context.channel_count, r->context.rate_hz);
    const uint32_t kept = r->count < STORY_LINES ? r->count : STORY_LINES;
    for (uint32_t i = 0; i < kept; i++)
        fprintf(out, "%s\n", r->story[i]);
    if (kept < r->count)
        fprintf(out, "... and %u more\n", r->count - kept);
    print_sums(r, out);
}
