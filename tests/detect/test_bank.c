/* SPDX-License-Identifier: Apache-2.0 */
/* The bank: findings depend on samples and marks alone, come in order, and survive a copy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/bank.h"
#include "detect/run.h"
#include "tests/detect/patient.h"

static void any_block_size_gives_the_same_findings(void **state)
{
    (void)state;
    const uint32_t sizes[] = { 4096, 480, 64, 7, 1 };
    struct patient p = patient_usual();
    p.seconds = 12.0;
    uint64_t frames = 0;
    int32_t *counts = patient_make(&p, &frames);
    const struct bank_params params = patient_params(&p);
    uint32_t whole_count = 0;
    struct finding *whole = patient_findings(&params, counts, frames, sizes[0], &whole_count);
    assert_true(whole_count > 60);
    for (size_t i = 1; i < sizeof sizes / sizeof *sizes; i++) {
        uint32_t count = 0;
        struct finding *f = patient_findings(&params, counts, frames, sizes[i], &count);
        assert_int_equal(count, whole_count);
        assert_memory_equal(f, whole, count * sizeof *f);
        free(f);
    }
    free(whole);
    free(counts);
}

/* All that a bank gives, fed in blocks of 100 frames, summed up: findings bit by bit, and the
 * free-running path. */
static struct finding *everything(const struct bank_params *params, const int32_t *counts,
                                  uint32_t frames, uint32_t *count, float *emg_uv)
{
    enum { MOST = 4000 };
    const uint32_t in_stride = block_stride(params->inputs), stride = block_stride(params->channels);
    struct bank *b = bank_init(aligned_alloc(64, bank_size(params)), params);
    assert_int_equal(bank_isa(b), params->isa);
    struct bank_output *out = calloc(1, sizeof *out);
    struct finding *items = calloc(MOST, sizeof *items);
    float *block_uv = calloc((size_t)BLOCK_FRAMES * stride, sizeof *block_uv);
    *count = 0;
    for (uint32_t at = 0, done = 0; !done;) {
        out->findings = (struct finding_list){.capacity = MOST - *count, .items = items + *count};
        out->emg_uv = block_uv;
        struct sample_block block = {.first_index = at,
                                     .frames = frames - at < 100 ? frames - at : 100,
                                     .channels = params->inputs,
                                     .stride = in_stride,
                                     .counts = (int32_t *)(uintptr_t)(counts + at * in_stride)};
        uint32_t marks = 0;
        if (at < frames)
            at += bank_feed(b, &block, &marks, out);
        else
            done = bank_finish(b, out);
        *count += out->findings.count;
        memcpy(emg_uv + out->emg_first_index * stride, block_uv,
               (size_t)out->emg_frames * stride * sizeof *emg_uv);
    }
    free(block_uv);
    free(out);
    free(b);
    return items;
}

static bool has_isa(const struct bank_params *params)
{
    struct bank *b = bank_init(aligned_alloc(64, bank_size(params)), params);
    const bool has = bank_isa(b) == params->isa;
    free(b);
    return has;
}

static void every_instruction_set_gives_the_same_bits(struct bank_params *params,
                                                      const int32_t *counts, uint32_t frames,
                                                      uint32_t least)
{
    const size_t values = (size_t)frames * block_stride(params->channels);
    float *emg = calloc(values, sizeof *emg), *other_emg = calloc(values, sizeof *emg);
    uint32_t count = 0;
    params->isa = ISA_BASE;
    struct finding *base = everything(params, counts, frames, &count, emg);
    assert_true(count >= least);
    for (enum isa isa = ISA_BASE + 1; isa < ISA_COUNT; isa++) {
        params->isa = isa;
        if (!has_isa(params)) {
            print_message("instruction set %d does not run here: not compared\n", isa);
            continue;
        }
        uint32_t other_count = 0;
        struct finding *other = everything(params, counts, frames, &other_count, other_emg);
        assert_int_equal(other_count, count);
        assert_memory_equal(other, base, count * sizeof *base);
        assert_memory_equal(other_emg, emg, values * sizeof *emg);
        free(other);
    }
    free(base);
    free(emg);
    free(other_emg);
}

