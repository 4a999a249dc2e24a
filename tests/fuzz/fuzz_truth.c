/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the truth of a simulated case: a checked struct or an error, never a crash. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "protocol/truth_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct truth_read truth;
    struct err err = {0};
    if (!truth_json_read((const char *)data, size, &truth, &err)) {
        assert(err.text[0] != 0 && !strchr(err.text, '\n'));
        return 0;
    }
    for (size_t i = 0; i < truth.sweep_count; i++) {
        assert(i == 0 || truth.sweeps[i - 1].stimulus <= truth.sweeps[i].stimulus);
        assert(memchr(truth.sweeps[i].channel, 0, STREAM_LABEL));
    }
    for (size_t i = 0; i < truth.train_count; i++) {
        assert(truth.trains[i].start <= truth.trains[i].end);
        assert(memchr(truth.trains[i].channel, 0, STREAM_LABEL));
    }
    truth_json_free(&truth);
    return 0;
}
