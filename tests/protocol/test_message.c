/* SPDX-License-Identifier: Apache-2.0 */
/* The server's messages: valid JSON with the fields that docs/protocol.md lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "protocol/message.h"

static char bytes[65536];

static struct text begin(void)
{
    struct text t;
    text_init(&t, bytes, sizeof bytes);
    return t;
}

/* Parses what was written, checks the type and that every named field is there. */
static json_t *parse(const struct text *t, const char *type, const char *fields)
{
    assert_true(text_ok(t));
    json_error_t where;
    json_t *object = json_loads(t->bytes, JSON_REJECT_DUPLICATES, &where);
    if (!object)
        fail_msg("%s: %s", where.text, t->bytes);
    assert_string_equal(json_string_value(json_object_get(object, "t")), type);
    char list[512];
    strcpy(list, fields);
    char *rest = list;
    for (char *key; (key = strsep(&rest, " "));)
        if (!json_object_get(object, key))
            fail_msg("%s: no %s in %s", type, key, t->bytes);
    return object;
}

static const struct finding_context context = {.rate_hz = 20000,
                                               .channel_count = 2,
                                               .labels = {"OOC", "MENT"},
                                               .branch_count = 1,
                                               .branches = {"zygomatic"}};
static const struct finding_endpoint endpoint = {
    .state = ENDPOINT_ABSENT,
    .reason = ENDPOINT_BECAUSE_SWEEPS,
    .evidence = {.valid = 12,
                 .taken_out = 1,
                 .taken_count = 2,
                 .taken = {700, 300},
                 .check_count = 3,
                 .checks = {{CHECK_STIMULUS, true, true, (double)NAN, (double)NAN},
                            {CHECK_HOLD, false, true, 12, 30},
                            {CHECK_INTENSITY, false, false, (double)NAN, (double)NAN}}}};
static const struct message_evidence evidence = {&context, &endpoint, 4000};
static const struct message_alarm alarm = {.key = "lsr_recurred/zygomatic",
                                           .id = ALARM_LSR_RECURRED,
                                           .priority = PRIORITY_MEDIUM,
                                           .state = "active",
                                           .raised_sample = 5,
                                           .raised_utc_ms = 1700000000000,
                                           .branch = "zygomatic"};

static void hello_has_every_field_of_the_protocol(void **state)
{
    (void)state;
    const uint16_t lateral[] = {1};
    const struct message_branch branches[] = {{"zygomatic", 0, 3, 1, lateral},
                                              {"marginal", FINDING_NO_CHANNEL, FINDING_NO_CHANNEL, 1, lateral}};
    const struct message_channel channels[] = {{"OOC", "orbicularis oculi", "left"},
                                               {"MENT", NULL, NULL}};
    const struct mark said[] = {{5, "phase=dura_open", "Wu"}, {9, "tof=2", ""}};
    const struct message_hello h = {.build = "0.1.0",
                                    .source_tag = 7,
                                    .is_replay = true,
                                    .source = "replay",
                                    .site = "or\"1",
                                    .rate_hz = 20000,
                                    .channel_count = 2,
                                    .channels = channels,
                                    .branch_count = 2,
                                    .branches = branches,
                                    .first_level = 3,
                                    .levels = 6,
                                    .window_low_ms = 6,
                                    .window_high_ms = 25,
                                    .case_ = {.free_s = (double)NAN},
                                    .alarm_count = 1,
                                    .alarms = &alarm,
                                    .audio = {"paused", 12345, "Wu"},
                                    .evidence_count = 1,
                                    .evidence = &evidence,
                                    .said_count = 2,
                                    .said = said};
    struct text t = begin();
    message_hello(&t, &h);
    json_t *o = parse(&t, "hello",
                      "proto build source_tag kind source site rate_hz channels branches levels "
                      "reasons window_ms filters endpoint_hold_s case alarms evidence phase said");
    const json_t *mark = json_array_get(json_object_get(o, "said"), 0);
    assert_int_equal(json_integer_value(json_array_get(mark, 0)), 5);
    assert_string_equal(json_string_value(json_array_get(mark, 1)), "phase=dura_open");
    assert_string_equal(json_string_value(json_array_get(mark, 2)), "Wu");
    assert_int_equal(json_array_size(json_object_get(o, "said")), 2);
    assert_int_equal(json_array_size(json_object_get(o, "levels")), 6);
    assert_int_equal(json_array_size(json_object_get(o, "reasons")), SWEEP_REASONS);
    assert_true(json_is_null(json_array_get(json_object_get(o, "reasons"), 0)));
    json_t *second = json_array_get(json_object_get(o, "branches"), 1);
    assert_true(json_is_null(json_object_get(second, "direct")));
    json_t *only = json_array_get(json_object_get(o, "branches"), 0);
    assert_int_equal(json_integer_value(json_object_get(only, "control")), 3);
    assert_null(json_object_get(second, "control")); /* there is none */
    assert_string_equal(json_string_value(json_object_get(o, "site")), "or\"1");
    json_t *first = json_array_get(json_object_get(o, "evidence"), 0);
    assert_int_equal(json_array_size(json_object_get(first, "waits_for")), 1);
    json_t *taken = json_object_get(first, "taken_out_samples");
    assert_int_equal(json_array_size(taken), 2);
    assert_int_equal(json_integer_value(json_array_get(taken, 1)), 300);
    json_decref(o);
}

