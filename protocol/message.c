/* SPDX-License-Identifier: Apache-2.0 */
/* The server's messages, field by field as docs/protocol.md lists them. */
#include "protocol/message.h"

#include "protocol/codes.h"
#include "protocol/layout.h"

/* A time of day or an age that may be missing. */
static void key_time(struct text *t, const char *key, int64_t value, int64_t missing)
{
    text_key(t, key);
    if (value == missing)
        text_raw(t, "null");
    else
        text_signed(t, value);
}

static void open_list(struct text *t, const char *key)
{
    text_key(t, key);
    text_raw(t, "[");
}

static void open_element(struct text *t)
{
    text_next(t);
    text_raw(t, "{");
}

static void print_case(struct text *t, const struct message_case *c)
{
    static const char *const recording[] = {"no", "yes", "stopped"};
    text_key(t, "case");
    text_raw(t, "{");
    text_key_bool(t, "open", c->is_open);
    text_key_string(t, "name", c->name);
    text_key_string(t, "title", c->title);
    text_key_string(t, "recording", recording[c->recording]);
    key_time(t, "started_utc_ms", c->started_utc_ms, 0);
    text_key_unsigned(t, "samples", c->samples);
    text_key_fixed(t, "free_s", c->free_s, 0);
    text_raw(t, "}");
}

static void print_channels(struct text *t, const struct message_hello *h)
{
    open_list(t, "channels");
    for (uint32_t i = 0; i < h->channel_count; i++) {
        open_element(t);
        text_key_string(t, "label", h->channels[i].label);
        text_key_string(t, "muscle", h->channels[i].muscle);
        text_key_string(t, "side", h->channels[i].side);
        text_raw(t, "}");
    }
    text_raw(t, "]");
}

static void print_branches(struct text *t, const struct message_hello *h)
{
    open_list(t, "branches");
    for (uint32_t i = 0; i < h->branch_count; i++) {
        open_element(t);
        text_key_string(t, "name", h->branches[i].name);
        text_key(t, "direct");
        if (h->branches[i].direct == FINDING_NO_CHANNEL)
            text_raw(t, "null");
        else
            text_unsigned(t, h->branches[i].direct);
        if (h->branches[i].control != FINDING_NO_CHANNEL)
            text_key_unsigned(t, "control", h->branches[i].control);
        open_list(t, "lateral");
        for (uint32_t k = 0; k < h->branches[i].lateral_count; k++) {
            text_next(t);
            text_unsigned(t, h->branches[i].lateral[k]);
        }
        text_raw(t, "]}");
    }
    text_raw(t, "]");
}

static void print_codes(struct text *t, const struct message_hello *h)
{
    open_list(t, "levels");
    for (uint32_t i = 0; i < h->levels; i++) {
        text_next(t);
        text_unsigned(t, (uint64_t)h->first_level + i);
    }
    text_raw(t, "]");
    open_list(t, "reasons"); /* a frame's reason is an index into this list; 0 is null: valid */
    for (int i = 0; i < SWEEP_REASONS; i++) {
        text_next(t);
        text_string(t, code_sweep_reason((enum sweep_reason)i));
    }
    text_raw(t, "]");
    open_list(t, "window_ms");
    text_fixed(t, h->window_low_ms, 2);
    text_next(t);
    text_fixed(t, h->window_high_ms, 2);
    text_raw(t, "]");
}

static void print_alarm(struct text *t, const struct message_alarm *a)
{
    open_element(t);
    text_key_string(t, "key", a->key);
    text_key_string(t, "id", code_alarm_id(a->id));
    text_key_string(t, "priority", code_alarm_priority(a->priority));
    text_key_string(t, "state", a->state);
    text_key_unsigned(t, "raised_sample", a->raised_sample);
    key_time(t, "raised_utc_ms", a->raised_utc_ms, 0);
    key_time(t, "cleared_utc_ms", a->cleared_utc_ms, 0);
    text_key_string(t, "channel", a->channel);
    text_key_string(t, "branch", a->branch);
    text_key_string(t, "acked_by", a->acked_by);
    key_time(t, "acked_utc_ms", a->acked_utc_ms, 0);
    text_raw(t, "}");
}

static void print_alarms(struct text *t, uint32_t count, const struct message_alarm *alarms,
                         const struct message_audio *audio)
{
    open_list(t, "list");
    for (uint32_t i = 0; i < count; i++)
        print_alarm(t, &alarms[i]);
    text_raw(t, "]");
    text_key(t, "audio");
    text_raw(t, "{");
    text_key_string(t, "state", audio->state);
    key_time(t, "until_mono_ms", audio->until_mono_ms, 0);
    text_key_string(t, "by", audio->by);
    text_key_unsigned(t, "reminders", audio->reminders);
    text_raw(t, "}");
}

