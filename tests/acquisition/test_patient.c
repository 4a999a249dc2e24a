/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated patient: reproducible, true to its truth and to what is published, and a source
 * like any other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acquisition/patient.h"

enum { OVERRIDES = 12, MARKS = 32 };

/* A whole run, kept. */
struct run {
    struct stream_format format;
    uint64_t frames; /* delivered */
    uint64_t end;    /* index behind the last */
    int32_t *counts; /* frames x channels, gaps closed */
    struct mark marks[MARKS];
    uint32_t mark_count;
    uint64_t jump_at, jump; /* the last jump of the index */
    char *truth;
};

static struct run *play(const char *scenario, uint64_t seed, uint32_t block_frames, bool is_single,
                        uint64_t limit, const char *const *overrides, size_t count)
{
    struct err err = {0};
    struct source *source = patient_create(&(struct patient_setup){.scenario = scenario,
                                                                   .seed = seed,
                                                                   .block_frames = block_frames,
                                                                   .is_single = is_single,
                                                                   .overrides = overrides,
                                                                   .override_count = count,
                                                                   .complaints = stderr},
                                           &err);
    if (!source)
        fail_msg("%s", err.text);
    const struct truth *truth = patient_truth(source, &err);
    struct run *run = calloc(1, sizeof *run);
    struct sample_block *block = calloc(1, sizeof *block);
    const uint32_t stride = block_stride(source->format.channels);
    int32_t *counts = calloc((size_t)BLOCK_FRAMES * stride, sizeof *counts);
    assert_true(run && block && counts && source->ops->start(source, &err));
    run->format = source->format;
    uint64_t room = 0;
    enum read_result result = READ_BLOCK;
    while (run->end < limit) {
        block->counts = counts;
        result = source->ops->read(source, block);
        if (result != READ_BLOCK)
            break;
        assert_true(block->first_index >= run->end);
        if (block->first_index > run->end) {
            run->jump_at = run->end;
            run->jump = block->first_index - run->end;
        }
        for (uint32_t i = 0; i < block->mark_count; i++) {
            assert_true(block->marks[i].sample >= block->first_index);
            assert_true(block->marks[i].sample <= block->first_index + block->frames);
            if (run->mark_count < MARKS)
                run->marks[run->mark_count++] = block->marks[i];
        }
        if (block_frames)
            assert_true(block->frames <= block_frames);
        if (run->frames + block->frames > room) {
            room = 2 * room + BLOCK_FRAMES;
            run->counts = realloc(run->counts, room * run->format.channels * sizeof(int32_t));
            assert_non_null(run->counts);
        }
        for (uint32_t n = 0; n < block->frames; n++)
            memcpy(run->counts + (run->frames + n) * run->format.channels,
                   counts + (size_t)n * stride, run->format.channels * sizeof(int32_t));
        run->frames += block->frames;
        run->end = block->first_index + block->frames;
    }
    if (limit == UINT64_MAX)
        assert_int_equal(result, READ_END);
    size_t size;
    FILE *to = open_memstream(&run->truth, &size);
    assert_true(to && truth_write(truth, run->end, to, &err));
    fclose(to);
    free(counts);
    free(block);
    source_destroy(source);
    return run;
}

static void run_free(struct run *run)
{
    free(run->counts);
    free(run->truth);
    free(run);
}

static int channel(const struct run *run, const char *label)
{
    for (uint32_t c = 0; c < run->format.channels; c++)
        if (strcmp(run->format.inputs[c].label, label) == 0)
            return (int)c;
    fail_msg("no channel %s", label);
    return -1;
}

static double uv(const struct run *run, int ch, uint64_t frame)
{
    const struct stream_scale scale = stream_input_scale(&run->format.inputs[ch]);
    return run->counts[frame * run->format.channels + (uint64_t)ch] * scale.gain_uv +
           scale.offset_uv;
}

static double rms_uv(const struct run *run, int ch, double from_s, double to_s)
{
    double sum = 0, mean = 0;
    const uint64_t from = (uint64_t)(from_s * run->format.rate_hz);
    const uint64_t to = (uint64_t)(to_s * run->format.rate_hz);
    for (uint64_t n = from; n < to; n++)
        mean += uv(run, ch, n) / (double)(to - from);
    for (uint64_t n = from; n < to; n++)
        sum += (uv(run, ch, n) - mean) * (uv(run, ch, n) - mean);
    return sqrt(sum / (double)(to - from));
}

