/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/case_kept.h - what a pass over a recorded case keeps in memory: findings that a person looks
 * at, judged amplitudes, stimuli, and where checkpoints lie. Lists that only grow, in the order of the
 * case. No lock: case_index has it. */
#ifndef LSRD_DAEMON_CASE_KEPT_H
#define LSRD_DAEMON_CASE_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/finding.h"
#include "daemon/case_index.h"

struct kept_stimulus {
    uint64_t sample;
    uint64_t judged; /* behind the newest sweep of it */
};

struct kept_checkpoint {
    struct case_index_place place;
    uint64_t offset; /* in the cache */
};

struct kept_list {
    unsigned char *bytes;
    size_t used;
    size_t capacity;
};

struct case_kept { /* zeroed: empty */
    struct case_index_place reach; /* how much there is; .sample is the caller's */
    struct kept_list arena, findings, points, stimuli, checkpoints;
};

void case_kept_fini(struct case_kept *k);
void case_kept_clear(struct case_kept *k);

/* How much of the union a finding uses: a summary is fifty times as large as an event. */
size_t case_kept_size(const struct finding *f);

/* What there is no memory for is left out. */
void case_kept_add_finding(struct case_kept *k, const struct finding *f);
void case_kept_add_point(struct case_kept *k, const struct message_trend_point *p);
void case_kept_add_stimulus(struct case_kept *k, const struct kept_stimulus *s);
bool case_kept_add_checkpoint(struct case_kept *k, const struct kept_checkpoint *c);

/* A sweep of the stimulus at this sample was judged at `decided`. */
void case_kept_judge(struct case_kept *k, uint64_t stimulus_sample, uint64_t decided);

/* As case_index has them. */
bool case_kept_finding(const struct case_kept *k, uint32_t index, struct finding *f);
bool case_kept_checkpoint(const struct case_kept *k, uint64_t sample, struct kept_checkpoint *c);
void case_kept_points(const struct case_kept *k, uint32_t from, uint32_t count,
                      struct message_trend_point *out);
bool case_kept_step(const struct case_kept *k, uint64_t sample, int by, uint64_t *to);

#endif
