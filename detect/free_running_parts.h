/* SPDX-License-Identifier: Apache-2.0 */
/* detect/free_running_parts.h - the free-running detector's state, for its rooms alone: slots
 * (free_running.c), what is over the threshold (_scan), periods (_train), what muscles share (_spasm),
 * answers (_ask). */
#ifndef LSRD_DETECT_FREE_RUNNING_PARTS_H
#define LSRD_DETECT_FREE_RUNNING_PARTS_H

#include <math.h>

#include "detect/drill.h"
#include "detect/emg_channel.h"
#include "detect/emg_front.h"
#include "detect/emg_group.h"
#include "detect/free_running.h"
#include "detect/synchrony.h"

struct free_running {
    struct free_running_params params;
    uint32_t channels;
    double mains_hz; /* 0: not known */
    size_t ring_at;   /* floats, channels x FRONT_RING */
    uint64_t slot;    /* next to judge */
    uint64_t settled; /* point */
    struct emg_front front;
    struct drill drill;
    uint64_t window; /* next for the drill to look at */
    struct synchrony synchrony;
    struct emg_channel channel[BANK_CHANNELS];
    bool masked[BANK_CHANNELS]; /* in the slot being judged */
    uint64_t hums_to[BANK_CHANNELS]; /* slot: up to it hum that stepped is heard, or fades */
};

static inline const float *free_running_ring(const struct free_running *f, uint32_t c)
{
    const float *ring = (const float *)(const void *)((const unsigned char *)f + f->ring_at);
    return ring + (size_t)c * FRONT_RING;
}

static inline uint32_t free_running_points(const struct free_running *f, double seconds)
{
    return (uint32_t)rint(seconds * f->front.rate_hz);
}

/* Peak of the smallest discharge of a channel that counts, uV. */
static inline double free_running_threshold(const struct free_running *f, uint32_t c)
{
    return fmax(f->params.threshold_ratio * noise_level_rms(&f->channel[c].noise),
                0.5 * f->params.threshold_uv);
}

/* ---- _scan: points from .. to - 1 of a channel. */

/* Neither a stimulus' nor over limit. */
bool free_running_is_quiet(const struct free_running *f, uint32_t c, uint64_t from, uint64_t to,
                           double limit);
/* Finds discharges and leads them into clusters; closes by quiet what is over. */
void free_running_scan(struct free_running *f, uint32_t c, uint64_t from, uint64_t to,
                       const struct emg_context *x);
void free_running_learn_noise(struct free_running *f, uint32_t c, uint64_t from, uint64_t to);

/* ---- _train: whether the cluster under way is an A train, at the end of a slot. */
void free_running_follow_period(struct free_running *f, uint32_t c, uint64_t slot_to);

/* ---- _spasm: from clusters to runs, unless muscles share them. */

void free_running_close_cluster(struct free_running *f, uint32_t c, const struct emg_context *x);
/* Closes everything that is open in a channel. */
void free_running_close(struct free_running *f, uint32_t c, const struct emg_context *x);
/* Another channel's cluster that began with this one's pending cluster and is not over yet. */
bool free_running_awaits(const struct free_running *f, uint32_t c);
/* The pending cluster of a channel becomes a spasm, with all that share it, or goes into its run. */
void free_running_give_spasm(struct free_running *f, uint32_t c, const struct emg_context *x);

#endif
