/* SPDX-License-Identifier: Apache-2.0 */
/* Prints findings: 0.1 uV, 0.01 ms, 0.1 Hz, 0.001 score. */
#include "protocol/finding_json.h"

#include <assert.h>
#include <math.h>

#include "protocol/codes.h"

static const char *label_of(const struct finding_context *c, uint16_t channel)
{
    if (channel == FINDING_ALL_CHANNELS)
        return "*";
    return channel < c->channel_count ? c->labels[channel] : NULL;
}

static const char *branch_of(const struct finding_context *c, uint8_t branch)
{
    return branch < c->branch_count ? c->branches[branch] : NULL;
}

static void key_tristate(struct text *t, const char *key, enum tristate value)
{
    text_key(t, key);
    text_raw(t, value == TRISTATE_YES ? "true" : value == TRISTATE_NO ? "false" : "null");
}

static void print_case(const struct finding_context *c, struct text *t)
{
    text_key_unsigned(t, "rate_hz", c->rate_hz);
    text_key(t, "channels");
    text_raw(t, "[");
    for (uint32_t i = 0; i < c->channel_count; i++) {
        text_next(t);
        text_string(t, c->labels[i]);
    }
    text_raw(t, "]");
    text_key_fixed(t, "endpoint_hold_s", c->endpoint_hold_s, 1);
    text_key_string(t, "config_sha256", c->config_sha256);
    text_key_string(t, "version", c->version);
}

static void print_artifact(const struct finding_context *c, const struct finding_artifact *a,
                           struct text *t)
{
    text_key_string(t, "kind", code_artifact_kind(a->kind));
    text_key_string(t, "channel", label_of(c, a->channel));
    text_key_unsigned(t, "start_sample", a->start_sample);
    text_key_unsigned(t, "end_sample", a->end_sample);
}

static void print_stimulus(const struct finding_context *c, const struct finding_stimulus *s,
                           struct text *t)
{
    text_key_unsigned(t, "sample", s->sample);
    text_key_string(t, "branch", branch_of(c, s->branch));
    text_key_string(t, "source", code_stimulus_source(s->source));
    key_tristate(t, "delivered", s->delivered);
}

static void print_sweep(const struct finding_context *c, const struct finding_sweep *s,
                        struct text *t)
{
    text_key_unsigned(t, "stimulus_sample", s->stimulus_sample);
    text_key_string(t, "channel", label_of(c, s->channel));
    text_key_string(t, "branch", branch_of(c, s->branch));
    text_key_string(t, "role", code_sweep_role(s->role));
    text_key_bool(t, "valid", s->reason == REASON_NONE);
    text_key_string(t, "reason", code_sweep_reason(s->reason));
    key_tristate(t, "present", s->present);
    text_key_fixed(t, "score", s->score, 3);
    text_key_fixed(t, "amplitude_uv", s->amplitude_uv, 1);
    text_key_fixed(t, "onset_ms", s->onset_ms, 2);
}

static void print_emg_event(const struct finding_context *c, const struct finding_emg_event *e,
                            struct text *t)
{
    text_key_string(t, "kind", code_emg_kind(e->kind));
    char joined[FINDING_SHARED * STREAM_LABEL + 1] = "";
    size_t length = 0;
    for (uint16_t i = 0; i < e->channel_count; i++) {
        const char *label = label_of(c, e->channels[i]);
        for (const char *s = label ? label : "?"; *s; s++)
            joined[length++] = *s;
        joined[length++] = ',';
    }
    joined[length ? length - 1 : 0] = 0;
    text_key_string(t, "channel", joined);
    text_key_unsigned(t, "start_sample", e->start_sample);
    text_key_unsigned(t, "end_sample", e->end_sample);
    text_key_fixed(t, "frequency_hz", e->frequency_hz, 1);
    text_key_fixed(t, "amplitude_uv", e->amplitude_uv, 1);
}

void finding_json_evidence(const struct finding_context *c, const struct finding_evidence *e,
                           struct text *t)
{
    text_raw(t, "{");
    text_key_unsigned(t, "valid", e->valid);
    text_key_unsigned(t, "taken_out", e->taken_out);
    text_key_unsigned(t, "responses", e->responses);
    text_key_fixed(t, "bound_95", e->bound_95, 4);
    text_key_fixed(t, "hold_s", e->hold_s, 2);
    text_key_unsigned(t, "since_sample", e->since_sample);
    text_key_fixed(t, "m_ratio", e->m_ratio, 3);
    text_key(t, "channels");
    text_raw(t, "[");
    for (uint16_t i = 0; i < e->channel_count; i++) {
        text_next(t);
        text_raw(t, "{");
        text_key_string(t, "channel", label_of(c, e->channels[i].channel));
        text_key_fixed(t, "baseline_uv", e->channels[i].baseline_uv, 1);
        text_key_fixed(t, "now_uv", e->channels[i].now_uv, 1);
        text_raw(t, "}");
    }
    text_raw(t, "]");
    text_key(t, "checks");
    text_raw(t, "[");
    for (uint16_t i = 0; i < e->check_count; i++) {
        const struct finding_check *check = &e->checks[i];
        text_next(t);
        text_raw(t, "{");
        text_key_string(t, "id", code_endpoint_check(check->id));
        text_key_bool(t, "ok", check->ok);
        text_key_fixed(t, "value", check->value, 3);
        text_key_fixed(t, "limit", check->limit, 3);
        text_key_bool(t, "required", check->required);
        text_raw(t, "}");
    }
    text_raw(t, "]}");
}

