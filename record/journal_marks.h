/* SPDX-License-Identifier: Apache-2.0 */
/* record/journal_marks.h - the marks that a case's journal holds, for repairs: a kill may leave a
 * mark in the journal whose record of the signal file was never written. Internal to record/. */
#ifndef LSRD_RECORD_JOURNAL_MARKS_H
#define LSRD_RECORD_JOURNAL_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mark.h"

struct journal_marks {
    struct mark *list; /* owned */
    uint32_t count;
    uint64_t decided_last; /* newest decided_sample of any line */
};

/* The marks behind the first `known` ones. A journal that is not there has none. */
bool journal_marks_read(struct journal_marks *m, const char *directory, uint32_t known,
                        struct err *err);
void journal_marks_free(struct journal_marks *m);

#endif
