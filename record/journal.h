/* SPDX-License-Identifier: Apache-2.0 */
/* record/journal.h - a text file that only grows, line by line. Lines that the disk does not take
 * wait in memory. One thread per journal. */
#ifndef LSRD_RECORD_JOURNAL_H
#define LSRD_RECORD_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sha256.h"
#include "record/file_ops.h"

enum { JOURNAL_WAITING = 8 << 20 }; /* most bytes that wait: some twenty minutes of findings */

struct journal {
    const struct file_ops *ops;
    int fd; /* -1: closed */
    char *waiting; /* JOURNAL_WAITING bytes */
    size_t used;
    uint64_t bytes;         /* in the file */
    uint64_t dropped_lines; /* that found JOURNAL_WAITING full */
    struct sha256 hash;     /* of what is in the file */
};

void journal_init(struct journal *j); /* closed */
/* path must not exist. */
bool journal_open(struct journal *j, const char *path, const struct file_ops *ops, struct err *err);
/* One or more whole lines; kept until journal_write puts them into the file. */
void journal_add(struct journal *j, const void *lines, size_t size);
/* Hands what waits to the system (write(2), no sync). False with err set: the rest goes on waiting.
 */
bool journal_write(struct journal *j, struct err *err);
void journal_close(struct journal *j); /* what still waits is lost; copes with a closed one */

#endif
