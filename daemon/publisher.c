/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the items of the web ring. */
#include "daemon/publisher.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/listening.h"
#include "daemon/said_marks.h"
#include "daemon/timing.h"
#include "detect/emg_front.h"
#include "protocol/envelope.h"
#include "protocol/metrics.h"

enum { MESSAGE_BYTES = 256 * 1024 /* a snapshot of 256 channels with all its alarms */ };

/* One step of a 16-bit envelope: a quarter of a microvolt, under any amplifier's noise; +-8 mV. */
static const float uv_per_step = 0.25f;

struct publisher {
    struct item_ring *ring;
    struct wake *wake;
    struct clock *clock;
    const struct pipeline *pipeline;
    uint16_t source_tag;
    uint8_t frame_flags; /* of every frame: replay */
    int64_t captured_ns; /* of the block under way; 0: not known */
    struct envelope envelope;
    struct listening *listening;
    uint32_t raw_sequence;
    uint32_t sweep_sequence;
    uint32_t template_sequence;
    uint64_t dropped;
    bool has_lost_finding;
    bool is_branch_new[FINDING_BRANCHES]; /* judged since the last settle */
    double template_size[FINDING_BRANCHES][FINDING_LATERAL + 1]; /* as sent last; 0: not yet */
    uint64_t state_since[FINDING_BRANCHES];
    bool is_snapshot_old;
    bool is_filling; /* towards the place of a replay; nobody is shown it yet */
    bool is_stimulation_on;
    struct said_marks said;
    char build[32];
    char message[MESSAGE_BYTES];
};

static void put_wave(void *context, const struct frame *frame, const int16_t *samples);

struct publisher *publisher_create(struct item_ring *ring, struct wake *wake, struct clock *clock,
                                   struct err *err)
{
    struct publisher *p = calloc(1, sizeof *p);
    if (!p) {
        err_set(err, ERR_MEMORY, "publisher");
        return NULL;
    }
    p->ring = ring;
    p->wake = wake;
    p->clock = clock;
    p->listening = listening_create(put_wave, p, err);
    if (!p->listening) {
        publisher_destroy(p);
        return NULL;
    }
    return p;
}

void publisher_destroy(struct publisher *p)
{
    if (!p)
        return;
    listening_destroy(p->listening);
    envelope_fini(&p->envelope);
    free(p);
}

static uint32_t now_ms(struct publisher *p)
{
    return (uint32_t)(p->clock->now_ns(p->clock) / 1000000);
}

/* The stamp of a waveform: when its samples were taken. */
static uint32_t taken_ms(struct publisher *p)
{
    return p->captured_ns ? (uint32_t)(p->captured_ns / 1000000) : now_ms(p);
}

void publisher_captured(struct publisher *p, int64_t captured_ns)
{
    p->captured_ns = captured_ns;
}

/* Room for something that may be dropped. */
static struct item *reserve_wave(struct publisher *p, uint32_t size)
{
    struct item *item = NULL;
    if (item_ring_room(p->ring) > p->ring->capacity / 2)
        item = item_ring_reserve(p->ring, size);
    if (!item)
        p->dropped++;
    else
        item->captured_ns = p->captured_ns;
    return item;
}

static void publish(struct publisher *p, struct item *item)
{
    item->source_tag = p->source_tag;
    item_ring_publish(p->ring);
    wake_signal(p->wake);
}

static void send_message(struct publisher *p, uint32_t type, uint32_t kind, uint16_t level,
                         const struct text *t)
{
    assert(text_ok(t));
    struct item *item = item_ring_reserve(p->ring, (uint32_t)t->length);
    if (!item) {
        p->is_snapshot_old = true; /* the state is sent again when there is room */
        return;
    }
    item->type = type;
    item->stream = kind;
    item->level = level;
    item->sample = type == ITEM_SNAPSHOT && p->is_filling;
    memcpy(item->bytes, t->bytes, t->length);
    publish(p, item);
}

/* ---- waveforms */

