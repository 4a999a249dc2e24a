/* SPDX-License-Identifier: Apache-2.0 */
/* A replay hears of a live daemon's alarms, and of its death; the live daemon never hears of the replay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/live_beacon.h"
#include "daemon/live_place.h"
#include "daemon/live_watch.h"

#define MS INT64_C(1000000)

static char runtime[64];
static char place[96];
static struct clock_virtual now;
static struct settings settings;
static struct live_beacon *beacon;
static struct live_watch *watch;
static struct publisher_facts facts;
static struct message_alarm alarms[40];

static int set_up(void **state)
{
    (void)state;
    struct err err;
    strcpy(runtime, "/tmp/lsrd-live-XXXXXX");
    assert_non_null(mkdtemp(runtime));
    snprintf(place, sizeof place, "%s/lsrd", runtime);
    setenv("XDG_RUNTIME_DIR", runtime, 1);
    unsetenv("RUNTIME_DIRECTORY");
    clock_virtual_init(&now, 5000 * MS, 0);
    memset(&settings, 0, sizeof settings);
    settings.device.source = DEVICE_PATIENT;
    strcpy(settings.device.site.text, "or \"1\" \xe6\x89\x8b\xe6\x9c\xaf");
    strcpy(settings.web.address.text, "127.0.0.1");
    memset(&facts, 0, sizeof facts);
    memset(alarms, 0, sizeof alarms);
    facts.audio.state = "on";
    facts.alarms = alarms;
    beacon = live_beacon_create(&settings, 8080, &now.base, &err);
    watch = live_watch_create(&now.base, &err);
    assert_non_null(beacon);
    assert_non_null(watch);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[160];
    live_beacon_destroy(beacon);
    live_watch_destroy(watch);
    snprintf(command, sizeof command, "rm -rf %s", runtime);
    return system(command);
}

static uint32_t look(const struct live_case_seen **seen)
{
    uint32_t count;
    live_watch_look(watch);
    *seen = live_watch_list(watch, &count);
    return count;
}

static void raise_alarm(const char *alarm_state)
{
    alarms[0] = (struct message_alarm){ .key = "lsr_recurred/zygomatic",
                                        .id = ALARM_LSR_RECURRED,
                                        .priority = PRIORITY_MEDIUM,
                                        .state = alarm_state,
                                        .raised_utc_ms = 1700000000000,
                                        .branch = "zygomatic",
                                        .acked_by = "Dr Chen" };
    facts.alarm_count = 1;
}

static void alarms_come_through_without_names(void **state)
{
    (void)state;
    const struct live_case_seen *seen;
    assert_int_equal(look(&seen), 0); /* it has said nothing yet */
    facts.case_.is_open = true;
    raise_alarm("acknowledged");
    facts.audio.state = "paused";
    live_beacon_tell(beacon, &facts);
    assert_int_equal(look(&seen), 1);
    assert_false(seen[0].is_lost);
    const struct live_notice *n = &seen[0].notice;
    assert_string_equal(n->site, settings.device.site.text);
    assert_string_equal(n->source, "patient");
    assert_string_equal(n->address, "127.0.0.1");
    assert_int_equal(n->port, 8080);
    assert_true(n->is_case);
    assert_false(n->is_tls);
    assert_int_equal(n->audio, LIVE_AUDIO_PAUSED);
    assert_int_equal(n->alarm_count, 1);
    assert_int_equal(n->alarms[0].id, ALARM_LSR_RECURRED);
    assert_int_equal(n->alarms[0].priority, PRIORITY_MEDIUM);
    assert_int_equal(n->alarms[0].state, LIVE_ALARM_ACKNOWLEDGED);
    assert_int_equal(n->alarms[0].raised_utc_ms, 1700000000000);
    assert_string_equal(n->alarms[0].branch, "zygomatic");
    char file[128], bytes[4096];
    snprintf(file, sizeof file, "%s/" LIVE_FILE, place, (int)getpid());
    FILE *f = fopen(file, "r");
    assert_non_null(f);
    bytes[fread(bytes, 1, sizeof bytes - 1, f)] = 0;
    fclose(f);
    assert_null(strstr(bytes, "Chen"));
    facts.alarm_count = 0;
    live_beacon_tell(beacon, &facts);
    assert_int_equal(look(&seen), 1);
    assert_int_equal(seen[0].notice.alarm_count, 0);
}

