/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: the golden files that the page's tests decode too, and what the decoder must refuse.
 * LSRD_WRITE_GOLDEN=1 writes the golden files anew (then read the difference before committing). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"

enum { ROOM = 4096 };

/* Readers must not mind what a later version sets. */
enum { RESERVED_FLAG_4 = 4, RESERVED_FLAG_8 = 8 };

/* Values that tell sign, byte order and channel order apart. */
static float wave_uv(uint32_t frame, uint32_t channel)
{
    return (channel == 0 ? 1.0f : -1.0f) * (0.5f * (float)frame + 100.0f * (float)channel);
}

static size_t golden_raw(unsigned char *bytes)
{
    const struct frame f = {.type = FRAME_WAVE_RAW,
                            .flags = FRAME_GAP_BEFORE | RESERVED_FLAG_8,
                            .sequence = 4000000001u,
                            .first_sample = 5000000123u,
                            .channels = 2,
                            .count = 5,
                            .source_tag = 7,
                            .uv_per_step = 0.25f,
                            .made_ms = 123456789};
    float uv[5 * 8] = {0};
    for (uint32_t i = 0; i < 5; i++)
        for (uint32_t c = 0; c < 2; c++)
            uv[i * 8 + c] = wave_uv(i, c);
    uv[3 * 8] = 1e9f;  /* saturates at 32767 */
    uv[4 * 8] = -1e9f; /* and at -32768 */
    frame_encode_raw(&f, uv, 8, bytes);
    return frame_size(f.type, f.channels, f.count);
}

static size_t golden_envelope(uint8_t type, uint8_t flags, unsigned char *bytes)
{
    const struct frame f = {.type = type,
                            .flags = flags,
                            .sequence = 42,
                            .first_sample = 1600,
                            .channels = 3,
                            .count = 4,
                            .level = 5,
                            .source_tag = 7,
                            .uv_per_step = 0.5f,
                            .made_ms = 4294967295u};
    unsigned char *payload = frame_encode_header(&f, bytes);
    for (int i = 0; i < 2 * f.channels * f.count; i++) {
        const int16_t v = (int16_t)((i % 2 ? 1000 : -1000) + i);
        payload[2 * i] = (unsigned char)((uint16_t)v & 0xff);
        payload[2 * i + 1] = (unsigned char)((uint16_t)v >> 8);
    }
    return frame_size(f.type, f.channels, f.count);
}

static size_t golden_sweep(uint8_t type, unsigned char *bytes)
{
    const bool is_template = type == FRAME_TEMPLATE;
    struct frame f = {.type = type,
                      .flags = is_template ? 0 : RESERVED_FLAG_8,
                      .sequence = 9,
                      .first_sample = is_template ? (uint64_t)(int64_t)-4 : 199996,
                      .channels = is_template ? 1 : 2,
                      .count = 12,
                      .source_tag = 7,
                      .uv_per_step = 0.01f,
                      .made_ms = 5000,
                      .sweep = {.stimulus_sample = is_template ? 0 : 200000,
                                .pre_samples = 4,
                                .channel = 1,
                                .branch = 0,
                                .role = SWEEP_LSR,
                                .reason = REASON_NONE,
                                .present = is_template ? TRISTATE_UNKNOWN : TRISTATE_YES,
                                .amplitude_uv = is_template ? NAN : 212.5f,
                                .onset_ms = is_template ? NAN : 9.25f,
                                .score = is_template ? 0 : 31.5f,
                                .window_start_ms = 7.5f,
                                .window_end_ms = 16.25f}};
    float judged[12];
    float raw[12];
    for (int i = 0; i < 12; i++) {
        judged[i] = (float)(i - 6) * 20.0f;
        raw[i] = judged[i] + 1.5f;
    }
    frame_encode_sweep(&f, judged, raw, bytes);
    return frame_size(f.type, f.channels, f.count);
}