/* Envelopes and sound. */
static void put_wave(void *context, const struct frame *frame, const int16_t *samples)
{
    struct publisher *p = context;
    struct frame f = *frame;
    const size_t size = frame_size(f.type, f.channels, f.count);
    struct item *item = reserve_wave(p, (uint32_t)size);
    if (!item)
        return;
    f.flags |= p->frame_flags;
    f.source_tag = p->source_tag;
    f.made_ms = taken_ms(p);
    item->type = ITEM_FRAME;
    item->stream = f.type;
    item->level = f.level;
    item->sample = f.first_sample;
    unsigned char *payload = frame_encode_header(&f, item->bytes);
    memcpy(payload, samples, size - (size_t)(payload - item->bytes)); /* the host is little endian */
    publish(p, item);
}

/* The same path sample by sample, for displays that asked for every period. */
static void send_raw(struct publisher *p, const struct bank_output *out, uint32_t stride)
{
    const struct frame f = {
        .type = FRAME_WAVE_RAW,
        .flags = (uint8_t)(p->frame_flags | (out->emg_gap ? FRAME_GAP_BEFORE : 0)),
        .sequence = p->raw_sequence++,
        .first_sample = out->emg_first_index,
        .channels = (uint16_t)p->envelope.params.channels,
        .count = (uint16_t)out->emg_frames,
        .source_tag = p->source_tag,
        .uv_per_step = uv_per_step,
        .made_ms = taken_ms(p),
    };
    struct item *item = reserve_wave(p, (uint32_t)frame_size(f.type, f.channels, f.count));
    if (!item)
        return;
    item->type = ITEM_FRAME;
    item->stream = f.type;
    item->sample = f.first_sample;
    frame_encode_raw(&f, out->emg_uv, stride, item->bytes);
    publish(p, item);
}

void publisher_emg(struct publisher *p, const struct bank_output *out, uint32_t stride)
{
    if (out->emg_frames == 0)
        return;
    if (!p->is_filling)
        send_raw(p, out, stride);
    envelope_feed(&p->envelope, out->emg_first_index, out->emg_uv, out->emg_frames, stride);
    if (!p->is_filling)
        listening_emg(p->listening, out, stride);
}

static void send_sweep_frame(struct publisher *p, struct frame *f, const float *uv,
                             const float *raw_uv)
{
    struct item *item = reserve_wave(p, (uint32_t)frame_size(f->type, f->channels, f->count));
    if (!item)
        return;
    f->flags |= p->frame_flags;
    f->source_tag = p->source_tag;
    f->made_ms = now_ms(p);
    item->type = ITEM_FRAME;
    item->stream = f->type;
    item->sample = f->sweep.stimulus_sample;
    frame_encode_sweep(f, uv, raw_uv, item->bytes);
    publish(p, item);
}

static float sweep_scale(const struct bank_sweep *s)
{
    const float judged = frame_fit_scale(s->uv, s->samples);
    const float raw = frame_fit_scale(s->raw_uv, s->samples);
    return judged > raw ? judged : raw;
}

void publisher_sweep(struct publisher *p, const struct bank_sweep *s)
{
    if (s->samples == 0)
        return;
    const struct finding_sweep *v = &s->verdict;
    struct frame f = {
        .type = FRAME_SWEEP,
        .sequence = p->sweep_sequence++,
        .first_sample = s->first_sample,
        .channels = 2,
        .count = (uint16_t)s->samples,
        .uv_per_step = sweep_scale(s),
        .sweep = {.stimulus_sample = v->stimulus_sample,
                  .pre_samples = (uint16_t)s->pre_samples,
                  .channel = v->channel,
                  .branch = v->branch,
                  .role = (uint8_t)v->role,
                  .reason = (uint8_t)v->reason,
                  .present = (uint8_t)v->present,
                  .amplitude_uv = (float)v->amplitude_uv,
                  .onset_ms = (float)v->onset_ms,
                  .score = (float)v->score,
                  .window_start_ms = (float)NAN,
                  .window_end_ms = (float)NAN},
    };
    send_sweep_frame(p, &f, s->uv, s->raw_uv);
}

