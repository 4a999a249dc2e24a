/* SPDX-License-Identifier: Apache-2.0 */
/* Leads samples and marks through the stages, tick by tick, and their findings out in order.
 * Frames are collected up to the next boundary (1 ms grid, mark, gap, end of a sweep's window);
 * only then do the stages see them, all of them in one order. So nothing can depend on blocks. */
#include "detect/bank_code.h"

#include <assert.h>
#include <string.h>

#include "detect/artifact.h"
#include "detect/channel_mark.h"
#include "detect/evoked.h"
#include "detect/finding_order.h"
#include "detect/free_running.h"
#include "detect/gather.h"
#include "detect/hum.h"
#include "detect/judgement.h"
#include "detect/microvolts.h"
#include "detect/run.h"
#include "detect/stimulus.h"
#include "detect/summary.h"

enum {
    QUEUE = 512,       /* findings of one run, far more than channels x branches can make */
    RATE_MAX = 192000,
    RUN_MARKS = 64,    /* marks at one sample; a source sends the rest with the next frame */
};

struct bank {
    struct bank_head head; /* first */
    struct bank_params params;
    uint32_t lanes;
    struct microvolts microvolts;
    bool started;  /* the case line is out */
    bool finished; /* the summary is queued */
    bool is_away;  /* the device is lost */
    bool emg_gap;
    uint64_t next; /* index of the next frame to take */
    uint64_t run_end;
    uint32_t held; /* frames collected for the run */
    uint8_t clipped[BANK_CHANNELS]; /* in them */
    uint32_t queue_from;
    struct finding_list queue; /* .items is set at every use: the state holds no pointers */
    uint32_t order[QUEUE];
    uint32_t mark_count;
    struct mark marks[RUN_MARKS]; /* to act before the run */
    struct stimulus_blank blank;
    struct summary summary;
    struct stimulus_onsets onsets;
    struct stimulus_features stimuli[EVOKED_WAITING]; /* of the run at hand, as look below */
    struct look_features look;
    /* offsets from this struct */
    size_t items_at, uv_at, clean_at, triggers_at;
    size_t artifact_at, hum_at, stimulus_at, evoked_at, free_at, judgement_at;
};

#define AT(b, T, where) ((T *)(void *)((unsigned char *)(b) + (b)->where))
#define AT_CONST(b, T, where) ((const T *)(const void *)((const unsigned char *)(b) + (b)->where))

static size_t take(size_t *at, size_t bytes)
{
    const size_t here = *at;
    *at += (bytes + 63) / 64 * 64;
    return here;
}

static bool params_fit(const struct bank_params *p)
{
    if (p->rate_hz < 100 || p->rate_hz > RATE_MAX || p->inputs < 1 || p->inputs > BLOCK_CHANNELS ||
        p->channels < 1 || p->channels > BANK_CHANNELS || p->branches > BANK_BRANCHES)
        return false;
    for (uint32_t c = 0; c < p->channels; c++)
        if (p->channel[c].input >= p->inputs ||
            (p->channel[c].minus != BANK_NO_INPUT && p->channel[c].minus >= p->inputs))
            return false;
    for (uint32_t i = 0; i < p->branches; i++) {
        const struct bank_branch *b = &p->branch[i];
        if ((b->trigger != BANK_NO_INPUT && b->trigger >= p->inputs) ||
            (b->direct != FINDING_NO_CHANNEL && b->direct >= p->channels) ||
            b->lateral_count > FINDING_LATERAL || b->control_count > 1)
            return false;
        for (uint32_t k = 0; k < bank_branch_judged(b); k++)
            if (b->lateral[k] >= p->channels)
                return false;
    }
    return true;
}

