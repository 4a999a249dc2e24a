/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated patient as a source: slabs, blocks, marks, pace, one case after the other. */
#include "acquisition/patient.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "acquisition/patient_evoked.h"
#include "acquisition/patient_free.h"
#include "acquisition/patient_mix.h"
#include "acquisition/patient_theatre.h"

enum { SLAB_FRAMES = 1024, CASE_MARKS = 2 * SCENARIO_EVENTS };

#define AHEAD_SECONDS 0.2       /* the longest artifact tail that is kept */
#define REAL_TIME_BLOCK_S 0.005 /* as a device's period */
#define REAL_TIME_WAIT_NS 100000000

const struct option patient_options[] = {
    OPTION_PLAIN(struct patient_options, "scenario", scenario, "demo", 0,
                 "source = patient: the operation to play, built in or a file named *.scenario"),
    OPTION(struct patient_options, "seed", seed, UNIT_NONE, 0, 4294967295.0, "1", 0,
           "source = patient: another number is another patient"),
    {0}};

/* What a person or the system enters during a case, in the order of time. */
struct case_mark {
    uint64_t frame; /* of the case */
    const char *text, *by;
};

struct patient {
    struct source base;
    struct scenario scenario;
    struct mix mix;
    struct evoked *evoked;
    struct free_running *free_running;
    struct theatre *theatre;
    struct truth *truth;
    uint64_t seed;
    bool is_real_time, has_case_marks;
    uint32_t most_frames; /* of a block */

    uint32_t triggers;
    int trigger_of_branch[SCENARIO_BRANCHES]; /* channel of the mix, or -1 */

    int32_t *slab;       /* owned: counts of the current slab, a frame a row */
    uint32_t slab_used;  /* frames handed out; SLAB_FRAMES: none left */
    uint64_t case_begin; /* stream's index of the case's frame 0 */
    uint64_t case_frames, pause_frames;
    bool has_ended; /* the case: the signal goes on quiet, or the source is over */

    struct case_mark marks[CASE_MARKS];
    uint32_t mark_count, mark_next;
    uint64_t index; /* of the next frame to hand out */
    int64_t started_ns;
};

static int64_t monotonic_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void add_mark(struct patient *p, double at_s, const char *text, const char *by)
{
    if (p->mark_count == CASE_MARKS)
        return;
    const uint64_t frame = (uint64_t)(at_s * p->scenario.rate_hz + 0.5);
    uint32_t i = p->mark_count++;
    for (; i > 0 && p->marks[i - 1].frame > frame; i--)
        p->marks[i] = p->marks[i - 1];
    p->marks[i] = (struct case_mark){frame, text, by};
}

static void begin_case(struct patient *p)
{
    const struct scenario *s = &p->scenario;
    mix_clear(&p->mix);
    struct truth *truth = p->index == 0 ? p->truth : NULL; /* of the first case alone */
    free_running_begin(p->free_running, p->seed, truth);
    evoked_begin(p->evoked, p->seed, truth);
    theatre_begin(p->theatre, p->seed, truth);
    p->has_ended = false;
    p->case_begin = p->index;
    p->slab_used = SLAB_FRAMES;
    p->mark_count = p->mark_next = 0;
    if (p->has_case_marks)
        add_mark(p, 0, "case=start", "theatre");
    for (uint32_t i = 0; i < s->marks; i++)
        if (s->mark[i].at_s <= s->duration_s)
            add_mark(p, s->mark[i].at_s, s->mark[i].text.text, s->mark[i].by.text);
    for (uint32_t i = 0; i < s->events; i++) {
        if (s->event[i].kind != EVENT_OUTAGE)
            continue;
        add_mark(p, s->event[i].at_s, "device=lost", "system");
        add_mark(p, s->event[i].at_s + s->event[i].for_s, "device=back", "system");
    }
    if (p->has_case_marks)
        add_mark(p, s->duration_s, "case=end", "theatre");
}

