/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/label.h - what a reviewer says about a place of a recorded case: one JSON object a line of
 * labels.ndjson, beside the case. Lines are only added; a label is taken back by a line that
 * repeats it with "retracted_by". Pure but for jansson's allocations. */
#ifndef LSRD_PROTOCOL_LABEL_H
#define LSRD_PROTOCOL_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/block.h"
#include "base/err.h"
#include "base/mark.h"
#include "protocol/text.h"

enum label_kind {
    LABEL_LSR_GONE,
    LABEL_LSR_RETURNED,
    LABEL_TRUE_TRAIN,
    LABEL_ARTIFACT,
    LABEL_KINDS
};

#define LABEL_NO_END UINT64_MAX

struct label {
    uint64_t sample;
    uint64_t end_sample; /* LABEL_NO_END: a moment */
    enum label_kind kind;
    char channel[STREAM_LABEL]; /* empty: of the case */
    char by[MARK_BY];
    char utc[24]; /* 2026-11-23T09:30:00Z */
    char retracted_by[MARK_BY]; /* empty: it holds */
};

const char *label_kind_name(enum label_kind kind);
bool label_kind_find(const char *name, enum label_kind *kind);

/* One object, without a newline. */
void label_encode(struct text *t, const struct label *l);

/* One line. False: err says what is wrong with it. */
bool label_decode(const char *line, size_t size, struct label *l, struct err *err);

/* Whether both speak of the same: all but utc and retracted_by. */
bool label_is_same(const struct label *a, const struct label *b);

#endif
