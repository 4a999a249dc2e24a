/* SPDX-License-Identifier: Apache-2.0 */
/* detect/feature_log.h - a case's features as a sequence of entries of bytes, to be kept and read
 * back. A run in which nothing begins, ends or is measured has no entry: about 4 MB an hour at
 * three stimuli a second on four channels. What seldom changes is written when it does, so an entry
 * is read by one who has read all before it. Bytes are this machine's. Pure. */
#ifndef LSRD_DETECT_FEATURE_LOG_H
#define LSRD_DETECT_FEATURE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/run_features.h"

enum {
    FEATURE_LOG_MARKS = 64,  /* most of one run */
    FEATURE_LOG_FOUND = 512, /* likewise; more are left out, as the bank leaves them out */
    FEATURE_LOG_STIMULI = 16,
    FEATURE_LOG_ENTRY = 256 * 1024, /* bytes of the largest entry */
};

/* What was said last. The same struct writes or reads; zeroed, it stands at a case's beginning. */
struct feature_log {
    bool cautery;
    uint64_t clipped[FEATURES_WORDS];
    struct look_features look;
    struct lateral_features lateral[BANK_BRANCHES][FINDING_JUDGED];
};

/* Writes an entry into room for FEATURE_LOG_ENTRY bytes and returns its size; 0: nothing has to be
 * kept of this run. */
size_t feature_log_write(struct feature_log *l, const struct run_features *run,
                         unsigned char *bytes);

/* Memory for what an entry's pointers name. */
struct feature_log_scratch {
    struct mark marks[FEATURE_LOG_MARKS];
    struct finding found[FEATURE_LOG_FOUND];
    struct stimulus_features stimuli[FEATURE_LOG_STIMULI];
};

/* Reads the entry that begins at bytes, written by feature_log_write(); run->look is always set: as
 * last seen. Returns its size. Only for bytes that never left this process. */
size_t feature_log_read(struct feature_log *l, const unsigned char *bytes,
                        struct feature_log_scratch *scratch, struct run_features *run);

#endif
