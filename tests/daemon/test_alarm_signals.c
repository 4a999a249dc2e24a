/* SPDX-License-Identifier: Apache-2.0 */
/* Alarm signals on a virtual clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/alarm_signals.h"

struct bench {
    struct clock_virtual clock;
    struct alarm_signals *signals;
    struct finding_context names;
    char log[65536];
    uint64_t sample;
};

static void keep(void *context, const char *line, size_t length)
{
    struct bench *b = context;
    strncat(b->log, line, length);
}

static int begin(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    struct err err;
    clock_virtual_init(&b->clock, 5000000000, 1700000000000000000);
    b->signals = alarm_signals_create(&b->clock.base, keep, b, &err);
    b->names.channel_count = 2;
    strcpy(b->names.labels[0], "OOC");
    strcpy(b->names.labels[1], "MENT");
    b->names.branch_count = 1;
    strcpy(b->names.branches[0], "zygomatic");
    alarm_signals_open(b->signals, &b->names);
    *state = b;
    return 0;
}

static int end(void **state)
{
    struct bench *b = *state;
    alarm_signals_destroy(b->signals);
    free(b);
    return 0;
}

static void tell(struct bench *b, enum alarm_id id, enum alarm_priority priority, bool raised,
                 uint16_t channel)
{
    const struct finding f = {.type = FINDING_ALARM,
                              .decided_sample = ++b->sample,
                              .alarm = {.id = id,
                                        .priority = priority,
                                        .raised = raised,
                                        .channel = channel,
                                        .branch = FINDING_NO_BRANCH}};
    alarm_signals_take(b->signals, &f);
}

static void raise_alarm(struct bench *b, enum alarm_id id, enum alarm_priority priority)
{
    tell(b, id, priority, true, FINDING_NO_CHANNEL);
}

static void clear_alarm(struct bench *b, enum alarm_id id, enum alarm_priority priority)
{
    tell(b, id, priority, false, FINDING_NO_CHANNEL);
}

static void wait_s(struct bench *b, int seconds)
{
    for (int i = 0; i < seconds * 4; i++) {
        clock_virtual_advance(&b->clock, 250000000);
        alarm_signals_tick(b->signals);
    }
}

static struct message_alarm first(const struct bench *b)
{
    static struct message_alarm list[ALARM_SIGNALS_MAX];
    assert_true(alarm_signals_list(b->signals, list) > 0);
    return list[0];
}

static uint32_t listed(const struct bench *b)
{
    struct message_alarm list[ALARM_SIGNALS_MAX];
    return alarm_signals_list(b->signals, list);
}

static enum alarm_priority heard(const struct bench *b)
{
    return alarm_signals_sound(b->signals).priority;
}

static const char *audio(const struct bench *b)
{
    return alarm_signals_audio(b->signals).state;
}

static void ack(struct bench *b, const char *key)
{
    struct err err;
    enum alarm_id id;
    assert_true(alarm_signals_ack(b->signals, key, "Dr Li", &id, &err));
}

static void a_condition_is_listed_and_heard_until_it_is_gone(void **state)
{
    struct bench *b = *state;
    assert_int_equal(heard(b), PRIORITY_INFORMATION);
    raise_alarm(b, ALARM_STIMULUS_LOST, PRIORITY_MEDIUM);
    assert_true(alarm_signals_changed(b->signals));
    assert_false(alarm_signals_changed(b->signals));
    const struct message_alarm a = first(b);
    assert_string_equal(a.key, "stimulus_lost");
    assert_string_equal(a.state, "active");
    assert_int_equal(a.raised_sample, 1);
    assert_int_equal(a.raised_utc_ms, 1700000000000);
    assert_int_equal(heard(b), PRIORITY_MEDIUM);
    clear_alarm(b, ALARM_STIMULUS_LOST, PRIORITY_MEDIUM);
    assert_int_equal(listed(b), 0);
    assert_int_equal(heard(b), PRIORITY_INFORMATION);
}

static void the_list_is_by_priority_then_newest_first(void **state)
{
    struct bench *b = *state;
    tell(b, ALARM_SATURATED, PRIORITY_LOW, true, 0);
    tell(b, ALARM_ELECTRODE_OFF, PRIORITY_MEDIUM, true, 0);
    tell(b, ALARM_ELECTRODE_OFF, PRIORITY_MEDIUM, true, 1);
    raise_alarm(b, ALARM_ENDPOINT_REACHED, PRIORITY_INFORMATION);
    struct message_alarm list[ALARM_SIGNALS_MAX];
    assert_int_equal(alarm_signals_list(b->signals, list), 4);
    assert_string_equal(list[0].key, "electrode_off/MENT");
    assert_string_equal(list[0].channel, "MENT");
    assert_string_equal(list[1].key, "electrode_off/OOC");
    assert_string_equal(list[2].key, "saturated/OOC");
    assert_int_equal(list[3].id, ALARM_ENDPOINT_REACHED);
}

static void an_acknowledged_alarm_is_silent_for_three_minutes(void **state)
{
    struct bench *b = *state;
    raise_alarm(b, ALARM_STIMULUS_LOST, PRIORITY_MEDIUM);
    struct err err;
    enum alarm_id id;
    assert_false(alarm_signals_ack(b->signals, "saturated/OOC", "Dr Li", &id, &err));
    assert_true(alarm_signals_ack(b->signals, "stimulus_lost", "Dr Li", &id, &err));
    assert_int_equal(id, ALARM_STIMULUS_LOST);
    assert_string_equal(first(b).state, "acknowledged");
    assert_string_equal(first(b).acked_by, "Dr Li");
    assert_int_equal(heard(b), PRIORITY_INFORMATION);
    wait_s(b, 179);
    assert_int_equal(heard(b), PRIORITY_INFORMATION);
    wait_s(b, 2);
    assert_int_equal(heard(b), PRIORITY_MEDIUM);
    assert_string_equal(first(b).state, "active");
    assert_null(first(b).acked_by);
}

static void an_acknowledged_alarm_that_worsens_is_heard_at_once(void **state)
{
    struct bench *b = *state;
    raise_alarm(b, ALARM_TRAIN_TIME, PRIORITY_MEDIUM);
    ack(b, "train_time");
    raise_alarm(b, ALARM_TRAIN_TIME, PRIORITY_MEDIUM); /* no worse */
    assert_int_equal(heard(b), PRIORITY_INFORMATION);
    raise_alarm(b, ALARM_TRAIN_TIME, PRIORITY_HIGH);
    assert_int_equal(heard(b), PRIORITY_HIGH);
    assert_int_equal(listed(b), 1);
}

