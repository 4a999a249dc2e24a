/* SPDX-License-Identifier: Apache-2.0 */
/* Lists findings by kind. */
#include "daemon/overview.h"

#include <math.h>
#include <string.h>

#include "protocol/codes.h"
#include "protocol/message.h"
#include "protocol/text.h"

/* Bounds that keep it in one message. A three-hour case has some hundred of each. */
enum { POINTS = 1500, EVENTS = 1500, ARTIFACTS = 1200, MARKS = 600, STATES = 600, ALARMS = 600 };

struct listing {
    struct text *t;
    const struct finding_context *context;
    enum finding_type type;
    uint32_t most;
    uint32_t count;
};

static const char *channel_name(const struct finding_context *c, uint16_t channel)
{
    if (channel == FINDING_ALL_CHANNELS)
        return "*";
    return channel < c->channel_count ? c->labels[channel] : NULL;
}

static void list_stretch(const struct listing *l, uint64_t start, uint64_t end, const char *kind,
                         uint16_t channel)
{
    text_unsigned(l->t, start);
    text_next(l->t);
    text_unsigned(l->t, end);
    text_next(l->t);
    text_string(l->t, kind);
    text_next(l->t);
    text_string(l->t, channel_name(l->context, channel));
}

static void list_one(const struct listing *l, const struct finding *f)
{
    struct text *t = l->t;
    const struct finding_context *c = l->context;
    text_next(t);
    text_raw(t, "[");
    switch (f->type) {
    case FINDING_MARK:
        message_mark(t, &f->mark);
        break;
    case FINDING_ARTIFACT:
        list_stretch(l, f->artifact.start_sample, f->artifact.end_sample,
                     code_artifact_kind(f->artifact.kind), f->artifact.channel);
        break;
    case FINDING_EMG_EVENT:
        list_stretch(l, f->emg_event.start_sample, f->emg_event.end_sample,
                     code_emg_kind(f->emg_event.kind), f->emg_event.channels[0]);
        break;
    case FINDING_ENDPOINT:
        text_unsigned(t, f->decided_sample);
        text_next(t);
        text_unsigned(t, f->endpoint.branch);
        text_next(t);
        text_string(t, code_endpoint_state(f->endpoint.state));
        break;
    case FINDING_ALARM:
        text_unsigned(t, f->decided_sample);
        text_next(t);
        text_bool(t, f->alarm.raised);
        text_next(t);
        text_string(t, code_alarm_id(f->alarm.id));
        text_next(t);
        text_string(t, code_alarm_priority(f->alarm.priority));
        text_next(t);
        text_string(t, channel_name(c, f->alarm.channel));
        break;
    default:
        break;
    }
    text_raw(t, "]");
}

static void list_finding(void *context, const struct finding *f)
{
    struct listing *l = context;
    if (f->type != l->type || l->count == l->most)
        return;
    l->count++;
    list_one(l, f);
}

static void list(struct text *t, const char *key, enum finding_type type, uint32_t most,
                 struct case_index *index, const struct finding_context *context)
{
    struct listing l = {.t = t, .context = context, .type = type, .most = most};
    text_key(t, key);
    text_raw(t, "[");
    case_index_findings(index, 0, case_index_reach(index).findings, list_finding, &l);
    text_raw(t, "]");
}

static void list_point(struct text *t, const struct message_trend_point *p)
{
    text_next(t);
    text_raw(t, "[");
    text_unsigned(t, p->stimulus_sample);
    text_next(t);
    text_unsigned(t, p->channel);
    text_next(t);
    text_unsigned(t, p->branch);
    text_next(t);
    text_unsigned(t, (uint64_t)p->present);
    text_next(t);
    text_fixed(t, p->amplitude_uv, 1);
    text_raw(t, "]");
}

/* Whole stimuli are left out, so that all channels thin out alike. */
static void list_points(struct text *t, struct case_index *index)
{
    struct message_trend_point p;
    uint32_t judged = 0;
    uint64_t stimulus = UINT64_MAX;
    uint32_t stimuli = 0;
    const uint32_t count = case_index_reach(index).points;
    text_key(t, "points");
    text_raw(t, "[");
    for (uint32_t i = 0; i < count; i++) {
        case_index_points(index, i, 1, &p);
        judged += p.is_valid && p.role == SWEEP_LSR;
    }
    const uint32_t stride = judged / POINTS + 1;
    for (uint32_t i = 0; i < count; i++) {
        case_index_points(index, i, 1, &p);
        if (p.stimulus_sample != stimulus)
            stimuli++;
        stimulus = p.stimulus_sample;
        if (p.is_valid && p.role == SWEEP_LSR && stimuli % stride == 0)
            list_point(t, &p);
    }
    text_raw(t, "]");
}

bool overview_json(struct case_index *index, const struct finding_context *context, char *out,
                   size_t size)
{
    struct text t;
    const struct case_index_progress p = case_index_progress(index, NULL);
    text_init(&t, out, size);
    text_raw(&t, "{");
    text_key_unsigned(&t, "length", p.length);
    text_key_unsigned(&t, "done", p.done);
    text_key_bool(&t, "complete", p.is_complete);
    list_points(&t, index);
    list(&t, "marks", FINDING_MARK, MARKS, index, context);
    list(&t, "endpoint", FINDING_ENDPOINT, STATES, index, context);
    list(&t, "alarms", FINDING_ALARM, ALARMS, index, context);
    list(&t, "events", FINDING_EMG_EVENT, EVENTS, index, context);
    list(&t, "artifacts", FINDING_ARTIFACT, ARTIFACTS, index, context);
    text_raw(&t, "}");
    return text_ok(&t);
}

bool overview_labels_json(const struct labels *labels, char *out, size_t size)
{
    struct text t;
    uint32_t count;
    const struct label *items = labels_list(labels, &count);
    text_init(&t, out, size);
    text_raw(&t, "[");
    for (uint32_t i = 0; i < count; i++) {
        text_next(&t);
        label_encode(&t, &items[i]);
    }
    text_raw(&t, "]");
    return text_ok(&t);
}
