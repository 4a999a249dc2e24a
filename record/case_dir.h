/* SPDX-License-Identifier: Apache-2.0 */
/* record/case_dir.h - the directory of one case while it is recorded: its name, which is never
 * taken twice, its files, and how they end. Valid at every instant. One thread per case. */
#ifndef LSRD_RECORD_CASE_DIR_H
#define LSRD_RECORD_CASE_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "base/err.h"
#include "record/journal.h"
#include "record/writer.h"

enum { CASE_PATH = 1024, CASE_TEXT = 64 };

/* What a case begins with: the bytes of ITEM_CASE_OPEN. */
struct case_opening {
    int64_t start_utc_ns;    /* when sample 0 was taken */
    char name[CASE_TEXT];    /* ends the directory's name (`or1`); empty: none */
    char site[CASE_TEXT];    /* as configured; goes into case.json and the header */
    char by[CASE_TEXT];      /* who started it; may be empty */
    char patient[81];        /* empty unless configured */
    char calibration[256];   /* of the device, in one line; empty: none is known */
    char version[CASE_TEXT]; /* of the program */
    char config_sha256[65];
    struct stream_format format; /* ranges as stream_input_round leaves them */
    uint32_t config_size;
    char config[]; /* lsrd.conf as used, --set included; config_size bytes */
};

struct case_dir;

/* Makes ROOT/2026-11-23T093000Z-NAME (or -2, -3 ...) and its files; ROOT too where it is missing.
 */
struct case_dir *case_dir_create(const char *root, const struct case_opening *opening,
                                 const struct file_ops *ops, struct err *err);

/* Makes the directory under which cases are made, with its parents. */
bool case_root_make(const char *root, const struct file_ops *ops, struct err *err);

/* Frees; takes NULL. A case that was not closed stays as one that lost power. */
void case_dir_destroy(struct case_dir *c);

/* As writer_samples; goes on in signals-2.bdf ... after a hole that the file cannot hold. */
bool case_dir_samples(struct case_dir *c, uint64_t first_index, uint32_t frames,
                      const int32_t *counts, struct err *err);
/* As writer_annotate. */
bool case_dir_annotate(struct case_dir *c, uint64_t sample, uint64_t frames, const char *text);

struct journal *case_dir_findings(struct case_dir *c); /* findings.ndjson */
struct journal *case_dir_alarms(struct case_dir *c);   /* alarms.ndjson */
/* Writes what waits in both journals. */
bool case_dir_write(struct case_dir *c, struct err *err);

/* Ends the files, writes checksums.txt and case.json. end: the index behind the case's last frame;
 * what is missing up to it becomes a hole like any other. May be tried again after a failure. */
bool case_dir_close(struct case_dir *c, uint64_t end, struct err *err);

const char *case_dir_path(const struct case_dir *c);
const struct writer *case_dir_writer(const struct case_dir *c); /* the file written now */
uint64_t case_dir_skipped_annotations(const struct case_dir *c);

#endif
