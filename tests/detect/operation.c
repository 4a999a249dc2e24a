/* SPDX-License-Identifier: Apache-2.0 */
/* Operations without a signal. */
#include "tests/detect/operation.h"

#include <stdlib.h>
#include <string.h>

#include "detect/gather.h"

void restart(struct operation *o)
{
    endpoint_init(o->endpoint, &o->params);
    alarm_init(o->alarm, &o->params);
    artifact_init(o->artifact, &o->params);
    free_running_init(o->free_running, &o->params);
}

int begin(void **state)
{
    struct operation *o = calloc(1, sizeof *o);
    o->params.rate_hz = RATE;
    o->params.channels = BANK_CHANNELS; /* room for as many as a test asks for */
    o->params.branches = 1;
    for (uint32_t i = 0; i < 2; i++) {
        struct bank_branch *b = &o->params.branch[i];
        memcpy(b->name, i ? "marginal" : "zygomatic", i ? 9 : 10);
        b->trigger = 0;
        b->direct = (uint16_t)(3 * i);
        b->lateral_count = 2;
        b->lateral[0] = (uint16_t)(3 * i + 1);
        b->lateral[1] = (uint16_t)(3 * i + 2);
    }
    o->params.endpoint = (struct endpoint_params){.hold_s = 30.0,
                                                  .min_sweeps = 30,
                                                  .min_m_ratio = 0.5,
                                                  .require_stimulus = true,
                                                  .require_m_wave = true,
                                                  .require_electrodes = true,
                                                  .require_cautery = true,
                                                  .require_phase = true};
    o->found.items = o->items;
    o->found.capacity = FOUND;
    o->params.alarm = (struct alarm_params){
        .train_medium_s = 0.5, .train_high_s = 10.0, .discharge_s = 1.0, .saturated_s = 10.0};
    o->endpoint = malloc(endpoint_size(&o->params));
    o->alarm = malloc(alarm_size(&o->params));
    o->artifact = malloc(artifact_size(&o->params));
    o->free_running = malloc(free_running_size(&o->params));
    o->params.channels = 6;
    o->response = true;
    o->every = 1;
    o->amplitude = 1.0;
    o->m = 1.0;
    o->delivered = TRISTATE_YES;
    restart(o);
    *state = o;
    return 0;
}

int begin_two(void **state)
{
    begin(state);
    struct operation *o = *state;
    o->params.branches = 2;
    restart(o);
    return 0;
}

int end(void **state)
{
    struct operation *o = *state;
    free(o->free_running);
    free(o->artifact);
    free(o->alarm);
    free(o->endpoint);
    free(o);
    return 0;
}

static void tick(struct operation *o)
{
    uint8_t clipped[BANK_CHANNELS] = {0};
    memcpy(clipped, &o->clipped, sizeof o->clipped);
    const struct frame_run run = {.first_index = o->now,
                                  .frames = RATE / 1000,
                                  .channels = o->params.channels,
                                  .stride = block_stride(o->params.channels),
                                  .clipped = clipped};
    o->now += RATE / 1000;
    const uint32_t seen = o->told;
    endpoint_tick(o->endpoint, o->now - 1, o->cautery, &o->found);
    struct finding_list fresh = {
        .count = o->found.count - seen, .capacity = FOUND - seen, .items = o->items + seen};
    struct look_features look;
    struct run_features features = {0};
    gather_run(&run, o->artifact, o->free_running, o->alarm, &look, &features);
    alarm_feed(o->alarm, &features, o->endpoint, &fresh);
    o->found.count = o->told = seen + fresh.count;
}

void pass(struct operation *o, uint64_t to)
{
    while (o->now + RATE / 1000 <= to)
        tick(o);
}

void wait_s(struct operation *o, double seconds)
{
    pass(o, o->now + (uint64_t)(seconds * RATE));
}

void mark_by(struct operation *o, const char *text, const char *by)
{
    struct mark m;
    mark_set(&m, o->now, text, by);
    endpoint_mark(o->endpoint, &m, &o->found);
    alarm_mark(o->alarm, &m, &o->found);
}

