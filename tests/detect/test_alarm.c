/* SPDX-License-Identifier: Apache-2.0 */
/* Alarm conditions: each is raised by its cause, once, and cleared when that is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detect/bank.h"
#include "tests/detect/operation.h"

static void the_endpoint_is_told_once_and_taken_back_by_a_recurrence(void **state)
{
    struct operation *o = *state;
    reach(o);
    const struct finding *f = alarm_of(o, ALARM_ENDPOINT_REACHED);
    assert_non_null(f);
    assert_true(f->alarm.raised);
    assert_int_equal(f->alarm.priority, PRIORITY_INFORMATION);
    assert_int_equal(f->alarm.branch, FINDING_NO_BRANCH);
    assert_int_equal(f->decided_sample, change_to(o, ENDPOINT_REACHED)->decided_sample);
    mark(o, "stimulation=off"); /* withheld, and reached again: nothing new was found */
    wait_s(o, 10);
    mark(o, "stimulation=on");
    stimulate_s(o, 40);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    assert_int_equal(alarms(o, ALARM_ENDPOINT_REACHED, true), 1);
    assert_int_equal(alarms(o, ALARM_ENDPOINT_REACHED, false), 0);
    o->response = true;
    stimulate_s(o, 10);
    assert_int_equal(alarms(o, ALARM_ENDPOINT_REACHED, false), 1);
    assert_int_equal(alarms(o, ALARM_LSR_RECURRED, true), 1);
    assert_int_equal(alarm_of(o, ALARM_LSR_RECURRED)->alarm.priority, PRIORITY_MEDIUM);
    assert_int_equal(alarm_of(o, ALARM_LSR_RECURRED)->alarm.branch, 0);
    mark(o, "ack=lsr_recurred");
    wait_s(o, 0.1);
    assert_int_equal(alarms(o, ALARM_LSR_RECURRED, false), 1);
    o->response = false;
    stimulate_s(o, 35);
    assert_int_equal(alarms(o, ALARM_ENDPOINT_REACHED, true), 2);
}

static void a_recurrence_after_a_pause_still_calls(void **state)
{
    struct operation *o = *state;
    reach(o);
    o->cautery = true;
    wait_s(o, 7);
    o->cautery = false;
    stimulate_s(o, 6);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT); /* announced, not reached again yet */
    o->response = true;
    const uint64_t back = o->now;
    stimulate_s(o, 3);
    const struct finding *f = alarm_of(o, ALARM_LSR_RECURRED);
    assert_non_null(f);
    assert_true(f->decided_sample - back < 3 * RATE);
}

static void the_case_is_told_only_after_its_last_branch(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    o->branch = 1;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->branch = 0;
    o->response = false;
    stimulate_s(o, 33);
    assert_int_equal(alarms(o, ALARM_ENDPOINT_REACHED, true), 0);
    o->branch = 1;
    stimulate_s(o, 33);
    assert_int_equal(alarms(o, ALARM_ENDPOINT_REACHED, true), 1);
}

static void a_lost_stimulus_calls_within_three_seconds_and_stops(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    o->delivered = TRISTATE_NO;
    const uint64_t lost = o->now;
    stimulate_s(o, 20);
    const struct finding *f = alarm_of(o, ALARM_STIMULUS_LOST);
    assert_non_null(f);
    assert_true(f->alarm.raised && f->decided_sample - lost < 3 * RATE);
    assert_int_equal(alarms(o, ALARM_STIMULUS_LOST, true), 1);
    o->delivered = TRISTATE_YES;
    stimulate_s(o, 2);
    assert_int_equal(alarms(o, ALARM_STIMULUS_LOST, false), 1);
    mark(o, "stimulation=off");
    wait_s(o, 60);
    assert_int_equal(alarms(o, ALARM_STIMULUS_LOST, true), 1);
}

