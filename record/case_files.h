/* SPDX-License-Identifier: Apache-2.0 */
/* record/case_files.h - the small files of a case directory: case.json, checksums.txt, and how a
 * file is replaced so that it is whole at every instant. Internal to record/. */
#ifndef LSRD_RECORD_CASE_FILES_H
#define LSRD_RECORD_CASE_FILES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sha256.h"
#include "record/case_dir.h"
#include "record/file_ops.h"

enum { CASE_SUMS = 1024, CASE_JSON_BYTES = 32768 };

/* Bytes [from, to) of a file in the directory, and their SHA-256. A header changes until the end,
 * so that it has its own. */
struct case_sum {
    char name[32];
    uint64_t from;
    uint64_t to;
    char hex[SHA256_HEX];
};
struct case_sums {
    uint32_t count;
    struct case_sum list[CASE_SUMS];
};

void case_sums_add(struct case_sums *s, const char *name, uint64_t from, uint64_t to,
                   const char *hex);
/* checksums.txt: one line each, `HEX FROM TO NAME`. Its presence says that the case was closed. */
bool case_sums_write(const struct case_sums *s, const char *directory, const struct file_ops *ops,
                     struct err *err);
bool case_sums_read(struct case_sums *s, const char *directory, struct err *err);

/* Adds the sum of what is in a file from byte `from` on, up to `to` or its end. stop (may be
 * NULL) ends it as a failure. */
bool case_sums_of_file(struct case_sums *s, const char *directory, const char *name, uint64_t from,
                       uint64_t to, const _Atomic bool *stop, struct err *err);

/* The case's index of a file's first frame, which our writer notes in the header's recording field;
 * 0 where there is none. */
uint64_t case_first_frame(const char *recording_field);

/* signals.bdf, signals-2.bdf, ... */
void case_part_path(const char *directory, uint32_t part, char *path, size_t size);

/* state: open, closed or repaired; frames: index behind the last one, 0 while open. */
bool case_json_write(const char *directory, const struct case_opening *opening, const char *state,
                     uint64_t frames, const struct file_ops *ops, struct err *err);

/* The whole of case.json, terminated. False: there is none, or it is too long to be ours. */
bool case_json_read(const char *directory, char text[CASE_JSON_BYTES]);
/* Changes its state and frames. */
bool case_json_end(const char *directory, const char *state, uint64_t frames,
                   const struct file_ops *ops, struct err *err);

/* Writes PATH.new, syncs it and renames it to PATH. */
bool case_file_replace(const char *path, const void *bytes, size_t size, const struct file_ops *ops,
                       struct err *err);

/* Makes the names in the directory durable. */
bool case_directory_sync(const char *directory, const struct file_ops *ops, struct err *err);

#endif
