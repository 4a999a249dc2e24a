/* SPDX-License-Identifier: Apache-2.0 */
/* Clients' messages: good ones become structs, every other one gets a line that says why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/command.h"

static struct client_message good(const char *text)
{
    struct client_message m;
    struct err err;
    if (!client_message_decode(text, strlen(text), &m, &err))
        fail_msg("%s: %s", text, err.text);
    return m;
}

static void bad(const char *text, const char *says)
{
    struct client_message m;
    struct err err;
    assert_false(client_message_decode(text, strlen(text), &m, &err));
    if (!strstr(err.text, says))
        fail_msg("%s: said `%s`, not `%s`", text, err.text, says);
    assert_null(strchr(err.text, '\n'));
}

static void a_greeting_is_read(void **state)
{
    (void)state;
    const struct client_message m =
        good("{\"t\":\"hi\",\"token\":\"abc\",\"name\":\"\xe5\xa2\x99\",\"client\":\"0123-abcdef\","
             "\"resume\":{\"source_tag\":7,\"last_finding\":123456789012},\"later\":[1,{}]}");
    assert_int_equal(m.type, CLIENT_HI);
    assert_string_equal(m.hi.token, "abc");
    assert_string_equal(m.hi.name, "\xe5\xa2\x99");
    assert_string_equal(m.hi.client, "0123-abcdef");
    assert_true(m.hi.has_resume);
    assert_int_equal(m.hi.source_tag, 7);
    assert_int_equal(m.hi.last_finding, 123456789012);
    assert_false(good("{\"t\":\"hi\",\"resume\":null}").hi.has_resume);
}

static void subscriptions_and_acknowledgements_are_read(void **state)
{
    (void)state;
    const struct client_message sub =
        good("{\"t\":\"sub\",\"wave\":{\"level\":5},\"sweeps\":true,\"live\":false}");
    assert_int_equal(sub.type, CLIENT_SUB);
    assert_true(sub.sub.has_wave && sub.sub.sweeps && !sub.sub.live && !sub.sub.audio);
    assert_int_equal(sub.sub.level, 5);
    const struct client_message loudest = good("{\"t\":\"sub\",\"audio\":true,\"audio_channel\":null}");
    assert_true(loudest.sub.audio && loudest.sub.audio_channel == -1);
    assert_int_equal(good("{\"t\":\"sub\",\"audio\":true,\"audio_channel\":3}").sub.audio_channel, 3);
    bad("{\"t\":\"sub\",\"audio\":true,\"audio_channel\":256}", "audio_channel: ");
    assert_false(good("{\"t\":\"sub\",\"wave\":null}").sub.has_wave);
    const struct client_message ack = good(
        "{\"t\":\"ack\",\"seq\":4294967295,\"sample\":1e6,\"visible\":true,\"audio\":\"blocked\"}");
    assert_true(ack.ack.has_seq && ack.ack.is_visible);
    assert_int_equal(ack.ack.seq, 4294967295u);
    assert_int_equal(ack.ack.sample, 1000000);
    assert_int_equal(ack.ack.audio, AUDIO_BLOCKED);
    assert_false(good("{\"t\":\"ack\",\"seq\":null,\"sample\":null}").ack.has_seq);
    assert_true(good("{\"t\":\"time\",\"c0\":12.5}").time.c0 == 12.5);
}

static void commands_are_read_with_their_fields(void **state)
{
    (void)state;
    struct client_message m =
        good("{\"t\":\"cmd\",\"id\":9007199254740991,\"op\":\"mark\",\"text\":\"phase=closing\"}");
    assert_int_equal(m.type, CLIENT_COMMAND);
    assert_int_equal(m.command.id, 9007199254740991);
    assert_int_equal(m.command.op, COMMAND_MARK);
    assert_string_equal(m.command.text, "phase=closing");
    m = good(
        "{\"t\":\"cmd\",\"id\":1,\"op\":\"set\",\"key\":\"endpoint.hold\",\"value\":\"30 s\"}");
    assert_string_equal(m.command.text, "endpoint.hold");
    assert_string_equal(m.command.value, "30 s");
    m = good("{\"t\":\"cmd\",\"id\":1,\"op\":\"replay_seek\",\"sample\":5000000000}");
    assert_int_equal(m.command.sample, 5000000000);
    m = good("{\"t\":\"cmd\",\"id\":1,\"op\":\"replay_step\",\"by\":-3}");
    assert_true(m.command.number == -3);
    m = good("{\"t\":\"cmd\",\"id\":1,\"op\":\"case_start\"}");
    assert_string_equal(m.command.text, "");
    for (int i = 0; i < COMMAND_OPS; i++)
        assert_non_null(command_op_name((enum command_op)i));
    assert_true(command_needs_control(COMMAND_MARK));
    assert_false(command_needs_control(COMMAND_CONTROL_TAKE));
}

static void a_type_of_a_later_version_is_ignored(void **state)
{
    (void)state;
    assert_int_equal(good("{\"t\":\"dance\"}").type, CLIENT_UNKNOWN);
}

static void what_is_wrong_is_said_in_a_line(void **state)
{
    (void)state;
    bad("", "no JSON");
    bad("{\"t\":\"hi\"", "no JSON");
    bad("{\"t\":\"hi\",\"t\":\"hi\"}", "no JSON"); /* duplicate key */
    bad("{\"t\":\"hi\",\"name\":\"\xff\"}", "no JSON");
    bad("[]", "object is expected");
    bad("{\"x\":1}", "t: ");
    bad("{\"t\":\"hi\",\"name\":7}", "name: a string");
    bad("{\"t\":\"hi\",\"name\":\"a\\u0007\"}", "control characters");
    bad("{\"t\":\"hi\",\"client\":\"short\"}", "client: 8 to 40");
    bad("{\"t\":\"hi\",\"client\":\"with spaces\"}", "client: 8 to 40");
    bad("{\"t\":\"hi\",\"resume\":{\"source_tag\":70000,\"last_finding\":0}}", "source_tag: ");
    bad("{\"t\":\"sub\",\"wave\":5}", "wave: an object");
    bad("{\"t\":\"sub\",\"wave\":{\"level\":0}}", "level: ");
    bad("{\"t\":\"sub\",\"sweeps\":1}", "sweeps: true or false");
    bad("{\"t\":\"ack\",\"seq\":-1}", "seq: ");
    bad("{\"t\":\"ack\",\"seq\":1.5}", "seq: ");
    bad("{\"t\":\"time\"}", "c0: ");
    bad("{\"t\":\"cmd\",\"op\":\"mark\"}", "id: ");
    bad("{\"t\":\"cmd\",\"id\":9007199254740993,\"op\":\"reload\"}", "id: ");
    bad("{\"t\":\"cmd\",\"id\":1,\"op\":\"fly\"}", "fly is not known");
    bad("{\"t\":\"cmd\",\"id\":1,\"op\":\"mark\",\"text\":\"\"}", "text: 0 bytes");
    bad("{\"t\":\"cmd\",\"id\":1,\"op\":\"audio_pause\",\"seconds\":601}", "seconds: ");
    bad("{\"t\":\"cmd\",\"id\":1,\"op\":\"replay_speed\",\"speed\":0}", "speed: ");
    bad("{\"t\":\"cmd\",\"id\":1,\"op\":\"replay_step\",\"by\":0}", "by: ");
}

