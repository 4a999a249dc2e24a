/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a binary frame: decoded within its bounds or refused. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame f;
    struct err err;
    const unsigned char *payload;
    if (!frame_decode(data, size, &f, &payload, &err))
        return 0;
    const size_t values = (size_t)(data + size - payload) / 2;
    int32_t sum = 0;
    for (size_t i = 0; i < values; i++)
        sum ^= frame_payload_i16(payload, i);
    assert(values >= (size_t)f.channels * f.count || sum == 0);
    return 0;
}
