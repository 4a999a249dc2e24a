/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/truth_json.h - the truth that `lsrd simulate --truth` writes, read back to score findings
 * against it. Pure but for allocations. */
#ifndef LSRD_PROTOCOL_TRUTH_JSON_H
#define LSRD_PROTOCOL_TRUTH_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/block.h"
#include "base/err.h"

/* One muscle at one stimulus. */
struct truth_sweep {
    uint64_t stimulus;
    char channel[STREAM_LABEL];
    bool is_response;
};

struct truth_train {
    uint64_t start, end; /* in order */
    char channel[STREAM_LABEL];
};

struct truth_read {
    size_t sweep_count;
    struct truth_sweep *sweeps; /* by stimulus; owned */
    size_t train_count;
    struct truth_train *trains; /* A trains; owned */
    bool expects_endpoint;
    uint64_t gone; /* from here on, where an endpoint is expected */
};

/* False: err says what is wrong, in one line; nothing is owned then. */
bool truth_json_read(const char *text, size_t size, struct truth_read *out, struct err *err);
void truth_json_free(struct truth_read *t);

#endif