/* Makes the next slab of the case. */
static void render(struct patient *p, bool is_first)
{
    const uint32_t channels = p->base.format.channels;
    const uint32_t stride = block_stride(channels);
    if (!is_first)
        mix_advance(&p->mix);
    if (!p->has_ended)
        evoked_render(p->evoked);
    free_running_render(p->free_running, p->has_ended);
    for (uint32_t m = 0; m < p->scenario.muscles; m++)
        theatre_render(p->theatre, m, p->mix.first, mix_channel(&p->mix, m), p->slab + m, stride);
    for (uint32_t c = p->scenario.muscles; c < channels; c++)
        for (uint32_t n = 0; n < SLAB_FRAMES; n++)
            p->slab[(size_t)n * stride + c] =
                theatre_count(mix_channel(&p->mix, c)[n], p->scenario.full_scale_uv);
    p->slab_used = 0;
}

/* Where in an outage the case's frame lies: the frame at which samples are back, or 0. */
static uint64_t outage_end(const struct patient *p, uint64_t frame)
{
    for (uint32_t i = 0; i < p->scenario.events; i++) {
        const struct scenario_event *e = &p->scenario.event[i];
        if (e->kind != EVENT_OUTAGE)
            continue;
        const uint64_t begin = (uint64_t)(e->at_s * p->scenario.rate_hz + 0.5);
        const uint64_t end = (uint64_t)((e->at_s + e->for_s) * p->scenario.rate_hz + 0.5);
        if (frame >= begin && frame < end)
            return end;
    }
    return 0;
}

/* The next frame at which a block has to end: an outage begins, the case or the pause is over. */
static uint64_t next_border(const struct patient *p, uint64_t frame)
{
    uint64_t border = frame < p->case_frames ? p->case_frames : p->case_frames + p->pause_frames;
    if (p->has_ended && !p->scenario.loops)
        border = UINT64_MAX;
    for (uint32_t i = 0; i < p->scenario.events; i++) {
        const struct scenario_event *e = &p->scenario.event[i];
        const uint64_t begin = (uint64_t)(e->at_s * p->scenario.rate_hz + 0.5);
        if (e->kind == EVENT_OUTAGE && begin > frame && begin < border)
            border = begin;
    }
    return border;
}

static void put_marks(struct patient *p, struct sample_block *out, uint64_t up_to_frame)
{
    while (p->mark_next < p->mark_count && out->mark_count < BLOCK_MARKS &&
           p->marks[p->mark_next].frame <= up_to_frame) {
        const struct case_mark *m = &p->marks[p->mark_next++];
        mark_set(&out->marks[out->mark_count++], p->case_begin + m->frame, m->text, m->by);
    }
}

/* Hands out frames of slabs; the block ends where the borders say. */
static void put_frames(struct patient *p, struct sample_block *out, uint32_t limit)
{
    const uint32_t stride = block_stride(p->base.format.channels);
    while (out->frames < limit) {
        if (p->slab_used == SLAB_FRAMES)
            render(p, p->index == p->case_begin);
        uint32_t n = SLAB_FRAMES - p->slab_used;
        if (n > limit - out->frames)
            n = limit - out->frames;
        memcpy(out->counts + (size_t)out->frames * stride, p->slab + (size_t)p->slab_used * stride,
               (size_t)n * stride * sizeof *out->counts);
        out->frames += n;
        p->slab_used += n;
        p->index += n;
    }
}

/* Samples that nobody got: made, so that those behind them do not depend on the outage. */
static void skip_frames(struct patient *p, uint64_t count)
{
    while (count > 0) {
        if (p->slab_used == SLAB_FRAMES)
            render(p, p->index == p->case_begin);
        uint64_t n = SLAB_FRAMES - p->slab_used;
        n = n < count ? n : count;
        p->slab_used += (uint32_t)n;
        p->index += n;
        count -= n;
    }
}

