/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint, led through operations by judged sweeps, marks and time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/detect/operation.h"

/* ---- the path to the endpoint */

static void a_lost_response_reaches_the_endpoint_after_the_hold(void **state)
{
    struct operation *o = *state;
    assert_int_equal(now_is(o), ENDPOINT_SETUP);
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_BASELINE);
    sweeps(o, 9);
    const struct finding_evidence search = endpoint_evidence(o->endpoint, 0).evidence;
    assert_true(search.valid == 10 && search.responses == 10 && search.bound_95 == 1.0);
    assert_true(search.hold_s == 0.0); /* what is not judged yet is no absence */
    take_baseline(o);
    assert_int_equal(change_to(o, ENDPOINT_PRESENT)->endpoint.evidence.valid, 0);
    mark(o, "phase=decompressed");
    sweeps(o, 3);
    const uint64_t gone = o->now;
    o->response = false;
    sweeps(o, 9);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    stimulate_s(o, 30);
    const struct finding *f = change_to(o, ENDPOINT_REACHED);
    assert_non_null(f);
    const double after_s = (double)(f->decided_sample - gone) / RATE;
    assert_true(after_s >= 30.0 && after_s < 31.0);
    const struct finding_evidence *e = &f->endpoint.evidence;
    assert_int_equal(f->endpoint.reason, ENDPOINT_BECAUSE_CHECKS);
    assert_true(e->valid >= 90 && e->responses == 0 && e->since_sample == gone);
    assert_true(e->bound_95 > 0.03 && e->bound_95 < 0.034); /* 1 - 0.05^(1/91) */
    assert_true(e->hold_s >= 30.0 && e->m_ratio == 1.0);
    assert_int_equal(e->channel_count, 2);
    assert_true(e->channels[0].baseline_uv == 200.0 && e->channels[0].now_uv == 8.0);
    for (uint32_t i = 0; i < e->check_count; i++)
        assert_true(e->checks[i].ok || !e->checks[i].required);
    assert_true(endpoint_case_reached(o->endpoint));
}

static void few_sweeps_are_not_enough_however_long_they_take(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->response = false;
    for (uint32_t i = 0; i < 29; i++) {
        sweeps(o, 1);
        o->lateral[0] = o->lateral[1] = REASON_ACTIVITY;
        sweeps(o, 4);
        o->lateral[0] = o->lateral[1] = REASON_NONE;
    }
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

static void run_event(struct operation *o, uint16_t channel, uint64_t start, uint64_t end_sample)
{
    const struct finding_emg_event event = {.kind = EMG_C_TRAIN,
                                            .channels = {channel},
                                            .channel_count = 1,
                                            .start_sample = start,
                                            .end_sample = end_sample};
    endpoint_event(o->endpoint, &event);
}

static void an_event_recognised_later_takes_its_sweeps_out_of_the_count(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->response = false;
    sweeps(o, 20);
    const uint64_t from = o->now;
    sweeps(o, 4);
    const uint64_t to = o->now;
    sweeps(o, 2);
    const struct finding_evidence before = endpoint_evidence(o->endpoint, 0).evidence;
    run_event(o, 4, from, to - STEP / 2); /* a muscle of no branch */
    const struct finding_evidence same = endpoint_evidence(o->endpoint, 0).evidence;
    assert_memory_equal(&same, &before, sizeof same);
    run_event(o, o->params.branch[0].lateral[1], from, to - STEP / 2);
    const struct finding_evidence after = endpoint_evidence(o->endpoint, 0).evidence;
    assert_int_equal(before.valid, 26);
    assert_int_equal(after.valid, 22);
    assert_int_equal(after.taken_out, 4);
    assert_int_equal(after.taken_count, 4);
    assert_true(after.bound_95 > before.bound_95);
    assert_true(after.since_sample == before.since_sample);
    /* the hold begins with the first that is left */
    run_event(o, o->params.branch[0].lateral[0], 0, before.since_sample + STEP / 2);
    const struct finding_evidence later = endpoint_evidence(o->endpoint, 0).evidence;
    assert_true(later.since_sample > before.since_sample && later.valid == 21);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
}

static void an_event_takes_no_response_away(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    const uint64_t from = o->now;
    sweeps(o, 10);
    run_event(o, o->params.branch[0].lateral[0], from, o->now);
    assert_int_equal(endpoint_evidence(o->endpoint, 0).evidence.responses, 10);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
}

static void an_intermittent_response_never_reaches(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->every = 3;
    stimulate_s(o, 120);
    o->every = 8;
    stimulate_s(o, 120);
    o->every = 40; /* absent in between, and still not gone */
    stimulate_s(o, 240);
    assert_null(change_to(o, ENDPOINT_REACHED));
    assert_non_null(change_to(o, ENDPOINT_ABSENT));
}

static void a_smaller_response_is_attenuated_and_no_endpoint(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->amplitude = 0.35;
    stimulate_s(o, 60);
    assert_int_equal(now_is(o), ENDPOINT_ATTENUATED);
    o->amplitude = 0.55; /* within the margin */
    stimulate_s(o, 10);
    assert_int_equal(now_is(o), ENDPOINT_ATTENUATED);
    o->amplitude = 0.9;
    stimulate_s(o, 10);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    assert_null(change_to(o, ENDPOINT_ABSENT));
}

static void without_any_response_it_is_not_elicited_until_taken_again(void **state)
{
    struct operation *o = *state;
    o->response = false;
    sweeps(o, 59);
    assert_int_equal(now_is(o), ENDPOINT_BASELINE);
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_NOT_ELICITED);
    mark(o, "phase=decompressed");
    stimulate_s(o, 60);
    assert_int_equal(now_is(o), ENDPOINT_NOT_ELICITED);
    assert_false(endpoint_case_reached(o->endpoint));
    mark(o, "baseline=take");
    o->searched[0] = o->found_in_search[0] = 0;
    assert_int_equal(now_is(o), ENDPOINT_BASELINE);
    o->response = true;
    take_baseline(o);
}