static void every_instruction_set_judges_sweeps_alike(void **state)
{
    (void)state;
    struct patient p = patient_usual();
    p.seconds = 25.0; /* the baseline is learned and used */
    uint64_t frames = 0;
    int32_t *counts = patient_make(&p, &frames);
    struct bank_params params = patient_params(&p);
    every_instruction_set_gives_the_same_bits(&params, counts, (uint32_t)frames, 300);
    free(counts);
}

/* Many channels, some bipolar, some inverted, in no order of inputs: noise, discharges in rows, a
 * tone on all of them, and clipping. */
static int32_t *many_channels(struct bank_params *params, uint32_t channels, uint32_t frames)
{
    memset(params, 0, sizeof *params);
    params->rate_hz = 10000;
    params->inputs = channels + 3;
    params->channels = channels;
    params->artifact.recovery_s = 0.4;
    params->artifact.hum_uv = 150.0;
    params->free_running.threshold_uv = 20.0;
    params->free_running.threshold_ratio = 7.0;
    params->alarm = (struct alarm_params){0.5, 10.0, 1.0, 10.0};
    for (uint32_t i = 0; i < params->inputs; i++) {
        params->scale[i] = (struct stream_scale){0.01, 0.1 * i};
        params->clip_low[i] = SAMPLE_MIN;
        params->clip_high[i] = SAMPLE_MAX;
    }
    for (uint32_t c = 0; c < channels; c++)
        params->channel[c] =
            (struct bank_channel){.input = (uint16_t)(c < 16 ? c + 3 : channels + 18 - c),
                                  .minus = c % 9 == 4 ? 0 : BANK_NO_INPUT,
                                  .inverted = c % 5 == 2};
    const uint32_t stride = block_stride(params->inputs);
    int32_t *counts = calloc((size_t)frames * stride, sizeof *counts);
    uint32_t random = 1;
    for (uint32_t i = 0; i < frames; i++)
        for (uint32_t k = 0; k < params->inputs; k++) {
            random = random * 1664525u + 1013904223u;
            const bool discharges = k % 7 == 3 && i > frames / 2 && i % 110 < 6;
            const bool tone = i > 3 * frames / 4;
            counts[(size_t)i * stride + k] = (int32_t)(random >> 22) - 512 +
                                             (discharges ? (int32_t)(i % 3) * 20000 - 15000 : 0) +
                                             (tone ? (int32_t)(i % 24) * 300 - 3450 : 0);
        }
    return counts;
}

static void every_instruction_set_finds_the_same_events(void **state)
{
    (void)state;
    const uint32_t frames = 30000;
    const uint32_t channels[] = {1, 8, 21, 72};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        struct bank_params params;
        int32_t *counts = many_channels(&params, channels[i], frames);
        every_instruction_set_gives_the_same_bits(&params, counts, frames, 2 + channels[i] / 7);
        free(counts);
    }
}

static void the_seventieth_channel_clips_alone(void **state)
{
    (void)state;
    const uint32_t frames = 20000, clipping = 69;
    struct bank_params params;
    int32_t *counts = many_channels(&params, 72, frames);
    const uint32_t stride = block_stride(params.inputs);
    for (uint32_t i = 9000; i < 9500; i++)
        counts[i * stride + params.channel[clipping].input] = SAMPLE_MAX;
    uint32_t count = 0;
    float *emg = calloc((size_t)frames * block_stride(72), sizeof *emg);
    params.isa = ISA_BASE;
    struct finding *items = everything(&params, counts, frames, &count, emg);
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (items[i].type != FINDING_ARTIFACT || items[i].artifact.kind != ARTIFACT_SATURATION)
            continue;
        found++;
        assert_int_equal(items[i].artifact.channel, clipping);
        assert_in_range(items[i].artifact.start_sample, 8990, 9000);
        assert_in_range(items[i].artifact.end_sample, 9500, 9510);
    }
    assert_int_equal(found, 1);
    free(items);
    free(emg);
    free(counts);
}