void mark(struct operation *o, const char *text)
{
    mark_by(o, text, "NP");
}

/* What the evoked stage would say of one stimulus. */
static struct judged_stimulus judge(struct operation *o, uint64_t stimulus, uint64_t decided)
{
    const bool delivered = o->delivered == TRISTATE_YES;
    const bool learned = o->learned[o->branch];
    struct judged_stimulus s = {
        .branch = (uint8_t)o->branch,
        .stimulus_sample = stimulus,
        .decided_sample = decided,
        .delivered = o->delivered,
        .has_direct = o->params.branch[o->branch].direct != FINDING_NO_CHANNEL,
        .direct_reason = delivered ? o->direct : REASON_STIMULUS,
        .m_uv = 1000.0 * o->m,
        .m_baseline_uv = learned ? 1000.0 : FINDING_UNKNOWN,
        .learned = learned,
        .lateral_count = 2,
    };
    const bool responds = o->response && o->sweeps % o->every == 0 && delivered;
    for (uint32_t i = 0; i < 2; i++) {
        struct judged_channel *c = &s.lateral[i];
        const bool valid = delivered && o->lateral[i] == REASON_NONE;
        c->sweep = (struct finding_sweep){.stimulus_sample = stimulus,
                                          .channel = o->params.branch[o->branch].lateral[i],
                                          .reason = delivered ? o->lateral[i] : REASON_STIMULUS};
        c->sweep.present = !valid ? TRISTATE_UNKNOWN : responds ? TRISTATE_YES : TRISTATE_NO;
        c->sweep.amplitude_uv = !valid ? FINDING_UNKNOWN : responds ? 200.0 * o->amplitude : 8.0;
        c->learned = learned;
        c->elicited = learned;
        c->baseline_uv = learned ? 200.0 : FINDING_UNKNOWN;
        s.valid = s.valid || valid;
    }
    s.response = s.valid && responds;
    o->searched[o->branch] += s.valid;
    o->found_in_search[o->branch] += s.response;
    s.baseline_valid = o->searched[o->branch];
    s.baseline_responses = o->found_in_search[o->branch];
    if (!learned && s.valid && o->response && ++o->learning[o->branch] >= 20)
        o->learned[o->branch] = true;
    return s;
}

void sweeps(struct operation *o, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t stimulus = o->now;
        pass(o, stimulus + WINDOW);
        const struct judged_stimulus s = judge(o, stimulus, o->now - 1);
        o->sweeps++;
        endpoint_sweep(o->endpoint, &s, &o->found);
        pass(o, stimulus + STEP);
    }
}

void stimulate_s(struct operation *o, double seconds)
{
    sweeps(o, (uint32_t)(seconds * RATE / STEP));
}

enum endpoint_state now_is(const struct operation *o)
{
    return endpoint_state_of(o->endpoint, (uint8_t)o->branch);
}

const struct finding *change_to(const struct operation *o, enum endpoint_state to)
{
    for (uint32_t i = o->found.count; i-- > 0;)
        if (o->items[i].type == FINDING_ENDPOINT && o->items[i].endpoint.state == to)
            return &o->items[i];
    return NULL;
}

uint32_t alarms(const struct operation *o, enum alarm_id id, bool raised)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->found.count; i++)
        n += o->items[i].type == FINDING_ALARM && o->items[i].alarm.id == id &&
             o->items[i].alarm.raised == raised;
    return n;
}

const struct finding *alarm_of(const struct operation *o, enum alarm_id id)
{
    for (uint32_t i = o->found.count; i-- > 0;)
        if (o->items[i].type == FINDING_ALARM && o->items[i].alarm.id == id)
            return &o->items[i];
    return NULL;
}

const struct finding_check *check_of(const struct finding_evidence *e, enum endpoint_check id)
{
    for (uint32_t i = 0; i < e->check_count; i++)
        if (e->checks[i].id == id)
            return &e->checks[i];
    fail();
    return NULL;
}

void take_baseline(struct operation *o)
{
    sweeps(o, 30);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
}

void reach(struct operation *o)
{
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->response = false;
    stimulate_s(o, 33);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}
