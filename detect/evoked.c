/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the signal, cuts sweeps out of it, has them judged. */
#include "detect/evoked.h"

#include <math.h>

enum {
    PRE_MS = 20,  /* before the stimulus: the level the sweep starts from */
    POST_MS = 3,  /* after the window, for display alone; never waited for */
    WAITING = 16, /* stimuli whose windows may overlap */
};

struct waiting {
    struct stimulus_onset onset;
    uint64_t due; /* run ends here */
    bool spoiled; /* samples of it were lost */
};

struct evoked {
    struct bank_params params;
    uint32_t lanes;
    uint32_t window_frames; /* from the stimulus to the window's end */
    uint32_t low_frames;    /* from the stimulus to the window's start */
    uint32_t pre_frames;
    uint32_t sweep_frames; /* pre + window */
    uint32_t ring_frames;
    uint64_t next; /* index behind the newest frame kept */
    uint64_t from; /* oldest index without a hole */
    uint32_t waiting_count;
    struct waiting waiting[WAITING];
    uint32_t shown_count;
    struct bank_sweep shown[EVOKED_SHOWN]; /* pointers filled when asked for */
    size_t raw_at;   /* offsets from this struct */
    size_t clean_at;
    size_t shown_at; /* EVOKED_SHOWN x 2 x sweep_frames floats */
};

const struct option response_options[] = {
    OPTION(struct response_params, "window", window, UNIT_SECONDS, 0.002, 0.2, "6 ms .. 25 ms",
           OPTION_FEATURES, "searched for a response until its own window is learned; earlier is "
                            "the direct M wave, later is no lateral spread in the face"),
    OPTION(struct response_params, "min_amplitude", min_amplitude_uv, UNIT_UV, 5, 1000, "15 uV",
           OPTION_JUDGEMENT, "a response must reach this peak to peak; smaller ones cannot be told "
                             "from noise by eye either"),
    { 0 },
};

static double *ring_of(struct evoked *e, size_t at)
{
    return (double *)(void *)((unsigned char *)e + at);
}

static size_t layout(struct evoked *e, const struct bank_params *p)
{
    e->lanes = block_stride(p->channels);
    e->window_frames = (uint32_t)rint(p->response.window.high * (double)p->rate_hz);
    e->low_frames = (uint32_t)rint(p->response.window.low * (double)p->rate_hz);
    e->pre_frames = PRE_MS * p->rate_hz / 1000;
    e->sweep_frames = e->pre_frames + e->window_frames;
    e->ring_frames = e->sweep_frames + 2 * tick_frames_max(p->rate_hz);
    const size_t ring_bytes = sizeof(double) * e->ring_frames * e->lanes;
    size_t at = (sizeof(struct evoked) + 63) / 64 * 64;
    e->raw_at = at;
    at += ring_bytes;
    e->clean_at = at;
    at += ring_bytes;
    e->shown_at = at;
    at += sizeof(float) * EVOKED_SHOWN * 2 * e->sweep_frames;
    return at;
}

size_t evoked_size(const struct bank_params *params)
{
    struct evoked e;
    return layout(&e, params);
}

void evoked_init(struct evoked *e, const struct bank_params *params)
{
    memset(e, 0, sizeof *e);
    const size_t size = layout(e, params);
    memset((unsigned char *)e + e->raw_at, 0, size - e->raw_at);
    e->params = *params;
}

void evoked_feed(struct evoked *e, const struct frame_run *raw, const double *clean)
{
    for (uint32_t i = 0; i < raw->frames; i++) {
        const size_t at = (size_t)((raw->first_index + i) % e->ring_frames) * e->lanes;
        memcpy(ring_of(e, e->raw_at) + at, raw->uv + (size_t)i * raw->stride,
               sizeof(double) * e->lanes);
        memcpy(ring_of(e, e->clean_at) + at, clean + (size_t)i * raw->stride,
               sizeof(double) * e->lanes);
    }
    e->next = raw->first_index + raw->frames;
}

void evoked_stimulus(struct evoked *e, const struct stimulus_onset *onset)
{
    if (e->waiting_count == WAITING)
        return; /* the refractory time makes this many at once impossible but in several branches */
    e->waiting[e->waiting_count++] =
        (struct waiting){ .onset = *onset, .due = onset->sample + e->window_frames };
}

uint64_t evoked_window_end(const struct evoked *e, uint64_t stimulus_sample)
{
    return stimulus_sample + e->window_frames;
}

uint64_t evoked_due(const struct evoked *e)
{
    uint64_t due = NO_SAMPLE;
    for (uint32_t i = 0; i < e->waiting_count; i++)
        if (e->waiting[i].due < due)
            due = e->waiting[i].due;
    return due;
}

static void show(struct evoked *e, const struct finding_sweep *verdict)
{
    if (e->shown_count == EVOKED_SHOWN)
        return;
    const uint32_t k = e->shown_count++;
    float *uv = (float *)(void *)((unsigned char *)e + e->shown_at) + (size_t)k * 2 * e->sweep_frames;
    struct bank_sweep *s = &e->shown[k];
    *s = (struct bank_sweep){ .verdict = *verdict };
    const uint64_t stimulus = verdict->stimulus_sample;
    const uint64_t begin = stimulus > e->pre_frames ? stimulus - e->pre_frames : 0;
    s->first_sample = begin;
    s->pre_samples = (uint32_t)(stimulus - begin);
    if (e->next < stimulus + e->window_frames || e->from > begin)
        return; /* spoiled: nothing to show */
    s->samples = s->pre_samples + e->window_frames;
    for (uint32_t i = 0; i < s->samples; i++) {
        const size_t at =
            (size_t)((begin + i) % e->ring_frames) * e->lanes + verdict->channel;
        uv[i] = (float)ring_of(e, e->clean_at)[at];
        uv[e->sweep_frames + i] = (float)ring_of(e, e->raw_at)[at];
    }
}

