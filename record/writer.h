/* SPDX-License-Identifier: Apache-2.0 */
/* record/writer.h - one BDF+C file, written so that it is valid at every instant: a record is
 * written whole, then the record count in the header. Samples are kept exactly as captured;
 * annotations go into the record being written, what does not fit goes into the next. Lost samples
 * are filled with zero and annotated, so that the reader turns them back into the same jump of the
 * index. One thread per writer. */
#ifndef LSRD_RECORD_WRITER_H
#define LSRD_RECORD_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "base/err.h"
#include "base/sha256.h"
#include "record/file_ops.h"

enum {
    WRITER_HOLE_S = 60, /* a longer hole is not filled: the case goes on in another file */
};

struct writer_options {
    const char *path;                   /* must not exist */
    const struct stream_format *format; /* as the reader will give it: see stream_input_round */
    uint64_t first_frame;               /* the case's index of the file's first frame */
    int64_t start_utc_ns;               /* when that frame was */
    const char *patient;                /* `X X X X` where nobody is to be known; NULL: that */
    const char *site;                   /* may be NULL */
    const char *version;                /* of the program */
};

struct writer;

/* Makes the file and its header. NULL with err set. */
struct writer *writer_open(const struct writer_options *o, const struct file_ops *ops,
                           struct err *err);

/* Whether a block that starts at this index can go on in this file: the hole before it is short
 * enough and its record can still annotate it. */
bool writer_takes(const struct writer *w, uint64_t first_index);

/* counts: frames x channels, frame after frame. first_index as writer_takes allows; frames at or
 * before the file's end are passed over. False with err set when the disk refuses: the file stays
 * valid, the record that failed is kept and tried again with the next call, and the rest of the
 * block is a hole. */
bool writer_samples(struct writer *w, uint64_t first_index, uint32_t frames, const int32_t *counts,
                    struct err *err);

/* The same without samples: all up to `to` were lost. */
bool writer_lose(struct writer *w, uint64_t to, struct err *err);

/* Queues a mark's text or a finding's (which starts with `lsrd:`) at its sample, lasting `frames`
 * (0: a moment), for the record being written. Where the queue is full, findings are passed over
 * and counted; marks and the case's end have a reserve, and false says that even that is used
 * up. */
bool writer_annotate(struct writer *w, uint64_t sample, uint64_t frames, const char *text);

/* Ends the last record (its empty rest annotated as lost) and writes what annotations are left. The
 * file descriptor stays open. May be tried again after a failure. */
bool writer_finish(struct writer *w, struct err *err);
void writer_close(struct writer *w); /* frees; takes NULL; finishes nothing */

int writer_fd(const struct writer *w);
uint64_t writer_next_index(const struct writer *w); /* behind the last frame taken */
uint64_t writer_bytes(const struct writer *w);      /* of the file, whole records */
uint64_t writer_bytes_per_second(const struct writer *w);
/* What filling a hole of so many frames takes of the disk; 0 where it is too long to be filled. */
uint64_t writer_hole_bytes(const struct writer *w, uint64_t frames);
bool writer_has_queued(const struct writer *w); /* annotations that are in no record yet */
uint64_t writer_skipped_annotations(const struct writer *w);

/* SHA-256 of the header as it is now and of all records. */
void writer_checksums(const struct writer *w, char header[SHA256_HEX], char data[SHA256_HEX]);

#endif