static size_t layout(struct bank *b, const struct bank_params *p)
{
    const size_t frames = tick_frames_max(p->rate_hz);
    const size_t lanes = block_stride(p->channels);
    size_t at = 0;
    take(&at, sizeof *b);
    b->items_at = take(&at, QUEUE * sizeof(struct finding));
    b->uv_at = take(&at, frames * lanes * sizeof(double));
    b->clean_at = take(&at, frames * lanes * sizeof(double));
    b->triggers_at = take(&at, frames * BANK_BRANCHES * sizeof(int32_t));
    b->artifact_at = take(&at, artifact_size(p));
    b->hum_at = take(&at, hum_size(p));
    b->stimulus_at = take(&at, stimulus_size(p));
    b->evoked_at = take(&at, evoked_size(p));
    b->free_at = take(&at, free_running_size(p));
    b->judgement_at = take(&at, judgement_size(p));
    return at;
}

static size_t size(const struct bank_params *params)
{
    struct bank b;
    return params_fit(params) ? layout(&b, params) : 0;
}

static struct bank *init(void *memory, const struct bank_params *params)
{
    assert(params_fit(params));
    struct bank *b = memory;
    memset(b, 0, sizeof *b);
    const size_t end = layout(b, params);
    memset((unsigned char *)memory + b->items_at, 0, end - b->items_at);
    b->params = *params;
    b->lanes = block_stride(params->channels);
    b->blank = (struct stimulus_blank){ NO_SAMPLE, NO_SAMPLE };
    b->run_end = tick_after(0, params->rate_hz);
    b->queue.capacity = QUEUE;
    microvolts_init(&b->microvolts, params);
    summary_init(&b->summary, params);
    artifact_init(AT(b, struct artifact, artifact_at), params);
    hum_init(AT(b, struct hum, hum_at), params);
    stimulus_init(AT(b, struct stimulus, stimulus_at), params);
    evoked_init(AT(b, struct evoked, evoked_at), params);
    free_running_init(AT(b, struct free_running, free_at), params);
    judgement_init(AT(b, struct judgement, judgement_at), params);
    return b;
}

/* ---- findings in order */

static void sort_queue(struct bank *b)
{
    finding_order(&b->queue, b->order);
    b->queue_from = 0;
}

/* Whether everything fitted. */
static bool drain(struct bank *b, struct finding_list *to)
{
    const struct finding *items = AT(b, struct finding, items_at);
    while (b->queue_from < b->queue.count) {
        if (to->count == to->capacity)
            return false;
        to->items[to->count++] = items[b->order[b->queue_from++]];
    }
    b->queue_from = 0;
    b->queue.count = 0;
    return true;
}

/* ---- one run */

static void mark_act(struct bank *b, const struct mark *m)
{
    const char *value = NULL;
    if (mark_is(m, "branch", &value)) {
        for (uint32_t i = 0; i < b->params.branches; i++)
            if (strcmp(value, b->params.branch[i].name) == 0)
                stimulus_branch(AT(b, struct stimulus, stimulus_at), (uint8_t)i);
    } else if (mark_is(m, "baseline", &value) && strcmp(value, "take") == 0) {
        for (uint32_t i = 0; i < b->params.branches; i++)
            evoked_retake(AT(b, struct evoked, evoked_at), (uint8_t)i);
    }
    const struct mark_meaning meaning = mark_read(m);
    const uint16_t channel = channel_mark_find(m, &meaning, &b->params);
    if (channel != FINDING_NO_CHANNEL)
        artifact_switch(AT(b, struct artifact, artifact_at), channel,
                        meaning.kind == MARK_CHANNEL_OFF);
    judgement_mark(AT(b, struct judgement, judgement_at), m, &b->queue);
}

static void act_on_marks(struct bank *b, struct run_features *run)
{
    for (uint32_t i = 0; i < b->mark_count; i++)
        mark_act(b, &b->marks[i]);
    run->marks = b->marks;
    run->mark_count = b->mark_count;
    b->mark_count = 0;
}

