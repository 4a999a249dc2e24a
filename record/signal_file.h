/* SPDX-License-Identifier: Apache-2.0 */
/* record/signal_file.h - what the reader needs of one file of samples, EDF or WAV: its frames by
 * number, and its remarks. Internal to record/. */
#ifndef LSRD_RECORD_SIGNAL_FILE_H
#define LSRD_RECORD_SIGNAL_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "base/err.h"

enum { REMARKS = 8 };

/* What a reader should tell the user about a file that it accepted. */
struct remarks {
    uint32_t count;
    char lines[REMARKS][256];
};
void remark(struct remarks *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct signal_file;
struct signal_file_ops {
    /* Frames [first, first + frames) of the file into counts, stride apart. All of them exist. */
    bool (*read)(struct signal_file *, uint64_t first, uint32_t frames, int32_t *counts,
                 uint32_t stride, struct err *);
    void (*close)(struct signal_file *);
};

struct signal_file {
    const struct signal_file_ops *ops;
    const char *name; /* last part of the path, for errors; owned */
    uint64_t frames;  /* of the chosen inputs */
};

/* The last part of a path. */
const char *signal_file_name(const char *path);

#endif