static void send_template(struct publisher *p, uint8_t branch, uint32_t slot, uint16_t channel)
{
    uint32_t samples;
    double first_ms;
    const float *uv = bank_template(case_run_bank(pipeline_run(p->pipeline)), branch, channel,
                                    &samples, &first_ms);
    double size = 0; /* tells one mean from the next: the baseline grows while it is learned */
    for (uint32_t i = 0; uv && i < samples; i++)
        size += fabs((double)uv[i]);
    if (!uv || fabs(size - p->template_size[branch][slot]) <= 0)
        return;
    const double rate_hz = pipeline_stream_format(p->pipeline)->rate_hz;
    struct frame f = {
        .type = FRAME_TEMPLATE,
        .sequence = p->template_sequence++,
        .first_sample = (uint64_t)(int64_t)rint(first_ms * 1e-3 * rate_hz),
        .channels = 1,
        .count = (uint16_t)samples,
        .uv_per_step = frame_fit_scale(uv, samples),
        .sweep = {.channel = channel,
                  .branch = branch,
                  .role = slot == 0 ? SWEEP_DIRECT : SWEEP_LSR,
                  .present = TRISTATE_YES,
                  .amplitude_uv = (float)NAN,
                  .onset_ms = (float)NAN,
                  .window_start_ms = (float)NAN,
                  .window_end_ms = (float)NAN},
    };
    send_sweep_frame(p, &f, uv, NULL);
    p->template_size[branch][slot] = size;
}

static void send_templates(struct publisher *p, uint8_t branch)
{
    const struct bank_branch *b = &pipeline_montage(p->pipeline)->params.branch[branch];
    if (b->direct != FINDING_NO_CHANNEL)
        send_template(p, branch, 0, b->direct);
    for (uint32_t i = 0; i < b->lateral_count; i++)
        send_template(p, branch, i + 1, b->lateral[i]);
}

/* ---- findings and what follows from them */

static void note_mark(struct publisher *p, const struct mark *m)
{
    const char *value;
    if (said_marks_hear(&p->said, m))
        p->is_snapshot_old = true;
    if (mark_is(m, "stimulation", &value))
        p->is_stimulation_on = strncmp(value, "off", 3) != 0;
    else if (mark_is(m, "baseline", &value))
        memset(p->template_size, 0, sizeof p->template_size);
}

void publisher_finding(struct publisher *p, const struct finding *f, const char *line,
                       size_t length)
{
    if (f->type == FINDING_MARK)
        note_mark(p, &f->mark);
    if (f->type == FINDING_STIMULUS)
        listening_stimulus(p->listening, f->stimulus.sample);
    if (f->type == FINDING_SWEEP)
        p->is_branch_new[f->sweep.branch] = true;
    if (f->type == FINDING_ENDPOINT) {
        p->is_branch_new[f->endpoint.branch] = true;
        p->state_since[f->endpoint.branch] = f->decided_sample;
    }
    struct item *item = item_ring_reserve(p->ring, (uint32_t)length);
    if (!item) {
        /* Half the ring is kept for findings: the web thread has stood still for minutes. */
        if (!p->has_lost_finding)
            log_error("web", "the page's queue is full: findings are missing on the page; "
                             "the journal has them all");
        p->has_lost_finding = true;
        return;
    }
    item->type = ITEM_FINDING;
    item->stream = f->type;
    item->sample = f->decided_sample;
    memcpy(item->bytes, line, length);
    publish(p, item);
}

static struct message_evidence evidence_of(const struct publisher *p, uint8_t branch,
                                           struct finding_endpoint *endpoint)
{
    *endpoint = bank_evidence(case_run_bank(pipeline_run(p->pipeline)), branch);
    return (struct message_evidence){
        .context = case_run_context(pipeline_run(p->pipeline)),
        .endpoint = endpoint,
        .since_sample = p->state_since[branch],
    };
}

void publisher_settle(struct publisher *p)
{
    for (uint8_t i = 0; i < pipeline_montage(p->pipeline)->params.branches; i++) {
        if (!p->is_branch_new[i])
            continue;
        p->is_branch_new[i] = false;
        p->is_snapshot_old = true;
        struct finding_endpoint endpoint;
        const struct message_evidence evidence = evidence_of(p, i, &endpoint);
        struct text t;
        text_init(&t, p->message, sizeof p->message);
        message_evidence(&t, &evidence);
        send_message(p, ITEM_MESSAGE, MESSAGE_EVIDENCE, i, &t);
        send_templates(p, i);
    }
}

