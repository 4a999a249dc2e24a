/* SPDX-License-Identifier: Apache-2.0 */
/* One row a finding; one row a sweep, its waveform behind its verdict. */
#include "daemon/export_csv.h"

#include <math.h>

#include "protocol/codes.h"

void export_csv_heads(struct export_csv *e)
{
    if (e->findings)
        fputs("type,decided_sample,decided_s,start_s,end_s,branch,channel,kind,state,reason,"
              "frequency_hz,amplitude_uv,text,by\r\n",
              e->findings);
    if (e->sweeps)
        fputs("stimulus_sample,stimulus_s,branch,channel,role,valid,reason,present,score,"
              "amplitude_uv,onset_ms,first_ms,step_ms,uv...\r\n",
              e->sweeps);
}

/* Quoted, with quotes doubled; a text that a spreadsheet would take for a formula gets a blank. */
static void put_text(FILE *f, const char *text)
{
    fputc('"', f);
    if (*text == '=' || *text == '+' || *text == '-' || *text == '@')
        fputc(' ', f);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', f);
        fputc(*text, f);
    }
    fputc('"', f);
}

static void put_number(FILE *f, double value, int decimals)
{
    if (isfinite(value))
        fprintf(f, "%.*f", decimals, value);
}

static double seconds(const struct export_csv *e, uint64_t sample)
{
    return (double)sample / e->context->rate_hz;
}

static const char *channel_name(const struct export_csv *e, uint16_t channel)
{
    if (channel == FINDING_ALL_CHANNELS)
        return "*";
    return channel < e->context->channel_count ? e->context->labels[channel] : "";
}

static const char *branch_name(const struct export_csv *e, uint8_t branch)
{
    return branch < e->context->branch_count ? e->context->branches[branch] : "";
}

/* What the columns of findings hold; NULL and NaN leave one empty. */
struct row {
    const char *type;
    double start_s;
    double end_s;
    const char *branch;
    const char *channel;
    const char *kind;
    const char *state;
    const char *reason;
    double frequency_hz;
    double amplitude_uv;
    const char *text;
    const char *by;
};

static void put_row(struct export_csv *e, uint64_t decided_sample, const struct row *r)
{
    FILE *f = e->findings;
    const char *const middle[] = {r->branch, r->channel, r->kind, r->state, r->reason};
    fprintf(f, "%s,%llu,%.6f,", r->type, (unsigned long long)decided_sample,
            seconds(e, decided_sample));
    put_number(f, r->start_s, 6);
    fputc(',', f);
    put_number(f, r->end_s, 6);
    for (size_t i = 0; i < sizeof middle / sizeof *middle; i++) {
        fputc(',', f);
        if (middle[i] && middle[i][0])
            put_text(f, middle[i]);
    }
    fputc(',', f);
    put_number(f, r->frequency_hz, 1);
    fputc(',', f);
    put_number(f, r->amplitude_uv, 1);
    fputc(',', f);
    if (r->text)
        put_text(f, r->text);
    fputc(',', f);
    if (r->by && r->by[0])
        put_text(f, r->by);
    fputs("\r\n", f);
}

static void join_channels(const struct export_csv *e, const struct finding_emg_event *event,
                          char *out, size_t size)
{
    size_t n = 0;
    out[0] = 0;
    for (uint16_t i = 0; i < event->channel_count && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s", i ? "," : "",
                              channel_name(e, event->channels[i]));
}

void export_csv_finding(void *context, const struct finding *f, const char *line, size_t length)
{
    (void)line;
    (void)length;
    struct export_csv *e = context;
    if (!e->findings || f->decided_sample < e->from || f->decided_sample >= e->to)
        return;
    struct row r = {.start_s = NAN, .end_s = NAN, .frequency_hz = NAN, .amplitude_uv = NAN};
    struct mark mark;
    char channels[FINDING_SHARED * STREAM_LABEL];
    switch (f->type) {
    case FINDING_MARK:
        mark = f->mark;
        if (!e->is_identified)
            anonymous_mark(&e->people, &mark);
        r.type = "mark";
        r.start_s = seconds(e, mark.sample);
        r.text = mark.text;
        r.by = mark.by;
        break;
    case FINDING_ARTIFACT:
        r.type = "artifact";
        r.start_s = seconds(e, f->artifact.start_sample);
        r.end_s = seconds(e, f->artifact.end_sample);
        r.channel = channel_name(e, f->artifact.channel);
        r.kind = code_artifact_kind(f->artifact.kind);
        break;
    case FINDING_STIMULUS:
        r.type = "stimulus";
        r.start_s = seconds(e, f->stimulus.sample);
        r.branch = branch_name(e, f->stimulus.branch);
        r.state = f->stimulus.delivered == TRISTATE_YES  ? "delivered"
                  : f->stimulus.delivered == TRISTATE_NO ? "not delivered"
                                                         : "unknown";
        break;
    case FINDING_EMG_EVENT:
        join_channels(e, &f->emg_event, channels, sizeof channels);
        r.type = "emg_event";
        r.start_s = seconds(e, f->emg_event.start_sample);
        r.end_s = seconds(e, f->emg_event.end_sample);
        r.channel = channels;
        r.kind = code_emg_kind(f->emg_event.kind);
        r.frequency_hz = f->emg_event.frequency_hz;
        r.amplitude_uv = f->emg_event.amplitude_uv;
        break;
    case FINDING_ENDPOINT:
        r.type = "endpoint";
        r.branch = branch_name(e, f->endpoint.branch);
        r.state = code_endpoint_state(f->endpoint.state);
        r.reason = code_endpoint_reason(f->endpoint.reason);
        break;
    case FINDING_ALARM:
        r.type = "alarm";
        r.branch = branch_name(e, f->alarm.branch);
        r.channel = channel_name(e, f->alarm.channel);
        r.kind = code_alarm_id(f->alarm.id);
        r.state = f->alarm.raised ? "raised" : "cleared";
        break;
    default:
        return; /* sweeps have their own file; case and summary are no rows */
    }
    put_row(e, f->decided_sample, &r);
}

void export_csv_sweep(void *context, const struct bank_sweep *sweep)
{
    struct export_csv *e = context;
    const struct finding_sweep *v = &sweep->verdict;
    if (!e->sweeps || v->stimulus_sample < e->from || v->stimulus_sample >= e->to)
        return;
    FILE *f = e->sweeps;
    const double step_ms = 1000.0 / e->context->rate_hz;
    fprintf(f, "%llu,%.6f,", (unsigned long long)v->stimulus_sample,
            seconds(e, v->stimulus_sample));
    put_text(f, branch_name(e, v->branch));
    fputc(',', f);
    put_text(f, channel_name(e, v->channel));
    fprintf(f, ",%s,%d,%s,%s,", code_sweep_role(v->role),
            v->reason == REASON_NONE, v->reason == REASON_NONE ? "" : code_sweep_reason(v->reason),
            v->present == TRISTATE_YES  ? "1"
            : v->present == TRISTATE_NO ? "0"
                                        : "");
    put_number(f, v->score, 3);
    fputc(',', f);
    put_number(f, v->amplitude_uv, 1);
    fputc(',', f);
    put_number(f, v->onset_ms, 2);
    fprintf(f, ",%.4f,%.4f", ((double)sweep->first_sample - (double)v->stimulus_sample) * step_ms,
            step_ms);
    for (uint32_t i = 0; i < sweep->samples; i++)
        fprintf(f, ",%.1f", (double)sweep->uv[i]);
    fputs("\r\n", f);
}
