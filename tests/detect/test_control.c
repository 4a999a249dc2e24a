/* SPDX-License-Identifier: Apache-2.0 */
/* The control channel: judged as an LSR channel is, it warns where it responds, and changes nothing
 * of what the others say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "protocol/finding_json.h"
#include "tests/detect/operation.h"
#include "tests/detect/patient.h"

enum { FRONT, OOC, OOR, MENT };

struct journal {
    struct finding *items;
    uint32_t count;
};

static struct journal judge(const struct bank_params *params, const struct patient *p)
{
    uint64_t frames = 0;
    int32_t *counts = patient_make(p, &frames);
    struct journal j;
    j.items = patient_findings(params, counts, frames, 480, &j.count);
    free(counts);
    return j;
}

static struct patient operation(void)
{
    struct patient p = patient_usual();
    p.seconds = 26.0;
    p.lsr_until_s = 17.0;
    return p;
}

/* One lateral channel; the control is another one. */
static struct bank_params with_control(const struct patient *p, uint16_t lateral, uint16_t control)
{
    struct bank_params params = patient_params(p);
    params.branch[0].lateral_count = 1;
    params.branch[0].lateral[0] = lateral;
    params.branch[0].control_count = 1;
    params.branch[0].lateral[1] = control;
    return params;
}

static bool is_of_control(const struct finding *f)
{
    return (f->type == FINDING_SWEEP && f->sweep.role == SWEEP_CONTROL) ||
           (f->type == FINDING_ALARM && f->alarm.id == ALARM_CONTROL_RESPONSE);
}

static uint32_t count_of_control(const struct journal *j, enum finding_type type)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < j->count; i++)
        count += j->items[i].type == type && is_of_control(&j->items[i]);
    return count;
}

static void assert_same_line(const struct finding *x, const struct finding *y)
{
    static const struct finding_context context = {.rate_hz = 20000,
                                                   .channel_count = PATIENT_CHANNELS,
                                                   .labels = {"FRONT", "OOC", "OOR", "MENT", "MASS"},
                                                   .branch_count = 1,
                                                   .branches = {"zygomatic"}};
    static char first[FINDING_LINE], second[FINDING_LINE];
    first[finding_json_line(&context, x, first)] = 0;
    second[finding_json_line(&context, y, second)] = 0;
    assert_string_equal(first, second);
}

/* The findings that are not of the control are printed the same in both. */
static void assert_the_rest_is_the_same(const struct journal *without, const struct journal *with)
{
    uint32_t k = 0;
    for (uint32_t i = 0; i < with->count; i++) {
        struct finding f = with->items[i];
        if (is_of_control(&f))
            continue;
        assert_true(k < without->count);
        if (f.type == FINDING_SUMMARY)
            f.summary.alarm_count[ALARM_CONTROL_RESPONSE] = 0;
        assert_same_line(&f, &without->items[k++]);
    }
    assert_int_equal(k, without->count);
}

static void assert_changes_nothing_else(const struct patient *p, uint16_t lateral, uint16_t control)
{
    struct bank_params params = with_control(p, lateral, control);
    const struct journal with = judge(&params, p);
    params.branch[0].control_count = 0;
    const struct journal without = judge(&params, p);
    assert_int_equal(count_of_control(&without, FINDING_SWEEP), 0);
    assert_true(count_of_control(&with, FINDING_SWEEP) > 60);
    assert_the_rest_is_the_same(&without, &with);
    free(with.items);
    free(without.items);
}

static void it_changes_nothing_that_the_others_say(void **state)
{
    (void)state;
    const struct patient p = operation();
    assert_changes_nothing_else(&p, MENT, FRONT);
    assert_changes_nothing_else(&p, MENT, OOR); /* one that responds */
}

static void a_silent_control_does_not_warn(void **state)
{
    (void)state;
    const struct patient p = operation();
    const struct bank_params params = with_control(&p, MENT, FRONT);
    const struct journal j = judge(&params, &p);
    assert_int_equal(count_of_control(&j, FINDING_ALARM), 0);
    for (uint32_t i = 0; i < j.count; i++)
        if (j.items[i].type == FINDING_SWEEP && j.items[i].sweep.role == SWEEP_CONTROL)
            assert_true(j.items[i].sweep.present != TRISTATE_YES);
    free(j.items);
}

