/* SPDX-License-Identifier: Apache-2.0 */
/* Judges features. */
#include "detect/judgement.h"

#include <string.h>

#include "detect/evoked.h"
#include "detect/live_option.h"
#include "detect/marks.h"

struct judgement {
    struct response_params response;
    struct judged_stimulus judged; /* the one at hand */
    size_t endpoint_at, alarm_at;  /* offsets from this struct */
};

static size_t round_up(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static struct endpoint *endpoint_of(struct judgement *j)
{
    return (struct endpoint *)(void *)((unsigned char *)j + j->endpoint_at);
}

static struct alarm *alarm_of(struct judgement *j)
{
    return (struct alarm *)(void *)((unsigned char *)j + j->alarm_at);
}

size_t judgement_size(const struct bank_params *params)
{
    return round_up(sizeof(struct judgement)) + round_up(endpoint_size(params)) +
           round_up(alarm_size(params));
}

void judgement_init(struct judgement *j, const struct bank_params *params)
{
    memset(j, 0, sizeof *j);
    j->response = params->response;
    j->endpoint_at = round_up(sizeof *j);
    j->alarm_at = j->endpoint_at + round_up(endpoint_size(params));
    endpoint_init(endpoint_of(j), params);
    alarm_init(alarm_of(j), params);
}

void judgement_mark(struct judgement *j, const struct mark *m, struct finding_list *out)
{
    const struct mark_meaning meaning = mark_read(m);
    finding_emit(out, FINDING_MARK, m->sample)->mark = *m;
    if (meaning.kind == MARK_SET)
        live_option_set(response_options, "response", &j->response, m, &meaning);
    endpoint_mark(endpoint_of(j), m, out);
    alarm_mark(alarm_of(j), m, out);
}

static void say_stimulus(const struct stimulus_features *f, const struct judged_stimulus *judged,
                         struct finding_list *out)
{
    finding_emit(out, FINDING_STIMULUS, f->decided_sample)->stimulus = f->stimulus;
    if (f->has_direct)
        finding_emit(out, FINDING_SWEEP, f->decided_sample)->sweep = f->direct;
    for (uint32_t k = 0; k < judged->lateral_count; k++)
        finding_emit(out, FINDING_SWEEP, f->decided_sample)->sweep = judged->lateral[k].sweep;
    if (judged->has_control)
        finding_emit(out, FINDING_SWEEP, f->decided_sample)->sweep = judged->control;
}

void judgement_run(struct judgement *j, const struct run_features *run, struct finding_list *out)
{
    for (uint32_t i = 0; i < run->found_count; i++)
        if (run->found[i].type == FINDING_EMG_EVENT)
            endpoint_event(endpoint_of(j), &run->found[i].emg_event);
    for (uint32_t i = 0; i < run->stimulus_count; i++) {
        stimulus_verdict(&run->stimuli[i], &j->response, &j->judged);
        say_stimulus(&run->stimuli[i], &j->judged, out);
        endpoint_sweep(endpoint_of(j), &j->judged, out);
        if (j->judged.has_control)
            alarm_control(alarm_of(j), &j->judged.control, j->judged.decided_sample, out);
    }
    if (run->look)
        endpoint_stale(endpoint_of(j), run->look->silent, run->first_index + run->frames - 1, out);
    endpoint_tick(endpoint_of(j), run->first_index + run->frames - 1, run->cautery, out);
    alarm_feed(alarm_of(j), run, endpoint_of(j), out);
}

uint64_t judgement_due(const struct judgement *j)
{
    const uint64_t endpoint = endpoint_due(judgement_endpoint(j));
    const uint64_t alarm = alarm_due(judgement_alarm(j));
    return endpoint < alarm ? endpoint : alarm;
}

void judgement_rest(struct judgement *j, uint64_t sample)
{
    endpoint_rest(endpoint_of(j), sample);
}

const struct response_params *judgement_response(const struct judgement *j)
{
    return &j->response;
}

const struct endpoint *judgement_endpoint(const struct judgement *j)
{
    return (const struct endpoint *)(const void *)((const unsigned char *)j + j->endpoint_at);
}

const struct alarm *judgement_alarm(const struct judgement *j)
{
    return (const struct alarm *)(const void *)((const unsigned char *)j + j->alarm_at);
}
