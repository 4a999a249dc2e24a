/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/feature_store.h - the features of one case in a nameless file, to be judged again and again.
 * Filled by one thread; once filled it may be read by several. */
#ifndef LSRD_DAEMON_FEATURE_STORE_H
#define LSRD_DAEMON_FEATURE_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "detect/rejudge.h"
#include "detect/run_features.h"

struct feature_store;

/* NULL: no memory. Takes at most_bytes at most. */
struct feature_store *feature_store_create(size_t most_bytes);
void feature_store_destroy(struct feature_store *s); /* takes NULL */

/* As a case_run_sink's features: context is the store. */
void feature_store_take(void *context, const struct run_features *run);

/* False: something did not fit, and nothing can be judged from it. */
bool feature_store_is_whole(const struct feature_store *s);
size_t feature_store_bytes(const struct feature_store *s);

/* Changes what a mark means, before it is judged; NULL: nothing. */
struct feature_store_marks {
    void *context;
    void (*change)(void *context, struct mark *mark);
};

/* Judges everything from the beginning. False: no memory, or the file
 * cannot be read. */
bool feature_store_rejudge(const struct feature_store *s, const struct bank_params *params,
                           const struct feature_store_marks *marks,
                           const struct rejudge_sink *sink);

#endif