static void judge_channel(struct evoked *e, const struct waiting *w, uint16_t channel,
                          enum sweep_role role, const struct artifact *artifact,
                          struct finding_sweep *s)
{
    *s = (struct finding_sweep){ .stimulus_sample = w->onset.sample,
                                 .channel = channel,
                                 .branch = w->onset.branch,
                                 .role = role,
                                 .present = TRISTATE_UNKNOWN,
                                 .score = FINDING_UNKNOWN,
                                 .amplitude_uv = FINDING_UNKNOWN,
                                 .onset_ms = FINDING_UNKNOWN };
    const uint64_t before = 5 * (uint64_t)e->params.rate_hz / 1000;
    const uint64_t from = w->onset.sample > before ? w->onset.sample - before : 0;
    s->reason = w->spoiled ? REASON_GAP
                           : artifact_masks(artifact, channel, from,
                                            w->onset.sample + e->window_frames);
    if (s->reason != REASON_NONE)
        return;
    double low = 0.0, high = 0.0;
    for (uint32_t i = e->low_frames; i < e->window_frames; i++) {
        const size_t at = (size_t)((w->onset.sample + i) % e->ring_frames) * e->lanes + channel;
        const double v = ring_of(e, e->clean_at)[at];
        low = i == e->low_frames ? v : fmin(low, v);
        high = i == e->low_frames ? v : fmax(high, v);
    }
    s->amplitude_uv = high - low;
    s->score = s->amplitude_uv / e->params.response.min_amplitude_uv;
    s->present = role == SWEEP_DIRECT || s->score > 1.0 ? TRISTATE_YES : TRISTATE_NO;
}

bool evoked_judge(struct evoked *e, uint64_t end, const struct artifact *artifact,
                  const struct free_running *free_running, const struct hum *hum,
                  struct judged_stimulus *judged, struct finding_list *out)
{
    (void)free_running;
    (void)hum;
    uint32_t k = 0;
    while (k < e->waiting_count && e->waiting[k].due > end)
        k++;
    if (k == e->waiting_count)
        return false;
    const struct waiting w = e->waiting[k];
    memmove(&e->waiting[k], &e->waiting[k + 1],
            sizeof e->waiting[0] * (e->waiting_count - k - 1));
    e->waiting_count--;
    const struct bank_branch *b = &e->params.branch[w.onset.branch];
    memset(judged, 0, sizeof *judged);
    judged->branch = w.onset.branch;
    judged->stimulus_sample = w.onset.sample;
    judged->decided_sample = w.due - 1;
    judged->delivered = TRISTATE_UNKNOWN;
    judged->m_uv = FINDING_UNKNOWN;
    judged->m_baseline_uv = FINDING_UNKNOWN;
    struct finding *f = finding_emit(out, FINDING_STIMULUS, w.due - 1);
    f->stimulus = (struct finding_stimulus){ .sample = w.onset.sample,
                                             .branch = w.onset.branch,
                                             .source = w.onset.source,
                                             .delivered = judged->delivered };
    if (b->direct != FINDING_NO_CHANNEL) {
        f = finding_emit(out, FINDING_SWEEP, w.due - 1);
        judge_channel(e, &w, b->direct, SWEEP_DIRECT, artifact, &f->sweep);
        show(e, &f->sweep);
    }
    for (uint32_t i = 0; i < b->lateral_count; i++) {
        f = finding_emit(out, FINDING_SWEEP, w.due - 1);
        judge_channel(e, &w, b->lateral[i], SWEEP_LSR, artifact, &f->sweep);
        judged->lateral[judged->lateral_count++].sweep = f->sweep;
        show(e, &f->sweep);
    }
    return true;
}

void evoked_gap(struct evoked *e, uint64_t from, uint64_t to)
{
    (void)from;
    for (uint32_t i = 0; i < e->waiting_count; i++) {
        e->waiting[i].spoiled = true;
        e->waiting[i].due = to + 1;
    }
    e->from = to;
    e->next = to;
}

void evoked_retake(struct evoked *e, uint8_t branch)
{
    (void)e;
    (void)branch;
}

uint32_t evoked_shown(const struct evoked *e, struct bank_sweep *sweeps)
{
    for (uint32_t i = 0; i < e->shown_count; i++) {
        sweeps[i] = e->shown[i];
        sweeps[i].uv = (const float *)(const void *)((const unsigned char *)e + e->shown_at) +
                       (size_t)i * 2 * e->sweep_frames;
        sweeps[i].raw_uv = sweeps[i].uv + e->sweep_frames;
    }
    return e->shown_count;
}

uint32_t evoked_shown_count(const struct evoked *e)
{
    return e->shown_count;
}

void evoked_shown_clear(struct evoked *e)
{
    e->shown_count = 0;
}

const float *evoked_template(const struct evoked *e, uint8_t branch, uint16_t channel,
                             uint32_t *samples, double *first_ms)
{
    (void)e;
    (void)branch;
    (void)channel;
    *samples = 0;
    *first_ms = 0.0;
    return NULL;
}