static void what_nobody_saw_stays_on_the_bar(void **state)
{
    struct bench *b = *state;
    raise_alarm(b, ALARM_LSR_RECURRED, PRIORITY_MEDIUM);
    clear_alarm(b, ALARM_LSR_RECURRED, PRIORITY_MEDIUM);
    assert_string_equal(first(b).state, "latched");
    assert_true(first(b).cleared_utc_ms > 0);
    assert_int_equal(heard(b), PRIORITY_INFORMATION); /* medium: seen, not heard */
    raise_alarm(b, ALARM_TRAIN_TIME, PRIORITY_HIGH);
    clear_alarm(b, ALARM_TRAIN_TIME, PRIORITY_HIGH);
    assert_int_equal(heard(b), PRIORITY_HIGH); /* high: heard until somebody comes */
    ack(b, "train_time");
    assert_int_equal(heard(b), PRIORITY_INFORMATION);
    ack(b, "lsr_recurred");
    assert_int_equal(listed(b), 0);
    raise_alarm(b, ALARM_LSR_RECURRED, PRIORITY_MEDIUM);
    clear_alarm(b, ALARM_LSR_RECURRED, PRIORITY_MEDIUM);
    raise_alarm(b, ALARM_LSR_RECURRED, PRIORITY_MEDIUM); /* again, still unseen */
    assert_string_equal(first(b).state, "active");
    assert_int_equal(listed(b), 1);
}