static void an_end_is_no_loss_and_a_silence_is_one(void **state)
{
    (void)state;
    const struct live_case_seen *seen;
    live_beacon_tell(beacon, &facts);
    assert_int_equal(look(&seen), 1);
    clock_virtual_advance(&now, LIVE_STALE_NS);
    assert_int_equal(look(&seen), 1);
    assert_false(seen[0].is_lost);
    clock_virtual_advance(&now, 1);
    assert_int_equal(look(&seen), 1);
    assert_true(seen[0].is_lost);
    clock_virtual_advance(&now, 3600 * 1000 * MS);
    assert_int_equal(look(&seen), 1);
    assert_true(seen[0].is_lost); /* until somebody does something about it */
    live_beacon_tell(beacon, &facts);
    assert_int_equal(look(&seen), 1);
    assert_false(seen[0].is_lost);
    live_beacon_destroy(beacon);
    beacon = NULL;
    assert_int_equal(look(&seen), 0);
}

static void what_was_dead_before_is_not_told_and_is_swept_away(void **state)
{
    (void)state;
    struct err err;
    const struct live_case_seen *seen;
    const pid_t child = fork();
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0); /* a number that no process has */
    live_beacon_tell(beacon, &facts);
    char from[128], to[128];
    snprintf(from, sizeof from, "%s/" LIVE_FILE, place, (int)getpid());
    snprintf(to, sizeof to, "%s/" LIVE_FILE, place, (int)child);
    assert_int_equal(rename(from, to), 0);
    clock_virtual_advance(&now, LIVE_STALE_NS + 1);
    assert_int_equal(look(&seen), 0);
    live_beacon_destroy(beacon);
    beacon = live_beacon_create(&settings, 8080, &now.base, &err);
    assert_int_equal(access(to, F_OK), -1);
}

static void many_alarms_are_counted_and_the_highest_told(void **state)
{
    (void)state;
    const struct live_case_seen *seen;
    for (uint32_t i = 0; i < 40; i++)
        alarms[i] = (struct message_alarm){ .key = "k",
                                            .id = ALARM_ELECTRODE_OFF,
                                            .priority = i ? PRIORITY_LOW : PRIORITY_HIGH,
                                            .state = "active",
                                            .channel = "\x01\x02\x03\x04\x05\x06\x07\x08"
                                                       "\x01\x02\x03\x04\x05\x06\x07\x08",
                                            .branch = "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"" };
    facts.alarm_count = 40;
    memset(settings.device.site.text, 1, sizeof settings.device.site.text - 1);
    memset(settings.web.address.text, 1, sizeof settings.web.address.text - 1);
    struct err err;
    live_beacon_destroy(beacon);
    beacon = live_beacon_create(&settings, 8080, &now.base, &err);
    live_beacon_tell(beacon, &facts); /* the longest that there can be */
    assert_int_equal(look(&seen), 1);
    assert_int_equal(seen[0].notice.alarm_count, LIVE_NOTICE_ALARMS);
    assert_int_equal(seen[0].notice.more, 40 - LIVE_NOTICE_ALARMS);
    assert_int_equal(seen[0].notice.alarms[0].priority, PRIORITY_HIGH);
}

static void put(const char *name, const char *bytes)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", place, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(bytes, f);
    fclose(f);
}

static void nonsense_and_strangers_are_not_believed(void **state)
{
    (void)state;
    const struct live_case_seen *seen;
    put("live-7.json", "{\"heartbeat_ns\":1");
    put("live-8.json", "");
    put("live-9.json", "{\"heartbeat_ns\":5000000000,\"source\":\"alsa\",\"site\":\"\",\"address\":\"a\","
                       "\"port\":99999,\"tls\":false,\"case\":true,\"audio\":\"on\",\"alarms\":[],\"more\":0}");
    put("live-x.json", "{}");
    char fifo[128];
    snprintf(fifo, sizeof fifo, "%s/live-10.json", place);
    assert_int_equal(mkfifo(fifo, 0600), 0); /* nobody may be made to wait */
    assert_int_equal(look(&seen), 0);
    live_beacon_tell(beacon, &facts);
    assert_int_equal(look(&seen), 1);
    assert_int_equal(chmod(place, 0777), 0);
    const uint32_t elsewhere = look(&seen); /* where all share memory a killed daemon may have left its file */
    for (uint32_t i = 0; i < elsewhere; i++)
        assert_string_not_equal(seen[i].notice.site, settings.device.site.text);
}

#define EACH(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(alarms_come_through_without_names),
        EACH(an_end_is_no_loss_and_a_silence_is_one),
        EACH(what_was_dead_before_is_not_told_and_is_swept_away),
        EACH(many_alarms_are_counted_and_the_highest_told),
        EACH(nonsense_and_strangers_are_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