static void a_branch_without_a_direct_channel_is_judged_and_never_reached(void **state)
{
    struct operation *o = *state;
    o->params.branch[0].direct = FINDING_NO_CHANNEL;
    restart(o);
    o->delivered = TRISTATE_YES;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->response = false;
    stimulate_s(o, 60);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    const struct finding_endpoint f = endpoint_evidence(o->endpoint, 0);
    assert_false(check_of(&f.evidence, CHECK_DIRECT)->ok);
}

/* ---- early loss and marks */

static void lost_before_decompression_is_early_after_ten_sweeps(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=dura_open");
    o->response = false;
    sweeps(o, 10);
    assert_int_equal(now_is(o), ENDPOINT_EARLY_LOSS);
    wait_s(o, 0.1);
    stimulate_s(o, 60);
    mark(o, "phase=decompressed");
    stimulate_s(o, 60);
    assert_int_equal(now_is(o), ENDPOINT_EARLY_LOSS);
    assert_null(change_to(o, ENDPOINT_REACHED));
    o->response = true;
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    o->response = false; /* and lost again, now after it */
    stimulate_s(o, 33);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

static void a_mark_made_late_judges_the_loss_again(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    o->response = false;
    sweeps(o, 30);
    assert_int_equal(now_is(o), ENDPOINT_EARLY_LOSS);
    mark(o, "phase=decompressed since=-5s");
    assert_int_equal(now_is(o), ENDPOINT_EARLY_LOSS);
    mark(o, "phase=decompressed since=-20s");
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    assert_int_equal(change_to(o, ENDPOINT_ABSENT)->endpoint.reason, ENDPOINT_BECAUSE_PHASE);
    stimulate_s(o, 21);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

static void undoing_the_mark_takes_the_endpoint_back(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    const uint64_t marked = o->now;
    o->response = false;
    stimulate_s(o, 33);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    mark(o, "undo=1");
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    char text[40] = "undo=";
    for (uint64_t v = marked, p = 1000000; p; p /= 10)
        text[strlen(text)] = (char)('0' + v / p % 10);
    mark(o, text);
    assert_int_equal(now_is(o), ENDPOINT_EARLY_LOSS);
    assert_false(endpoint_case_announced(o->endpoint));
    mark(o, "phase=decompressed since=-1min");
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
}

static void a_phase_that_is_not_required_is_not_waited_for(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "set=endpoint.require_phase=no");
    o->response = false;
    stimulate_s(o, 33);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

static void a_named_person_confirms_or_rejects(void **state)
{
    struct operation *o = *state;
    mark(o, "confirm");
    reach(o);
    mark_by(o, "confirm", "");
    mark_by(o, "confirm", "system");
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    mark(o, "confirm");
    assert_int_equal(now_is(o), ENDPOINT_CONFIRMED);
    stimulate_s(o, 20);
    assert_int_equal(now_is(o), ENDPOINT_CONFIRMED);
    mark(o, "reject");
    assert_int_equal(now_is(o), ENDPOINT_REJECTED);
    sweeps(o, 9);
    assert_int_equal(now_is(o), ENDPOINT_REJECTED);
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    stimulate_s(o, 25);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT); /* the count has restarted */
    stimulate_s(o, 4);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

static void a_changed_threshold_takes_the_endpoint_back(void **state)
{
    struct operation *o = *state;
    reach(o);
    mark(o, "set=web.port=8080");
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    mark(o, "set=response.min_amplitude=15 uV");
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    assert_int_equal(change_to(o, ENDPOINT_ABSENT)->endpoint.reason,
                     ENDPOINT_BECAUSE_CONFIGURATION);
    mark(o, "set=endpoint.hold=60 s was=30 s");
    stimulate_s(o, 58);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    stimulate_s(o, 4);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

static void configured_checks_are_required_and_others_only_shown(void **state)
{
    struct operation *o = *state;
    mark(o, "intensity=20mA");
    take_baseline(o);
    mark(o, "phase=decompressed");
    mark(o, "set=endpoint.require_intensity=yes");
    mark(o, "set=endpoint.require_train_of_four=yes");
    mark(o, "set=endpoint.require_anaesthetic=yes");
    mark(o, "anaesthetic");
    o->response = false;
    stimulate_s(o, 40);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    mark(o, "intensity=30mA");
    stimulate_s(o, 2);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    mark(o, "tof=3");
    stimulate_s(o, 2);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    const struct finding_endpoint f = endpoint_evidence(o->endpoint, 0);
    assert_true(check_of(&f.evidence, CHECK_INTENSITY)->limit == 20.0);
    assert_false(check_of(&f.evidence, CHECK_ANAESTHETIC)->ok);
    stimulate_s(o, 15 * 60);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

/* ---- recurrence */

static void three_responses_of_ten_are_a_recurrence(void **state)
{
    struct operation *o = *state;
    reach(o);
    o->response = true;
    sweeps(o, 2);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    const uint64_t third = o->now;
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_RECURRED);
    assert_true(change_to(o, ENDPOINT_RECURRED)->decided_sample - third < RATE / 10);
    assert_true(endpoint_recurred(o->endpoint, 0));
    assert_false(endpoint_case_announced(o->endpoint));
    sweeps(o, 5);
    assert_int_equal(now_is(o), ENDPOINT_RECURRED);
    mark(o, "ack=stimulus_lost");
    assert_int_equal(now_is(o), ENDPOINT_RECURRED);
    mark(o, "ack=lsr_recurred");
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    assert_false(endpoint_recurred(o->endpoint, 0));
}

static void a_recurrence_nobody_acknowledges_is_judged_after_ten_more(void **state)
{
    struct operation *o = *state;
    reach(o);
    o->response = true;
    sweeps(o, 12);
    assert_int_equal(now_is(o), ENDPOINT_RECURRED);
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    assert_true(endpoint_recurred(o->endpoint, 0)); /* still calls somebody */
    o->response = false;
    sweeps(o, 10);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    assert_false(endpoint_recurred(o->endpoint, 0));
    stimulate_s(o, 31);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

static void a_single_response_does_not_take_the_endpoint_back(void **state)
{
    struct operation *o = *state;
    reach(o);
    o->response = true;
    sweeps(o, 1);
    o->response = false;
    stimulate_s(o, 30);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

/* ---- withheld */

static void pulses_without_current_withhold_and_call(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->delivered = TRISTATE_NO;
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    assert_int_equal(change_to(o, ENDPOINT_WITHHELD)->endpoint.reason, ENDPOINT_BECAUSE_STIMULUS);
    assert_false(endpoint_stimulus_lost(o->endpoint, 0));
    sweeps(o, 1);
    assert_true(endpoint_stimulus_lost(o->endpoint, 0));
    stimulate_s(o, 120);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    o->delivered = TRISTATE_YES;
    o->response = false;
    sweeps(o, 2);
    assert_false(endpoint_stimulus_lost(o->endpoint, 0));
    stimulate_s(o, 10);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    assert_int_equal(change_to(o, ENDPOINT_ABSENT)->endpoint.reason, ENDPOINT_BECAUSE_RECOVERED);
}

static void a_stimulator_that_falls_silent_withholds_within_a_second(void **state)
{
    struct operation *o = *state;
    wait_s(o, 20); /* nothing is missed before the first stimulus */
    assert_false(endpoint_stimulus_lost(o->endpoint, 0));
    take_baseline(o);
    const uint64_t last = o->now - STEP;
    wait_s(o, 3);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    const uint64_t said = change_to(o, ENDPOINT_WITHHELD)->decided_sample;
    assert_true(said - last >= RATE && said - last < RATE + RATE / 50);
    assert_true(endpoint_stimulus_lost(o->endpoint, 0));
    sweeps(o, 1);
    assert_false(endpoint_stimulus_lost(o->endpoint, 0));
    sweeps(o, 8);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
}

static void a_paused_stimulator_is_withheld_in_silence(void **state)
{
    struct operation *o = *state;
    reach(o);
    mark(o, "stimulation=off");
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    assert_int_equal(change_to(o, ENDPOINT_WITHHELD)->endpoint.reason,
                     ENDPOINT_BECAUSE_STIMULATION);
    wait_s(o, 60);
    assert_false(endpoint_stimulus_lost(o->endpoint, 0));
    mark(o, "stimulation=on");
    sweeps(o, 10);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    wait_s(o, 3); /* on was said: now silence is not meant */
    assert_true(endpoint_stimulus_lost(o->endpoint, 0));
}

static void pauses_that_nobody_marks_call_once_an_hour(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    uint32_t calls = 0;
    for (uint32_t i = 0; i < 10; i++) {
        wait_s(o, 60);
        calls += endpoint_stimulus_lost(o->endpoint, 0);
        sweeps(o, 20);
    }
    assert_int_equal(calls, 1);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
}

static void artifacts_that_vanish_are_a_lost_stimulus_every_time(void **state)
{
    struct operation *o = *state;
    o->params.branch[0].trigger = BANK_NO_INPUT;
    restart(o);
    take_baseline(o);
    for (uint32_t i = 0; i < 3; i++) {
        wait_s(o, 3);
        assert_true(endpoint_stimulus_lost(o->endpoint, 0));
        sweeps(o, 20);
    }
    o->cautery = true; /* hides them */
    wait_s(o, 4);
    o->cautery = false;
    assert_false(endpoint_stimulus_lost(o->endpoint, 0));
    sweeps(o, 5);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
}

static void an_m_wave_below_half_withholds_within_two_seconds(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->m = 0.3;
    o->response = false;
    sweeps(o, 6);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    assert_int_equal(change_to(o, ENDPOINT_WITHHELD)->endpoint.reason, ENDPOINT_BECAUSE_M_WAVE);
    stimulate_s(o, 100);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    assert_false(endpoint_stimulus_lost(o->endpoint, 0));
    o->m = 0.52; /* not out of doubt yet */
    stimulate_s(o, 20);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    o->m = 0.9;
    o->response = true;
    stimulate_s(o, 5);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
}

static void an_electrode_that_the_endpoint_needs_withholds_and_calls(void **state)
{
    struct operation *o = *state;
    reach(o);
    o->lateral[1] = REASON_ELECTRODE;
    sweeps(o, 2);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    assert_int_equal(change_to(o, ENDPOINT_WITHHELD)->endpoint.reason, ENDPOINT_BECAUSE_ELECTRODE);
    sweeps(o, 1);
    assert_int_equal(endpoint_electrodes_off(o->endpoint)[0], 1 << 2);
    stimulate_s(o, 60);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    o->lateral[1] = REASON_NONE;
    o->response = true;
    stimulate_s(o, 5);
    assert_int_equal(endpoint_electrodes_off(o->endpoint)[0], 0);
    assert_int_equal(now_is(o), ENDPOINT_RECURRED); /* it had been reached */
}

static void a_saturated_amplifier_and_a_lost_device_withhold(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    o->lateral[0] = REASON_SATURATED;
    sweeps(o, 3);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    assert_int_equal(change_to(o, ENDPOINT_WITHHELD)->endpoint.reason, ENDPOINT_BECAUSE_SATURATION);
    o->lateral[0] = REASON_NONE;
    sweeps(o, 10);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    mark_by(o, "device=lost", "system");
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    o->now += 20 * RATE;
    mark_by(o, "device=back", "system");
    sweeps(o, 9);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    sweeps(o, 1);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    assert_false(endpoint_stimulus_lost(o->endpoint, 0));
}

static void cautery_in_the_hold_restarts_it(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->response = false;
    stimulate_s(o, 20);
    o->cautery = true;
    o->lateral[0] = o->lateral[1] = o->direct = REASON_ARTIFACT;
    stimulate_s(o, 3);
    o->cautery = false;
    o->lateral[0] = o->lateral[1] = o->direct = REASON_NONE;
    const uint64_t over = o->now;
    stimulate_s(o, 29);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    stimulate_s(o, 3);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    assert_true(change_to(o, ENDPOINT_REACHED)->decided_sample - over < 31 * RATE);
    assert_null(change_to(o, ENDPOINT_WITHHELD));
    o->cautery = true;
    wait_s(o, 6); /* too long without a look */
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    assert_int_equal(change_to(o, ENDPOINT_WITHHELD)->endpoint.reason, ENDPOINT_BECAUSE_CAUTERY);
}

static void under_a_relaxant_absence_proves_nothing_and_presence_does(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    mark(o, "relaxant");
    stimulate_s(o, 20);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    o->response = false;
    stimulate_s(o, 60);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    assert_int_equal(change_to(o, ENDPOINT_WITHHELD)->endpoint.reason, ENDPOINT_BECAUSE_RELAXANT);
    mark(o, "tof=1");
    stimulate_s(o, 60);
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    mark(o, "tof=2");
    stimulate_s(o, 5);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    stimulate_s(o, 30);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    mark(o, "relaxant");
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    assert_null(change_to(o, ENDPOINT_EARLY_LOSS));
}

static void an_m_wave_that_comes_back_ends_a_relaxant(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    mark(o, "relaxant");
    o->m = 0.6;
    stimulate_s(o, 20);
    o->m = 0.95;
    stimulate_s(o, 20);
    o->response = false;
    stimulate_s(o, 33);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

static void frames_lost_for_long_restart_the_hold(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->response = false;
    stimulate_s(o, 25);
    o->now += 2 * RATE;
    stimulate_s(o, 28);
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    assert_false(endpoint_stimulus_lost(o->endpoint, 0));
    stimulate_s(o, 4);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

/* ---- several branches */

static void the_case_waits_for_its_last_branch(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    o->branch = 1;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->branch = 0;
    o->response = false;
    stimulate_s(o, 33);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    assert_false(endpoint_case_reached(o->endpoint));
    wait_s(o, 20); /* the stimulator is moved */
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    mark(o, "branch=marginal");
    o->branch = 1;
    stimulate_s(o, 33);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    assert_true(endpoint_case_reached(o->endpoint));
    assert_true(endpoint_case_announced(o->endpoint));
    o->response = true;
    sweeps(o, 3);
    assert_false(endpoint_case_announced(o->endpoint));
    o->branch = 0;
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

static void a_branch_not_stimulated_for_five_minutes_is_withheld(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    o->branch = 1;
    take_baseline(o);
    stimulate_s(o, 280);
    o->branch = 0;
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    o->branch = 1;
    stimulate_s(o, 30);
    assert_int_equal(now_is(o), ENDPOINT_PRESENT);
    o->branch = 0;
    assert_int_equal(now_is(o), ENDPOINT_WITHHELD);
    assert_false(endpoint_stimulus_lost(o->endpoint, 0));
}

static void a_copy_of_the_memory_goes_on_alike(void **state)
{
    struct operation *o = *state;
    take_baseline(o);
    mark(o, "phase=decompressed");
    o->response = false;
    stimulate_s(o, 20);
    struct endpoint *copy = malloc(endpoint_size(&o->params));
    memcpy(copy, o->endpoint, endpoint_size(&o->params));
    free(o->endpoint);
    o->endpoint = copy;
    stimulate_s(o, 13);
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define TWO(test) cmocka_unit_test_setup_teardown(test, begin_two, end)

static void a_channel_switched_off_takes_the_endpoint_back(void **state)
{
    struct operation *o = *state;
    snprintf(o->params.channel[1].label, sizeof o->params.channel[1].label, "MENT");
    snprintf(o->params.channel[5].label, sizeof o->params.channel[5].label, "MENT left");
    restart(o);
    reach(o);
    mark(o, "channel_off=NOBODY gone");
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    mark(o, "channel_off=MENT left"); /* the other channel, which no branch of this case rests on */
    assert_int_equal(now_is(o), ENDPOINT_REACHED);
    mark(o, "channel_off=MENT needle out");
    assert_int_equal(now_is(o), ENDPOINT_ABSENT);
    assert_int_equal(change_to(o, ENDPOINT_ABSENT)->endpoint.reason, ENDPOINT_BECAUSE_CONFIGURATION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(a_lost_response_reaches_the_endpoint_after_the_hold),
        ONE(a_channel_switched_off_takes_the_endpoint_back),
        ONE(few_sweeps_are_not_enough_however_long_they_take),
        ONE(an_event_recognised_later_takes_its_sweeps_out_of_the_count),
        ONE(an_event_takes_no_response_away),
        ONE(an_intermittent_response_never_reaches),
        ONE(a_smaller_response_is_attenuated_and_no_endpoint),
        ONE(without_any_response_it_is_not_elicited_until_taken_again),
        ONE(a_branch_without_a_direct_channel_is_judged_and_never_reached),
        ONE(lost_before_decompression_is_early_after_ten_sweeps),
        ONE(a_mark_made_late_judges_the_loss_again),
        ONE(undoing_the_mark_takes_the_endpoint_back),
        ONE(a_phase_that_is_not_required_is_not_waited_for),
        ONE(a_named_person_confirms_or_rejects),
        ONE(a_changed_threshold_takes_the_endpoint_back),
        ONE(configured_checks_are_required_and_others_only_shown),
        ONE(three_responses_of_ten_are_a_recurrence),
        ONE(a_recurrence_nobody_acknowledges_is_judged_after_ten_more),
        ONE(a_single_response_does_not_take_the_endpoint_back),
        ONE(pulses_without_current_withhold_and_call),
        ONE(a_stimulator_that_falls_silent_withholds_within_a_second),
        ONE(a_paused_stimulator_is_withheld_in_silence),
        ONE(pauses_that_nobody_marks_call_once_an_hour),
        ONE(artifacts_that_vanish_are_a_lost_stimulus_every_time),
        ONE(an_m_wave_below_half_withholds_within_two_seconds),
        ONE(an_electrode_that_the_endpoint_needs_withholds_and_calls),
        ONE(a_saturated_amplifier_and_a_lost_device_withhold),
        ONE(cautery_in_the_hold_restarts_it),
        ONE(under_a_relaxant_absence_proves_nothing_and_presence_does),
        ONE(an_m_wave_that_comes_back_ends_a_relaxant),
        ONE(frames_lost_for_long_restart_the_hold),
        TWO(the_case_waits_for_its_last_branch),
        TWO(a_branch_not_stimulated_for_five_minutes_is_withheld),
        ONE(a_copy_of_the_memory_goes_on_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
