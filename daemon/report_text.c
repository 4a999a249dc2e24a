/* SPDX-License-Identifier: Apache-2.0 */
/* Collects the story of a case and prints it as text. */
#include "daemon/report_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/codes.h"

enum { STORY_LINES = 10000, STORY_WIDTH = 160 };

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

static void tell_endpoint(const struct report_text *r, const struct finding_endpoint *e, char *line,
                          size_t size)
{
    int length = snprintf(line, size, "%-12s %s (%s), %u/%u, held %.0f s",
                          branch_name(r, e->branch), code_endpoint_state(e->state),
                          code_endpoint_reason(e->reason), e->evidence.responses,
                          e->evidence.valid, e->evidence.hold_s);
    if (isfinite(e->evidence.m_ratio) && length > 0 && (size_t)length < size)
        snprintf(line + length, size - (size_t)length, ", M wave %.0f %%",
                 e->evidence.m_ratio * 100);
}

void report_text_add(struct report_text *r, const struct finding *f)
{
    if (!r)
        return;
    char told[STORY_WIDTH - 12] = "";
    switch (f->type) {
    case FINDING_MARK:
        snprintf(told, sizeof told, "mark         %.100s%s%.30s", f->mark.text,
                 f->mark.by[0] ? " by " : "", f->mark.by);
        break;
    case FINDING_ENDPOINT:
        tell_endpoint(r, &f->endpoint, told, sizeof told);
        break;
    case FINDING_ALARM:
        snprintf(told, sizeof told, "alarm        %s %s %s%s", code_alarm_id(f->alarm.id),
                 f->alarm.raised ? "raised" : "cleared", channel_name(r, f->alarm.channel),
                 branch_name(r, f->alarm.branch));
        break;
    case FINDING_ARTIFACT:
        snprintf(told, sizeof told, "artifact     %s %s %.1f s", code_artifact_kind(f->artifact.kind),
                 channel_name(r, f->artifact.channel),
                 (double)(f->artifact.end_sample - f->artifact.start_sample) / r->context.rate_hz);
        break;
    case FINDING_SUMMARY:
        r->summary = f->summary;
        return;
    default:
        return;
    }
    if (r->count < STORY_LINES) {
        char time[16];
        format_time(r, f->decided_sample, time, sizeof time);
        snprintf(r->story[r->count], STORY_WIDTH, "%s  %s", time, told);
    }
    r->count++;
}

static void print_sums(const struct report_text *r, FILE *out)
{
    const struct finding_summary *s = &r->summary;
    fprintf(out, "\n%u stimuli, %u delivered; %u sweeps, %u valid, %u with a response\n", s->stimuli,
            s->delivered, s->sweeps, s->sweeps_valid, s->responses);
    fprintf(out, "events:");
    for (int i = 0; i < EMG_KINDS; i++)
        fprintf(out, " %u %s%s", s->event_count[i], code_emg_kind((enum emg_kind)i),
                i + 1 < EMG_KINDS ? "," : "\n");
    fprintf(out, "A-train time: %.2f s", s->train_total_s);
    for (uint16_t i = 0; i < s->channel_count; i++)
        if (s->train_s[i] > 0)
            fprintf(out, ", %s %.2f s", channel_name(r, i), s->train_s[i]);
    fprintf(out, "\nnot judged:");
    for (int i = 0; i < ARTIFACT_KINDS; i++)
        if (s->not_judged_s[i] > 0)
            fprintf(out, " %s %.1f s", code_artifact_kind((enum artifact_kind)i),
                    s->not_judged_s[i]);
    fprintf(out, " withheld %.1f s\n", s->withheld_s);
    for (uint8_t i = 0; i < s->branch_count; i++)
        fprintf(out, "branch %s ends as %s\n", branch_name(r, i), code_endpoint_state(s->endpoint[i]));
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
