/* SPDX-License-Identifier: Apache-2.0 */
/* Turns what a person asks for into seeks of the source. */
#include "daemon/steering.h"

#include <stdlib.h>
#include <string.h>

/* So much before the place is read again for what the screen shows of the time before it: the EMG
 * window and the newest sweeps. */
static const double lead_s = 12;
static const double loop_min_s = 0.5; /* shorter, the seek takes longer than the stretch */

struct steering {
    struct replay *replay;
    struct case_index *index;
    uint32_t rate_hz;
    size_t state_size;
    unsigned char *state;
    bool has_wish; /* a seek whose place is not known yet */
    uint64_t wish;
    uint32_t announced; /* seeks so far */
    bool is_on_way; /* the source is at the old place still, whose samples say nothing of the new one */
    bool is_filling;
    uint64_t target;
    bool has_state; /* of the newest seek */
    struct case_index_place place;
    uint64_t loop_from, loop_to;
};

struct steering *steering_create(struct replay *replay, struct case_index *index,
                                 size_t state_size, uint32_t rate_hz, struct err *err)
{
    struct steering *s = calloc(1, sizeof *s);
    if (s)
        s->state = aligned_alloc(64, (state_size + 63) / 64 * 64);
    if (!s || !s->state) {
        steering_destroy(s);
        err_set(err, ERR_MEMORY, "a replay");
        return NULL;
    }
    s->replay = replay;
    s->index = index;
    s->rate_hz = rate_hz;
    s->state_size = state_size;
    return s;
}

void steering_destroy(struct steering *s)
{
    if (!s)
        return;
    free(s->state);
    free(s);
}

/* ---- seeking */

static void go(struct steering *s, uint64_t target)
{
    const uint64_t lead = (uint64_t)(lead_s * s->rate_hz);
    s->has_wish = false;
    s->target = target;
    s->is_on_way = s->is_filling = true;
    s->has_state = case_index_checkpoint(s->index, target > lead ? target - lead : 0, s->state,
                                         &s->place);
    if (!s->has_state)
        s->place = (struct case_index_place){0};
    replay_seek(s->replay, s->place.sample, target);
}

void steering_seek(struct steering *s, uint64_t sample)
{
    const struct case_index_progress p = case_index_progress(s->index, NULL);
    const uint64_t target = sample < p.length ? sample : p.length;
    if (target <= p.done || p.is_complete) {
        go(s, target);
    } else {
        s->has_wish = true;
        s->wish = target;
    }
}

void steering_tick(struct steering *s)
{
    if (s->has_wish)
        steering_seek(s, s->wish);
}

bool steering_arrive(struct steering *s, const void **state, struct case_index_place *place)
{
    s->announced++;
    *place = s->place;
    *state = s->has_state ? s->state : NULL;
    s->is_on_way = !replay_has_arrived(s->replay, s->announced);
    return !s->is_on_way;
}

bool steering_passed(struct steering *s, uint64_t sample)
{
    if (s->is_filling) {
        if (s->is_on_way || sample < s->target)
            return false;
        s->is_filling = false;
        return true;
    }
    if (s->loop_to > s->loop_from && sample >= s->loop_to && !s->has_wish)
        steering_seek(s, s->loop_from);
    return false;
}

bool steering_is_filling(const struct steering *s)
{
    return s->is_filling;
}

/* ---- what a person asks for */

void steering_play(struct steering *s)
{
    const struct replay_position at = replay_position(s->replay);
    if (at.is_at_end)
        steering_seek(s, s->loop_to > s->loop_from ? s->loop_from : 0);
    replay_set_paused(s->replay, false);
}

void steering_pause(struct steering *s)
{
    replay_set_paused(s->replay, true);
}

bool steering_step(struct steering *s, int by, struct err *err)
{
    uint64_t to;
    const uint64_t from = s->is_filling ? s->target : replay_position(s->replay).sample;
    if (!case_index_step(s->index, from, by, &to))
        return err_set(err, ERR_STATE, case_index_progress(s->index, NULL).is_complete
                                           ? "there is no stimulus that way"
                                           : "the recording is still being read: try again");
    if (by > 0 && !s->is_filling && to - from < (uint64_t)(lead_s * s->rate_hz)) {
        replay_run_until(s->replay, to);
        return true;
    }
    replay_set_paused(s->replay, true);
    steering_seek(s, to);
    return true;
}

bool steering_loop(struct steering *s, uint64_t from, uint64_t to, struct err *err)
{
    const uint64_t length = case_index_progress(s->index, NULL).length;
    if (from == to) {
        s->loop_from = s->loop_to = 0;
        return true;
    }
    if (from > to || from >= length || to - from < (uint64_t)(loop_min_s * s->rate_hz))
        return err_set(err, ERR_USAGE, "a loop has its ends in order, %g s apart or more",
                       loop_min_s);
    s->loop_from = from;
    s->loop_to = to < length ? to : length;
    steering_seek(s, from);
    return true;
}

struct steering_facts steering_facts(const struct steering *s)
{
    return (struct steering_facts){
        .seeks_to = s->has_wish ? s->wish : s->is_filling ? s->target : UINT64_MAX,
        .loop_from = s->loop_from,
        .loop_to = s->loop_to,
    };
}