/* The stages that look at samples; fills run with what they say. */
static void feed_stages(struct bank *b, const struct frame_run *raw, struct run_features *run)
{
    struct finding_list *out = &b->queue;
    struct artifact *artifact = AT(b, struct artifact, artifact_at);
    struct hum *hum = AT(b, struct hum, hum_at);
    struct evoked *evoked = AT(b, struct evoked, evoked_at);
    struct free_running *free_running = AT(b, struct free_running, free_at);
    const struct judgement *judgement = AT(b, struct judgement, judgement_at);
    double *clean_uv = AT(b, double, clean_at);
    const uint64_t end = raw->first_index + raw->frames;
    const uint32_t found_from = out->count;

    artifact_feed(artifact, raw, out);
    stimulus_feed(AT(b, struct stimulus, stimulus_at), raw, AT(b, int32_t, triggers_at), artifact,
                  &b->onsets);
    for (uint32_t i = 0; i < b->onsets.count; i++) {
        evoked_stimulus(evoked, &b->onsets.items[i]);
        b->blank = (struct stimulus_blank){ b->onsets.items[i].sample,
                                            evoked_window_end(evoked, b->onsets.items[i].sample) };
    }
    hum_hold(hum, free_running_drilled(free_running));
    hum_feed(hum, raw, b->blank, artifact, clean_uv);
    evoked_feed(evoked, raw, clean_uv);
    struct frame_run clean = *raw;
    clean.uv = clean_uv;
    free_running_mains(free_running, hum_frequency_hz(hum));
    free_running_feed(free_running, &clean, b->blank, artifact, out);
    run->found = out->items + found_from;
    run->found_count = out->count - found_from;
    const struct evoked_beside beside = { artifact, free_running, hum };
    run->stimuli = b->stimuli;
    while (run->stimulus_count < EVOKED_WAITING &&
           evoked_judge(evoked, end, &beside, judgement_response(judgement),
                        &b->stimuli[run->stimulus_count]))
        run->stimulus_count++;
    gather_run(raw, artifact, free_running, judgement_alarm(judgement), &b->look, run);
}

static void give_emg(const struct bank *b, const struct frame_run *raw, struct bank_output *out)
{
    if (out->emg_frames == 0)
        out->emg_first_index = raw->first_index;
    const double *clean = AT_CONST(b, double, clean_at);
    float *to = out->emg_uv + (size_t)out->emg_frames * raw->stride;
    for (size_t i = 0; i < (size_t)raw->frames * raw->stride; i++)
        to[i] = (float)clean[i];
    out->emg_frames += raw->frames;
}

static void give_features(const struct bank_output *out, const struct run_features *run)
{
    if (out->features.take)
        out->features.take(out->features.context, run);
}

/* Marks first, then the collected frames through every stage; sets the next boundary. run holds
 * what was found before them: of a gap. */
static void process_run(struct bank *b, struct run_features *run, struct bank_output *out)
{
    b->queue.items = AT(b, struct finding, items_at);
    act_on_marks(b, run);
    if (b->held > 0) {
        const struct frame_run raw = {
            .first_index = b->next - b->held,
            .frames = b->held,
            .channels = b->params.channels,
            .stride = b->lanes,
            .uv = AT(b, double, uv_at),
            .clipped = b->clipped,
        };
        feed_stages(b, &raw, run);
        judgement_run(AT(b, struct judgement, judgement_at), run, &b->queue);
        if (out->emg_uv)
            give_emg(b, &raw, out);
        b->held = 0;
        memset(b->clipped, 0, b->lanes);
    }
    give_features(out, run);
    sort_queue(b);
    for (uint32_t i = 0; i < b->queue.count; i++)
        summary_take(&b->summary, &b->queue.items[b->order[i]]);
    b->queue.items = NULL;
    const uint64_t due = evoked_due(AT(b, struct evoked, evoked_at));
    b->run_end = tick_after(b->next, b->params.rate_hz);
    if (due > b->next && due < b->run_end)
        b->run_end = due;
}

static void process_held(struct bank *b, struct bank_output *out)
{
    struct run_features run = { .first_index = b->next };
    process_run(b, &run, out);
}

