/* SPDX-License-Identifier: Apache-2.0 */
/* record/recorder.h - the record thread: takes items from its ring and writes the case. Nobody
 * waits for it: a slow disk fills the ring, a full one stops the recording until there is room. */
#ifndef LSRD_RECORD_RECORDER_H
#define LSRD_RECORD_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/block.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/finding.h"
#include "base/item.h"
#include "record/case_dir.h"
#include "record/file_ops.h"

enum {
    RECORDER_ITEM_ALARM = 100, /* one JSON line of alarms.ndjson, newline included */
};

struct recorder;

struct recorder_options {
    const char *directory;      /* under which cases are made; created where missing */
    size_t ring_bytes;          /* 0: 16 MiB, twenty seconds of 8 channels at 20 kHz */
    const struct file_ops *ops; /* NULL: the system's */
};

/* Cases under the directory that were interrupted are repaired meanwhile. */
struct recorder *recorder_create(const struct recorder_options *o, struct clock *clock,
                                 struct err *err);
/* Writes what is in the ring, closes the case, joins the thread. Takes NULL. */
void recorder_destroy(struct recorder *r);

/* ---- producer: one thread, the main thread ----
 * Each puts one item into the ring and wakes the recorder; false: no room, and it was dropped.
 * Samples leave the last quarter of the ring to everything else. The status says RECORDER_STOPPED
 * before the first of them is dropped, and none is taken until the ring is half empty: so a hole has
 * two ends. What false means is the caller's: lost samples are a hole in the file; a lost finding is
 * a fault to show. */
bool recorder_open_case(struct recorder *r, const struct case_opening *opening);
bool recorder_samples(struct recorder *r, const struct sample_block *block); /* counts, not marks */
bool recorder_mark(struct recorder *r, const struct mark *mark);
bool recorder_finding(struct recorder *r, enum finding_type type, uint64_t decided_sample,
                      const char *line, size_t size);
bool recorder_alarm(struct recorder *r, const char *line, size_t size);
/* end: the index behind the case's last frame, whether it was taken or not. */
bool recorder_close_case(struct recorder *r, uint64_t end);

/* The same by hand: ITEM_CASE_OPEN (struct case_opening), ITEM_SAMPLES, ITEM_MARK, ITEM_FINDING
 * (stream: enum finding_type), RECORDER_ITEM_ALARM, ITEM_CASE_CLOSE; then wake. */
struct item_ring *recorder_ring(struct recorder *r);
void recorder_wake(struct recorder *r);

/* ---- any thread ---- */
enum recorder_state {
    RECORDER_IDLE, /* no case */
    RECORDER_RECORDING,
    RECORDER_STOPPED, /* a case is open and the disk refuses: os_errno says how (ENOBUFS: it is so
                       * slow that the ring is full) */
};

struct recorder_status {
    enum recorder_state state;
    int os_errno;
    int64_t free_s;         /* recording time left at the present rate; -1: not known yet */
    uint64_t free_bytes;    /* of the disk under the directory */
    uint64_t next_sample;   /* index behind the last sample written */
    uint64_t lost_frames;   /* of this case, refused by the disk or dropped before the ring */
    uint64_t marks_written; /* marks handed to the system since the recorder was made: a command
                             * whose mark was the n-th is safe from a kill once this is n */
    uint64_t lines_dropped; /* journal lines that found no room in memory while the disk refused */
    uint64_t cases_closed;
};
struct recorder_status recorder_status(const struct recorder *r);

/* The open case's directory, or the last one's; empty before the first. */
void recorder_case_path(struct recorder *r, char *path, size_t size);

#endif
