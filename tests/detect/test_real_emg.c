/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings of people, as tests/data/emg/README.md describes them. argv[1]: their folder. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "detect/artifact.h"
#include "detect/free_running.h"
#include "detect/hum.h"

enum { STRIDE = 8, EVENTS = 1000 };

static const double TWO_PI = 6.283185307179586;
static const char *folder;

struct recording {
    const char *name;
    uint32_t rate_hz, channels;
    size_t frames;
    bool has_angle; /* a further column */
    double *uv;     /* frames x channels */
    double *angle;  /* degrees */
};

static const struct recording
    needle_healthy = {.name = "needle_healthy.dat", .rate_hz = 4000, .channels = 1, .frames = 50860},
    needle_myopathy = {.name = "needle_myopathy.dat", .rate_hz = 4000, .channels = 1, .frames = 110337},
    spinal_off = {.name = "spinal_off.f32", .rate_hz = 4000, .channels = 1, .frames = 312644},
    spinal_on = {.name = "spinal_on.f32", .rate_hz = 4000, .channels = 1, .frames = 192000},
    contractions = {.name = "adc12_contractions.dat", .rate_hz = 1000, .channels = 1, .frames = 63880},
    ecg = {.name = "adc12_ecg.dat", .rate_hz = 1000, .channels = 1, .frames = 15000},
    ecg_mains = {.name = "ecg_mains.dat", .rate_hz = 1000, .channels = 1, .frames = 10001},
    tibialis = {.name = "tibialis_250hz.dat", .rate_hz = 250, .channels = 1, .frames = 137420},
    walking = {.name = "leg_walking.dat", .rate_hz = 1000, .channels = 4, .frames = 6563, .has_angle = true},
    standing = {.name = "leg_standing.dat", .rate_hz = 1000, .channels = 4, .frames = 15260, .has_angle = true},
    sitting = {.name = "leg_sitting.dat", .rate_hz = 1000, .channels = 4, .frames = 13480, .has_angle = true};

static struct recording read_recording(const struct recording *what)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, what->name);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s cannot be opened", path);
    const bool is_int16 = strstr(what->name, ".dat") != NULL;
    const size_t columns = what->channels + what->has_angle, values = what->frames * columns;
    struct recording r = *what;
    r.uv = malloc(r.frames * r.channels * sizeof *r.uv);
    r.angle = malloc(r.frames * sizeof *r.angle);
    int16_t tenths;
    float uv;
    for (size_t i = 0; i < values; i++) {
        assert_int_equal(is_int16 ? fread(&tenths, sizeof tenths, 1, f) : fread(&uv, sizeof uv, 1, f), 1);
        const double value = is_int16 ? 0.1 * (double)tenths : (double)uv;
        if (i % columns < r.channels)
            r.uv[i / columns * r.channels + i % columns] = value;
        else
            r.angle[i / columns] = value;
    }
    assert_int_equal(fgetc(f), EOF);
    fclose(f);
    return r;
}

static void forget(struct recording *r)
{
    free(r->uv);
    free(r->angle);
}

static void *stage(size_t size)
{
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    assert_non_null(memory);
    return memory;
}

/* All findings of the recording; returns how many. clean (frames x channels): hum removed; NULL: not
 * wanted. */
static uint32_t find(const struct recording *r, struct finding *items, double *clean_uv)
{
    struct bank_params p;
    memset(&p, 0, sizeof p);
    p.rate_hz = r->rate_hz;
    p.channels = r->channels;
    p.artifact = (struct artifact_params){ .recovery_s = 0.4, .hum_uv = 150.0 };
    p.free_running = (struct free_running_params){ .threshold_uv = 20.0, .threshold_ratio = 7.0 };
    struct artifact *a = stage(artifact_size(&p));
    struct hum *h = stage(hum_size(&p));
    struct free_running *f = stage(free_running_size(&p));
    artifact_init(a, &p);
    hum_init(h, &p);
    free_running_init(f, &p);
    struct finding_list out = { 0, EVENTS, items };
    const struct stimulus_blank none = { NO_SAMPLE, NO_SAMPLE };
    double raw[STRIDE * 8] = { 0 }, clean[STRIDE * 8] = { 0 };
    uint8_t clipped[STRIDE * 8] = { 0 };
    const uint32_t tick = r->rate_hz < 1000 ? 1 : r->rate_hz / 1000;
    for (size_t i = 0; i + tick <= r->frames; i += tick) {
        for (size_t k = 0; k < tick; k++)
            for (size_t c = 0; c < r->channels; c++)
                raw[k * STRIDE + c] = r->uv[(i + k) * r->channels + c];
        struct frame_run run = { i, tick, r->channels, STRIDE, raw, clipped };
        artifact_feed(a, &run, &out);
        hum_feed(h, &run, none, a, clean);
        run.uv = clean;
        free_running_feed(f, &run, none, a, &out);
        for (size_t k = 0; clean_uv && k < tick; k++)
            for (size_t c = 0; c < r->channels; c++)
                clean_uv[(i + k) * r->channels + c] = clean[k * STRIDE + c];
    }
    artifact_finish(a, r->frames, &out);
    free_running_finish(f, r->frames, &out);
    assert_true(out.count < EVENTS);
    free(a);
    free(h);
    free(f);
    return out.count;
}

