/* SPDX-License-Identifier: Apache-2.0 */
/* record/reader.h - a recording as a stream of blocks: an EDF, EDF+, BDF, BDF+ or WAV file that
 * anybody made, or a case directory of ours. Lost stretches are jumps of the index, annotations are
 * marks. Memory is bounded whatever the file's size. One thread per recording. */
#ifndef LSRD_RECORD_READER_H
#define LSRD_RECORD_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "base/err.h"

struct recording;

struct recording_options {
    const char *const *labels; /* the channels that the configuration maps: they decide the rate */
    uint32_t label_count;      /* 0: the rate that most signals share */
    double wav_full_scale_uv;  /* what digital full scale of a WAV file is; 0: 10 mV */
};

/* path: a file, or a case directory (signals.bdf, signals-2.bdf, ...). options may be NULL. NULL
 * with one line that names file, what, where, and what would be right. */
struct recording *recording_open(const char *path, const struct recording_options *options,
                                 struct err *err);
void recording_close(struct recording *r); /* takes NULL */

const struct stream_format *recording_format(const struct recording *r);

struct recording_info {
    const char *kind;   /* `BDF+C`, `WAV`, ... */
    char start_date[9]; /* dd.mm.yy and hh.mm.ss as the header has them; empty where it has none */
    char start_time[9];
    const char *config; /* path of the case directory's lsrd.conf; NULL where there is none */
    uint64_t length;    /* index behind the last frame */
    uint64_t lost;      /* frames up to there that the file does not have */
    uint32_t marks;
};
const struct recording_info *recording_info(const struct recording *r);

/* What the user should know about a file that was accepted: channels left out, a cut end. NULL
 * behind the last. */
const char *recording_remark(const struct recording *r, uint32_t index);

enum recording_result {
    RECORDING_BLOCK, /* out holds frames, marks or both */
    RECORDING_END,
    RECORDING_FAILED, /* err says why */
};

/* Fills first_index, frames (up to BLOCK_FRAMES), channels, stride, marks and counts; out->counts
 * is the caller's: room for BLOCK_FRAMES frames of block_stride(channels). captured_ns becomes 0.
 */
enum recording_result recording_read(struct recording *r, struct sample_block *out,
                                     struct err *err);

/* The same with at most this many frames, 1 to BLOCK_FRAMES. */
enum recording_result recording_read_some(struct recording *r, uint32_t frames,
                                          struct sample_block *out, struct err *err);

/* The next read starts at this index, or where samples go on behind it; marks from it on follow. */
void recording_seek(struct recording *r, uint64_t sample);

#endif
