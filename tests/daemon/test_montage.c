/* SPDX-License-Identifier: Apache-2.0 */
/* Labels, inputs and branches resolve to what was meant, or to one line that says what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/table.h"
#include "daemon/montage.h"

static struct settings settings;
static struct stream_format format;
static struct montage montage;

static void add_input(const char *label, bool is_voltage)
{
    struct stream_input *input = &format.inputs[format.channels++];
    snprintf(input->label, sizeof input->label, "%s", label);
    input->physical_min = -10000;
    input->physical_max = 10000;
    input->digital_min = SAMPLE_MIN;
    input->digital_max = SAMPLE_MAX;
    input->is_voltage = is_voltage;
}

static int set_up(void **state)
{
    (void)state;
    memset(&settings, 0, sizeof settings);
    config_defaults(settings_sections, &settings);
    format = (struct stream_format){ .rate_hz = 20000 };
    add_input("FRONT", true);
    add_input("OOC", true);
    add_input("MENT", true);
    add_input("STIM", true);
    add_input("TEMP", false);
    return 0;
}

static void set(const char *assignment)
{
    struct err err;
    if (!config_set(settings_sections, &settings, assignment, &err))
        fail_msg("%s: %s", assignment, err.text);
}

static void expect_mistake(const char *part)
{
    struct err err = { 0 };
    assert_false(montage_build(&settings, &format, &montage, &err));
    if (!strstr(err.text, part))
        fail_msg("`%s` lacks `%s`", err.text, part);
}

static void without_sections_a_files_own_voltages_are_the_channels(void **state)
{
    (void)state;
    set("stimulus.trigger=STIM");
    set("branch.zygomatic.direct=OOC");
    set("branch.zygomatic.lateral=MENT");
    struct err err;
    assert_true(montage_build(&settings, &format, &montage, &err));
    assert_int_equal(montage.params.channels, 3);
    assert_string_equal(montage.params.channel[2].label, "MENT");
    assert_int_equal(montage.params.branch[0].trigger, 3);
    assert_int_equal(montage.params.branch[0].direct, 1);
    assert_int_equal(montage.params.branch[0].lateral[0], 2);
}

static void sections_map_inputs_and_their_differences(void **state)
{
    (void)state;
    set("channel.BIP.input=3 - 4");
    set("channel.UP.input=1");
    set("channel.UP.polarity=inverted");
    set("channel.TRIG.input=2");
    set("stimulus.trigger=TRIG");
    struct err err;
    assert_true(montage_build(&settings, &format, &montage, &err));
    assert_int_equal(montage.params.channels, 2); /* the trigger is no muscle */
    assert_int_equal(montage.params.channel[0].input, 2);
    assert_int_equal(montage.params.channel[0].minus, 3);
    assert_true(montage.params.channel[1].inverted);
}

static void mistakes_name_the_key_and_what_there_is(void **state)
{
    (void)state;
    set("branch.z.lateral=NOSE");
    expect_mistake("branch.z.lateral = NOSE: no such channel; there are FRONT, OOC, MENT, STIM");
    set("branch.z.lateral=MENT");
    set("branch.z.direct=MENT");
    expect_mistake("is its direct channel");
    set("branch.z.direct=OOC");
    set("branch.z.control=FRONT, STIM");
    expect_mistake("branch.z.control: one channel, not 2");
    set("branch.z.control=MENT");
    expect_mistake("branch.z.control = MENT: is judged on this branch already");
    set("branch.z.control=OOC");
    expect_mistake("branch.z.control = OOC: is judged on this branch already");
    set("branch.z.control=NOSE");
    expect_mistake("branch.z.control = NOSE: no such channel; there are FRONT, OOC, MENT, STIM");
    set("branch.z.control=FRONT");
    set("stimulus.trigger=TRIG");
    expect_mistake("stimulus.trigger = TRIG");
    set("stimulus.trigger=STIM");
    set("channel.FAR.input=9");
    expect_mistake("the source has 5 inputs");
}

static void a_control_stands_behind_the_lateral_channels(void **state)
{
    (void)state;
    struct err err;
    char before[65];
    set("stimulus.trigger=STIM");
    set("branch.z.lateral=MENT, OOC");
    assert_true(montage_build(&settings, &format, &montage, &err));
    assert_int_equal(montage.params.branch[0].control_count, 0);
    strcpy(before, montage.context.config_sha256);
    set("branch.z.control=FRONT");
    assert_true(montage_build(&settings, &format, &montage, &err));
    assert_int_equal(montage.params.branch[0].lateral_count, 2);
    assert_int_equal(montage.params.branch[0].control_count, 1);
    assert_int_equal(montage.params.branch[0].lateral[2], 0);
    assert_string_not_equal(montage.context.config_sha256, before);
}

static void the_hash_follows_what_changes_findings_alone(void **state)
{
    (void)state;
    struct err err;
    assert_true(montage_build(&settings, &format, &montage, &err));
    char before[65];
    strcpy(before, montage.context.config_sha256);
    set("device.site=or1");
    assert_true(montage_build(&settings, &format, &montage, &err));
    assert_string_equal(montage.context.config_sha256, before);
    set("response.window=15ms..100ms");
    assert_true(montage_build(&settings, &format, &montage, &err));
    assert_string_not_equal(montage.context.config_sha256, before);
}

static void every_row_of_every_section_is_sound(void **state)
{
    (void)state;
    struct err err = { 0 };
    if (!config_table_check(settings_sections, &err))
        fail_msg("%s", err.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_sections_a_files_own_voltages_are_the_channels, set_up),
        cmocka_unit_test_setup(sections_map_inputs_and_their_differences, set_up),
        cmocka_unit_test_setup(mistakes_name_the_key_and_what_there_is, set_up),
        cmocka_unit_test_setup(a_control_stands_behind_the_lateral_channels, set_up),
        cmocka_unit_test_setup(the_hash_follows_what_changes_findings_alone, set_up),
        cmocka_unit_test(every_row_of_every_section_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
