/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes and their backfill: every sample is contained, the cut of the input does not show,
 * coarse levels are merges of the finest, a gap ends blocks and is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/backfill.h"
#include "protocol/envelope.h"

enum {
    CHANNELS = 3,
    STRIDE = 8,
    RATE = 4000,
    SAMPLES = 9000,
    LEVEL = 3,
    LEVELS = 4,
    RECORDS = 4000
};

/* Every block that came out, of every level. */
struct record {
    uint64_t first;
    uint8_t level;
    bool gap;
    int16_t pairs[2 * CHANNELS];
};
struct log {
    struct record *records;
    size_t count;
    uint32_t next_sequence[64];
    struct backfill *backfill;
};

static void collect(void *context, const struct frame *f, const int16_t *pairs)
{
    struct log *log = context;
    assert_int_equal(f->type, FRAME_WAVE_ENV);
    assert_int_equal(f->sequence, log->next_sequence[f->level]++);
    assert_int_equal(f->first_sample % (1u << f->level), 0);
    for (uint32_t i = 0; i < f->count; i++) {
        assert_true(log->count < RECORDS);
        struct record *r = &log->records[log->count++];
        memset(r, 0, sizeof *r);
        r->first = f->first_sample + ((uint64_t)i << f->level);
        r->level = f->level;
        r->gap = i == 0 && f->flags & FRAME_GAP_BEFORE;
        for (uint32_t c = 0; c < CHANNELS; c++)
            memcpy(r->pairs + 2 * c, pairs + 2 * (c * f->count + i), 4);
    }
    if (log->backfill) {
        unsigned char bytes[1 << 16];
        unsigned char *payload = frame_encode_header(f, bytes);
        memcpy(payload, pairs, 4 * (size_t)f->channels * f->count);
        backfill_put(log->backfill, f, payload);
    }
}

static float *signal_uv(void)
{
    float *uv = calloc((size_t)SAMPLES * STRIDE, sizeof *uv);
    uint32_t random = 1;
    for (size_t i = 0; i < (size_t)SAMPLES; i++)
        for (size_t c = 0; c < CHANNELS; c++) {
            random = random * 1664525 + 1013904223;
            uv[i * STRIDE + c] = (float)(random >> 16) / 65.0f - 500.0f;
        }
    return uv;
}

static struct envelope_params params(void)
{
    return (struct envelope_params){.rate_hz = RATE,
                                    .channels = CHANNELS,
                                    .first_level = LEVEL,
                                    .levels = LEVELS,
                                    .frame_samples = RATE / 50,
                                    .uv_per_step = 0.5f};
}

/* gap_at: that many samples are missing from there on. */
static struct log run(const float *uv, uint32_t step, uint32_t gap_at, uint32_t missing,
                      struct backfill *backfill)
{
    struct log log = {.records = calloc(RECORDS, sizeof(struct record)), .backfill = backfill};
    struct envelope e;
    struct err err;
    const struct envelope_params p = params();
    assert_true(envelope_init(&e, &p, collect, &log, &err));
    for (uint32_t at = 0; at < SAMPLES;) {
        uint32_t count = SAMPLES - at < step ? SAMPLES - at : step;
        if (missing && at < gap_at && at + count > gap_at)
            count = gap_at - at;
        if (missing && at == gap_at) {
            at += missing;
            continue;
        }
        envelope_feed(&e, at, uv + (size_t)at * STRIDE, count, STRIDE);
        at += count;
    }
    envelope_flush(&e);
    envelope_fini(&e);
    return log;
}

static void every_sample_lies_in_its_block(void **state)
{
    (void)state;
    float *uv = signal_uv();
    struct log log = run(uv, 100, 0, 0, NULL);
    uint32_t seen[LEVEL + LEVELS] = {0};
    for (size_t i = 0; i < log.count; i++) {
        const struct record *r = &log.records[i];
        const uint64_t end = r->first + (1u << r->level);
        for (uint32_t c = 0; c < CHANNELS; c++) {
            float low = INFINITY;
            float high = -INFINITY;
            for (uint64_t s = r->first; s < end && s < SAMPLES; s++) {
                low = fminf(low, uv[s * STRIDE + c]);
                high = fmaxf(high, uv[s * STRIDE + c]);
            }
            assert_true((float)r->pairs[2 * c] * 0.5f <= low);
            assert_true((float)r->pairs[2 * c] * 0.5f > low - 0.5f);
            assert_true((float)r->pairs[2 * c + 1] * 0.5f >= high);
            assert_true((float)r->pairs[2 * c + 1] * 0.5f < high + 0.5f);
        }
        assert_int_equal(r->first, (uint64_t)seen[r->level]++ << r->level); /* none missing */
    }
    for (uint32_t k = LEVEL; k < LEVEL + LEVELS; k++)
        assert_int_equal(seen[k], (SAMPLES + (1u << k) - 1) >> k);
    free(log.records);
    free(uv);
}

