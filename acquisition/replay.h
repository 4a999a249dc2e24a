/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/replay.h - a recording as a source: paced by the clock or as fast as it is read, with
 * pause, speed and seek from another thread. Behind read() it is a case like any other. */
#ifndef LSRD_ACQUISITION_REPLAY_H
#define LSRD_ACQUISITION_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "acquisition/source.h"
#include "base/clock.h"
#include "record/reader.h"

#define REPLAY_SPEED_MIN 0.25
#define REPLAY_SPEED_MAX 20.0

struct replay_options {
    double speed;      /* REPLAY_SPEED_MIN to REPLAY_SPEED_MAX; 0: as fast as it is read */
    uint64_t from;     /* sample to begin with */
    bool is_paused;    /* begins paused */
    bool waits_at_end; /* pauses at the end, for somebody to seek; otherwise READ_END */
};

struct replay;

/* The recording is the replay's from here on, also where this fails. clock must outlive it. */
struct replay *replay_create(struct recording *recording, const struct replay_options *options,
                             struct clock *clock, struct err *err);
/* Destroying the source destroys the replay. */
struct source *replay_source(struct replay *r);

/* ---- any thread: each is done within a block, at most 100 ms ---- */
void replay_set_paused(struct replay *r, bool is_paused);
void replay_set_speed(struct replay *r, double speed); /* brought into range; 0 as above */

/* Goes to `from` and reads on without pacing up to `target` (at least `from`), where the pace, or
 * the pause, takes over: from a checkpoint to where somebody wants to be. read() announces it by
 * one READ_FORMAT: blocks before it are from the old place, blocks behind it from the new one. */
void replay_seek(struct replay *r, uint64_t from, uint64_t target);

/* Whether the `seen`th READ_FORMAT was of the newest seek; a later one is on its way otherwise. */
bool replay_has_arrived(struct replay *r, uint32_t seen);

/* Runs until this sample has been delivered, then pauses. */
void replay_run_until(struct replay *r, uint64_t sample);

struct replay_position {
    uint64_t sample; /* behind the last frame delivered */
    uint64_t length; /* behind the last frame there is */
    double speed;
    bool is_paused;
    bool is_at_end;
};
struct replay_position replay_position(const struct replay *r);

/* What is constant after opening: info, format, remarks. */
const struct recording *replay_recording(const struct replay *r);

#endif