static void status_says_null_where_nothing_is_known(void **state)
{
    (void)state;
    const struct message_display display = {"wall", "viewer", "on", true, -1, true, -1};
    struct message_status s = {.mono_ms = 1,
                               .utc_ms = 2,
                               .acquisition = ACQUISITION_LOST,
                               .case_ = {.is_open = true, .name = "x", .free_s = 3600.4},
                               .display_count = 1,
                               .displays = &display,
                               .latency_us = -1};
    struct text t = begin();
    message_status(&t, &s);
    json_t *o = parse(&t, "status",
                      "mono_ms utc_ms newest_sample newest_mono_ms acquisition case phase "
                      "stimulation control displays lost_samples latency_us replay");
    assert_true(json_is_null(json_object_get(o, "replay")));
    assert_true(json_is_null(json_object_get(o, "latency_us")));
    assert_string_equal(json_string_value(json_object_get(o, "acquisition")), "lost");
    json_decref(o);
    const struct message_replay replay = {.is_playing = true, .speed = 4, .position = 100,
                                          .length = 2000, .seeks_to = UINT64_MAX};
    const struct live_case_seen live = { .is_lost = true, .notice = { .site = "or\"1", .port = 8080 } };
    s.replay = &replay;
    s.live_count = 1;
    s.live = &live;
    t = begin();
    message_status(&t, &s);
    o = parse(&t, "status", "replay live");
    assert_true(json_is_true(json_object_get(json_object_get(o, "replay"), "playing")));
    const json_t *seen = json_array_get(json_object_get(o, "live"), 0);
    assert_true(json_is_true(json_object_get(seen, "lost")));
    assert_string_equal(json_string_value(json_object_get(json_object_get(seen, "notice"), "site")),
                        "or\"1");
    json_decref(o);
}

static void small_messages_are_valid(void **state)
{
    (void)state;
    struct text t = begin();
    message_evidence(&t, &evidence);
    json_decref(parse(&t, "evidence", "branch state since_sample reason evidence waits_for"));
    t = begin();
    message_alarms(&t, 1, &alarm, &(struct message_audio){"on", 0, NULL, 0});
    json_decref(parse(&t, "alarms", "list audio"));
    t = begin();
    message_finding(&t, 12, "{\"type\":\"case\"}", 15);
    json_decref(parse(&t, "finding", "id f"));
    t = begin();
    message_control(&t, NULL, false);
    json_decref(parse(&t, "control", "holder yours"));
    t = begin();
    message_time(&t, 1.25, 2, 3);
    json_decref(parse(&t, "time", "c0 s1 s2"));
    t = begin();
    message_bye(&t, "full", "32 clients are connected");
    json_decref(parse(&t, "bye", "reason text"));
    t = begin();
    message_reply(&t, 3, "no \"case\" is open", NULL);
    json_t *o = parse(&t, "reply", "id ok error");
    assert_true(json_is_false(json_object_get(o, "ok")));
    json_decref(o);
    t = begin();
    message_reply(&t, 3, NULL, "[1,2]");
    json_decref(parse(&t, "reply", "id ok error result"));
    t = begin();
    const struct message_trend_point points[] = {
        {100, 1, 0, SWEEP_LSR, TRISTATE_YES, true, 212.04, 9.51},
        {200, 1, 0, SWEEP_LSR, TRISTATE_UNKNOWN, false, (double)NAN, (double)NAN},
    };
    message_trend(&t, 2, points);
    o = parse(&t, "trend", "points");
    assert_int_equal(json_array_size(json_array_get(json_object_get(o, "points"), 1)), 8);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_has_every_field_of_the_protocol),
        cmocka_unit_test(status_says_null_where_nothing_is_known),
        cmocka_unit_test(small_messages_are_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