/* The verdicts on a channel as a control are those that it gets as an LSR channel. */
static void it_is_judged_as_an_lsr_channel_is(void **state)
{
    (void)state;
    const struct patient p = operation();
    const struct bank_params both = patient_params(&p); /* OOR and MENT */
    const struct bank_params params = with_control(&p, MENT, OOR);
    const struct journal lsr = judge(&both, &p), control = judge(&params, &p);
    uint32_t k = 0, compared = 0;
    for (uint32_t i = 0; i < control.count; i++) {
        struct finding f = control.items[i];
        if (f.type != FINDING_SWEEP || f.sweep.role != SWEEP_CONTROL)
            continue;
        while (lsr.items[k].type != FINDING_SWEEP || lsr.items[k].sweep.channel != OOR)
            k++;
        f.sweep.role = SWEEP_LSR;
        assert_same_line(&f, &lsr.items[k++]);
        compared++;
    }
    assert_true(compared > 60);
    free(lsr.items);
    free(control.items);
}

static void a_control_that_responds_warns_once_and_is_cleared(void **state)
{
    (void)state;
    const struct patient p = operation();
    const struct bank_params params = with_control(&p, MENT, OOR);
    const struct journal j = judge(&params, &p);
    const struct finding *said[2] = {NULL, NULL};
    uint32_t count = 0;
    for (uint32_t i = 0; i < j.count; i++)
        if (j.items[i].type == FINDING_ALARM && is_of_control(&j.items[i]) && count < 2)
            said[count++] = &j.items[i];
    assert_int_equal(count_of_control(&j, FINDING_ALARM), 2);
    assert_true(said[0]->alarm.raised && !said[1]->alarm.raised);
    assert_int_equal(said[0]->alarm.priority, PRIORITY_LOW);
    assert_int_equal(said[0]->alarm.branch, 0);
    assert_int_equal(said[0]->alarm.channel, FINDING_NO_CHANNEL);
    /* gone with the response, once none is among the last ten */
    const double cleared_s = (double)said[1]->decided_sample / p.rate_hz;
    assert_true(cleared_s > 17.0 + 9 / p.stimulus_hz && cleared_s < 17.0 + 13 / p.stimulus_hz);
    free(j.items);
}

/* ---- how many responses */

static void give(struct operation *o, const char *sweeps)
{
    for (; *sweeps; sweeps++) {
        const struct finding_sweep sweep = {
            .role = SWEEP_CONTROL,
            .reason = *sweeps == 'x' ? REASON_ACTIVITY : REASON_NONE,
            .present = *sweeps == '1'   ? TRISTATE_YES
                       : *sweeps == '0' ? TRISTATE_NO
                                        : TRISTATE_UNKNOWN,
        };
        alarm_control(o->alarm, &sweep, o->now, &o->found);
    }
}

static void three_of_ten_warn_and_ten_without_clear(void **state)
{
    struct operation *o = *state;
    give(o, "0000000000100000000100000000001000000001"); /* never three of ten */
    assert_int_equal(alarms(o, ALARM_CONTROL_RESPONSE, true), 0);
    give(o, "00000000001000100");
    assert_int_equal(alarms(o, ALARM_CONTROL_RESPONSE, true), 0);
    give(o, "1");
    assert_int_equal(alarms(o, ALARM_CONTROL_RESPONSE, true), 1);
    give(o, "1111000000000");
    assert_int_equal(alarms(o, ALARM_CONTROL_RESPONSE, false), 0);
    give(o, "0");
    assert_int_equal(alarms(o, ALARM_CONTROL_RESPONSE, false), 1);
    assert_int_equal(alarms(o, ALARM_CONTROL_RESPONSE, true), 1);
}

/* Switched off, or without its baseline, it says nothing and the warning ends. */
static void what_cannot_be_judged_holds_no_response(void **state)
{
    struct operation *o = *state;
    give(o, "111");
    assert_int_equal(alarms(o, ALARM_CONTROL_RESPONSE, true), 1);
    give(o, "xxxxx?????");
    assert_int_equal(alarms(o, ALARM_CONTROL_RESPONSE, false), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_changes_nothing_that_the_others_say),
        cmocka_unit_test(a_silent_control_does_not_warn),
        cmocka_unit_test(it_is_judged_as_an_lsr_channel_is),
        cmocka_unit_test(a_control_that_responds_warns_once_and_is_cleared),
        cmocka_unit_test_setup_teardown(three_of_ten_warn_and_ten_without_clear, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_judged_holds_no_response, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