static void findings_come_in_order(void **state)
{
    (void)state;
    struct patient p = patient_usual();
    p.seconds = 8.0;
    uint64_t frames = 0;
    int32_t *counts = patient_make(&p, &frames);
    const struct bank_params params = patient_params(&p);
    uint32_t count = 0;
    struct finding *f = patient_findings(&params, counts, frames, 333, &count);
    assert_int_equal(f[0].type, FINDING_CASE);
    assert_int_equal(f[count - 1].type, FINDING_SUMMARY);
    for (uint32_t i = 1; i < count; i++) {
        assert_true(f[i - 1].decided_sample <= f[i].decided_sample);
        if (f[i - 1].decided_sample == f[i].decided_sample)
            assert_true(f[i - 1].type <= f[i].type);
    }
    free(f);
    free(counts);
}

/* Feeds [from, to) in blocks of 100; appends findings. */
static uint32_t feed(struct bank *b, const int32_t *counts, uint64_t from, uint64_t to,
                     struct finding *items, uint32_t capacity)
{
    struct bank_output *out = calloc(1, sizeof *out);
    uint32_t count = 0;
    while (from < to) {
        struct sample_block block = { .first_index = from,
                                      .frames = to - from < 100 ? (uint32_t)(to - from) : 100,
                                      .channels = PATIENT_INPUTS,
                                      .stride = 8,
                                      .counts = (int32_t *)(uintptr_t)(counts + from * 8) };
        uint32_t marks = 0;
        out->findings = (struct finding_list){ .capacity = capacity - count,
                                               .items = items + count };
        from += bank_feed(b, &block, &marks, out);
        count += out->findings.count;
    }
    free(out);
    return count;
}

static void a_copy_elsewhere_goes_on_identically(void **state)
{
    (void)state;
    struct patient p = patient_usual();
    p.seconds = 12.0;
    uint64_t frames = 0;
    int32_t *counts = patient_make(&p, &frames);
    const struct bank_params params = patient_params(&p);
    const size_t size = bank_size(&params);
    struct bank *one = bank_init(aligned_alloc(64, size), &params);
    enum { MOST = 2000 };
    struct finding *x = calloc(MOST, sizeof *x);
    struct finding *y = calloc(MOST, sizeof *y);
    feed(one, counts, 0, 123457, x, MOST);
    struct bank *two = aligned_alloc(64, size);
    memcpy(two, one, size);
    const uint32_t n = feed(one, counts, 123457, frames, x, MOST);
    memset(one, 0xee, size);
    assert_int_equal(feed(two, counts, 123457, frames, y, MOST), n);
    assert_true(n > 20);
    assert_memory_equal(x, y, n * sizeof *x);
    free(x);
    free(y);
    free(one);
    free(two);
    free(counts);
}

static void a_gap_is_found_and_its_sweep_not_judged(void **state)
{
    (void)state;
    struct patient p = patient_usual();
    p.seconds = 4.0;
    uint64_t frames = 0;
    int32_t *counts = patient_make(&p, &frames);
    const struct bank_params params = patient_params(&p);
    struct bank *b = bank_init(aligned_alloc(64, bank_size(&params)), &params);
    struct finding *x = calloc(500, sizeof *x);
    /* the first stimulus is at 1 s: lose 10 ms of its window */
    uint32_t n = feed(b, counts, 0, 20100, x, 500);
    n += feed(b, counts, 20300, 40000, x + n, 500 - n);
    uint32_t gaps = 0, spoiled = 0, valid = 0;
    for (uint32_t i = 0; i < n; i++) {
        gaps += x[i].type == FINDING_ARTIFACT && x[i].artifact.kind == ARTIFACT_GAP &&
                x[i].artifact.start_sample == 20100 && x[i].artifact.end_sample == 20300;
        if (x[i].type == FINDING_SWEEP && x[i].sweep.stimulus_sample < 20100) {
            assert_int_equal(x[i].sweep.reason, REASON_GAP);
            assert_int_equal(x[i].decided_sample, 20300);
            spoiled++;
        } else if (x[i].type == FINDING_SWEEP) {
            valid += x[i].sweep.reason != REASON_GAP;
        }
    }
    assert_int_equal(gaps, 1);
    assert_int_equal(spoiled, 3);
    assert_int_equal(valid, 9);
    free(x);
    free(b);
    free(counts);
}