/* Real time: when the frame at this index of the stream happens. */
static int64_t time_of(const struct patient *p, uint64_t index)
{
    return p->started_ns + (int64_t)((double)index / p->scenario.rate_hz * 1e9);
}

/* Real time: waits until `frames` more are due, at most a bounded while. False: not yet. */
static bool is_due(const struct patient *p, uint64_t frames)
{
    const int64_t due_ns = time_of(p, p->index + frames);
    const int64_t now_ns = monotonic_ns();
    if (now_ns >= due_ns)
        return true;
    const int64_t until_ns =
        due_ns - now_ns > REAL_TIME_WAIT_NS ? now_ns + REAL_TIME_WAIT_NS : due_ns;
    const struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
    return until_ns == due_ns;
}

static enum read_result patient_read(struct source *source, struct sample_block *out)
{
    struct patient *p = (struct patient *)source;
    const struct scenario *s = &p->scenario;
    uint64_t frame = p->index - p->case_begin;
    out->frames = 0;
    out->mark_count = 0;
    out->channels = source->format.channels;
    out->stride = block_stride(out->channels);
    out->captured_ns = 0;
    if (frame == p->case_frames && !p->has_ended) {
        p->has_ended = true;
        free_running_end(p->free_running);
    }
    if (p->has_ended && p->mark_next == p->mark_count) {
        if (!s->loops && !p->is_real_time)
            return READ_END;
        if (s->loops && frame >= p->case_frames + p->pause_frames) {
            p->seed++;
            begin_case(p);
            frame = 0;
        }
    }
    out->first_index = p->index;
    put_marks(p, out, frame);
    if (p->has_ended && !s->loops && !p->is_real_time)
        return READ_BLOCK; /* the last marks */
    const uint64_t back_at = outage_end(p, frame);
    if (back_at) {
        if (out->mark_count > 0)
            return READ_BLOCK; /* device=lost */
        if (p->is_real_time && !is_due(p, back_at - frame))
            return READ_TIMEOUT;
        skip_frames(p, back_at - frame);
        return patient_read(source, out);
    }
    uint64_t limit = next_border(p, frame) - frame;
    limit = limit < p->most_frames ? limit : p->most_frames;
    /* A mark inside rides along only if it is not the block's border's. */
    if (out->mark_count == BLOCK_MARKS || (limit == 0 && out->mark_count > 0))
        return READ_BLOCK;
    if (p->is_real_time && !is_due(p, limit)) {
        if (out->mark_count > 0)
            return READ_BLOCK;
        return READ_TIMEOUT;
    }
    put_marks(p, out, frame + limit - 1);
    if (out->mark_count == BLOCK_MARKS && p->mark_next < p->mark_count &&
        p->marks[p->mark_next].frame < frame + limit) /* the rest wait for the next block */
        limit = p->marks[p->mark_next].frame - frame;
    put_frames(p, out, (uint32_t)limit);
    if (p->is_real_time)
        out->captured_ns = time_of(p, p->index);
    return READ_BLOCK;
}

static bool patient_start(struct source *source, struct err *err)
{
    (void)err;
    struct patient *p = (struct patient *)source;
    p->started_ns = monotonic_ns();
    begin_case(p);
    return true;
}

static void patient_destroy(struct source *source)
{
    struct patient *p = (struct patient *)source;
    truth_destroy(p->truth);
    theatre_destroy(p->theatre);
    evoked_destroy(p->evoked);
    free_running_destroy(p->free_running);
    mix_fini(&p->mix);
    free(p->slab);
    free(p);
}

static const struct source_ops patient_ops = {
    .name = "patient", .start = patient_start, .read = patient_read, .destroy = patient_destroy};

