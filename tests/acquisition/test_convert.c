/* SPDX-License-Identifier: Apache-2.0 */
/* Every format becomes exactly the counts that its definition says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "acquisition/convert.h"
#include "base/block.h"

static int32_t one(enum pcm_format format, uint32_t bits)
{
    const unsigned char bytes[4] = { (unsigned char)bits, (unsigned char)(bits >> 8),
                                     (unsigned char)(bits >> 16), (unsigned char)(bits >> 24) };
    int32_t out[BLOCK_LANES];
    pcm_to_counts(format, bytes, 1, 1, out);
    for (int i = 1; i < BLOCK_LANES; i++)
        assert_int_equal(out[i], 0);
    return out[0];
}

static int32_t one_float(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return one(PCM_FLOAT, bits);
}

static void integers_keep_full_scale(void **state)
{
    (void)state;
    assert_int_equal(one(PCM_S16, 0x7fff), 0x7fff00);
    assert_int_equal(one(PCM_S16, 0x8000), SAMPLE_MIN);
    assert_int_equal(one(PCM_S16, 0xffff), -256);
    assert_int_equal(one(PCM_S24_3LE, 0x7fffff), SAMPLE_MAX);
    assert_int_equal(one(PCM_S24_3LE, 0x800000), SAMPLE_MIN);
    assert_int_equal(one(PCM_S24_3LE, 0xffffff), -1);
    assert_int_equal(one(PCM_S24, 0x007fffff), SAMPLE_MAX);
    assert_int_equal(one(PCM_S24, 0x00800000), SAMPLE_MIN); /* a zero upper byte, as some write */
    assert_int_equal(one(PCM_S24, 0xff800000), SAMPLE_MIN);
    assert_int_equal(one(PCM_S32, 0x7fffffff), SAMPLE_MAX);
    assert_int_equal(one(PCM_S32, 0x80000000), SAMPLE_MIN);
    assert_int_equal(one(PCM_S32, 0x000000ff), 0);
    assert_int_equal(one(PCM_S32, 0xffffffff), -1);
}

static void floats_are_rounded_and_clipped(void **state)
{
    (void)state;
    assert_int_equal(one_float(0.0f), 0);
    assert_int_equal(one_float(-1.0f), SAMPLE_MIN);
    assert_int_equal(one_float(1.0f), SAMPLE_MAX);
    assert_int_equal(one_float(17.5f), SAMPLE_MAX);
    assert_int_equal(one_float(-INFINITY), SAMPLE_MIN);
    assert_int_equal(one_float(INFINITY), SAMPLE_MAX);
    assert_int_equal(one_float(NAN), 0);
    assert_int_equal(one_float(1.0f / 8388608), 1);
    assert_int_equal(one_float(-3.0f / 8388608), -3);
    assert_int_equal(one_float(1.75f / 8388608), 2);
    assert_int_equal(one_float(-1.25f / 8388608), -1);
}

static void every_24_bit_count_survives_every_wide_format(void **state)
{
    (void)state;
    for (int32_t v = SAMPLE_MIN; v <= SAMPLE_MAX; v += 4093) {
        assert_int_equal(one(PCM_S24_3LE, (uint32_t)v), v);
        assert_int_equal(one(PCM_S24, (uint32_t)v), v);
        assert_int_equal(one(PCM_S32, (uint32_t)v << 8), v);
        assert_int_equal(one_float((float)v / 8388608), v);
    }
}

/* Any number of channels, from any address: each sample in its lane, the rest 0. */
static void frames_keep_their_lanes(void **state)
{
    (void)state;
    enum { FRAMES = 5, MOST = 64 };
    static unsigned char bytes[FRAMES * MOST * 4 + 1];
    static int32_t out[FRAMES * MOST];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 11);
    for (uint32_t format = 0; format < PCM_FORMATS; format++) {
        const size_t size = pcm_sample_bytes((enum pcm_format)format);
        for (uint32_t channels = 1; channels <= MOST; channels++) {
            const uint32_t stride = block_stride(channels);
            memset(out, 0x55, sizeof out);
            pcm_to_counts((enum pcm_format)format, bytes + 1, FRAMES, channels, out);
            for (uint32_t f = 0; f < FRAMES; f++) {
                for (uint32_t c = 0; c < stride; c++) {
                    uint32_t bits = 0;
                    memcpy(&bits, bytes + 1 + (f * channels + c) * size, size);
                    const int32_t wanted = c < channels ? one((enum pcm_format)format, bits) : 0;
                    assert_int_equal(out[f * stride + c], wanted);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_keep_full_scale),
        cmocka_unit_test(floats_are_rounded_and_clipped),
        cmocka_unit_test(every_24_bit_count_survives_every_wide_format),
        cmocka_unit_test(frames_keep_their_lanes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