static void print_evidence(struct text *t, const struct message_evidence *e)
{
    const struct finding_endpoint *endpoint = e->endpoint;
    const struct finding_context *context = e->context;
    text_key_string(t, "branch",
               endpoint->branch < context->branch_count ? context->branches[endpoint->branch]
                                                        : NULL);
    text_key_string(t, "state", code_endpoint_state(endpoint->state));
    text_key_unsigned(t, "since_sample", e->since_sample);
    text_key_string(t, "reason", code_endpoint_reason(endpoint->reason));
    text_key(t, "evidence");
    finding_json_evidence(context, &endpoint->evidence, t);
    open_list(t, "taken_out_samples");
    for (uint32_t i = 0; i < endpoint->evidence.taken_count; i++) {
        text_next(t);
        text_unsigned(t, endpoint->evidence.taken[i]);
    }
    text_raw(t, "]");
    open_list(t, "waits_for");
    for (uint32_t i = 0; i < endpoint->evidence.check_count; i++) {
        const struct finding_check *check = &endpoint->evidence.checks[i];
        if (check->required && !check->ok) {
            text_next(t);
            text_string(t, code_endpoint_check(check->id));
        }
    }
    text_raw(t, "]");
}

static void open_message(struct text *t, const char *type)
{
    text_raw(t, "{");
    text_key_string(t, "t", type);
}

static void print_band(struct text *t, const char *key, const struct message_band *band)
{
    open_list(t, key);
    text_fixed(t, band->low_hz, 1);
    text_next(t);
    text_fixed(t, band->high_hz, 1);
    text_raw(t, "]");
}

static void print_settings(struct text *t, const struct message_hello *h)
{
    text_key(t, "filters");
    text_raw(t, "{");
    print_band(t, "free", &h->filter_free);
    print_band(t, "evoked", &h->filter_evoked);
    text_key_fixed(t, "hum_hz", h->hum_hz, 1);
    text_raw(t, "}");
    text_key_fixed(t, "endpoint_hold_s", h->endpoint_hold_s, 1);
}

void message_mark(struct text *t, const struct mark *m)
{
    text_unsigned(t, m->sample);
    text_next(t);
    text_string(t, m->text);
    text_next(t);
    text_string(t, m->by[0] ? m->by : NULL);
}

static void print_said(struct text *t, const struct message_hello *h)
{
    open_list(t, "said");
    for (uint32_t i = 0; i < h->said_count; i++) {
        text_next(t);
        text_raw(t, "[");
        message_mark(t, &h->said[i]);
        text_raw(t, "]");
    }
    text_raw(t, "]");
}

void message_hello(struct text *t, const struct message_hello *h)
{
    open_message(t, "hello");
    text_key_string(t, "proto", PROTOCOL_NAME);
    text_key_string(t, "build", h->build);
    text_key_unsigned(t, "source_tag", h->source_tag);
    text_key_string(t, "kind", h->is_replay ? "replay" : "live");
    text_key_string(t, "source", h->source);
    text_key_string(t, "site", h->site);
    text_key_string(t, "calibration", h->calibration);
    text_key_unsigned(t, "rate_hz", h->rate_hz);
    print_channels(t, h);
    print_branches(t, h);
    print_codes(t, h);
    print_settings(t, h);
    print_case(t, &h->case_);
    text_key_string(t, "phase", h->phase);
    print_said(t, h);
    text_key(t, "alarms");
    text_raw(t, "{");
    print_alarms(t, h->alarm_count, h->alarms, &h->audio);
    text_raw(t, "}");
    open_list(t, "evidence");
    for (uint32_t i = 0; i < h->evidence_count; i++) {
        open_element(t);
        print_evidence(t, &h->evidence[i]);
        text_raw(t, "}");
    }
    text_raw(t, "]}");
}

static void print_displays(struct text *t, const struct message_status *s)
{
    open_list(t, "displays");
    for (uint32_t i = 0; i < s->display_count; i++) {
        const struct message_display *d = &s->displays[i];
        open_element(t);
        text_key_string(t, "name", d->name);
        text_key_string(t, "role", d->role);
        text_key_string(t, "audio", d->audio);
        text_key(t, "listens");
        if (d->is_listening)
            text_signed(t, d->listens);
        else
            text_raw(t, "null");
        text_key_bool(t, "visible", d->is_visible);
        key_time(t, "painted_age_ms", d->painted_age_ms, -1);
        text_raw(t, "}");
    }
    text_raw(t, "]");
}

static void print_timing(struct text *t, const char *name, const struct message_timing *timing)
{
    text_key(t, name);
    if (timing->worst_us < 0) {
        text_raw(t, "null");
        return;
    }
    text_raw(t, "{");
    key_time(t, "now_us", timing->newest_us, -1);
    key_time(t, "worst_us", timing->worst_us, -1);
    text_raw(t, "}");
}