static double peak_to_peak_uv(const struct run *run, int ch, uint64_t from, uint64_t to)
{
    double low = 1e9, high = -1e9;
    for (uint64_t n = from; n < to; n++) {
        const double v = uv(run, ch, n);
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    return high - low;
}

/* The number behind the key, from `at` on; at moves behind it. NAN: null. */
static double number_after(const char **at, const char *key)
{
    *at = strstr(*at, key);
    assert_non_null(*at);
    *at += strlen(key);
    return strncmp(*at, "null", 4) == 0 ? (double)NAN : strtod(*at, NULL);
}

static void every_built_in_scenario_reads(void **state)
{
    (void)state;
    struct scenario *s = calloc(1, sizeof *s);
    struct err err;
    assert_non_null(s);
    assert_true(config_table_check(scenario_sections, &err));
    for (const struct scenario_builtin *b = scenario_builtins; b->name; b++) {
        if (!scenario_read(s, b->name, NULL, 0, stderr, &err))
            fail_msg("%s: %s", b->name, err.text);
        assert_string_equal(s->title.text, b->name);
        assert_true(s->says.text[0] != 0);
    }
    free(s);
}

static void mistakes_of_a_scenario_name_their_line(void **state)
{
    (void)state;
    static const char text[] = "[scenario]\nduration = 10\n[muscle OOC]\n[branch x]\ndirect = OOR\n"
                               "lateral = MENT\n[lsr]\nlevel = 0 s 1, 10 s 0, 5 s 1\n[event a]\n"
                               "kind = cautery\nat = 1 s\n[event b]\nkind = open\nat = 2 s\n"
                               "for = 1 s\n";
    struct scenario *s = calloc(1, sizeof *s);
    struct err err;
    char *complaints = NULL;
    size_t size;
    FILE *to = open_memstream(&complaints, &size);
    assert_false(scenario_read_text(s, "a.scenario", text, sizeof text - 1, NULL, 0, to, &err));
    fclose(to);
    assert_string_equal(
        complaints,
        "a.scenario:2: [scenario] duration = 10: the unit is missing (s, ms, us, min, h); 1 s to "
        "24 "
        "h\n"
        "a.scenario:8: [lsr] level = 0 s 1, 10 s 0, 5 s 1: the points' times must rise\n"
        "a.scenario:5: [branch x] direct = OOR: there is no [muscle OOR]\n"
        "a.scenario:6: [branch x] lateral = MENT: there is no [muscle MENT]\n"
        "a.scenario: [event a] for = 0 s: say how long it lasts\n"
        "a.scenario: [event b] channels: say which electrode\n");
    assert_false(scenario_read(s, "dmeo", NULL, 0, NULL, &err));
    assert_non_null(strstr(err.text, "did you mean demo?"));
    assert_false(scenario_read(s, "/nonexistent/x.scenario", NULL, 0, NULL, &err));
    free(complaints);
    free(s);
}

static void timelines_are_straight_between_points(void **state)
{
    (void)state;
    const struct timeline t = {.count = 2, .at_s = {10, 20}, .value = {1, 0.5}};
    assert_true(timeline_at(&t, 0) == 1 && timeline_at(&t, 15) == 0.75 &&
                timeline_at(&t, 99) == 0.5);
    const struct timeline empty = {.constant = 0.25};
    assert_true(timeline_at(&empty, 5) == 0.25);
}

static const char *const short_demo[] = {"scenario.duration=6 s", "event.now.kind=random",
                                         "event.now.at=0 s", "event.now.for=6 s",
                                         "event.now.every=100 ms"};

static void same_seed_same_samples_in_any_block_size(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {7, 64, 480, BLOCK_FRAMES};
    struct run *first = play("demo", 3, 1, true, UINT64_MAX, short_demo, 5);
    assert_int_equal(first->frames, 120000);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct run *again = play("demo", 3, sizes[i], true, UINT64_MAX, short_demo, 5);
        assert_int_equal(again->frames, first->frames);
        assert_memory_equal(again->counts, first->counts,
                            first->frames * first->format.channels * sizeof(int32_t));
        assert_string_equal(again->truth, first->truth);
        assert_int_equal(again->mark_count, first->mark_count);
        run_free(again);
    }
    struct run *other = play("demo", 4, 0, true, UINT64_MAX, short_demo, 5);
    assert_string_not_equal(other->truth, first->truth);
    run_free(other);
    run_free(first);
}

