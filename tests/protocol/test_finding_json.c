/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's lines, byte for byte, and that no input can break their form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "protocol/codes.h"
#include "protocol/finding_json.h"

static const struct finding_context context = {
    .rate_hz = 20000,
    .channel_count = 2,
    .labels = { "OOC", "MENT" },
    .branch_count = 1,
    .branches = { "zygomatic" },
    .endpoint_hold_s = 30,
    .config_sha256 = "00",
    .version = "0.1.0",
};

static void expect_line(const struct finding *f, const char *expected)
{
    char line[FINDING_LINE];
    const size_t length = finding_json_line(&context, f, line);
    assert_int_equal(length, strlen(line));
    assert_string_equal(line, expected);
}

static void every_line_has_its_documented_form(void **state)
{
    (void)state;
    struct finding f = { .type = FINDING_CASE };
    expect_line(&f, "{\"type\":\"case\",\"decided_sample\":0,\"rate_hz\":20000,"
                    "\"channels\":[\"OOC\",\"MENT\"],\"endpoint_hold_s\":30.0,"
                    "\"config_sha256\":\"00\",\"version\":\"0.1.0\"}\n");
    f = (struct finding){ .type = FINDING_SWEEP,
                          .decided_sample = 900,
                          .sweep = { .stimulus_sample = 400,
                                     .channel = 1,
                                     .role = SWEEP_LSR,
                                     .present = TRISTATE_YES,
                                     .score = 12.34567,
                                     .amplitude_uv = 101.26,
                                     .onset_ms = 9.876 } };
    expect_line(&f, "{\"type\":\"sweep\",\"decided_sample\":900,\"stimulus_sample\":400,"
                    "\"channel\":\"MENT\",\"branch\":\"zygomatic\",\"role\":\"lsr\","
                    "\"valid\":true,\"reason\":null,\"present\":true,\"score\":12.346,"
                    "\"amplitude_uv\":101.3,\"onset_ms\":9.88}\n");
    f.sweep.reason = REASON_ELECTRODE;
    f.sweep.present = TRISTATE_UNKNOWN;
    f.sweep.score = -0.0001;
    f.sweep.amplitude_uv = FINDING_UNKNOWN;
    f.sweep.onset_ms = INFINITY;
    expect_line(&f, "{\"type\":\"sweep\",\"decided_sample\":900,\"stimulus_sample\":400,"
                    "\"channel\":\"MENT\",\"branch\":\"zygomatic\",\"role\":\"lsr\","
                    "\"valid\":false,\"reason\":\"electrode\",\"present\":null,\"score\":0.000,"
                    "\"amplitude_uv\":null,\"onset_ms\":null}\n");
    f = (struct finding){ .type = FINDING_EMG_EVENT,
                          .decided_sample = 5,
                          .emg_event = { .kind = EMG_SPASM,
                                         .channels = { 0, 1 },
                                         .channel_count = 2,
                                         .start_sample = 1,
                                         .end_sample = 4,
                                         .frequency_hz = 280,
                                         .amplitude_uv = 200 } };
    expect_line(&f, "{\"type\":\"emg_event\",\"decided_sample\":5,\"kind\":\"spasm\","
                    "\"channel\":\"OOC,MENT\",\"start_sample\":1,\"end_sample\":4,"
                    "\"frequency_hz\":280.0,\"amplitude_uv\":200.0}\n");
    f = (struct finding){ .type = FINDING_ALARM,
                          .alarm = { .id = ALARM_ELECTRODE_OFF,
                                     .priority = PRIORITY_MEDIUM,
                                     .raised = true,
                                     .channel = 1,
                                     .branch = FINDING_NO_BRANCH } };
    expect_line(&f, "{\"type\":\"alarm\",\"decided_sample\":0,\"id\":\"electrode_off\","
                    "\"priority\":\"medium\",\"state\":\"raised\",\"channel\":\"MENT\","
                    "\"branch\":null,\"text\":\"check the electrode\"}\n");
    f = (struct finding){ .type = FINDING_ARTIFACT,
                          .artifact = { .kind = ARTIFACT_CAUTERY,
                                        .channel = FINDING_ALL_CHANNELS,
                                        .end_sample = 1ull << 40 } };
    expect_line(&f, "{\"type\":\"artifact\",\"decided_sample\":0,\"kind\":\"cautery\","
                    "\"channel\":\"*\",\"start_sample\":0,\"end_sample\":1099511627776}\n");
}

static void foreign_text_is_escaped_and_stays_utf8(void **state)
{
    (void)state;
    struct finding f = { .type = FINDING_MARK };
    mark_set(&f.mark, 7, "note=a\"b\\c\n\xe5\x87\x8f\xe5\x8e\x8b \xff\xc0\xaf", "Li");
    expect_line(&f, "{\"type\":\"mark\",\"decided_sample\":0,\"sample\":7,"
                    "\"text\":\"note=a\\\"b\\\\c \xe5\x87\x8f\xe5\x8e\x8b "
                    "\\ufffd\\ufffd\\ufffd\",\"by\":\"Li\"}\n");
}

static void every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < ENDPOINT_REASONS; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(code_endpoint_reason((enum endpoint_reason)i),
                                    code_endpoint_reason((enum endpoint_reason)k));
    for (int i = 0; i < ENDPOINT_CHECKS; i++)
        assert_true(strlen(code_endpoint_check((enum endpoint_check)i)) > 2);
    for (int i = 0; i < ALARM_IDS; i++)
        assert_true(strlen(code_alarm_text((enum alarm_id)i)) > 5);
    for (int i = 1; i < SWEEP_REASONS; i++)
        assert_non_null(code_sweep_reason((enum sweep_reason)i));
    assert_null(code_sweep_reason(REASON_NONE));
}

static void the_longest_finding_fits(void **state)
{
    (void)state;
    struct finding_context wide = { .channel_count = FINDING_CHANNELS,
                                    .branch_count = FINDING_BRANCHES };
    for (int i = 0; i < FINDING_CHANNELS; i++)
        memset(wide.labels[i], '"', STREAM_LABEL - 1); /* twice as long when escaped */
    for (int i = 0; i < FINDING_BRANCHES; i++)
        memset(wide.branches[i], '"', STREAM_LABEL - 1);
    char line[FINDING_LINE];
    struct finding f = { .type = FINDING_CASE };
    assert_true(finding_json_line(&wide, &f, line) < FINDING_LINE);
    f = (struct finding){ .type = FINDING_SUMMARY,
                          .summary = { .channel_count = FINDING_CHANNELS,
                                       .branch_count = FINDING_BRANCHES } };
    for (int i = 0; i < FINDING_CHANNELS; i++)
        f.summary.train_s[i] = 1e15;
    assert_true(finding_json_line(&wide, &f, line) < FINDING_LINE);
    f = (struct finding){ .type = FINDING_ENDPOINT };
    f.endpoint.evidence.channel_count = FINDING_LATERAL;
    f.endpoint.evidence.check_count = FINDING_CHECKS;
    for (int i = 0; i < FINDING_LATERAL; i++)
        f.endpoint.evidence.channels[i].baseline_uv = 1e15;
    assert_true(finding_json_line(&wide, &f, line) < FINDING_LINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_has_its_documented_form),
        cmocka_unit_test(foreign_text_is_escaped_and_stays_utf8),
        cmocka_unit_test(every_code_has_a_name_of_its_own),
        cmocka_unit_test(the_longest_finding_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
