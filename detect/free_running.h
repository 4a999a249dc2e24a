/* SPDX-License-Identifier: Apache-2.0 */
/* detect/free_running.h - spikes, bursts, trains and spasms in the spontaneous EMG.
 * Pure, one block of memory. The signal is looked at in slots of 25 ms, FREE_RUNNING_LAG_MS late,
 * so that cautery, drill and stimuli are known before a slot is judged; an event is given out once,
 * when its class and its end are known. Needs 1000 frames per second; under it: no events. */
#ifndef LSRD_DETECT_FREE_RUNNING_H
#define LSRD_DETECT_FREE_RUNNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/artifact.h"
#include "detect/params.h"
#include "detect/run.h"
#include "detect/synchrony.h"

enum { FREE_RUNNING_LAG_MS = 150 };

struct free_running;

size_t free_running_size(const struct bank_params *params);
void free_running_init(struct free_running *f, const struct bank_params *params);

/* Hum removed; blank: the newest stimulus' own stretch, whose activity is evoked. */
void free_running_feed(struct free_running *f, const struct frame_run *clean,
                       struct stimulus_blank blank, const struct artifact *artifact,
                       struct finding_list *out);

/* Whether the channel's muscle was active of itself at any time in from .. to - 1, as far as frames
 * were fed: a discharge over the threshold, stimuli's own stretches left out. Looks back 0.8 s. */
bool free_running_active(const struct free_running *f, uint32_t channel, uint64_t from,
                         uint64_t to);

/* How many discharges there were in from .. to - 1, at least 20 ms of quiet apart; stimuli's own
 * stretches count as neither. *newest: the last frame of the last one, unchanged without any. Looks
 * back 0.8 s. */
uint32_t free_running_discharges(const struct free_running *f, uint32_t channel, uint64_t from,
                                 uint64_t to, uint64_t *newest);

/* Seconds of A trains so far, the one under way included; and of that one alone, 0: none is. */
double free_running_train_s(const struct free_running *f, uint32_t channel);
double free_running_train_now_s(const struct free_running *f, uint32_t channel);

/* How the last minute's fast bursts are shared between muscles. */
struct synchrony_trend free_running_synchrony(const struct free_running *f);

/* The mains as it is followed, Hz; 0 (at first): unknown. What is loud with just this frequency is hum
 * that stepped up. */
void free_running_mains(struct free_running *f, double hz);

/* Whether a drill or the like is heard now: on within a tenth of a second, off a second after. */
bool free_running_drilled(const struct free_running *f);

/* RMS of the channel's noise in the band of the free-running path; 0 until known. */
double free_running_noise_uv(const struct free_running *f, uint32_t channel);

void free_running_gap(struct free_running *f, uint64_t from, uint64_t to, struct finding_list *out);
void free_running_finish(struct free_running *f, uint64_t end, struct finding_list *out);

extern const struct option free_running_options[];

#endif