static void a_pause_counts_down_and_ends(void **state)
{
    struct bench *b = *state;
    struct err err;
    raise_alarm(b, ALARM_STIMULUS_LOST, PRIORITY_MEDIUM);
    assert_false(alarm_signals_pause(b->signals, 0, "Dr Li", &err));
    assert_false(alarm_signals_pause(b->signals, 601, "Dr Li", &err));
    assert_true(alarm_signals_pause(b->signals, 120, "Dr Li", &err));
    assert_int_equal(heard(b), PRIORITY_INFORMATION);
    assert_string_equal(audio(b), "paused");
    assert_int_equal(alarm_signals_audio(b->signals).until_mono_ms, 125000);
    assert_string_equal(alarm_signals_audio(b->signals).by, "Dr Li");
    wait_s(b, 119);
    assert_int_equal(heard(b), PRIORITY_INFORMATION);
    wait_s(b, 1);
    assert_int_equal(heard(b), PRIORITY_MEDIUM);
    assert_string_equal(audio(b), "on");
    assert_true(alarm_signals_pause(b->signals, 120, "Dr Li", &err));
    alarm_signals_resume(b->signals, "Dr Wu");
    assert_int_equal(heard(b), PRIORITY_MEDIUM);
}

static void a_new_alarm_of_the_same_priority_breaks_a_pause(void **state)
{
    struct bench *b = *state;
    struct err err;
    raise_alarm(b, ALARM_STIMULUS_LOST, PRIORITY_MEDIUM);
    alarm_signals_pause(b->signals, 120, "Dr Li", &err);
    tell(b, ALARM_SATURATED, PRIORITY_LOW, true, 0);
    raise_alarm(b, ALARM_ENDPOINT_REACHED, PRIORITY_INFORMATION);
    assert_string_equal(audio(b), "paused");
    assert_int_equal(alarm_signals_sound(b->signals).chimes, 0);
    tell(b, ALARM_ELECTRODE_OFF, PRIORITY_MEDIUM, true, 1);
    assert_string_equal(audio(b), "on");
    assert_int_equal(heard(b), PRIORITY_MEDIUM);
    alarm_signals_pause(b->signals, 120, "Dr Li", &err);
    raise_alarm(b, ALARM_TRAIN_TIME, PRIORITY_HIGH);
    assert_int_equal(heard(b), PRIORITY_HIGH);
}

static void a_pause_without_any_alarm_is_broken_by_the_first(void **state)
{
    struct bench *b = *state;
    struct err err;
    alarm_signals_pause(b->signals, 120, "Dr Li", &err);
    tell(b, ALARM_SATURATED, PRIORITY_LOW, true, 0);
    assert_int_equal(heard(b), PRIORITY_LOW);
}

static void sound_that_is_off_is_remembered_every_two_minutes(void **state)
{
    struct bench *b = *state;
    alarm_signals_off(b->signals, "Dr Li");
    raise_alarm(b, ALARM_TRAIN_TIME, PRIORITY_HIGH);
    assert_int_equal(heard(b), PRIORITY_INFORMATION);
    assert_string_equal(audio(b), "off");
    wait_s(b, 119);
    assert_int_equal(alarm_signals_sound(b->signals).reminders, 0);
    wait_s(b, 122);
    assert_int_equal(alarm_signals_sound(b->signals).reminders, 2);
    alarm_signals_resume(b->signals, "Dr Li");
    wait_s(b, 300);
    assert_int_equal(alarm_signals_sound(b->signals).reminders, 2);
    assert_int_equal(heard(b), PRIORITY_HIGH);
}

static void an_acquisition_that_stays_lost_becomes_high_unless_seen(void **state)
{
    struct bench *b = *state;
    raise_alarm(b, ALARM_ACQUISITION_LOST, PRIORITY_MEDIUM);
    wait_s(b, 9);
    assert_int_equal(heard(b), PRIORITY_MEDIUM);
    wait_s(b, 2);
    assert_int_equal(heard(b), PRIORITY_HIGH);
    clear_alarm(b, ALARM_ACQUISITION_LOST, PRIORITY_MEDIUM);
    assert_string_equal(first(b).state, "latched");
    ack(b, "acquisition_lost");
    raise_alarm(b, ALARM_ACQUISITION_LOST, PRIORITY_MEDIUM);
    ack(b, "acquisition_lost");
    wait_s(b, 60);
    assert_int_equal(first(b).priority, PRIORITY_MEDIUM);
    clear_alarm(b, ALARM_ACQUISITION_LOST, PRIORITY_MEDIUM);
    raise_alarm(b, ALARM_ACQUISITION_LOST, PRIORITY_MEDIUM);
    wait_s(b, 2);
    clear_alarm(b, ALARM_ACQUISITION_LOST, PRIORITY_MEDIUM);
    assert_int_equal(listed(b), 0); /* a short one does not latch */
}