static void process_gap(struct bank *b, uint64_t to, struct bank_output *out)
{
    const uint64_t from = b->next;
    b->queue.items = AT(b, struct finding, items_at);
    artifact_gap(AT(b, struct artifact, artifact_at), from, to, &b->queue);
    stimulus_gap(AT(b, struct stimulus, stimulus_at), to);
    hum_gap(AT(b, struct hum, hum_at), to);
    evoked_gap(AT(b, struct evoked, evoked_at), from, to);
    free_running_gap(AT(b, struct free_running, free_at), from, to, &b->queue);
    b->next = to;
    out->emg_gap = true;
    struct run_features run = { .first_index = to,
                                .lost = to - from,
                                .found = b->queue.items,
                                .found_count = b->queue.count };
    process_run(b, &run, out);
}

/* ---- the caller's side */

static void collect(struct bank *b, const struct sample_block *in, uint32_t from, uint32_t frames)
{
    const int32_t *counts = in->counts + (size_t)from * in->stride;
    microvolts_feed(&b->microvolts, counts, in->stride, frames,
                    AT(b, double, uv_at) + (size_t)b->held * b->lanes, b->clipped);
    int32_t *triggers = AT(b, int32_t, triggers_at) + (size_t)b->held * BANK_BRANCHES;
    for (uint32_t k = 0; k < b->params.branches; k++)
        if (b->params.branch[k].trigger != BANK_NO_INPUT)
            for (uint32_t i = 0; i < frames; i++)
                triggers[(size_t)i * BANK_BRANCHES + k] =
                    counts[(size_t)i * in->stride + b->params.branch[k].trigger];
    b->held += frames;
    b->next += frames;
}

static void open_output(struct bank *b, struct bank_output *out)
{
    out->sweep_count = 0;
    out->emg_frames = 0;
    out->emg_gap = false;
    evoked_shown_clear(AT(b, struct evoked, evoked_at));
    if (!b->started) {
        b->started = true;
        b->queue.items = AT(b, struct finding, items_at);
        finding_emit(&b->queue, FINDING_CASE, 0);
        sort_queue(b);
        b->queue.items = NULL;
    }
}

static bool room_for_run(const struct bank *b, const struct bank_output *out)
{
    return (!out->emg_uv || out->emg_frames + tick_frames_max(b->params.rate_hz) <= BLOCK_FRAMES) &&
           evoked_shown_count(AT_CONST(b, struct evoked, evoked_at)) <= EVOKED_SHOWN / 2;
}

static void keep_mark(struct bank *b, const struct mark *m, uint64_t sample)
{
    const char *value;
    if (mark_is(m, "device", &value))
        b->is_away = strncmp(value, "lost", 4) == 0;
    b->marks[b->mark_count] = *m;
    b->marks[b->mark_count++].sample = sample;
}

static uint32_t take_block(struct bank *b, const struct sample_block *in, uint32_t *marks_taken,
                           struct bank_output *out)
{
    uint32_t taken = 0;
    const bool empty = in->frames == 0 && in->mark_count == 0;
    if (!drain(b, &out->findings) || empty)
        return 0;
    if (in->first_index < b->next) { /* frames that were taken before: not taken twice */
        const uint64_t old = b->next - in->first_index;
        if (in->frames > 0)
            return old < in->frames ? (uint32_t)old : in->frames;
    }
    if (in->first_index > b->next) {
        process_held(b, out);
        if (!drain(b, &out->findings) || out->emg_frames > 0)
            return 0;
        process_gap(b, in->first_index, out);
    }
    for (;;) {
        if (!drain(b, &out->findings))
            break;
        const struct mark *m = *marks_taken < in->mark_count ? &in->marks[*marks_taken] : NULL;
        if (m && m->sample <= in->first_index + taken) {
            if (b->held > 0 || b->mark_count == RUN_MARKS) {
                if (!room_for_run(b, out))
                    break;
                process_held(b, out);
                continue;
            }
            keep_mark(b, m, in->first_index + taken);
            ++*marks_taken;
            if (b->is_away) /* no frame may follow for long: its alarm cannot wait for one */
                process_held(b, out);
            continue;
        }
        if (taken == in->frames)
            break;
        uint64_t stop = in->first_index + in->frames;
        if (m && m->sample < stop)
            stop = m->sample;
        if (b->run_end < stop)
            stop = b->run_end;
        collect(b, in, taken, (uint32_t)(stop - b->next));
        taken = (uint32_t)(stop - in->first_index);
        if (b->next == b->run_end) {
            process_held(b, out);
            if (!room_for_run(b, out))
                break;
        }
    }
    return taken;
}