static void latencies_are_those_published(void **state)
{
    (void)state;
    static const char *const overrides[] = {
        "scenario.duration=2.6 s", "scenario.rate=5 kHz",         "branch.zygomatic.lateral=MENT",
        "lsr.spread=0.3 ms",       "branch.zygomatic.direct=OOC",
    };
    enum { PATIENTS = 150 };
    double sum = 0, square = 0;
    for (uint64_t seed = 1; seed <= PATIENTS; seed++) {
        struct run *run = play("demo", seed, 0, true, UINT64_MAX, overrides, 5);
        const char *at = strstr(run->truth, "\"stimuli\"");
        const double onset_ms = number_after(&at, "\"onset_ms\":");
        sum += onset_ms;
        square += onset_ms * onset_ms;
        run_free(run);
    }
    /* Mentalis 9.76 +- 1.1 ms (Lee, Chun and Shin 1992). */
    const double mean = sum / PATIENTS, sd = sqrt(square / PATIENTS - mean * mean);
    if (fabs(mean - 9.76) > 0.35 || fabs(sd - 1.1) > 0.3)
        fail_msg("mean %.3f ms, sd %.3f ms", mean, sd);
}

/* A quiet theatre: what remains is what the truth tells. */
static const char *const quiet[] = {
    "scenario.duration=20 s",
    "scenario.drift=0 uV",
    "scenario.rate=20 kHz",
    "muscle.MENT.noise=0.1 uV .. 0.11 uV",
    "muscle.MENT.hum=0 uV .. 0.01 uV",
    "muscle.MENT.artifact=0 uV .. 0.1 uV",
    "muscle.MENT.spread=0 % .. 0.001 %",
    "lsr.after_activity=0 %",
    "event.spasm 1.at=1000 s",
};

static void the_truth_is_what_the_signal_shows(void **state)
{
    (void)state;
    struct run *run = play("demo", 5, 0, true, UINT64_MAX, quiet, 9);
    const int ment = channel(run, "MENT");
    const char *at = strstr(run->truth, "\"stimuli\"");
    int seen = 0;
    double smallest = 1e9, largest = 0;
    while (strstr(at, "\"sample\":")) {
        const uint64_t sample = (uint64_t)number_after(&at, "\"sample\":");
        const double p2p_uv = number_after(&at, "\"MENT\":{\"p2p_uv\":");
        const double onset_ms = number_after(&at, "\"onset_ms\":");
        assert_true(fabs(peak_to_peak_uv(run, ment, sample, sample + 1000) - p2p_uv) < 1.5);
        const uint64_t onset = sample + (uint64_t)(onset_ms * 20);
        assert_true(peak_to_peak_uv(run, ment, sample + 20, onset - 20) < 0.1 * p2p_uv);
        assert_true(peak_to_peak_uv(run, ment, onset - 10, onset + 20) > 0.08 * p2p_uv);
        smallest = p2p_uv < smallest ? p2p_uv : smallest;
        largest = p2p_uv > largest ? p2p_uv : largest;
        seen++;
    }
    assert_true(seen >= 50);
    assert_true(smallest > 50 && largest < 500 && largest > 1.2 * smallest); /* sweeps vary */
    run_free(run);
}