static void an_electrode_calls_by_its_channel(void **state)
{
    struct operation *o = *state;
    o->params.channels = BANK_CHANNELS;
    o->params.branch[0].lateral[0] = BANK_CHANNELS - 1;
    restart(o);
    take_baseline(o);
    o->lateral[0] = REASON_ELECTRODE;
    const uint64_t off = o->now;
    stimulate_s(o, 10);
    const struct finding *f = alarm_of(o, ALARM_ELECTRODE_OFF);
    assert_non_null(f);
    assert_true(f->alarm.raised && f->decided_sample - off < 3 * RATE);
    assert_int_equal(f->alarm.channel, BANK_CHANNELS - 1);
    assert_int_equal(f->alarm.priority, PRIORITY_MEDIUM);
    o->lateral[0] = REASON_NONE;
    stimulate_s(o, 2);
    assert_false(alarm_of(o, ALARM_ELECTRODE_OFF)->alarm.raised);
    assert_int_equal(alarms(o, ALARM_ELECTRODE_OFF, true), 1);
}

static void a_channel_clipped_for_ten_seconds_is_a_low_alarm(void **state)
{
    struct operation *o = *state;
    o->clipped = 1u << 8 * 2;
    wait_s(o, 9);
    o->clipped = 0;
    wait_s(o, 0.2); /* a short pause is none */
    o->clipped = 1u << 8 * 2;
    wait_s(o, 0.5);
    assert_null(alarm_of(o, ALARM_SATURATED));
    wait_s(o, 1);
    const struct finding *f = alarm_of(o, ALARM_SATURATED);
    assert_non_null(f);
    assert_int_equal(f->alarm.channel, 2);
    assert_int_equal(f->alarm.priority, PRIORITY_LOW);
    o->clipped = 0;
    wait_s(o, 1);
    assert_int_equal(alarms(o, ALARM_SATURATED, false), 1);
}

static void the_device_and_the_recording_call_by_their_marks(void **state)
{
    struct operation *o = *state;
    mark_by(o, "device=lost", "system");
    mark_by(o, "device=lost", "system");
    mark_by(o, "recording=stopped", "system");
    assert_int_equal(alarms(o, ALARM_ACQUISITION_LOST, true), 1);
    assert_int_equal(alarm_of(o, ALARM_ACQUISITION_LOST)->alarm.priority, PRIORITY_MEDIUM);
    assert_int_equal(alarms(o, ALARM_RECORDING_STOPPED, true), 1);
    mark_by(o, "device=back", "system");
    mark_by(o, "recording=resumed", "system");
    assert_int_equal(alarms(o, ALARM_ACQUISITION_LOST, false), 1);
    assert_int_equal(alarms(o, ALARM_RECORDING_STOPPED, false), 1);
}

/* ---- trains, from a signal: one channel, potentials of 100 Hz that merge into a wave */

enum { TRAIN_RATE = 10000, TRAIN_BLOCK = 1000 };

struct trains {
    struct bank *bank;
    struct bank_output *out;
    struct finding items[512];
    struct finding kept[2048];
    uint32_t kept_count;
    uint64_t at;
    uint32_t seed;
    int32_t counts[TRAIN_BLOCK * BLOCK_LANES];
};

static void feed_block(struct trains *t, bool train)
{
    struct sample_block block = {.first_index = t->at,
                                 .frames = TRAIN_BLOCK,
                                 .channels = 1,
                                 .stride = 8,
                                 .counts = t->counts};
    for (uint32_t i = 0; i < TRAIN_BLOCK; i++) {
        double noise = 0.0;
        for (int k = 0; k < 6; k++) {
            t->seed = t->seed * 1664525u + 1013904223u;
            noise += (double)(t->seed >> 8) / 16777216.0 - 0.5;
        }
        const double phase = fmod((double)(t->at + i) / TRAIN_RATE * 100.0, 1.0) - 0.5;
        const double u = phase * 10.0 / 1.2; /* a biphasic potential of 1.2 ms scale */
        const double uv = 4.0 * noise + (train ? 230.0 * u * exp(-u * u) : 0.0);
        t->counts[i * BLOCK_LANES] = (int32_t)lrint(uv * 100.0);
    }
    while (block.frames > 0) {
        t->out->findings = (struct finding_list){.capacity = 512, .items = t->items};
        uint32_t marks;
        const uint32_t taken = bank_feed(t->bank, &block, &marks, t->out);
        block.first_index += taken;
        block.frames -= taken;
        block.counts += taken * BLOCK_LANES;
        for (uint32_t i = 0; i < t->out->findings.count; i++)
            if (t->items[i].type == FINDING_ALARM && t->kept_count < 2048)
                t->kept[t->kept_count++] = t->items[i];
    }
    t->at += TRAIN_BLOCK;
}

