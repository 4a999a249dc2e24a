/* SPDX-License-Identifier: Apache-2.0 */
/* The sounder plays through alsa-lib into a file; the file is measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sound/player_alsa.h"
#include "tests/sound/measure.h"

enum { RATE = 48000, LONGEST_S = 20, POLL_MS = 20, WAIT_LIMIT_MS = 20000 };

struct room {
    char folder[64];
    char file[96];
    struct player_options options;
    struct player *player;
    int16_t *samples; /* left and right */
    uint32_t frames;
    struct measured_pulse pulses[MEASURE_PULSES];
    uint32_t count;
};

/* A new file each time: alsa-lib tells a changed one by its inode and its second. */
static void configure(const struct room *r, const char *pcm)
{
    char conf[96], fresh[96];
    snprintf(conf, sizeof conf, "%s/asound.conf", r->folder);
    snprintf(fresh, sizeof fresh, "%s/fresh.conf", r->folder);
    FILE *f = fopen(fresh, "w");
    assert_non_null(f);
    fprintf(f, "pcm.%s { type file slave.pcm { type null } file \"%s\" format raw }\n", pcm,
            r->file);
    fclose(f);
    assert_int_equal(rename(fresh, conf), 0);
}

static int begin(void **state)
{
    struct room *r = calloc(1, sizeof *r);
    strcpy(r->folder, "/tmp/lsrd-sound-XXXXXX");
    assert_non_null(mkdtemp(r->folder));
    snprintf(r->file, sizeof r->file, "%s/heard.raw", r->folder);
    configure(r, "room");
    char conf[96];
    snprintf(conf, sizeof conf, "%s/asound.conf", r->folder);
    setenv("ALSA_CONFIG_PATH", conf, 1);
    strcpy(r->options.pcm.text, "room");
    r->options.level = 0.5;
    r->samples = malloc((size_t)LONGEST_S * RATE * 2 * sizeof *r->samples);
    *state = r;
    return 0;
}

static int end(void **state)
{
    struct room *r = *state;
    player_destroy(r->player);
    char conf[96];
    snprintf(conf, sizeof conf, "%s/asound.conf", r->folder);
    unlink(conf);
    unlink(r->file);
    rmdir(r->folder);
    free(r->samples);
    free(r);
    return 0;
}

static void poll_pause(void)
{
    const struct timespec t = {.tv_nsec = POLL_MS * 1000000L};
    nanosleep(&t, NULL);
}

static void start(struct room *r)
{
    struct err err;
    r->player = player_create(&r->options, &err);
    assert_non_null(r->player);
}

static void listen_to_file(struct room *r)
{
    FILE *f = fopen(r->file, "rb");
    r->frames = 0;
    if (f) {
        r->frames = (uint32_t)fread(r->samples, 4, (size_t)LONGEST_S * RATE, f);
        fclose(f);
    }
    for (uint32_t i = 0; i < r->frames; i++)
        r->samples[i] = r->samples[2 * (size_t)i];
    r->count = r->frames ? measure_pulses(r->samples, r->frames, RATE, r->pulses) : 0;
}

static long file_bytes(const struct room *r)
{
    FILE *f = fopen(r->file, "rb");
    if (!f)
        return 0;
    fseek(f, 0, SEEK_END);
    const long bytes = ftell(f);
    fclose(f);
    return bytes;
}

/* Waits until so much has been played; the plug-in keeps up to a buffer back. */
static void wait_for_s(struct room *r, double seconds)
{
    for (int ms = 0; ms < WAIT_LIMIT_MS; ms += POLL_MS) {
        if ((double)file_bytes(r) >= (seconds - 0.1) * RATE * 4)
            return;
        poll_pause();
    }
    fail_msg("nothing is played");
}

/* Waits until something has been played and nothing more comes for a while. */
static void wait_for_silence(struct room *r)
{
    long before = 0;
    int still_ms = 0;
    for (int ms = 0; ms < WAIT_LIMIT_MS; ms += POLL_MS) {
        const long bytes = file_bytes(r);
        still_ms = bytes == before && bytes > 0 ? still_ms + POLL_MS : 0;
        before = bytes;
        if (still_ms >= 400)
            return;
        poll_pause();
    }
    fail_msg("it never stops");
}