static void an_a_train_has_its_rate_and_edges(void **state)
{
    (void)state;
    static const char *const overrides[] = {
        "scenario.duration=10 s",
        "branch.zygomatic.start=1000 s",
        "event.a.kind=a_train",
        "event.a.at=3 s",
        "event.a.for=2 s",
        "event.a.frequency=110 Hz",
        "event.a.amplitude=200 uV",
        "event.a.channels=FRONT",
        "muscle.FRONT.hum=0 uV .. 0.1 uV",
        "scenario.drift=0 uV",
        "event.spasm 1.at=1000 s",
    };
    struct run *run = play("demo", 2, 0, true, UINT64_MAX, overrides, 11);
    const int front = channel(run, "FRONT"), ooc = channel(run, "OOC");
    int discharges = 0;
    bool is_high = false;
    for (uint64_t n = 0; n < run->frames; n++) {
        const double v = fabs(uv(run, front, n));
        if (!is_high && v > 60)
            discharges += n == 0 || !is_high;
        if (v > 60)
            is_high = true;
        else if (v < 20)
            is_high = false;
    }
    /* Both phases cross, or one of them. */
    assert_true((discharges >= 215 && discharges <= 225) ||
                (discharges >= 430 && discharges <= 450));
    assert_true(rms_uv(run, front, 1, 2.99) < 6 && rms_uv(run, front, 5.05, 9) < 6);
    assert_true(rms_uv(run, front, 3, 5) > 30);
    assert_true(rms_uv(run, ooc, 3, 5) < 0.2 * rms_uv(run, front, 3, 5)); /* a leak, no more */
    const char *at = strstr(run->truth, "\"a_train\"");
    assert_true(fabs(number_after(&at, "\"start\":") - 60000) < 100);
    assert_true(fabs(number_after(&at, "\"end\":") - 100000) < 250);
    run_free(run);
}

static void electrodes_fail_as_electrodes_do(void **state)
{
    (void)state;
    static const char *const overrides[] = {
        "scenario.duration=12 s",  "branch.zygomatic.start=1000 s",
        "event.spasm 1.at=1000 s", "event.o.kind=open",
        "event.o.at=2 s",          "event.o.for=4 s",
        "event.o.channels=OOR",    "event.b.kind=bridged",
        "event.b.at=6 s",          "event.b.for=4 s",
        "event.b.channels=MENT",
    };
    struct run *run = play("demo", 2, 0, true, UINT64_MAX, overrides, 11);
    const int oor = channel(run, "OOR"), ment = channel(run, "MENT");
    assert_true(rms_uv(run, oor, 3, 5.5) > 5 * rms_uv(run, oor, 0.5, 1.9));
    assert_true(rms_uv(run, ment, 6.5, 9.5) < 0.4 * rms_uv(run, ment, 3, 5));
    assert_true(rms_uv(run, oor, 6.5, 9.5) < 30 && rms_uv(run, ment, 10.5, 12) > 1);
    assert_non_null(strstr(run->truth, "\"how\":\"bridged\""));
    run_free(run);
}

static void a_silent_stimulator_keeps_its_trigger(void **state)
{
    (void)state;
    static const char *const overrides[] = {
        "scenario.duration=12 s", "stimulator.delivered=0 s 100 %, 6 s 100 %, 6.1 s 0 %",
        "event.spasm 1.at=1000 s", "muscle.OOC.artifact=1 mV .. 1.1 mV"};
    struct run *run = play("demo", 2, 0, true, UINT64_MAX, overrides, 4);
    const int ooc = channel(run, "OOC"), stim = channel(run, "STIM");
    assert_true(peak_to_peak_uv(run, ooc, 40000, 110000) > 1000);
    assert_true(peak_to_peak_uv(run, ooc, 130000, 230000) < 200);
    assert_true(peak_to_peak_uv(run, stim, 130000, 230000) > 4000);
    assert_non_null(strstr(run->truth, "\"delivered\":false"));
    run_free(run);
}

