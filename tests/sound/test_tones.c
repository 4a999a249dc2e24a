/* SPDX-License-Identifier: Apache-2.0 */
/* Alarm tones lie inside the limits of IEC 60601-1-8, measured from the samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sound/tones.h"
#include "tests/sound/measure.h"

enum { RATE = 48000, LONGEST = 70 * RATE };

struct tape {
    struct tone tone;
    int16_t *samples;
    uint32_t frames;
    struct measured_pulse pulses[MEASURE_PULSES];
    uint32_t count;
};

static int begin(void **state)
{
    struct tape *t = calloc(1, sizeof *t);
    t->samples = malloc(LONGEST * sizeof *t->samples);
    tone_init(&t->tone, RATE, 0.5);
    *state = t;
    return 0;
}

static int end(void **state)
{
    struct tape *t = *state;
    free(t->samples);
    free(t);
    return 0;
}

/* In uneven pieces: what sounds must not depend on them. */
static void play(struct tape *t, double seconds)
{
    const uint32_t to = t->frames + (uint32_t)(seconds * RATE);
    for (uint32_t piece = 1; t->frames < to; piece = piece * 7 % 1013 + 1) {
        const uint32_t n = piece < to - t->frames ? piece : to - t->frames;
        tone_render(&t->tone, t->samples + t->frames, n);
        t->frames += n;
    }
    t->count = measure_pulses(t->samples, t->frames, RATE, t->pulses);
}

static double gap(const struct tape *t, uint32_t i)
{
    return t->pulses[i + 1].start_s - t->pulses[i].start_s - t->pulses[i].length_s;
}

static void in_range(double value, double low, double high)
{
    if (!(value >= low && value <= high))
        fail_msg("%g is not within %g and %g", value, low, high);
}

static void a_high_burst_is_ten_pulses_in_two_groups(void **state)
{
    struct tape *t = *state;
    tone_want(&t->tone, TONE_HIGH);
    play(t, 6.9);
    assert_int_equal(t->count, 10);
    for (uint32_t i = 0; i < 10; i++) {
        in_range(t->pulses[i].length_s, 0.075, 0.200);
        in_range(20.0 * log10(t->pulses[i].peak / t->pulses[0].peak), -10.0, 10.0);
    }
    const double x = gap(t, 0);
    for (uint32_t i = 0; i < 9; i++) {
        if (i == 4)
            in_range(gap(t, i), 0.35, 1.30);
        else if (i == 2 || i == 7)
            in_range(gap(t, i), 2 * x + t->pulses[0].length_s - 0.03,
                     2 * x + t->pulses[0].length_s + 0.03);
        else
            in_range(gap(t, i), 0.050, 0.125);
    }
    play(t, 7.0);
    assert_int_equal(t->count, 20);
    const double pause = t->pulses[10].start_s - t->pulses[9].start_s - t->pulses[9].length_s;
    in_range(pause, 2.5, 15.0);
}

static void a_medium_burst_is_three_pulses_a_low_one_two(void **state)
{
    struct tape *t = *state;
    tone_want(&t->tone, TONE_MEDIUM);
    play(t, 31.0);
    assert_int_equal(t->count, 9);
    for (uint32_t i = 0; i < 3; i++)
        in_range(t->pulses[i].length_s, 0.125, 0.250);
    in_range(gap(t, 0), 0.125, 0.250);
    in_range(gap(t, 1), 0.125, 0.250);
    in_range(gap(t, 2), 2.5, 30.0);
    tone_want(&t->tone, TONE_NONE);
    play(t, 2.0);
    t->frames = 0;
    tone_want(&t->tone, TONE_LOW);
    play(t, 61.0);
    assert_int_equal(t->count, 4);
    in_range(gap(t, 0), 0.125, 0.250);
    in_range(gap(t, 1), 15.0, 100.0);
}

static void a_pulse_has_harmonics_that_a_small_loudspeaker_can_play(void **state)
{
    struct tape *t = *state;
    tone_want(&t->tone, TONE_MEDIUM);
    play(t, 0.2);
    const int16_t *steady = t->samples + RATE * 30 / 1000;
    const uint32_t frames = RATE * 145 / 1000;
    const double first = measure_tone(steady, frames, RATE, 523.25);
    in_range(523.25, 150.0, 1000.0);
    int near = 0;
    for (int k = 1; k <= 7; k++) {
        const double db = 20.0 * log10(measure_tone(steady, frames, RATE, 523.25 * k) / first);
        near += 523.25 * k >= 300.0 && 523.25 * k <= 4000.0 && fabs(db) <= 15.0;
    }
    assert_true(near >= 4);
    in_range(t->pulses[0].peak, 0.49, 0.51); /* of the level */
}

static void a_pulse_rises_in_a_tenth_to_a_fifth_of_its_length(void **state)
{
    struct tape *t = *state;
    tone_want(&t->tone, TONE_HIGH);
    play(t, 0.25);
    const double full = t->pulses[0].peak;
    uint32_t tenth = 0, ninety = 0;
    for (uint32_t i = 0; i < t->frames && ninety == 0; i++) {
        const double v = abs(t->samples[i]) / 32767.0;
        if (tenth == 0 && v > 0.1 * full)
            tenth = i;
        if (v > 0.9 * full)
            ninety = i;
    }
    in_range((double)(ninety - tenth) / RATE / t->pulses[0].length_s, 0.10, 0.20);
}