static uint32_t events_of(const struct finding *items, uint32_t count, enum emg_kind kind)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        n += items[i].type == FINDING_EMG_EVENT && items[i].emg_event.kind == kind;
    return n;
}

static void there_is_no_a_train(void **state)
{
    (void)state;
    const struct recording *const all[] = { &needle_healthy, &needle_myopathy, &spinal_off, &spinal_on,
                                            &contractions,   &ecg,             &walking,    &standing,
                                            &sitting };
    static struct finding items[EVENTS];
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct recording r = read_recording(all[i]);
        const uint32_t count = find(&r, items, NULL);
        uint32_t events = 0;
        for (uint32_t k = 0; k < count; k++) {
            events += items[k].type == FINDING_EMG_EVENT;
            if (items[k].type == FINDING_EMG_EVENT && items[k].emg_event.kind == EMG_A_TRAIN)
                fail_msg("%s: A train at %.2f s", r.name,
                         (double)items[k].emg_event.start_sample / r.rate_hz);
        }
        assert_true(events > 0);
        forget(&r);
    }
}

static void five_contractions_are_found(void **state)
{
    (void)state;
    static const double want[5][2] = {
        { 26.92, 29.82 }, { 39.5, 42.57 }, { 50.48, 53.51 }, { 63.58, 66.59 }, { 73.45, 76.4 }
    };
    static struct finding items[EVENTS];
    struct recording r = read_recording(&spinal_off);
    const uint32_t count = find(&r, items, NULL);
    uint32_t found = 0, trains = 0;
    for (uint32_t k = 0; k < count; k++) {
        const struct finding_emg_event *e = &items[k].emg_event;
        if (items[k].type != FINDING_EMG_EVENT || e->kind != EMG_C_TRAIN)
            continue;
        trains++;
        for (size_t i = 0; i < 5; i++)
            found += fabs((double)e->start_sample / r.rate_hz - want[i][0]) < 0.5 &&
                     fabs((double)e->end_sample / r.rate_hz - want[i][1]) < 0.5;
    }
    assert_int_equal(found, 5);
    assert_int_equal(trains, 5);
    forget(&r);
}

struct span {
    double from_s, to_s;
};

/* Bursts, trains and spasms of a channel, those less than gap_s apart as one. */
static uint32_t activity(const struct recording *r, const struct finding *items, uint32_t count,
                         uint32_t channel, double gap_s, struct span *spans)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct finding_emg_event *e = &items[i].emg_event;
        bool is_in = false;
        for (uint16_t k = 0; items[i].type == FINDING_EMG_EVENT && k < e->channel_count; k++)
            is_in = is_in || e->channels[k] == channel;
        if (!is_in || e->kind == EMG_SPIKE)
            continue;
        const struct span s = { (double)e->start_sample / r->rate_hz, (double)e->end_sample / r->rate_hz };
        if (n > 0 && s.from_s - spans[n - 1].to_s < gap_s)
            spans[n - 1].to_s = fmax(spans[n - 1].to_s, s.to_s);
        else
            spans[n++] = s;
    }
    return n;
}

/* One to one: each overlaps its own, and there are no others. */
static void assert_same_spans(const char *name, const struct span *found, uint32_t count,
                              const struct span *want, uint32_t wanted)
{
    for (uint32_t i = 0; i < count && i < wanted; i++)
        if (found[i].from_s > want[i].to_s || found[i].to_s < want[i].from_s)
            fail_msg("%s: active %.2f-%.2f s, not %.2f-%.2f s", name, found[i].from_s, found[i].to_s,
                     want[i].from_s, want[i].to_s);
    assert_int_equal(count, wanted);
}

static void three_contractions_of_twelve_bits_are_found_and_nothing_else(void **state)
{
    (void)state;
    static const struct span want[] = { { 1.0, 2.0 }, { 15.0, 17.0 }, { 25.0, 27.0 } };
    static struct finding items[EVENTS];
    static struct span found[EVENTS];
    struct recording r = read_recording(&contractions);
    const uint32_t count = find(&r, items, NULL);
    assert_same_spans(r.name, found, activity(&r, items, count, 0, 1.0, found), want, 3);
    forget(&r);
}

