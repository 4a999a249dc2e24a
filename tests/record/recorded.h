/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of record/ share: a signal whose every sample is known, and temporary folders. */
#ifndef LSRD_TESTS_RECORD_RECORDED_H
#define LSRD_TESTS_RECORD_RECORDED_H

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/block.h"
#include "record/edf_header.h"

/* Any 24-bit number, the extremes among them. */
static inline int32_t known_sample(uint64_t index, uint32_t channel)
{
    const uint64_t hash = (index * 64 + channel + 1) * 0x9e3779b97f4a7c15ull;
    if (index % 997 == 0)
        return channel % 2 ? SAMPLE_MAX : SAMPLE_MIN;
    return (int32_t)(hash >> 40) + SAMPLE_MIN;
}

static inline void known_counts(uint64_t first, uint32_t frames, uint32_t channels, int32_t *counts)
{
    for (uint32_t i = 0; i < frames; i++)
        for (uint32_t c = 0; c < channels; c++)
            counts[(size_t)i * channels + c] = known_sample(first + i, c);
}

static inline void known_format(struct stream_format *format, uint32_t rate_hz, uint32_t channels)
{
    memset(format, 0, sizeof *format);
    format->rate_hz = rate_hz;
    format->channels = channels;
    for (uint32_t c = 0; c < channels; c++) {
        struct stream_input *in = &format->inputs[c];
        snprintf(in->label, sizeof in->label, "CH%u", c + 1);
        in->physical_min = -10000 - (double)c;
        in->physical_max = 10000 + (double)c;
        in->digital_min = SAMPLE_MIN;
        in->digital_max = SAMPLE_MAX;
        in->is_voltage = true;
    }
}

static inline char *scratch_make(char path[64])
{
    strcpy(path, "/tmp/lsrd-test-XXXXXX");
    return mkdtemp(path);
}

static inline int scratch_remove_one(const char *path, const struct stat *st, int kind,
                                     struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static inline void scratch_remove(const char *path)
{
    nftw(path, scratch_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
