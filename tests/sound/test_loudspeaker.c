/* SPDX-License-Identifier: Apache-2.0 */
/* The EMG as sound, measured: what goes through, what is muted, which channel is heard. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sound/loudspeaker.h"
#include "tests/sound/measure.h"

enum { RATE = 20000, CHANNELS = 4, STRIDE = 8, SECONDS_MAX = 20, OUT = LOUDSPEAKER_RATE_HZ };

struct heard {
    uint32_t frames;
    uint64_t first; /* of the first frame */
    uint32_t gaps;
    uint16_t channel[SECONDS_MAX * 50];
    int16_t samples[SECONDS_MAX * OUT];
};

struct bench {
    struct loudspeaker loudspeaker;
    struct heard heard;
};

static void hear(void *context, const struct loudspeaker_frame *f)
{
    struct heard *h = context;
    if (h->frames == 0)
        h->first = f->first_sample;
    h->gaps += f->is_gap;
    h->channel[h->frames] = f->channel;
    memcpy(h->samples + (size_t)h->frames * LOUDSPEAKER_FRAME, f->samples, sizeof f->samples);
    h->frames++;
}

static struct bench *bench_of(uint32_t rate_hz, uint16_t source)
{
    struct bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    loudspeaker_init(&b->loudspeaker, rate_hz, CHANNELS, 0.03, hear, &b->heard);
    loudspeaker_want(&b->loudspeaker, &source, 1);
    return b;
}

static uint32_t random_state = 1;
static double noise(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) / 8388608.0 - 1.0;
}

/* A tone of so many microvolts on channel 1, so many seconds of it. */
static struct bench *tone(uint32_t rate_hz, double hz, double uv, double seconds)
{
    struct bench *b = bench_of(rate_hz, 1);
    for (uint64_t i = 0; i < (uint64_t)(seconds * rate_hz); i++) {
        float frame[STRIDE] = {0};
        frame[1] = (float)(uv * sin(2 * 3.141592653589793 * hz * (double)i / rate_hz));
        loudspeaker_feed(&b->loudspeaker, i, frame, 1, STRIDE);
    }
    return b;
}

static double strength(const struct bench *b, double hz)
{
    return measure_tone(b->heard.samples + OUT / 2, OUT, OUT, hz);
}

static void a_discharge_is_heard_at_its_strength_and_pitch_at_any_rate(void **state)
{
    (void)state;
    const uint32_t rates[] = {4000, 16000, 20000, 44100, 48000, 192000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct bench *b = tone(rates[i], 500, 200, 2);
        assert_float_equal(strength(b, 500), 0.2, 0.012);
        free(b);
    }
}

static void what_is_no_muscle_is_left_out(void **state)
{
    (void)state;
    struct bench *hum = tone(RATE, 50, 200, 2);
    assert_true(strength(hum, 50) < 0.05);
    free(hum);
    struct bench *alias = tone(48000, 15500, 200, 2); /* would come back as 500 Hz */
    assert_true(strength(alias, 500) < 0.001);
    free(alias);
}

static void a_saturated_channel_does_not_hurt(void **state)
{
    (void)state;
    struct bench *b = tone(RATE, 300, 8000, 2);
    for (uint32_t i = 0; i < b->heard.frames * LOUDSPEAKER_FRAME; i++)
        assert_in_range(abs(b->heard.samples[i]), 0, 16384);
    assert_true(strength(b, 300) > 0.3);
    free(b);
}

/* A stimulus 0.5 s in, with 5 mV of artifact for 3 ms, told 25 ms later. */
static double click(bool is_told)
{
    struct bench *b = bench_of(RATE, 0);
    const uint64_t at = RATE / 2;
    for (uint64_t i = 0; i < RATE; i++) {
        float frame[STRIDE] = {0};
        if (i >= at && i < at + RATE * 3 / 1000)
            frame[0] = (i / 5) % 2 ? 5000 : -5000;
        loudspeaker_feed(&b->loudspeaker, i, frame, 1, STRIDE);
        if (is_told && i == at + RATE / 40)
            loudspeaker_stimulus(&b->loudspeaker, at);
    }
    double most = 0;
    for (uint32_t i = 0; i < b->heard.frames * LOUDSPEAKER_FRAME; i++)
        most = fmax(most, abs(b->heard.samples[i]) / 32767.0);
    free(b);
    return most;
}

static void a_stimulus_makes_no_click(void **state)
{
    (void)state;
    assert_true(click(false) > 0.4);
    assert_true(click(true) < 0.001);
}

static void fill(float *frame, double seconds, uint16_t active, double from_s, double to_s)
{
    memset(frame, 0, STRIDE * sizeof *frame);
    for (int c = 0; c < CHANNELS; c++)
        frame[c] = (float)((c == 0 ? 40 : 5) * noise()); /* channel 0 has a poor electrode */
    if (seconds >= from_s && seconds < to_s)
        frame[active] += (float)(100 * noise());
}