static void a_higher_alarm_cuts_in_at_the_next_gap(void **state)
{
    struct tape *t = *state;
    tone_want(&t->tone, TONE_MEDIUM);
    play(t, 0.1); /* within the first pulse */
    tone_want(&t->tone, TONE_HIGH);
    play(t, 4.0);
    assert_int_equal(t->count, 11);
    in_range(t->pulses[0].length_s, 0.125, 0.250); /* played to its end, no click */
    in_range(t->pulses[1].length_s, 0.075, 0.125);
}

static void what_is_no_longer_wanted_ends_at_the_next_gap(void **state)
{
    struct tape *t = *state;
    tone_want(&t->tone, TONE_HIGH);
    play(t, 0.25);
    tone_want(&t->tone, TONE_NONE);
    assert_false(tone_is_idle(&t->tone));
    play(t, 5.0);
    assert_int_equal(t->count, 2);
    assert_true(tone_is_idle(&t->tone));
}

static void the_chime_is_two_soft_sines_and_waits_for_the_pause(void **state)
{
    struct tape *t = *state;
    tone_once(&t->tone, TONE_CHIME);
    play(t, 2.0);
    assert_true(tone_is_idle(&t->tone));
    assert_true(t->count > 0); /* two notes beat */
    for (uint32_t i = 0; i < t->count; i++)
        in_range(t->pulses[i].peak, 0.0, 0.5);
    const int16_t *second = t->samples + RATE * 320 / 1000;
    const double a5 = measure_tone(second, RATE / 5, RATE, 880.0);
    assert_true(a5 > 0.05);
    assert_true(measure_tone(second, RATE / 5, RATE, 1760.0) < 0.01 * a5); /* no harmonics */
    assert_true(measure_tone(t->samples, RATE / 4, RATE, 659.25) > 0.05);
    t->frames = 0;
    tone_want(&t->tone, TONE_MEDIUM);
    play(t, 0.05);
    tone_once(&t->tone, TONE_CHIME);
    play(t, 3.0);
    assert_true(t->count > 3);
    for (uint32_t i = 0; i < 3; i++)
        in_range(t->pulses[i].length_s, 0.125, 0.250);
    assert_true(t->pulses[3].start_s > 0.74 + 0.18);
}

static void the_reminder_is_one_short_soft_pulse(void **state)
{
    struct tape *t = *state;
    tone_once(&t->tone, TONE_REMINDER);
    play(t, 1.0);
    assert_int_equal(t->count, 1);
    in_range(t->pulses[0].peak, 0.05, 0.2);
    assert_true(tone_is_idle(&t->tone));
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, begin, end)

/* The page's tones are compared with the same file: tests/data/tones.json. */
static void the_page_sounds_the_same_bursts(void **state)
{
    (void)state;
    char text[2048];
    size_t n = (size_t)snprintf(text, sizeof text, "{\n");
    static const char *const names[] = {[TONE_LOW] = "low", [TONE_MEDIUM] = "medium", [TONE_HIGH] = "high"};
    for (enum tone_burst b = TONE_LOW; b <= TONE_HIGH; b++) {
        double starts_s[TONE_PULSES], pulse_s;
        const uint32_t pulses = tone_pulses(b, starts_s, &pulse_s);
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "  \"%s\": {\"pulseS\": %.3f, \"repeatS\": %.0f, \"starts\": [", names[b],
                              pulse_s, tone_repeat_s(b));
        for (uint32_t i = 0; i < pulses; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%.3f", i ? ", " : "", starts_s[i]);
        n += (size_t)snprintf(text + n, sizeof text - n, "]}%s\n", b < TONE_HIGH ? "," : "");
    }
    n += (size_t)snprintf(text + n, sizeof text - n, "}\n");
    if (getenv("LSRD_WRITE_GOLDEN")) {
        FILE *out = fopen(TEST_DATA "/tones.json", "w");
        assert_non_null(out);
        assert_int_equal(fwrite(text, 1, n, out), n);
        assert_int_equal(fclose(out), 0);
    }
    char expected[sizeof text] = "";
    FILE *in = fopen(TEST_DATA "/tones.json", "r");
    assert_non_null(in);
    const size_t size = fread(expected, 1, sizeof expected - 1, in);
    fclose(in);
    assert_int_equal(size, n);
    assert_string_equal(text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(a_high_burst_is_ten_pulses_in_two_groups),
        ONE(a_medium_burst_is_three_pulses_a_low_one_two),
        ONE(a_pulse_has_harmonics_that_a_small_loudspeaker_can_play),
        ONE(a_pulse_rises_in_a_tenth_to_a_fifth_of_its_length),
        ONE(a_higher_alarm_cuts_in_at_the_next_gap),
        ONE(what_is_no_longer_wanted_ends_at_the_next_gap),
        ONE(the_chime_is_two_soft_sines_and_waits_for_the_pause),
        ONE(the_reminder_is_one_short_soft_pulse),
        cmocka_unit_test(the_page_sounds_the_same_bursts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
