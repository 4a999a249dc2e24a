/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts on sweeps: right on a patient whose truth is known, and the same patient whatever the
 * gain, polarity and offset of the amplifier (channel order and a slower one: test_same.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detect/bank.h"
#include "tests/detect/patient.h"

enum { LEARNING = 20 };

struct tally {
    uint32_t present, absent, undecided, invalid, wrong;
    uint32_t delivered, not_delivered, unknown;
    double onset_ms, amplitude_uv; /* means of those present */
    struct finding *findings;
    uint32_t count;
};

static struct tally judge(const struct patient *p, const struct bank_params *params)
{
    struct tally t = {0};
    uint64_t frames = 0;
    int32_t *counts = patient_make(p, &frames);
    t.findings = patient_findings(params, counts, frames, 480, &t.count);
    free(counts);
    for (uint32_t i = 0; i < t.count; i++) {
        const struct finding *f = &t.findings[i];
        if (f->type == FINDING_STIMULUS) {
            t.delivered += f->stimulus.delivered == TRISTATE_YES;
            t.not_delivered += f->stimulus.delivered == TRISTATE_NO;
            t.unknown += f->stimulus.delivered == TRISTATE_UNKNOWN;
        }
        if (f->type != FINDING_SWEEP || f->sweep.role != SWEEP_LSR)
            continue;
        const struct finding_sweep *s = &f->sweep;
        const double at_s = (double)s->stimulus_sample / p->rate_hz;
        const bool truly = p->lsr_uv > 0.0 && (p->lsr_until_s <= 0.0 || at_s < p->lsr_until_s);
        t.invalid += s->reason != REASON_NONE;
        t.undecided += s->reason == REASON_NONE && s->present == TRISTATE_UNKNOWN;
        t.present += s->present == TRISTATE_YES;
        t.absent += s->present == TRISTATE_NO;
        if (s->present != TRISTATE_UNKNOWN && s->reason == REASON_NONE)
            t.wrong += (s->present == TRISTATE_YES) != truly;
        if (s->present == TRISTATE_YES) {
            t.onset_ms += s->onset_ms;
            t.amplitude_uv += s->amplitude_uv;
        }
    }
    t.onset_ms /= t.present;
    t.amplitude_uv /= t.present;
    return t;
}

static struct patient operation(void)
{
    struct patient p = patient_usual();
    p.seconds = 26.0;
    p.lsr_until_s = 17.0;
    return p;
}

/* Peak to peak of the generator's response without jitter. */
static double size_of_response(const struct patient *p)
{
    double low = 0.0, high = 0.0;
    for (double ms = 5.0; ms < 25.0; ms += 0.01) {
        double v = 0.0;
        for (int k = 0; k < 3; k++)
            v += 0.5 * p->lsr_uv * patient_potential(ms - 11.5 - 0.9 * k, 0.45 + 0.08 * k);
        low = fmin(low, v);
        high = fmax(high, v);
    }
    return high - low;
}

static void a_response_and_its_loss_are_seen_sweep_by_sweep(void **state)
{
    (void)state;
    const struct patient p = operation();
    const struct bank_params params = patient_params(&p);
    const struct tally t = judge(&p, &params);
    assert_int_equal(t.wrong, 0);
    assert_int_equal(t.invalid, 0);
    assert_int_equal(t.undecided, 2 * LEARNING);
    assert_true(t.present > 50 && t.absent > 45);
    /* jitter and independent sizes move the mean a little */
    assert_true(fabs(t.amplitude_uv / size_of_response(&p) - 1.0) < 0.15);
    assert_int_equal(t.not_delivered + t.unknown, 0);
    free(t.findings);
}

static void a_small_response_over_a_strong_m_wave_is_told_from_it(void **state)
{
    (void)state;
    struct patient p = operation();
    p.lsr_uv = 45.0;
    p.spread = 0.08; /* the carried M wave is 120 uV, and stays */
    const struct bank_params params = patient_params(&p);
    const struct tally t = judge(&p, &params);
    assert_int_equal(t.wrong, 0);
    free(t.findings);
}

static void without_a_response_nothing_is_seen(void **state)
{
    (void)state;
    struct patient p = operation();
    p.lsr_uv = 0.0;
    p.spread = 0.05;
    const struct bank_params params = patient_params(&p);
    const struct tally t = judge(&p, &params);
    assert_int_equal(t.wrong, 0);
    assert_int_equal(t.present, 0);
    free(t.findings);
}

static void stimuli_without_a_trigger_are_found_by_their_artifact(void **state)
{
    (void)state;
    const struct patient p = operation();
    struct bank_params params = patient_params(&p);
    const struct tally with = judge(&p, &params);
    params.branch[0].trigger = BANK_NO_INPUT;
    const struct tally without = judge(&p, &params);
    assert_int_equal(without.delivered, with.delivered);
    assert_int_equal(without.wrong, 0);
    uint32_t k = 0;
    for (uint32_t i = 0; i < without.count; i++) {
        if (without.findings[i].type != FINDING_STIMULUS)
            continue;
        while (with.findings[k].type != FINDING_STIMULUS)
            k++;
        assert_int_equal(without.findings[i].stimulus.sample, with.findings[k++].stimulus.sample);
        assert_int_equal(without.findings[i].stimulus.source, STIMULUS_FROM_ARTIFACT);
    }
    free(with.findings);
    free(without.findings);
}

/* The same sweeps with the same verdicts; sizes within a part, onsets within a sample of the usual
 * patient. */
static void assert_same_verdicts(const struct tally *x, const struct tally *y)
{
    uint32_t k = 0;
    for (uint32_t i = 0; i < x->count; i++) {
        if (x->findings[i].type != FINDING_SWEEP || x->findings[i].sweep.role != SWEEP_LSR)
            continue;
        while (y->findings[k].type != FINDING_SWEEP || y->findings[k].sweep.role != SWEEP_LSR)
            k++;
        const struct finding_sweep *a = &x->findings[i].sweep, *b = &y->findings[k++].sweep;
        assert_int_equal(a->stimulus_sample, b->stimulus_sample);
        assert_int_equal(a->reason, b->reason);
        assert_int_equal(a->present, b->present);
        if (a->present != TRISTATE_YES)
            continue;
        assert_true(fabs(a->amplitude_uv - b->amplitude_uv) < 0.01 * a->amplitude_uv);
        assert_true(fabs(a->onset_ms - b->onset_ms) < 0.051);
    }
}

/* The next finding of a kind that is more than one channel's number. */
static const struct finding *next_of_whole(const struct tally *t, uint32_t *i)
{
    for (; *i < t->count; ++*i) {
        const enum finding_type type = t->findings[*i].type;
        if (type == FINDING_STIMULUS || type == FINDING_ENDPOINT || type == FINDING_ALARM ||
            type == FINDING_EMG_EVENT || type == FINDING_ARTIFACT)
            return &t->findings[(*i)++];
    }
    return NULL;
}

/* The same stimuli, states, alarms, events and artifacts, at the same samples. */
static void assert_same_case(const struct tally *x, const struct tally *y)
{
    uint32_t i = 0, k = 0;
    for (;;) {
        const struct finding *a = next_of_whole(x, &i), *b = next_of_whole(y, &k);
        assert_true((a == NULL) == (b == NULL));
        if (!a)
            return;
        assert_int_equal(a->type, b->type);
        assert_int_equal(a->decided_sample, b->decided_sample);
        if (a->type == FINDING_STIMULUS) {
            assert_int_equal(a->stimulus.sample, b->stimulus.sample);
            assert_int_equal(a->stimulus.delivered, b->stimulus.delivered);
        } else if (a->type == FINDING_ENDPOINT) {
            assert_int_equal(a->endpoint.state, b->endpoint.state);
            assert_int_equal(a->endpoint.evidence.valid, b->endpoint.evidence.valid);
        } else if (a->type == FINDING_ALARM) {
            assert_int_equal(a->alarm.id, b->alarm.id);
        } else if (a->type == FINDING_EMG_EVENT) {
            assert_int_equal(a->emg_event.kind, b->emg_event.kind);
        }
    }
}

static void a_polarity_that_alternates_changes_no_verdict(void **state)
{
    (void)state;
    struct patient p = operation();
    p.alternates = true;
    p.spread = 0.05;
    struct bank_params params = patient_params(&p);
    for (int i = 0; i < 2; i++) {
        const struct tally t = judge(&p, &params);
        assert_int_equal(t.wrong, 0);
        assert_int_equal(t.invalid, 0);
        assert_true(t.present > 50 && t.absent > 45);
        assert_int_equal(t.not_delivered + t.unknown, 0);
        free(t.findings);
        params.branch[0].trigger = BANK_NO_INPUT; /* and again without a trigger */
    }
}

static void a_long_pulse_is_no_cautery(void **state)
{
    (void)state;
    struct patient p = operation();
    p.pulse_ms = 0.95;
    p.m_ms = 5.0; /* begins where the pulse ends */
    p.spread = 0.05;
    const struct bank_params params = patient_params(&p);
    const struct tally t = judge(&p, &params);
    assert_int_equal(t.wrong, 0);
    assert_int_equal(t.invalid, 0);
    assert_true(t.present > 50 && t.absent > 45);
    free(t.findings);
}

static void a_pulse_that_clips_spoils_nothing_behind_it(void **state)
{
    (void)state;
    struct patient p = operation();
    p.counts_per_uv = 8000.0; /* full scale 1 mV: under the artifact, over the M wave */
    const struct bank_params params = patient_params(&p);
    const struct tally t = judge(&p, &params);
    assert_int_equal(t.wrong, 0);
    assert_int_equal(t.invalid, 0);
    assert_true(t.present > 50 && t.absent > 45);
    assert_int_equal(t.not_delivered + t.unknown, 0);
    free(t.findings);
}

static void gain_polarity_and_offset_change_no_verdict(void **state)
{
    (void)state;
    struct patient usual = operation();
    usual.counts_per_uv = 300.0; /* 2.8 mV of full scale at ten times the gain: nothing clips */
    const struct bank_params params = patient_params(&usual);
    const struct tally t = judge(&usual, &params);
    struct patient other[4] = {usual, usual, usual, usual};
    other[0].gain = 0.1;
    other[1].gain = 10.0;
    other[2].inverted = true;
    other[3].offset_uv = 5000.0;
    for (int i = 0; i < 4; i++) {
        const struct bank_params changed = patient_params(&other[i]);
        const struct tally u = judge(&other[i], &changed);
        assert_same_verdicts(&t, &u);
        assert_same_case(&t, &u);
        free(u.findings);
    }
    free(t.findings);
}

static void any_rate_from_four_kilohertz_on_gives_right_verdicts(void **state)
{
    (void)state;
    const uint32_t rates[] = {4000, 10000, 11025, 12000, 48000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct patient p = operation();
        p.rate_hz = rates[i];
        p.seconds = 20.0;
        p.lsr_until_s = 14.0;
        const struct bank_params params = patient_params(&p);
        const struct tally t = judge(&p, &params);
        if (t.wrong > 0 || t.invalid > 0 || t.absent < 20)
            fail_msg("%u Hz: %u wrong, %u invalid, %u absent", rates[i], t.wrong, t.invalid,
                     t.absent);
        free(t.findings);
    }
}

static void too_low_a_rate_says_so(void **state)
{
    (void)state;
    struct patient p = patient_usual();
    p.rate_hz = 2000;
    p.seconds = 5.0;
    const struct bank_params params = patient_params(&p);
    const struct tally t = judge(&p, &params);
    for (uint32_t i = 0; i < t.count; i++)
        if (t.findings[i].type == FINDING_SWEEP)
            assert_int_equal(t.findings[i].sweep.reason, REASON_RATE);
    free(t.findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_response_and_its_loss_are_seen_sweep_by_sweep),
        cmocka_unit_test(a_small_response_over_a_strong_m_wave_is_told_from_it),
        cmocka_unit_test(without_a_response_nothing_is_seen),
        cmocka_unit_test(stimuli_without_a_trigger_are_found_by_their_artifact),
        cmocka_unit_test(a_polarity_that_alternates_changes_no_verdict),
        cmocka_unit_test(a_long_pulse_is_no_cautery),
        cmocka_unit_test(a_pulse_that_clips_spoils_nothing_behind_it),
        cmocka_unit_test(gain_polarity_and_offset_change_no_verdict),
        cmocka_unit_test(any_rate_from_four_kilohertz_on_gives_right_verdicts),
        cmocka_unit_test(too_low_a_rate_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
