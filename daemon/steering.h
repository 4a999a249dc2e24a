/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/steering.h - where a replay goes: seeks by checkpoints, steps from stimulus to stimulus,
 * repeats a stretch. A place that the pass over the recording has not reached yet is gone to when it
 * has. Main thread. */
#ifndef LSRD_DAEMON_STEERING_H
#define LSRD_DAEMON_STEERING_H

#include <stdbool.h>
#include <stdint.h>

#include "acquisition/replay.h"
#include "daemon/case_index.h"

struct steering;

/* replay and index outlive it. state_size: bank_size() of the replayed case. */
struct steering *steering_create(struct replay *replay, struct case_index *index,
                                 size_t state_size, uint32_t rate_hz, struct err *err);
void steering_destroy(struct steering *s); /* takes NULL */

/* Goes there, brought into the recording's length; playing or paused as before. */
void steering_seek(struct steering *s, uint64_t sample);

/* Plays on to where the stimulus `by` ahead was judged, or goes to the one that far back. */
bool steering_step(struct steering *s, int by, struct err *err);

/* Repeats [from, to), which is entered at once; equal ends: no longer. */
bool steering_loop(struct steering *s, uint64_t from, uint64_t to, struct err *err);

void steering_play(struct steering *s);
void steering_pause(struct steering *s);

/* The source has announced another place. True: the bank goes on from *state (NULL: anew), before
 * place; it is valid until the next call. False: a later seek is on its way, and what comes before
 * it is nobody's. */
bool steering_arrive(struct steering *s, const void **state, struct case_index_place *place);

/* After each block: where the bank is. True once, when what the screen shows is whole again. */
bool steering_passed(struct steering *s, uint64_t sample);
/* Whether it runs up to the place without being shown. */
bool steering_is_filling(const struct steering *s);

/* Some times a second: goes where a seek waited to. */
void steering_tick(struct steering *s);

struct steering_facts {
    uint64_t seeks_to; /* UINT64_MAX: no seek under way */
    uint64_t loop_from, loop_to; /* equal: no loop */
};
struct steering_facts steering_facts(const struct steering *s);

#endif