/* When the knee is bent over (or, below, stretched under) an angle, and after_s longer; not what the recording cuts, nor
 * while the channels' noise is still learned. */
static uint32_t movements(const struct recording *r, double degrees, bool below, double after_s,
                          struct span *spans)
{
    uint32_t n = 0;
    size_t from = r->frames;
    for (size_t i = r->rate_hz / 2; i < r->frames; i++) {
        const bool was = below ? r->angle[i - 1] < degrees : r->angle[i - 1] > degrees;
        const bool is = below ? r->angle[i] < degrees : r->angle[i] > degrees;
        if (is && !was)
            from = i;
        const double to_s = (double)i / r->rate_hz + after_s;
        if (was && !is && from < i && to_s * r->rate_hz < (double)r->frames)
            spans[n++] = (struct span){ (double)from / r->rate_hz, to_s };
    }
    return n;
}

static void a_muscle_is_active_as_often_as_the_knee_moves(void **state)
{
    (void)state;
    enum { VASTUS_MEDIALIS = 2, SEMITENDINOSUS = 3 };
    static const struct {
        const struct recording *recording;
        double degrees;
        bool below;
        uint32_t muscle, times;
        double after_s; /* activity may follow the movement: a swinging leg is braked */
    } tasks[] = {
        { &walking, 40.0, false, SEMITENDINOSUS, 4, 0.5 },
        { &standing, 60.0, false, SEMITENDINOSUS, 5, 0.0 },
        { &sitting, 30.0, true, VASTUS_MEDIALIS, 4, 0.0 },
    };
    static struct finding items[EVENTS];
    static struct span found[EVENTS], moved[EVENTS];
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        struct recording r = read_recording(tasks[i].recording);
        const uint32_t times = movements(&r, tasks[i].degrees, tasks[i].below, tasks[i].after_s, moved);
        assert_int_equal(times, tasks[i].times);
        const uint32_t count = find(&r, items, NULL);
        assert_same_spans(r.name, found, activity(&r, items, count, tasks[i].muscle, 0.5, found), moved,
                          times);
        forget(&r);
    }
}

static void a_heart_beat_is_no_discharge_of_many_units(void **state)
{
    (void)state;
    const struct recording *const all[] = { &ecg, &ecg_mains };
    static struct finding items[EVENTS];
    for (size_t i = 0; i < 2; i++) {
        struct recording r = read_recording(all[i]);
        const uint32_t count = find(&r, items, NULL);
        for (enum emg_kind kind = 0; kind < EMG_KINDS; kind++)
            if (kind != EMG_SPIKE)
                assert_int_equal(events_of(items, count, kind), 0);
        forget(&r);
    }
}

/* Power at a frequency, Hann's window. */
static double power_at(const double *uv, size_t frames, uint32_t rate_hz, double hz)
{
    double re = 0.0, im = 0.0;
    for (size_t i = 0; i < frames; i++) {
        const double window = 0.5 - 0.5 * cos(TWO_PI * (double)i / (double)frames);
        re += window * uv[i] * cos(TWO_PI * hz * (double)i / rate_hz);
        im += window * uv[i] * sin(TWO_PI * hz * (double)i / rate_hz);
    }
    return re * re + im * im;
}

static void mains_over_a_heart_are_named_and_removed(void **state)
{
    (void)state;
    static struct finding items[EVENTS];
    struct recording r = read_recording(&ecg_mains);
    double *clean = calloc(r.frames, sizeof *clean);
    const uint32_t count = find(&r, items, clean);
    uint32_t hum = 0;
    for (uint32_t i = 0; i < count; i++)
        hum += items[i].type == FINDING_ARTIFACT && items[i].artifact.kind == ARTIFACT_HUM;
    assert_int_equal(hum, 1);
    const size_t from = 4000, frames = 6000; /* whole seconds, the estimate in use */
    const double hz[] = { 45.0, 50.0, 55.0 };
    double before[3], after[3];
    for (int i = 0; i < 3; i++) {
        before[i] = power_at(r.uv + from, frames, r.rate_hz, hz[i]);
        after[i] = power_at(clean + from, frames, r.rate_hz, hz[i]);
    }
    assert_true(before[1] > 1e4 * before[0] && before[1] > 1e4 * before[2]);
    assert_true(after[1] < 0.02 * 0.02 * before[1]); /* what may be left: docs/detection-free-running.md */
    free(clean);
    forget(&r);
}

