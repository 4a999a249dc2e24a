/* SPDX-License-Identifier: Apache-2.0 */
/* record/repair.h - what became of a case: closed, still being recorded, or interrupted; and how an
 * interrupted one is brought in order. */
#ifndef LSRD_RECORD_REPAIR_H
#define LSRD_RECORD_REPAIR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "record/file_ops.h"

enum case_state {
    CASE_RECORDING,   /* a process writes it now */
    CASE_INTERRUPTED, /* was not closed: power, crash */
    CASE_REPAIRED,    /* was interrupted, and brought in order */
    CASE_CLOSED,
};
extern const char *const case_state_names[];

/* False with err set where the directory is no case. */
bool case_state(const char *directory, enum case_state *state, struct err *err);

struct case_repair {
    enum case_state before; /* nothing was done unless CASE_INTERRUPTED */
    uint32_t rate_hz;
    uint64_t length;         /* index behind the last frame kept */
    uint64_t bytes_cut;      /* behind the last whole record */
    uint64_t records_cut;    /* whole ones that never reached the disk as written */
    uint64_t line_bytes_cut; /* of lines that were begun */
    uint32_t marks_restored; /* from the journal into the signal file */
    uint64_t decided_last;   /* newest decision in the journal: what is behind `length` of it was
                              * seen, but its samples are gone */
};

/* Brings an interrupted case in order: whole records, their count, whole lines, marks that only the
 * journal had, checksums, case.json. Touches nothing else, and nothing of any other case. stop (may
 * be NULL) ends it early, as a failure: the case is then still an interrupted one. */
bool case_repair(const char *directory, const struct file_ops *ops, const _Atomic bool *stop,
                 struct case_repair *report, struct err *err);

/* The newest decision in the journal: what is behind the last frame of it was seen, but its samples are
 * gone. 0 where there is no journal. */
bool case_decided_last(const char *directory, uint64_t *sample, struct err *err);

/* Compares a closed case with its checksums. Calls damaged for every file that differs, with one
 * line. False with err set where it cannot be compared at all. */
bool case_verify(const char *directory, void (*damaged)(void *context, const char *line),
                 void *context, struct err *err);

#endif