/* A mark between the samples. */
static uint32_t feed_mark(struct bank *b, uint64_t at, const char *text, struct finding *x,
                          uint32_t room)
{
    struct bank_output *out = calloc(1, sizeof *out);
    struct sample_block block = { .first_index = at, .channels = PATIENT_INPUTS, .stride = 8, .mark_count = 1 };
    mark_set(&block.marks[0], at, text, "ann");
    out->findings = (struct finding_list){ .capacity = room, .items = x };
    uint32_t marks = 0;
    bank_feed(b, &block, &marks, out);
    const uint32_t count = out->findings.count;
    free(out);
    return count;
}

static void a_channel_that_is_switched_off_is_not_judged_and_the_others_are(void **state)
{
    (void)state;
    struct patient p = patient_usual();
    uint64_t frames = 0;
    int32_t *counts = patient_make(&p, &frames);
    const struct bank_params params = patient_params(&p);
    const uint16_t off = params.branch[0].lateral[0];
    for (uint64_t from = 200; from < frames; from += 280000) { /* from the start on, and later */
        struct bank *b = bank_init(aligned_alloc(64, bank_size(&params)), &params);
        struct finding *x = calloc(2000, sizeof *x);
        char text[64];
        snprintf(text, sizeof text, "channel_off=%s needle out", params.channel[off].label);
        uint32_t n = feed(b, counts, 0, from, x, 2000);
        n += feed_mark(b, from, text, x + n, 2000 - n);
        n += feed(b, counts, from, frames, x + n, 2000 - n);
        uint32_t silenced = 0, judged = 0;
        for (uint32_t i = 0; i < n; i++) {
            const struct finding_sweep *s = &x[i].sweep;
            if (x[i].type != FINDING_SWEEP || s->stimulus_sample < from)
                continue;
            if (s->channel == off && s->role == SWEEP_LSR) {
                assert_int_equal(s->reason, REASON_ELECTRODE);
                silenced++;
            } else if (s->role == SWEEP_LSR) {
                judged += s->present == TRISTATE_YES;
            }
        }
        assert_true(silenced > 10);
        assert_true(judged > 10);
        free(x);
        free(b);
    }
    free(counts);
}

static void marks_act_at_their_sample_in_any_block(void **state)
{
    (void)state;
    struct patient p = patient_usual();
    p.seconds = 2.0;
    uint64_t frames = 0;
    int32_t *counts = patient_make(&p, &frames);
    const struct bank_params params = patient_params(&p);
    struct finding *x = calloc(200, sizeof *x);
    struct bank_output *out = calloc(1, sizeof *out);
    for (uint32_t block_frames = 61; block_frames < 4096; block_frames *= 8) {
        struct bank *b = bank_init(aligned_alloc(64, bank_size(&params)), &params);
        uint32_t n = 0;
        for (uint64_t at = 0; at < frames;) {
            struct sample_block block = { .first_index = at,
                                          .frames = block_frames,
                                          .channels = PATIENT_INPUTS,
                                          .stride = 8,
                                          .counts = (int32_t *)(uintptr_t)(counts + at * 8) };
            if (frames - at < block_frames)
                block.frames = (uint32_t)(frames - at);
            if (at <= 12345 && 12345 < at + block.frames)
                mark_set(&block.marks[block.mark_count++], 12345, "note=here", "ann");
            while (block.frames || block.mark_count) {
                out->findings = (struct finding_list){ .capacity = 200 - n, .items = x + n };
                uint32_t marks = 0;
                const uint32_t took = bank_feed(b, &block, &marks, out);
                n += out->findings.count;
                block.first_index += took;
                block.frames -= took;
                block.counts += took * 8;
                block.mark_count -= marks;
                at += took;
            }
        }
        uint32_t found = 0;
        for (uint32_t i = 0; i < n; i++)
            if (x[i].type == FINDING_MARK) {
                assert_int_equal(x[i].decided_sample, 12345);
                assert_string_equal(x[i].mark.by, "ann");
                found++;
            }
        assert_int_equal(found, 1);
        free(b);
    }
    free(out);
    free(x);
    free(counts);
}