static void a_bad_command_keeps_its_id_so_that_it_can_be_answered(void **state)
{
    (void)state;
    const char *text = "{\"t\":\"cmd\",\"id\":77,\"op\":\"fly\"}";
    struct client_message m;
    struct err err;
    assert_false(client_message_decode(text, strlen(text), &m, &err));
    assert_int_equal(m.type, CLIENT_COMMAND);
    assert_int_equal(m.command.id, 77);
}

static void a_message_over_the_limit_is_refused(void **state)
{
    (void)state;
    const size_t size = CLIENT_MESSAGE_MAX + 1;
    char *text = malloc(size);
    memset(text, ' ', size);
    struct client_message m;
    struct err err;
    assert_false(client_message_decode(text, size, &m, &err));
    assert_non_null(strstr(err.text, "65536"));
    free(text);
}

static void deep_nesting_ends_in_an_error(void **state)
{
    (void)state;
    char *text = malloc(60000);
    memset(text, '[', 60000);
    struct client_message m;
    struct err err;
    assert_false(client_message_decode(text, 60000, &m, &err));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_greeting_is_read),
        cmocka_unit_test(subscriptions_and_acknowledgements_are_read),
        cmocka_unit_test(commands_are_read_with_their_fields),
        cmocka_unit_test(a_type_of_a_later_version_is_ignored),
        cmocka_unit_test(what_is_wrong_is_said_in_a_line),
        cmocka_unit_test(a_bad_command_keeps_its_id_so_that_it_can_be_answered),
        cmocka_unit_test(a_message_over_the_limit_is_refused),
        cmocka_unit_test(deep_nesting_ends_in_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
