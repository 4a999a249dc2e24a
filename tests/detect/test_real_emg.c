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

enum { RATE = 4000, STRIDE = 8, EVENTS = 500 };

static const char *folder;

struct recording {
    size_t frames;
    double *uv;
};

static struct recording read_recording(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("%s cannot be opened", path);
    const bool counts = strstr(name, ".dat") != NULL;
    struct recording r = { 0, malloc(400000 * sizeof(double)) };
    int16_t count;
    float uv;
    while (r.frames < 400000 &&
           (counts ? fread(&count, sizeof count, 1, f) : fread(&uv, sizeof uv, 1, f)) == 1)
        r.uv[r.frames++] = counts ? 0.1 * (double)count : (double)uv;
    fclose(f);
    assert_true(r.frames > 50000);
    return r;
}

static void *stage(size_t size)
{
    void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
    assert_non_null(memory);
    return memory;
}

/* All findings of the recording; returns how many. */
static uint32_t find(const struct recording *r, struct finding *items)
{
    struct bank_params p;
    memset(&p, 0, sizeof p);
    p.rate_hz = RATE;
    p.channels = 1;
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
    for (size_t i = 0; i + 4 <= r->frames; i += 4) {
        for (size_t k = 0; k < 4; k++)
            raw[k * STRIDE] = r->uv[i + k];
        struct frame_run run = { i, 4, 1, STRIDE, raw, clipped };
        artifact_feed(a, &run, &out);
        hum_feed(h, &run, none, a, clean);
        run.uv = clean;
        free_running_feed(f, &run, none, a, &out);
    }
    artifact_finish(a, r->frames, &out);
    free_running_finish(f, r->frames, &out);
    free(a);
    free(h);
    free(f);
    free(r->uv);
    return out.count;
}

static void there_is_no_a_train(void **state)
{
    (void)state;
    const char *const names[] = { "needle_healthy.dat", "needle_myopathy.dat", "spinal_off.f32",
                                  "spinal_on.f32" };
    static struct finding items[EVENTS];
    for (size_t i = 0; i < 4; i++) {
        const struct recording r = read_recording(names[i]);
        const uint32_t count = find(&r, items);
        uint32_t events = 0;
        for (uint32_t k = 0; k < count; k++) {
            events += items[k].type == FINDING_EMG_EVENT;
            if (items[k].type == FINDING_EMG_EVENT && items[k].emg_event.kind == EMG_A_TRAIN)
                fail_msg("%s: A train at %.2f s", names[i],
                         (double)items[k].emg_event.start_sample / RATE);
        }
        assert_true(events > 0);
    }
}

static void five_contractions_are_found(void **state)
{
    (void)state;
    static const double want[5][2] = {
        { 26.92, 29.82 }, { 39.5, 42.57 }, { 50.48, 53.51 }, { 63.58, 66.59 }, { 73.45, 76.4 }
    };
    static struct finding items[EVENTS];
    const struct recording r = read_recording("spinal_off.f32");
    const uint32_t count = find(&r, items);
    uint32_t found = 0, trains = 0;
    for (uint32_t k = 0; k < count; k++) {
        const struct finding_emg_event *e = &items[k].emg_event;
        if (items[k].type != FINDING_EMG_EVENT || e->kind != EMG_C_TRAIN)
            continue;
        trains++;
        for (size_t i = 0; i < 5; i++)
            found += fabs((double)e->start_sample / RATE - want[i][0]) < 0.5 &&
                     fabs((double)e->end_sample / RATE - want[i][1]) < 0.5;
    }
    assert_int_equal(found, 5);
    assert_int_equal(trains, 5);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 77; /* skipped: no recordings */
    folder = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_no_a_train),
        cmocka_unit_test(five_contractions_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