/* The same signal at four times its rate: sin x / x over 16 samples each way, Hann's window. */
static struct recording faster_by_four(const struct recording *slow)
{
    enum { FACTOR = 4, REACH = 16 };
    struct recording r = *slow;
    r.rate_hz *= FACTOR;
    r.frames *= FACTOR;
    r.uv = calloc(r.frames, sizeof *r.uv);
    r.angle = NULL;
    for (size_t i = 0; i < r.frames; i++)
        for (size_t k = i / FACTOR < REACH ? 0 : i / FACTOR - REACH;
             k <= i / FACTOR + REACH && k < slow->frames; k++) {
            const double x = 0.5 * TWO_PI * ((double)i / FACTOR - (double)k);
            const double window = 0.5 + 0.5 * cos(x / (REACH + 1));
            r.uv[i] += slow->uv[k] * window * (x == 0.0 ? 1.0 : sin(x) / x);
        }
    return r;
}

/* Its authors count 56; the intervals are a root mean square's, over six times its median. */
static void fifty_six_contractions_are_found_where_the_rate_allows(void **state)
{
    (void)state;
    static const struct span want[56] = {
        { 7.98, 8.91 }, { 17.51, 18.33 }, { 24.88, 25.78 }, { 33.00, 33.90 },
        { 42.16, 43.26 }, { 50.82, 51.98 }, { 58.67, 59.75 }, { 73.25, 74.41 },
        { 87.67, 89.08 }, { 102.86, 103.90 }, { 120.01, 120.89 }, { 128.92, 129.77 },
        { 136.60, 137.40 }, { 145.84, 146.67 }, { 153.82, 154.60 }, { 162.03, 163.07 },
        { 170.33, 171.40 }, { 176.69, 177.80 }, { 185.11, 186.18 }, { 194.42, 195.40 },
        { 205.06, 206.25 }, { 218.34, 219.24 }, { 227.33, 228.32 }, { 239.01, 240.03 },
        { 251.25, 252.32 }, { 260.39, 261.64 }, { 267.22, 268.14 }, { 275.82, 276.80 },
        { 283.47, 284.52 }, { 293.62, 294.98 }, { 302.09, 303.42 }, { 308.42, 309.54 },
        { 317.71, 318.75 }, { 324.13, 325.43 }, { 330.49, 331.81 }, { 339.01, 340.04 },
        { 346.58, 347.66 }, { 354.96, 356.15 }, { 362.26, 363.48 }, { 370.37, 371.49 },
        { 378.41, 379.50 }, { 391.96, 393.17 }, { 426.09, 427.86 }, { 435.59, 437.01 },
        { 444.33, 445.81 }, { 453.18, 454.28 }, { 462.50, 463.43 }, { 470.24, 471.59 },
        { 476.38, 477.87 }, { 484.06, 485.12 }, { 491.14, 492.48 }, { 500.21, 501.40 },
        { 509.69, 510.94 }, { 521.88, 522.76 }, { 531.22, 532.39 }, { 539.96, 540.97 },
    };
    static struct finding items[EVENTS];
    struct recording r = read_recording(&tibialis);
    for (uint32_t i = 0, count = find(&r, items, NULL); i < count; i++)
        assert_int_not_equal(items[i].type, FINDING_EMG_EVENT);
    struct recording fast = faster_by_four(&r);
    const uint32_t count = find(&fast, items, NULL);
    for (size_t i = 0; i < 56; i++) {
        double active_s = 0.0;
        for (uint32_t k = 0; k < count; k++) {
            const struct finding_emg_event *e = &items[k].emg_event;
            if (items[k].type == FINDING_EMG_EVENT && e->kind != EMG_SPIKE)
                active_s += fmax(0.0, fmin(want[i].to_s, (double)e->end_sample / fast.rate_hz) -
                                          fmax(want[i].from_s, (double)e->start_sample / fast.rate_hz));
        }
        if (active_s < 0.5 * (want[i].to_s - want[i].from_s))
            fail_msg("contraction at %.2f s: %.2f s of it are activity", want[i].from_s, active_s);
    }
    forget(&fast);
    forget(&r);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 77; /* skipped: no recordings */
    folder = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_no_a_train),
        cmocka_unit_test(five_contractions_are_found),
        cmocka_unit_test(three_contractions_of_twelve_bits_are_found_and_nothing_else),
        cmocka_unit_test(a_muscle_is_active_as_often_as_the_knee_moves),
        cmocka_unit_test(a_heart_beat_is_no_discharge_of_many_units),
        cmocka_unit_test(mains_over_a_heart_are_named_and_removed),
        cmocka_unit_test(fifty_six_contractions_are_found_where_the_rate_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
