/* SPDX-License-Identifier: Apache-2.0 */
/* detect/rejudge.h - a case judged again from its features, with other thresholds of judgement, to
 * the same findings as a pass over its samples: byte for byte, and some hundred times as fast.
 * Pure, one block of memory without pointers. */
#ifndef LSRD_DETECT_REJUDGE_H
#define LSRD_DETECT_REJUDGE_H

#include <stddef.h>
#include <stdint.h>

#include "detect/run_features.h"

struct rejudge;

/* Calls in the order of the journal. */
struct rejudge_sink {
    void *context;
    void (*finding)(void *context, const struct finding *finding);
};

/* params as the bank had them, but for what an OPTION_JUDGEMENT sets. */
size_t rejudge_size(const struct bank_params *params);
void rejudge_init(struct rejudge *r, const struct bank_params *params);

/* Runs in order, as the bank gave them; those that feature_log_write() does not keep may be missing.
 * run->look: as last seen. The one with is_end closes the case. */
void rejudge_take(struct rejudge *r, const struct run_features *run,
                  const struct rejudge_sink *sink);

#endif