static void print_replay(struct text *t, const struct message_replay *r)
{
    text_raw(t, "{");
    text_key_bool(t, "playing", r->is_playing);
    text_key_fixed(t, "speed", r->speed, 2);
    text_key_unsigned(t, "position", r->position);
    text_key_unsigned(t, "length", r->length);
    text_key_unsigned(t, "indexed", r->indexed);
    text_key_bool(t, "complete", r->is_indexed);
    text_key(t, "seeks_to");
    if (r->seeks_to == UINT64_MAX)
        text_raw(t, "null");
    else
        text_unsigned(t, r->seeks_to);
    text_key(t, "loop");
    if (r->loop_from == r->loop_to) {
        text_raw(t, "null");
    } else {
        text_raw(t, "[");
        text_unsigned(t, r->loop_from);
        text_next(t);
        text_unsigned(t, r->loop_to);
        text_raw(t, "]");
    }
    text_key_unsigned(t, "labels", r->labels);
    text_raw(t, "}");
}

static void print_live(struct text *t, const struct message_status *s)
{
    open_list(t, "live");
    for (uint32_t i = 0; i < s->live_count; i++) {
        open_element(t);
        text_key_bool(t, "lost", s->live[i].is_lost);
        text_key(t, "notice");
        live_notice_encode(t, &s->live[i].notice);
        text_raw(t, "}");
    }
    text_raw(t, "]");
}

void message_status(struct text *t, const struct message_status *s)
{
    static const char *const acquisition[] = {"none", "ok", "lost"};
    open_message(t, "status");
    text_key_signed(t, "mono_ms", s->mono_ms);
    text_key_signed(t, "utc_ms", s->utc_ms);
    text_key_unsigned(t, "newest_sample", s->newest_sample);
    text_key_signed(t, "newest_mono_ms", s->newest_mono_ms);
    text_key_string(t, "acquisition", acquisition[s->acquisition]);
    print_case(t, &s->case_);
    text_key_string(t, "phase", s->phase);
    text_key_string(t, "stimulation", s->is_stimulation_on ? "on" : "off");
    text_key_string(t, "control", s->control);
    print_displays(t, s);
    text_key_unsigned(t, "lost_samples", s->lost_samples);
    key_time(t, "latency_us", s->latency_us, -1);
    text_key_fixed(t, "rate_ppm", s->rate_ppm, 0);
    text_key_string(t, "sounder", s->sounder);
    text_key(t, "timing");
    text_raw(t, "{");
    print_timing(t, "decision", &s->decision);
    print_timing(t, "socket", &s->socket);
    print_timing(t, "paint", &s->paint);
    text_raw(t, "}");
    text_key(t, "replay");
    if (s->replay) {
        print_replay(t, s->replay);
        print_live(t, s);
    } else {
        text_raw(t, "null");
    }
    text_raw(t, "}");
}

void message_evidence(struct text *t, const struct message_evidence *evidence)
{
    open_message(t, "evidence");
    print_evidence(t, evidence);
    text_raw(t, "}");
}

void message_alarms(struct text *t, uint32_t count, const struct message_alarm *alarms,
                    const struct message_audio *audio)
{
    open_message(t, "alarms");
    print_alarms(t, count, alarms, audio);
    text_raw(t, "}");
}

void message_trend(struct text *t, uint32_t count, const struct message_trend_point *points)
{
    open_message(t, "trend");
    open_list(t, "points");
    for (uint32_t i = 0; i < count; i++) {
        const struct message_trend_point *p = &points[i];
        text_next(t);
        text_raw(t, "[");
        text_unsigned(t, p->stimulus_sample);
        const unsigned small[] = {p->channel, p->branch, p->role, p->present, p->is_valid};
        for (size_t k = 0; k < sizeof small / sizeof small[0]; k++) {
            text_next(t);
            text_unsigned(t, small[k]);
        }
        text_next(t);
        text_fixed(t, p->amplitude_uv, 1);
        text_next(t);
        text_fixed(t, p->onset_ms, 2);
        text_raw(t, "]");
    }
    text_raw(t, "]}");
}

void message_reply(struct text *t, uint64_t id, const char *error, const char *result)
{
    open_message(t, "reply");
    text_key_unsigned(t, "id", id);
    text_key_bool(t, "ok", error == NULL);
    text_key_string(t, "error", error);
    if (result) {
        text_key(t, "result");
        text_raw(t, result);
    }
    text_raw(t, "}");
}

void message_finding(struct text *t, uint64_t id, const char *line, size_t length)
{
    open_message(t, "finding");
    text_key_unsigned(t, "id", id);
    text_key(t, "f");
    text_bytes(t, line, length);
    text_raw(t, "}");
}

void message_control(struct text *t, const char *holder, bool is_yours)
{
    open_message(t, "control");
    text_key_string(t, "holder", holder);
    text_key_bool(t, "yours", is_yours);
    text_raw(t, "}");
}

void message_time(struct text *t, double c0, double s1, double s2)
{
    open_message(t, "time");
    text_key_fixed(t, "c0", c0, 3);
    text_key_fixed(t, "s1", s1, 3);
    text_key_fixed(t, "s2", s2, 3);
    text_raw(t, "}");
}

void message_bye(struct text *t, const char *reason, const char *line)
{
    open_message(t, "bye");
    text_key_string(t, "reason", reason);
    text_key_string(t, "text", line);
    text_raw(t, "}");
}