static void the_loudest_is_the_one_that_stands_out(void **state)
{
    (void)state;
    struct bench *b = bench_of(RATE, LOUDSPEAKER_LOUDEST);
    float frame[STRIDE];
    for (uint64_t i = 0; i < 10 * RATE; i++) {
        const double s = (double)i / RATE;
        fill(frame, s, s < 6 ? 2 : 3, s < 6 ? 2 : 7, s < 6 ? 3 : 8);
        loudspeaker_feed(&b->loudspeaker, i, frame, 1, STRIDE);
    }
    assert_int_equal(b->heard.channel[50 * 25 / 10], 2);
    assert_int_equal(b->heard.channel[50 * 6], 2); /* nothing else stood out meanwhile */
    assert_int_equal(b->heard.channel[50 * 75 / 10], 3);
    uint32_t changes = 0;
    for (uint32_t i = 1; i < b->heard.frames; i++)
        changes += b->heard.channel[i] != b->heard.channel[i - 1];
    assert_in_range(changes, 1, 2);
    free(b);
}

static void answers_to_stimuli_do_not_decide_which_one_is_heard(void **state)
{
    (void)state;
    struct bench *b = bench_of(RATE, LOUDSPEAKER_LOUDEST);
    float frame[STRIDE];
    for (uint64_t i = 0; i < 8 * RATE; i++) {
        const double s = (double)i / RATE;
        fill(frame, s, 2, 2, 3);
        if (i % (RATE / 5) < RATE / 100) /* an M wave of a millivolt, five times a second */
            frame[3] += (float)(1000 * noise());
        loudspeaker_feed(&b->loudspeaker, i, frame, 1, STRIDE);
        if (i >= RATE / 40 && (i - RATE / 40) % (RATE / 5) == 0)
            loudspeaker_stimulus(&b->loudspeaker, i - RATE / 40);
    }
    assert_int_equal(b->heard.channel[50 * 5], 2);
    for (uint32_t i = 100; i < b->heard.frames; i++)
        assert_int_not_equal(b->heard.channel[i], 3);
    free(b);
}

static void any_block_size_sounds_the_same(void **state)
{
    (void)state;
    static float signal[RATE][STRIDE];
    for (int i = 0; i < RATE; i++)
        fill(signal[i], (double)i / RATE, 2, 0.3, 0.6);
    struct bench *whole = bench_of(RATE, LOUDSPEAKER_LOUDEST);
    loudspeaker_feed(&whole->loudspeaker, 0, signal[0], RATE, STRIDE);
    const uint32_t sizes[] = {1, 7, 4096};
    for (size_t k = 0; k < 3; k++) {
        struct bench *b = bench_of(RATE, LOUDSPEAKER_LOUDEST);
        for (uint32_t i = 0; i < RATE; i += sizes[k])
            loudspeaker_feed(&b->loudspeaker, i, signal[i], i + sizes[k] > RATE ? RATE - i : sizes[k],
                             STRIDE);
        assert_memory_equal(&b->heard, &whole->heard, sizeof b->heard);
        free(b);
    }
    free(whole);
}

static void samples_keep_their_place_and_a_gap_is_one(void **state)
{
    (void)state;
    struct bench *b = bench_of(RATE, 2);
    float frame[STRIDE] = {0};
    uint64_t at = 12345;
    for (uint32_t i = 0; i < RATE; i++, at++) {
        if (i == RATE / 2)
            at += 50000;
        frame[2] = at >= 60000 ? 400 : 0; /* a step, right behind the gap */
        loudspeaker_feed(&b->loudspeaker, at, frame, 1, STRIDE);
    }
    assert_int_equal(b->heard.gaps, 2); /* the first frame follows none either */
    assert_in_range(b->heard.first, 12345 * 4 / 5, 12345 * 4 / 5 + 4);
    int16_t most = 0; /* it comes in softly: no sample jumps by more than a fiftieth */
    for (uint32_t i = 1; i < b->heard.frames * LOUDSPEAKER_FRAME; i++) {
        const int step = abs(b->heard.samples[i] - b->heard.samples[i - 1]);
        most = step > most ? (int16_t)step : most;
    }
    assert_in_range(most, 0, 655);
    free(b);
}

static void eight_sources_at_once_and_no_ninth(void **state)
{
    (void)state;
    struct bench *b = calloc(1, sizeof *b);
    loudspeaker_init(&b->loudspeaker, RATE, 20, 0, hear, &b->heard);
    uint16_t sources[10] = {0, 1, 2, 3, 4, 5, 6, LOUDSPEAKER_LOUDEST, 8, 300};
    static float silence[RATE / 50 + 10][24];
    loudspeaker_want(&b->loudspeaker, sources, 10);
    loudspeaker_feed(&b->loudspeaker, 0, silence[0], RATE / 50 + 10, 24);
    assert_int_equal(b->heard.frames, 8);
    loudspeaker_want(&b->loudspeaker, sources, 0);
    loudspeaker_feed(&b->loudspeaker, RATE / 50 + 10, silence[0], RATE / 50, 24);
    assert_int_equal(b->heard.frames, 8);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_discharge_is_heard_at_its_strength_and_pitch_at_any_rate),
        cmocka_unit_test(what_is_no_muscle_is_left_out),
        cmocka_unit_test(a_saturated_channel_does_not_hurt),
        cmocka_unit_test(a_stimulus_makes_no_click),
        cmocka_unit_test(the_loudest_is_the_one_that_stands_out),
        cmocka_unit_test(answers_to_stimuli_do_not_decide_which_one_is_heard),
        cmocka_unit_test(any_block_size_sounds_the_same),
        cmocka_unit_test(samples_keep_their_place_and_a_gap_is_one),
        cmocka_unit_test(eight_sources_at_once_and_no_ninth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