static size_t golden_audio(unsigned char *bytes)
{
    const struct frame f = {.type = FRAME_AUDIO,
                            .flags = FRAME_GAP_BEFORE,
                            .sequence = 77,
                            .first_sample = 320000,
                            .channels = 1,
                            .count = 6,
                            .source_tag = 7,
                            .uv_per_step = 0.03125f,
                            .made_ms = 6000,
                            .audio = {.source = FRAME_AUDIO_LOUDEST, .channel = 3}};
    unsigned char *payload = frame_encode_header(&f, bytes);
    const unsigned char samples[12] = {0, 0, 1, 0, 255, 255, 0, 64, 0, 192, 2, 0};
    memcpy(payload, samples, sizeof samples);
    return frame_size(f.type, f.channels, f.count);
}

static void print_number(FILE *out, const char *key, double value)
{
    if (isnan(value))
        fprintf(out, ",\n  \"%s\": null", key);
    else
        fprintf(out, ",\n  \"%s\": %.9g", key, value);
}

/* What a reader must find in the frame: the fields by name and the payload's numbers. */
static void write_json(const char *path, const unsigned char *bytes, size_t size)
{
    struct frame f;
    struct err err;
    const unsigned char *payload;
    assert_true(frame_decode(bytes, size, &f, &payload, &err));
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fprintf(out, "{\n  \"type\": %u,\n  \"flags\": %u,\n  \"sequence\": %u,\n", f.type, f.flags,
            f.sequence);
    fprintf(out, "  \"first_sample\": %lld,\n  \"channels\": %u,\n  \"count\": %u,\n",
            (long long)f.first_sample, f.channels, f.count);
    fprintf(out, "  \"level\": %u,\n  \"source_tag\": %u,\n  \"made_ms\": %u", f.level,
            f.source_tag, f.made_ms);
    print_number(out, "uv_per_step", (double)f.uv_per_step);
    if (f.type == FRAME_SWEEP || f.type == FRAME_TEMPLATE) {
        print_number(out, "stimulus_sample", (double)f.sweep.stimulus_sample);
        print_number(out, "pre_samples", f.sweep.pre_samples);
        print_number(out, "channel", f.sweep.channel);
        print_number(out, "branch", f.sweep.branch);
        print_number(out, "role", f.sweep.role);
        print_number(out, "reason", f.sweep.reason);
        print_number(out, "present", f.sweep.present);
        print_number(out, "amplitude_uv", (double)f.sweep.amplitude_uv);
        print_number(out, "onset_ms", (double)f.sweep.onset_ms);
        print_number(out, "score", (double)f.sweep.score);
        print_number(out, "window_start_ms", (double)f.sweep.window_start_ms);
        print_number(out, "window_end_ms", (double)f.sweep.window_end_ms);
    }
    if (f.type == FRAME_AUDIO) {
        print_number(out, "source", f.audio.source);
        print_number(out, "channel", f.audio.channel);
    }
    fprintf(out, ",\n  \"payload\": [");
    const size_t values = (size_t)(bytes + size - payload) / 2;
    for (size_t i = 0; i < values; i++)
        fprintf(out, "%s%d", i ? ", " : "", frame_payload_i16(payload, i));
    fprintf(out, "]\n}\n");
    assert_int_equal(fclose(out), 0);
}

static void golden(const char *name, const unsigned char *bytes, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/frames/%s.bin", TEST_DATA, name);
    if (getenv("LSRD_WRITE_GOLDEN")) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(bytes, 1, size, out), size);
        assert_int_equal(fclose(out), 0);
        snprintf(path, sizeof path, "%s/frames/%s.json", TEST_DATA, name);
        write_json(path, bytes, size);
        return;
    }
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    unsigned char expected[ROOM];
    assert_int_equal(fread(expected, 1, sizeof expected, in), size);
    fclose(in);
    assert_memory_equal(bytes, expected, size);
}