/* ---- state */

static void fill_channels(const struct pipeline *pipeline, struct message_channel *channels)
{
    const struct settings *s = pipeline_settings(pipeline);
    const struct bank_params *params = &pipeline_montage(pipeline)->params;
    for (uint32_t i = 0; i < params->channels; i++) {
        channels[i] = (struct message_channel){.label = params->channel[i].label};
        for (uint32_t k = 0; k < s->channel_count; k++) {
            if (strcmp(s->channels[k].label, params->channel[i].label) != 0)
                continue;
            if (s->channels[k].muscle.text[0])
                channels[i].muscle = s->channels[k].muscle.text;
            if (s->channels[k].side)
                channels[i].side = channel_sides[s->channels[k].side];
        }
    }
}

static uint16_t control_of(const struct bank_branch *b)
{
    return b->control_count ? b->lateral[b->lateral_count] : FINDING_NO_CHANNEL;
}

static void send_snapshot(struct publisher *p, const struct publisher_facts *facts)
{
    static const char *const source_names[] = {"alsa", "replay", "patient"};
    const struct settings *settings = pipeline_settings(p->pipeline);
    const struct montage *montage = pipeline_montage(p->pipeline);
    const struct bank_params *params = &montage->params;
    struct message_channel channels[FINDING_CHANNELS];
    fill_channels(p->pipeline, channels);
    struct message_branch branches[FINDING_BRANCHES];
    struct finding_endpoint endpoints[FINDING_BRANCHES];
    struct message_evidence evidence[FINDING_BRANCHES];
    for (uint8_t i = 0; i < params->branches; i++) {
        branches[i] = (struct message_branch){.name = params->branch[i].name,
                                              .direct = params->branch[i].direct,
                                              .control = control_of(&params->branch[i]),
                                              .lateral_count = params->branch[i].lateral_count,
                                              .lateral = params->branch[i].lateral};
        evidence[i] = evidence_of(p, i, &endpoints[i]);
    }
    const struct message_hello hello = {
        .build = LSRD_VERSION,
        .source_tag = p->source_tag,
        .is_replay = facts->replay != NULL,
        .source = source_names[settings->device.source],
        .site = settings->device.site.text,
        .calibration = facts->calibration,
        .rate_hz = params->rate_hz,
        .channel_count = params->channels,
        .channels = channels,
        .branch_count = params->branches,
        .branches = branches,
        .first_level = p->envelope.params.first_level,
        .levels = p->envelope.params.levels,
        .window_low_ms = params->response.window.low * 1e3,
        .window_high_ms = params->response.window.high * 1e3,
        .filter_free = {.low_hz = FRONT_LOW_HZ,
                        .high_hz = params->rate_hz > 2.5 * FRONT_HIGH_HZ ? FRONT_HIGH_HZ : 0},
        .hum_hz = params->mains_hz,
        .endpoint_hold_s = params->endpoint.hold_s,
        .case_ = facts->case_,
        .phase = publisher_phase(p),
        .said_count = p->said.count,
        .said = p->said.marks,
        .alarm_count = facts->alarm_count,
        .alarms = facts->alarms,
        .audio = facts->audio,
        .evidence_count = params->branches,
        .evidence = evidence,
    };
    struct text t;
    text_init(&t, p->message, sizeof p->message);
    message_hello(&t, &hello);
    p->is_snapshot_old = false;
    /* The server keeps the look back by them. */
    send_message(p, ITEM_SNAPSHOT, params->rate_hz, p->envelope.params.first_level, &t);
}

bool publisher_open(struct publisher *p, const struct pipeline *pipeline,
                    const struct publisher_facts *facts, bool is_filling, struct err *err)
{
    p->pipeline = pipeline;
    p->is_filling = is_filling;
    p->source_tag = pipeline_source_tag(pipeline);
    p->frame_flags = facts->replay ? FRAME_REPLAY : 0;
    p->raw_sequence = p->sweep_sequence = p->template_sequence = 0;
    p->said = (struct said_marks){0};
    p->is_stimulation_on = true;
    memset(p->template_size, 0, sizeof p->template_size);
    /* A restored state has evidence and templates before its next sweep. */
    memset(p->is_branch_new, is_filling, sizeof p->is_branch_new);
    memset(p->state_since, 0, sizeof p->state_since);
    const struct bank_params *params = &pipeline_montage(pipeline)->params;
    struct envelope_params e;
    envelope_params_for_rate(&e, params->rate_hz, params->channels, uv_per_step);
    envelope_fini(&p->envelope);
    memset(&p->envelope, 0, sizeof p->envelope);
    if (!envelope_init(&p->envelope, &e, put_wave, p, err))
        return false;
    listening_open(p->listening, (uint32_t)params->rate_hz, params->channels,
                   params->response.window.high);
    send_snapshot(p, facts);
    return true;
}