static void the_endpoint_is_one_chime_and_never_a_burst(void **state)
{
    struct bench *b = *state;
    raise_alarm(b, ALARM_ENDPOINT_REACHED, PRIORITY_INFORMATION);
    assert_int_equal(alarm_signals_sound(b->signals).chimes, 1);
    assert_int_equal(heard(b), PRIORITY_INFORMATION);
    ack(b, "endpoint_reached");
    wait_s(b, 600);
    assert_int_equal(alarm_signals_sound(b->signals).chimes, 1);
    clear_alarm(b, ALARM_ENDPOINT_REACHED, PRIORITY_INFORMATION);
    assert_int_equal(listed(b), 0);
}

static void every_change_is_a_line_of_the_log(void **state)
{
    struct bench *b = *state;
    struct err err;
    tell(b, ALARM_ELECTRODE_OFF, PRIORITY_MEDIUM, true, 1);
    ack(b, "electrode_off/MENT");
    alarm_signals_pause(b->signals, 60, "Dr Li", &err);
    wait_s(b, 61);
    tell(b, ALARM_ELECTRODE_OFF, PRIORITY_MEDIUM, false, 1);
    assert_string_equal(
        b->log,
        "{\"utc_ms\":1700000000000,\"event\":\"raised\",\"id\":\"electrode_off\","
        "\"priority\":\"medium\",\"sample\":1,\"channel\":\"MENT\",\"branch\":null,\"by\":null}\n"
        "{\"utc_ms\":1700000000000,\"event\":\"acknowledged\",\"id\":\"electrode_off\","
        "\"priority\":\"medium\",\"sample\":1,\"channel\":\"MENT\",\"branch\":null,"
        "\"by\":\"Dr Li\"}\n"
        "{\"utc_ms\":1700000000000,\"event\":\"audio_paused\",\"by\":\"Dr Li\"}\n"
        "{\"utc_ms\":1700000060000,\"event\":\"audio_on\",\"by\":\"system\"}\n"
        "{\"utc_ms\":1700000061000,\"event\":\"cleared\",\"id\":\"electrode_off\","
        "\"priority\":\"medium\",\"sample\":1,\"channel\":\"MENT\",\"branch\":null,\"by\":null}\n");
}

static void a_new_case_begins_without_the_alarms_of_the_last(void **state)
{
    struct bench *b = *state;
    raise_alarm(b, ALARM_LSR_RECURRED, PRIORITY_MEDIUM);
    alarm_signals_open(b->signals, &b->names);
    assert_int_equal(listed(b), 0);
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(a_condition_is_listed_and_heard_until_it_is_gone),
        ONE(the_list_is_by_priority_then_newest_first),
        ONE(an_acknowledged_alarm_is_silent_for_three_minutes),
        ONE(an_acknowledged_alarm_that_worsens_is_heard_at_once),
        ONE(what_nobody_saw_stays_on_the_bar),
        ONE(a_pause_counts_down_and_ends),
        ONE(a_new_alarm_of_the_same_priority_breaks_a_pause),
        ONE(a_pause_without_any_alarm_is_broken_by_the_first),
        ONE(sound_that_is_off_is_remembered_every_two_minutes),
        ONE(an_acquisition_that_stays_lost_becomes_high_unless_seen),
        ONE(the_endpoint_is_one_chime_and_never_a_burst),
        ONE(every_change_is_a_line_of_the_log),
        ONE(a_new_case_begins_without_the_alarms_of_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