static uint32_t feed(struct bank *b, const struct sample_block *in, uint32_t *marks_taken,
                     struct bank_output *out)
{
    *marks_taken = 0;
    open_output(b, out);
    const uint32_t taken = take_block(b, in, marks_taken, out);
    drain(b, &out->findings);
    out->sweep_count = evoked_shown(AT(b, struct evoked, evoked_at), out->sweeps);
    return taken;
}

static bool finish(struct bank *b, struct bank_output *out)
{
    open_output(b, out);
    if (!drain(b, &out->findings))
        return false;
    if (!b->finished) {
        process_held(b, out);
        b->queue.items = AT(b, struct finding, items_at);
        const uint32_t closed_from = b->queue.count;
        artifact_finish(AT(b, struct artifact, artifact_at), b->next, &b->queue);
        free_running_finish(AT(b, struct free_running, free_at), b->next, &b->queue);
        const struct run_features end = { .first_index = b->next,
                                          .is_end = true,
                                          .found = b->queue.items + closed_from,
                                          .found_count = b->queue.count - closed_from };
        give_features(out, &end);
        for (uint32_t i = closed_from; i < b->queue.count; i++)
            summary_take(&b->summary, &b->queue.items[i]);
        summary_close(&b->summary, b->next, &b->queue);
        sort_queue(b);
        b->queue.items = NULL;
        b->finished = true;
    }
    const bool done = drain(b, &out->findings);
    out->sweep_count = evoked_shown(AT(b, struct evoked, evoked_at), out->sweeps);
    return done;
}

static const struct judgement *judgement_of(const struct bank *b)
{
    return AT_CONST(b, struct judgement, judgement_at);
}

static struct finding_endpoint evidence(const struct bank *b, uint8_t branch)
{
    return endpoint_evidence(judgement_endpoint(judgement_of(b)), branch);
}

static const float *template_of(const struct bank *b, uint8_t branch, uint16_t channel,
                                uint32_t *samples, double *first_ms)
{
    return evoked_template(AT_CONST(b, struct evoked, evoked_at), branch, channel, samples,
                           first_ms);
}

static struct quality quality(const struct bank *b, uint16_t channel)
{
    const struct hum *hum = AT_CONST(b, struct hum, hum_at);
    const struct artifact *artifact = AT_CONST(b, struct artifact, artifact_at);
    const double noise_uv = free_running_noise_uv(AT_CONST(b, struct free_running, free_at), channel);
    const uint64_t second = b->next > b->params.rate_hz ? b->next - b->params.rate_hz : 0;
    return (struct quality){
        .noise_uv = noise_uv > 0.0 ? noise_uv : FINDING_UNKNOWN,
        .hum_uv = hum_settled(hum) ? hum_amplitude_uv(hum, channel) * 0.70710678118654752
                                   : FINDING_UNKNOWN,
        .artifact_uv = evoked_artifact_uv(AT_CONST(b, struct evoked, evoked_at), channel),
        .is_off = artifact_switched_off(artifact, channel),
        .mask = artifact_proved(artifact, channel, second, b->next),
    };
}

static struct synchrony_trend synchrony(const struct bank *b)
{
    return free_running_synchrony(AT_CONST(b, struct free_running, free_at));
}

extern const struct bank_code BANK_CODE;
const struct bank_code BANK_CODE = {.size = size,
                                    .init = init,
                                    .feed = feed,
                                    .finish = finish,
                                    .evidence = evidence,
                                    .template = template_of,
                                    .judgement = judgement_of,
                                    .quality = quality,
                                    .synchrony = synchrony};