static void feed_s(struct trains *t, double seconds, bool train)
{
    for (uint32_t i = 0; i < (uint32_t)(seconds * TRAIN_RATE / TRAIN_BLOCK); i++)
        feed_block(t, train);
}

static const struct finding *kept(const struct trains *t, enum alarm_id id, uint32_t which)
{
    for (uint32_t i = 0; i < t->kept_count; i++)
        if (t->kept[i].alarm.id == id && which-- == 0)
            return &t->kept[i];
    return NULL;
}

static void long_trains_call_while_they_last(void **state)
{
    (void)state;
    struct trains *t = calloc(1, sizeof *t);
    struct bank_params *p = calloc(1, sizeof *p);
    p->rate_hz = TRAIN_RATE;
    p->inputs = p->channels = 1;
    p->scale[0].gain_uv = 0.01;
    p->clip_low[0] = SAMPLE_MIN;
    p->clip_high[0] = SAMPLE_MAX;
    memcpy(p->channel[0].label, "OOR", 4);
    p->channel[0].minus = BANK_NO_INPUT;
    p->artifact = (struct artifact_params){.recovery_s = 0.4, .hum_uv = 150.0};
    p->free_running = (struct free_running_params){.threshold_uv = 20.0, .threshold_ratio = 7.0};
    p->alarm = (struct alarm_params){
        .train_medium_s = 0.5, .train_high_s = 10.0, .discharge_s = 1.0, .saturated_s = 10.0};
    t->bank = bank_init(aligned_alloc(64, bank_size(p)), p);
    t->out = calloc(1, sizeof *t->out);
    t->seed = 7;
    feed_s(t, 10, false);
    assert_int_equal(t->kept_count, 0);
    const uint64_t from = t->at;
    feed_s(t, 4, true);
    const struct finding *medium = kept(t, ALARM_TRAIN_TIME, 0);
    const struct finding *discharge = kept(t, ALARM_NEUROTONIC_DISCHARGE, 0);
    assert_non_null(medium);
    assert_non_null(discharge);
    assert_int_equal(medium->alarm.priority, PRIORITY_MEDIUM);
    assert_in_range((double)(medium->decided_sample - from) / TRAIN_RATE * 1000, 500, 1000);
    assert_in_range((double)(discharge->decided_sample - from) / TRAIN_RATE * 1000, 1000, 1500);
    assert_int_equal(discharge->alarm.channel, 0);
    feed_s(t, 8, true);
    const struct finding *high = kept(t, ALARM_TRAIN_TIME, 1);
    assert_non_null(high);
    assert_true(high->alarm.raised && high->alarm.priority == PRIORITY_HIGH);
    feed_s(t, 30, false);
    assert_false(kept(t, ALARM_NEUROTONIC_DISCHARGE, 1)->alarm.raised);
    assert_null(kept(t, ALARM_TRAIN_TIME, 2));
    feed_s(t, 40, false);
    const struct finding *cleared = kept(t, ALARM_TRAIN_TIME, 2);
    assert_non_null(cleared);
    assert_false(cleared->alarm.raised);
    assert_null(kept(t, ALARM_TRAIN_TIME, 3));
    free(t->out);
    free(t->bank);
    free(t);
    free(p);
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(the_endpoint_is_told_once_and_taken_back_by_a_recurrence),
        ONE(a_recurrence_after_a_pause_still_calls),
        cmocka_unit_test_setup_teardown(the_case_is_told_only_after_its_last_branch, begin_two,
                                        end),
        ONE(a_lost_stimulus_calls_within_three_seconds_and_stops),
        ONE(an_electrode_calls_by_its_channel),
        ONE(a_channel_clipped_for_ten_seconds_is_a_low_alarm),
        ONE(the_device_and_the_recording_call_by_their_marks),
        cmocka_unit_test(long_trains_call_while_they_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