static void the_tick_grid_is_absolute_at_any_rate(void **state)
{
    (void)state;
    const uint32_t rates[] = { 1, 999, 1000, 1001, 8000, 11025, 44100, 48000, 192000 };
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        uint64_t at = 0;
        for (int k = 0; k < 3000; k++) {
            const uint64_t next = tick_after(at, rates[r]);
            assert_true(next > at);
            assert_true(next - at <= tick_frames_max(rates[r]));
            for (uint64_t i = at; i < next; i++)
                assert_int_equal(tick_after(i, rates[r]), next);
            at = next;
        }
    }
}

static bool holds(const struct bank_output *out, enum finding_type type)
{
    for (uint32_t i = 0; i < out->findings.count; i++)
        if (out->findings.items[i].type == type)
            return true;
    return false;
}

/* The device may stay away: neither its alarm nor what a person does meanwhile waits for a frame. */
static void a_lost_device_is_told_at_once(void **state)
{
    (void)state;
    struct patient p = patient_usual();
    p.seconds = 2.0;
    uint64_t frames = 0;
    int32_t *counts = patient_make(&p, &frames);
    const struct bank_params params = patient_params(&p);
    struct bank *bank = bank_init(aligned_alloc(64, bank_size(&params)), &params);
    enum { MOST = 200 };
    struct finding *items = calloc(MOST, sizeof *items);
    struct bank_output *out = calloc(1, sizeof *out);
    feed(bank, counts, 0, frames, items, MOST);
    static const char *const texts[] = { "device=lost", "note=cable" };
    for (size_t i = 0; i < 2; i++) {
        struct sample_block block = {
            .first_index = frames, .channels = PATIENT_INPUTS, .stride = 8, .mark_count = 1
        };
        uint32_t marks = 0;
        mark_set(&block.marks[0], frames, texts[i], "system");
        out->findings = (struct finding_list){ .capacity = MOST, .items = items };
        bank_feed(bank, &block, &marks, out);
        assert_int_equal(marks, 1);
        assert_true(holds(out, FINDING_MARK));
        if (i == 0)
            assert_true(holds(out, FINDING_ALARM));
    }
    free(out);
    free(items);
    free(bank);
    free(counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tick_grid_is_absolute_at_any_rate),
        cmocka_unit_test(any_block_size_gives_the_same_findings),
        cmocka_unit_test(every_instruction_set_judges_sweeps_alike),
        cmocka_unit_test(every_instruction_set_finds_the_same_events),
        cmocka_unit_test(the_seventieth_channel_clips_alone),
        cmocka_unit_test(findings_come_in_order),
        cmocka_unit_test(a_copy_elsewhere_goes_on_identically),
        cmocka_unit_test(a_gap_is_found_and_its_sweep_not_judged),
        cmocka_unit_test(a_channel_that_is_switched_off_is_not_judged_and_the_others_are),
        cmocka_unit_test(marks_act_at_their_sample_in_any_block),
        cmocka_unit_test(a_lost_device_is_told_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