static void the_cut_of_the_input_does_not_show(void **state)
{
    (void)state;
    float *uv = signal_uv();
    struct log whole = run(uv, 4096, 1234, 77, NULL);
    const uint32_t steps[] = {1, 7, 64, 480};
    for (size_t i = 0; i < 4; i++) {
        struct log log = run(uv, steps[i], 1234, 77, NULL);
        assert_int_equal(log.count, whole.count);
        assert_memory_equal(log.records, whole.records, whole.count * sizeof *log.records);
        free(log.records);
    }
    free(whole.records);
    free(uv);
}

static void a_gap_ends_blocks_early_and_is_told_once_a_level(void **state)
{
    (void)state;
    float *uv = signal_uv();
    struct log log = run(uv, 64, 1234, 1000, NULL);
    uint32_t told[LEVEL + LEVELS] = {0};
    for (size_t i = 0; i < log.count; i++) {
        const struct record *r = &log.records[i];
        if (r->gap) {
            told[r->level]++;
            assert_int_equal(r->first, 2234 >> r->level << r->level);
        }
        /* nothing lies wholly inside the hole */
        assert_false(r->first >= 1234 && r->first + (1u << r->level) <= 2234);
    }
    for (uint32_t k = LEVEL; k < LEVEL + LEVELS; k++)
        assert_int_equal(told[k], 1);
    free(log.records);
    free(uv);
}

static void levels_fit_the_screens_for_every_rate(void **state)
{
    (void)state;
    const uint32_t rates[] = {1000, 4000, 8000, 20000, 48000, 192000};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct envelope_params p;
        envelope_params_for_rate(&p, rates[i], 8, 0.25f);
        assert_true(rates[i] >> p.first_level <= 2500);
        assert_true(rates[i] >> (p.first_level + p.levels - 1) >= 60);
        assert_true(p.levels >= 3);
    }
}

static void backfill_is_what_the_live_frames_said(void **state)
{
    (void)state;
    float *uv = signal_uv();
    for (uint32_t missing = 0; missing <= 700; missing += 700) {
        struct backfill b = {0};
        struct err err;
        assert_true(backfill_init(&b, RATE, 60, CHANNELS, LEVEL, 0, &err));
        struct log log = run(uv, 100, 3000, missing, &b);
        for (uint8_t level = LEVEL; level < LEVEL + LEVELS; level++) {
            uint64_t cursor, until;
            assert_true(backfill_span(&b, level, &cursor, &until));
            unsigned char bytes[700]; /* small: many frames */
            uint32_t sequence = 0, gaps = 0, columns = 0;
            bool last = false;
            size_t size;
            while ((size = backfill_take(&b, level, &cursor, until, sequence++, 5, bytes,
                                         sizeof bytes)) > 0) {
                struct frame f;
                const unsigned char *payload;
                assert_false(last);
                assert_true(frame_decode(bytes, size, &f, &payload, &err));
                assert_int_equal(f.level, level);
                gaps += f.flags & FRAME_GAP_BEFORE;
                last = f.flags & FRAME_LAST_OF_BATCH;
                columns += f.count;
                for (uint32_t i = 0; i < f.count; i++) {
                    const uint64_t first = f.first_sample + ((uint64_t)i << level);
                    int16_t expected[2 * CHANNELS] = {0};
                    bool found = false;
                    for (size_t k = 0; k < log.count; k++) { /* both halves around a gap */
                        const struct record *r = &log.records[k];
                        if (r->level != level || r->first != first)
                            continue;
                        for (uint32_t c = 0; c < 2 * CHANNELS; c++) {
                            const bool better =
                                c % 2 ? r->pairs[c] > expected[c] : r->pairs[c] < expected[c];
                            if (!found || better)
                                expected[c] = r->pairs[c];
                        }
                        found = true;
                    }
                    assert_true(found);
                    for (uint32_t c = 0; c < 2 * CHANNELS; c++)
                        assert_int_equal(
                            frame_payload_i16(payload, 2 * (c / 2 * f.count + i) + c % 2),
                            expected[c]);
                }
            }
            assert_true(last);
            assert_int_equal(gaps, missing ? 1 : 0);
            assert_true(columns >= (until - missing) >> level);
        }
        free(log.records);
        backfill_fini(&b);
    }
    free(uv);
}

static void backfill_keeps_only_its_seconds(void **state)
{
    (void)state;
    float *uv = signal_uv();
    struct backfill b = {0};
    struct err err;
    uint64_t from, until;
    assert_false(backfill_span(&b, LEVEL, &from, &until));
    assert_true(backfill_init(&b, RATE, 1, CHANNELS, LEVEL, 0, &err));
    struct log log = run(uv, 100, 0, 0, &b);
    assert_true(backfill_span(&b, LEVEL, &from, &until));
    assert_int_equal(until, SAMPLES);
    assert_int_equal(until - from, (RATE / 8 + 1) * 8);
    assert_false(backfill_span(&b, LEVEL - 1, &from, &until)); /* finer than kept */
    free(log.records);
    backfill_fini(&b);
    free(uv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sample_lies_in_its_block),
        cmocka_unit_test(the_cut_of_the_input_does_not_show),
        cmocka_unit_test(a_gap_ends_blocks_early_and_is_told_once_a_level),
        cmocka_unit_test(levels_fit_the_screens_for_every_rate),
        cmocka_unit_test(backfill_is_what_the_live_frames_said),
        cmocka_unit_test(backfill_keeps_only_its_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
