/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a recording: opened, read through, sought in. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/reader.h"
#include "record/wav.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sample_block *b, uint64_t *next)
{
    if (b->first_index < *next || b->frames > BLOCK_FRAMES || b->mark_count > BLOCK_MARKS)
        abort();
    for (uint32_t i = 0; i < b->mark_count; i++)
        if (b->marks[i].sample < b->first_index ||
            b->marks[i].sample > b->first_index + b->frames ||
            (i > 0 && b->marks[i].sample < b->marks[i - 1].sample))
            abort();
    *next = b->first_index + b->frames;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int32_t counts[BLOCK_FRAMES * BLOCK_CHANNELS];
    static int fd = -1;
    static char path[32];
    if (wav_is(data, size)) /* libsndfile's own business */
        return 0;
    if (fd < 0) {
        fd = memfd_create("recording", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    struct err err;
    struct recording *r = recording_open(path, NULL, &err);
    if (!r)
        return 0;
    struct sample_block block = {.counts = counts};
    uint64_t next = 0;
    for (int i = 0; i < 50 && recording_read(r, &block, &err) == RECORDING_BLOCK; i++)
        check(&block, &next);
    const uint64_t middle = recording_info(r)->length / 2;
    recording_seek(r, middle);
    next = 0;
    if (recording_read_some(r, 7, &block, &err) == RECORDING_BLOCK)
        check(&block, &next);
    recording_close(r);
    return 0;
}