static void print_endpoint(const struct finding_context *c, const struct finding_endpoint *e,
                           struct text *t)
{
    text_key_string(t, "branch", branch_of(c, e->branch));
    text_key_string(t, "state", code_endpoint_state(e->state));
    text_key_string(t, "from", code_endpoint_state(e->from));
    text_key_string(t, "reason", code_endpoint_reason(e->reason));
    text_key(t, "evidence");
    finding_json_evidence(c, &e->evidence, t);
}

static void print_alarm(const struct finding_context *c, const struct finding_alarm *a,
                        struct text *t)
{
    text_key_string(t, "id", code_alarm_id(a->id));
    text_key_string(t, "priority", code_alarm_priority(a->priority));
    text_key_string(t, "state", a->raised ? "raised" : "cleared");
    text_key_string(t, "channel", label_of(c, a->channel));
    text_key_string(t, "branch", branch_of(c, a->branch));
    text_key_string(t, "text", code_alarm_text(a->id));
}

static void print_summary(const struct finding_context *c, const struct finding_summary *s,
                          struct text *t)
{
    text_key_unsigned(t, "samples", s->samples);
    text_key_unsigned(t, "stimuli", s->stimuli);
    text_key_unsigned(t, "delivered", s->delivered);
    text_key_unsigned(t, "sweeps", s->sweeps);
    text_key_unsigned(t, "sweeps_valid", s->sweeps_valid);
    text_key_unsigned(t, "responses", s->responses);
    text_key(t, "events");
    text_raw(t, "{");
    for (int i = 0; i < EMG_KINDS; i++)
        text_key_unsigned(t, code_emg_kind((enum emg_kind)i), s->event_count[i]);
    text_raw(t, "}");
    text_key(t, "alarms");
    text_raw(t, "{");
    for (int i = 0; i < ALARM_IDS; i++)
        if (s->alarm_count[i])
            text_key_unsigned(t, code_alarm_id((enum alarm_id)i), s->alarm_count[i]);
    text_raw(t, "}");
    text_key(t, "train_s");
    text_raw(t, "{");
    for (uint16_t i = 0; i < s->channel_count; i++)
        text_key_fixed(t, label_of(c, i), s->train_s[i], 2);
    text_raw(t, "}");
    text_key_fixed(t, "train_total_s", s->train_total_s, 2);
    text_key(t, "endpoint");
    text_raw(t, "{");
    for (uint8_t i = 0; i < s->branch_count; i++)
        text_key_string(t, branch_of(c, i), code_endpoint_state(s->endpoint[i]));
    text_raw(t, "}");
    text_key(t, "not_judged_s");
    text_raw(t, "{");
    for (int i = 0; i < ARTIFACT_KINDS; i++)
        text_key_fixed(t, code_artifact_kind((enum artifact_kind)i), s->not_judged_s[i], 2);
    text_raw(t, "}");
    text_key_fixed(t, "withheld_s", s->withheld_s, 2);
}

size_t finding_json_line(const struct finding_context *c, const struct finding *f, char *line)
{
    struct text t;
    text_init(&t, line, FINDING_LINE);
    text_raw(&t, "{");
    text_key_string(&t, "type", code_finding_type(f->type));
    text_key_unsigned(&t, "decided_sample", f->decided_sample);
    switch (f->type) {
    case FINDING_CASE:
        print_case(c, &t);
        break;
    case FINDING_MARK:
        text_key_unsigned(&t, "sample", f->mark.sample);
        text_key_string(&t, "text", f->mark.text);
        text_key_string(&t, "by", f->mark.by);
        break;
    case FINDING_ARTIFACT:
        print_artifact(c, &f->artifact, &t);
        break;
    case FINDING_STIMULUS:
        print_stimulus(c, &f->stimulus, &t);
        break;
    case FINDING_SWEEP:
        print_sweep(c, &f->sweep, &t);
        break;
    case FINDING_EMG_EVENT:
        print_emg_event(c, &f->emg_event, &t);
        break;
    case FINDING_ENDPOINT:
        print_endpoint(c, &f->endpoint, &t);
        break;
    case FINDING_ALARM:
        print_alarm(c, &f->alarm, &t);
        break;
    case FINDING_SUMMARY:
        print_summary(c, &f->summary, &t);
        break;
    }
    text_raw(&t, "}\n");
    assert(text_ok(&t)); /* every field is bounded, so a line that does not fit is a bug */
    return t.length;
}