void publisher_arrive(struct publisher *p, const struct publisher_facts *facts)
{
    p->is_filling = false;
    send_snapshot(p, facts);
}

void publisher_points(struct publisher *p, uint32_t count,
                      const struct message_trend_point *points)
{
    struct item *item = item_ring_reserve(p->ring, count * (uint32_t)sizeof *points);
    if (!item)
        return; /* a shorter trend */
    item->type = ITEM_MESSAGE;
    item->stream = MESSAGE_POINTS;
    memcpy(item->bytes, points, count * sizeof *points);
    publish(p, item);
}

void publisher_status(struct publisher *p, const struct publisher_facts *facts)
{
    listening_follow(p->listening, facts->display_count, facts->displays,
                     !facts->replay || (facts->replay->speed >= 1 && facts->replay->speed <= 1));
    if (p->is_snapshot_old)
        send_snapshot(p, facts);
    const struct message_status status = {
        .mono_ms = p->clock->now_ns(p->clock) / 1000000,
        .utc_ms = p->clock->utc_ns(p->clock) / 1000000,
        .newest_sample = case_run_next_index(pipeline_run(p->pipeline)),
        .newest_mono_ms = facts->newest_ns / 1000000,
        .acquisition = facts->acquisition,
        .case_ = facts->case_,
        .phase = publisher_phase(p),
        .is_stimulation_on = p->is_stimulation_on,
        .control = facts->control,
        .display_count = facts->display_count,
        .displays = facts->displays,
        .lost_samples = facts->lost_samples,
        .latency_us = facts->latency_us,
        .rate_ppm = facts->rate_ppm,
        .sounder = facts->sounder,
        .decision = facts->timing[TIMING_DECISION],
        .socket = facts->timing[TIMING_SOCKET],
        .paint = facts->timing[TIMING_PAINT],
        .replay = facts->replay,
        .live_count = facts->live_count,
        .live = facts->live,
    };
    struct text t;
    text_init(&t, p->message, sizeof p->message);
    message_status(&t, &status);
    send_message(p, ITEM_MESSAGE, MESSAGE_STATUS, 0, &t);
    text_init(&t, p->message, sizeof p->message);
    metrics_print(&t, &status);
    send_message(p, ITEM_MESSAGE, MESSAGE_METRICS, 0, &t);
}

void publisher_alarms(struct publisher *p, const struct publisher_facts *facts)
{
    struct text t;
    text_init(&t, p->message, sizeof p->message);
    message_alarms(&t, facts->alarm_count, facts->alarms, &facts->audio);
    send_message(p, ITEM_MESSAGE, MESSAGE_QUEUED, 0, &t);
    p->is_snapshot_old = true;
}

void publisher_reply(struct publisher *p, uint64_t client, uint64_t id, const char *error,
                     const char *result)
{
    struct text t;
    text_init(&t, p->message, sizeof p->message);
    message_reply(&t, id, error, result);
    const struct item_reply head = {.client = client};
    struct item *item = item_ring_reserve(p->ring, (uint32_t)(sizeof head + t.length));
    if (!item)
        return; /* the page shows `not confirmed` after a second, which is the truth */
    item->type = ITEM_REPLY;
    memcpy(item->bytes, &head, sizeof head);
    memcpy(item->bytes + sizeof head, t.bytes, t.length);
    publish(p, item);
}

const char *publisher_phase(const struct publisher *p)
{
    return p->said.phase[0] ? p->said.phase : NULL;
}

uint64_t publisher_dropped(const struct publisher *p)
{
    return p->dropped;
}
