/* SPDX-License-Identifier: Apache-2.0 */
/* detect/free_running.h - spikes, bursts, trains and spasms in the spontaneous EMG. */
#ifndef LSRD_DETECT_FREE_RUNNING_H
#define LSRD_DETECT_FREE_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/artifact.h"
#include "detect/params.h"
#include "detect/run.h"

struct free_running;

size_t free_running_size(const struct bank_params *params);
void free_running_init(struct free_running *f, const struct bank_params *params);

/* Hum removed; blank: the newest stimulus' own stretch, whose activity is evoked. */
void free_running_feed(struct free_running *f, const struct frame_run *clean,
                       struct stimulus_blank blank, const struct artifact *artifact,
                       struct finding_list *out);

/* Whether the channel's muscle was active of itself at any time in from .. to - 1. */
bool free_running_active(const struct free_running *f, uint32_t channel, uint64_t from,
                         uint64_t to);

void free_running_gap(struct free_running *f, uint64_t from, uint64_t to, struct finding_list *out);
void free_running_finish(struct free_running *f, uint64_t end, struct finding_list *out);

#endif