static void frames_are_the_golden_bytes(void **state)
{
    (void)state;
    unsigned char bytes[ROOM];
    golden("wave_raw", bytes, golden_raw(bytes));
    golden("wave_env", bytes, golden_envelope(FRAME_WAVE_ENV, RESERVED_FLAG_4, bytes));
    golden("backfill_env", bytes,
           golden_envelope(FRAME_BACKFILL_ENV, FRAME_REPLAY | FRAME_LAST_OF_BATCH, bytes));
    golden("sweep", bytes, golden_sweep(FRAME_SWEEP, bytes));
    golden("audio", bytes, golden_audio(bytes));
    golden("template", bytes, golden_sweep(FRAME_TEMPLATE, bytes));
}

static void a_sweep_decodes_to_what_was_encoded(void **state)
{
    (void)state;
    unsigned char bytes[ROOM];
    const size_t size = golden_sweep(FRAME_SWEEP, bytes);
    struct frame f;
    struct err err;
    const unsigned char *payload;
    assert_true(frame_decode(bytes, size, &f, &payload, &err));
    assert_int_equal(f.sweep.stimulus_sample, 200000);
    assert_int_equal(f.sweep.present, TRISTATE_YES);
    assert_true(f.sweep.amplitude_uv == 212.5f);
    assert_int_equal(frame_payload_i16(payload, 0), -12000);
    assert_int_equal(frame_payload_i16(payload, 12), -11850); /* raw, behind the judged path */
}

static void a_longer_header_is_skipped(void **state)
{
    (void)state;
    unsigned char bytes[ROOM];
    const size_t size = golden_raw(bytes);
    memmove(bytes + FRAME_HEADER + 8, bytes + FRAME_HEADER, size - FRAME_HEADER);
    bytes[FRAME_AT_HEADER_LENGTH] = FRAME_HEADER + 8;
    struct frame f;
    struct err err;
    const unsigned char *payload;
    assert_true(frame_decode(bytes, size + 8, &f, &payload, &err));
    assert_int_equal(frame_payload_i16(payload, 1), 2);
}

static void broken_frames_are_refused_with_a_reason(void **state)
{
    (void)state;
    unsigned char good[ROOM];
    const size_t size = golden_sweep(FRAME_SWEEP, good);
    struct frame f;
    struct err err;
    const unsigned char *payload;
    for (size_t cut = 0; cut < size; cut++) /* any truncation */
        assert_false(frame_decode(good, cut, &f, &payload, &err));
    const struct {
        size_t at;
        unsigned char value;
        const char *says;
    } damage[] = {
        {FRAME_AT_TYPE, 9, "frame type 9"},           {FRAME_AT_FORMAT, 1, "format 1"},
        {FRAME_AT_HEADER_LENGTH, 70, "header of 70"}, {FRAME_AT_HEADER_LENGTH, 32, "header of 32"},
        {FRAME_AT_COUNT, 13, "its header says"},
    };
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        unsigned char bytes[ROOM];
        memcpy(bytes, good, size);
        bytes[damage[i].at] = damage[i].value;
        assert_false(frame_decode(bytes, size, &f, &payload, &err));
        assert_non_null(strstr(err.text, damage[i].says));
    }
}

static void the_fitted_step_keeps_the_peak(void **state)
{
    (void)state;
    const float uv[] = {1, -2500, 3, NAN};
    const float step = frame_fit_scale(uv, 4);
    assert_int_equal(frame_quantize(-2500, step), -32767);
    assert_int_equal(frame_quantize(NAN, step), 0);
    const float flat[] = {0, 0};
    assert_true(frame_fit_scale(flat, 2) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_the_golden_bytes),
        cmocka_unit_test(a_sweep_decodes_to_what_was_encoded),
        cmocka_unit_test(a_longer_header_is_skipped),
        cmocka_unit_test(broken_frames_are_refused_with_a_reason),
        cmocka_unit_test(the_fitted_step_keeps_the_peak),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