static void stop(struct room *r)
{
    player_destroy(r->player);
    r->player = NULL;
    listen_to_file(r);
}

static void a_high_alarm_is_heard_as_its_burst(void **state)
{
    struct room *r = *state;
    start(r);
    player_want(r->player, TONE_HIGH);
    wait_for_s(r, 3.3);
    stop(r);
    assert_int_equal(r->count, 10);
    for (uint32_t i = 0; i < 10; i++)
        assert_true(r->pulses[i].length_s > 0.075 && r->pulses[i].length_s < 0.2);
    const double between = r->pulses[5].start_s - r->pulses[4].start_s - r->pulses[4].length_s;
    assert_true(between > 0.35 && between < 1.3);
    assert_true(measure_tone(r->samples + RATE / 50, RATE / 11, RATE, 523.25) > 0.05);
    assert_true(measure_tone(r->samples + RATE / 50, RATE / 11, RATE, 2 * 523.25) > 0.03);
}

static void a_chime_is_played_whole_and_then_there_is_silence(void **state)
{
    struct room *r = *state;
    start(r);
    player_once(r->player, TONE_CHIME);
    wait_for_silence(r);
    stop(r);
    assert_true(r->frames > RATE * 118 / 100);
    assert_true(r->frames < 2 * RATE); /* what is quiet is not written for ever */
    assert_true(measure_tone(r->samples + RATE / 3, RATE / 5, RATE, 880.0) > 0.05);
}

static void an_acknowledged_alarm_stops_at_once(void **state)
{
    struct room *r = *state;
    start(r);
    player_want(r->player, TONE_HIGH);
    wait_for_s(r, 0.2);
    player_want(r->player, TONE_NONE);
    wait_for_silence(r);
    stop(r);
    assert_true(r->count >= 1 && r->count <= 3);
}

static void a_second_alarm_is_heard_after_a_silence(void **state)
{
    struct room *r = *state;
    start(r);
    player_once(r->player, TONE_REMINDER);
    wait_for_silence(r);
    player_want(r->player, TONE_MEDIUM);
    wait_for_s(r, 1.3);
    stop(r);
    assert_int_equal(r->count, 4);
}

static void a_missing_device_is_said_and_tried_again(void **state)
{
    struct room *r = *state;
    char why[160] = "";
    strcpy(r->options.pcm.text, "corner");
    start(r);
    for (int ms = 0; ms < WAIT_LIMIT_MS && !why[0]; ms += POLL_MS) {
        assert_int_equal(player_state(r->player, why, sizeof why), PLAYER_BROKEN);
        poll_pause();
    }
    assert_non_null(strstr(why, "alarm.pcm corner: cannot be opened"));
    player_once(r->player, TONE_CHIME); /* nobody hears it, and it is not kept */
    configure(r, "corner");
    for (int ms = 0; ms < WAIT_LIMIT_MS; ms += POLL_MS) {
        if (player_state(r->player, why, sizeof why) == PLAYER_OK)
            break;
        poll_pause();
    }
    assert_int_equal(player_state(r->player, why, sizeof why), PLAYER_OK);
    assert_string_equal(why, "");
    player_want(r->player, TONE_LOW);
    wait_for_s(r, 0.8);
    stop(r);
    assert_int_equal(r->count, 2);
}

static void without_a_device_configured_it_stays_silent(void **state)
{
    struct room *r = *state;
    r->options.pcm.text[0] = 0;
    start(r);
    char why[160];
    player_want(r->player, TONE_HIGH);
    assert_int_equal(player_state(r->player, why, sizeof why), PLAYER_OFF);
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(a_high_alarm_is_heard_as_its_burst),
        ONE(a_chime_is_played_whole_and_then_there_is_silence),
        ONE(an_acknowledged_alarm_stops_at_once),
        ONE(a_second_alarm_is_heard_after_a_silence),
        ONE(a_missing_device_is_said_and_tried_again),
        ONE(without_a_device_configured_it_stays_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