static void add_input(struct patient *p, const char *label)
{
    struct stream_input *input = &p->base.format.inputs[p->base.format.channels++];
    memset(input, 0, sizeof *input);
    memcpy(input->label, label, strnlen(label, STREAM_LABEL - 1));
    input->physical_min = -p->scenario.full_scale_uv;
    input->physical_max = p->scenario.full_scale_uv;
    input->digital_min = -SAMPLE_MAX;
    input->digital_max = SAMPLE_MAX;
    input->is_voltage = true;
    stream_input_round(input); /* so that file and detectors agree */
}

/* Muscles, then each trigger once. */
static void make_format(struct patient *p)
{
    const struct scenario *s = &p->scenario;
    p->base.format.rate_hz = s->rate_hz;
    for (uint32_t m = 0; m < s->muscles; m++)
        add_input(p, s->muscle[m].label);
    if (s->trigger.text[0])
        add_input(p, s->trigger.text);
    for (uint32_t b = 0; b < s->branches; b++) {
        const char *own = s->branch[b].trigger.text;
        const char *label = own[0] ? own : s->trigger.text;
        p->trigger_of_branch[b] = -1;
        for (uint32_t c = s->muscles; c < p->base.format.channels; c++)
            if (strcmp(p->base.format.inputs[c].label, label) == 0)
                p->trigger_of_branch[b] = (int)c;
        if (p->trigger_of_branch[b] < 0 && own[0]) {
            p->trigger_of_branch[b] = (int)p->base.format.channels;
            add_input(p, own);
        }
    }
}

struct source *patient_create(const struct patient_setup *setup, struct err *err)
{
    struct patient *p = calloc(1, sizeof *p);
    if (!p) {
        err_set(err, ERR_MEMORY, "simulated patient");
        return NULL;
    }
    p->base.ops = &patient_ops;
    struct scenario *s = &p->scenario;
    const bool is_read =
        setup->text
            ? scenario_read_text(s, setup->scenario, setup->text, setup->text_length,
                                 setup->overrides, setup->override_count, setup->complaints, err)
            : scenario_read(s, setup->scenario, setup->overrides, setup->override_count,
                            setup->complaints, err);
    if (!is_read) {
        patient_destroy(&p->base);
        return NULL;
    }
    p->seed = setup->seed;
    p->is_real_time = setup->is_real_time;
    p->has_case_marks = !setup->is_single;
    p->base.live = setup->is_real_time;
    p->most_frames = setup->block_frames;
    if (p->most_frames == 0 || p->most_frames > BLOCK_FRAMES)
        p->most_frames =
            setup->is_real_time ? (uint32_t)(REAL_TIME_BLOCK_S * s->rate_hz) + 1 : BLOCK_FRAMES;
    s->loops = s->loops && !setup->is_single;
    p->case_frames = (uint64_t)(s->duration_s * s->rate_hz);
    p->pause_frames = (uint64_t)(s->pause_s * s->rate_hz);
    make_format(p);
    const uint32_t channels = p->base.format.channels;
    const double rate_hz = s->rate_hz;
    p->slab = calloc((size_t)SLAB_FRAMES * block_stride(channels), sizeof *p->slab);
    if (!p->slab)
        err_set(err, ERR_MEMORY, "simulated patient");
    if (!p->slab ||
        !mix_init(&p->mix, channels, SLAB_FRAMES, (uint32_t)(AHEAD_SECONDS * rate_hz), rate_hz,
                  err) ||
        !(p->free_running = free_running_create(s, &p->mix, err)) ||
        !(p->evoked = evoked_create(s, &p->mix, p->free_running, p->trigger_of_branch, err)) ||
        !(p->theatre = theatre_create(s, rate_hz, SLAB_FRAMES, err))) {
        patient_destroy(&p->base);
        return NULL;
    }
    return &p->base;
}

const struct scenario *patient_scenario(const struct source *source)
{
    return &((const struct patient *)source)->scenario;
}

const struct truth *patient_truth(struct source *source, struct err *err)
{
    struct patient *p = (struct patient *)source;
    if (!p->truth)
        p->truth = truth_create(&p->scenario, p->seed, err);
    return p->truth;
}