static void marks_ride_in_the_blocks_and_cases_follow_each_other(void **state)
{
    (void)state;
    static const char *const overrides[] = {"scenario.duration=5 s", "scenario.pause=1 s",
                                            "scenario.rate=4 kHz", "mark.intensity.at=2.5 s",
                                            "mark.tof.at=2.5 s"};
    struct run *run = play("demo", 9, 0, false, 44000, overrides, 5); /* 11 s */
    static const struct {
        uint64_t sample;
        const char *text;
    } expected[] = {{0, "case=start"},   {10000, "intensity=16mA"}, {10000, "tof=4"},
                    {20000, "case=end"}, {24000, "case=start"},     {34000, "intensity=16mA"},
                    {34000, "tof=4"},    {44000, "case=end"}};
    assert_true(run->mark_count >= 7);
    for (uint32_t i = 0; i < run->mark_count; i++) {
        assert_int_equal(run->marks[i].sample, expected[i].sample);
        assert_string_equal(run->marks[i].text, expected[i].text);
        assert_string_equal(run->marks[i].by, "theatre");
    }
    /* Another patient: the second case is not the first. */
    assert_memory_not_equal(run->counts + 10000 * run->format.channels,
                            run->counts + 34000 * run->format.channels, 4000);
    run_free(run);
}

static void an_outage_is_a_jump_between_two_marks(void **state)
{
    (void)state;
    static const char *const with[] = {"scenario.duration=5 s", "scenario.rate=4 kHz",
                                       "event.o.kind=outage", "event.o.at=2 s",
                                       "event.o.for=1.5 s"};
    struct run *run = play("demo", 9, 0, true, UINT64_MAX, with, 5);
    struct run *whole = play("demo", 9, 0, true, UINT64_MAX, with, 2);
    assert_int_equal(run->mark_count, 2);
    assert_string_equal(run->marks[0].text, "device=lost");
    assert_int_equal(run->marks[0].sample, 8000);
    assert_string_equal(run->marks[1].text, "device=back");
    assert_int_equal(run->marks[1].sample, 14000);
    assert_string_equal(run->marks[1].by, "system");
    assert_int_equal(run->jump_at, 8000);
    assert_int_equal(run->jump, 6000);
    assert_int_equal(run->frames, whole->frames - 6000);
    assert_memory_equal(run->counts, whole->counts, 8000 * run->format.channels * sizeof(int32_t));
    run_free(whole);
    run_free(run);
}

static void real_time_is_paced_and_gives_the_same_samples(void **state)
{
    (void)state;
    struct err err;
    struct run *fast = play("demo", 1, 0, true, 4000, NULL, 0);
    struct source *live = patient_create(
        &(struct patient_setup){.scenario = "demo", .seed = 1, .is_real_time = true}, &err);
    assert_true(live && live->live);
    const uint32_t stride = block_stride(live->format.channels);
    struct sample_block *block = calloc(1, sizeof *block);
    int32_t *counts = calloc((size_t)BLOCK_FRAMES * stride, sizeof *counts);
    assert_true(block && counts && live->ops->start(live, &err));
    uint64_t frames = 0;
    int64_t first_ns = 0, last_ns = 0;
    while (frames < 4000) { /* 0.2 s */
        block->counts = counts;
        if (live->ops->read(live, block) != READ_BLOCK || block->frames == 0)
            continue;
        for (uint32_t n = 0; n < block->frames && frames + n < 4000; n++)
            assert_memory_equal(counts + (size_t)n * stride,
                                fast->counts + (frames + n) * fast->format.channels,
                                fast->format.channels * sizeof(int32_t));
        frames += block->frames;
        first_ns = first_ns ? first_ns : block->captured_ns;
        last_ns = block->captured_ns;
    }
    assert_true(last_ns - first_ns > 180000000); /* no faster than a device */
    free(counts);
    free(block);
    source_destroy(live);
    run_free(fast);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_built_in_scenario_reads),
        cmocka_unit_test(mistakes_of_a_scenario_name_their_line),
        cmocka_unit_test(timelines_are_straight_between_points),
        cmocka_unit_test(same_seed_same_samples_in_any_block_size),
        cmocka_unit_test(latencies_are_those_published),
        cmocka_unit_test(the_truth_is_what_the_signal_shows),
        cmocka_unit_test(an_a_train_has_its_rate_and_edges),
        cmocka_unit_test(electrodes_fail_as_electrodes_do),
        cmocka_unit_test(a_silent_stimulator_keeps_its_trigger),
        cmocka_unit_test(marks_ride_in_the_blocks_and_cases_follow_each_other),
        cmocka_unit_test(an_outage_is_a_jump_between_two_marks),
        cmocka_unit_test(real_time_is_paced_and_gives_the_same_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
