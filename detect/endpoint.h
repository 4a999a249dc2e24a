/* SPDX-License-Identifier: Apache-2.0 */
/* detect/endpoint.h - whether the lateral spread response is gone, branch by branch, and what that
 * rests on. Absence of evidence is never absence of the response: what cannot be proved is
 * withheld. Pure, one block of memory without pointers. */
#ifndef LSRD_DETECT_ENDPOINT_H
#define LSRD_DETECT_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/option.h"
#include "detect/judged.h"
#include "detect/params.h"
#include "detect/run.h"

struct endpoint;

extern const struct option endpoint_options[]; /* of struct endpoint_params */

size_t endpoint_size(const struct bank_params *params);
void endpoint_init(struct endpoint *e, const struct bank_params *params);

/* A mark acts before the frame that carries its sample. */
void endpoint_mark(struct endpoint *e, const struct mark *m, struct finding_list *out);

/* Once a stimulus, all its sweeps judged. */
void endpoint_sweep(struct endpoint *e, const struct judged_stimulus *s, struct finding_list *out);

/* Muscle activity that was recognised only now: what was counted as without a response while it ran
 * on a lateral channel of the branch says nothing after all. */
void endpoint_event(struct endpoint *e, const struct finding_emg_event *event);

/* Once a tick, after its frames; sample is its last frame. cautery: it is under way, or the
 * amplifiers still recover from it. */
void endpoint_tick(struct endpoint *e, uint64_t sample, bool cautery, struct finding_list *out);

/* Ticks before this sample change nothing while there is no cautery, no sweep and no mark;
 * NO_SAMPLE: none will. They may be left out, if endpoint_rest() is told the last one's sample. */
uint64_t endpoint_due(const struct endpoint *e);
void endpoint_rest(struct endpoint *e, uint64_t sample);
/* The device delivers nothing new (artifact_silent): as good as lost, until it does. */
void endpoint_stale(struct endpoint *e, bool stale, uint64_t sample, struct finding_list *out);

enum endpoint_state endpoint_state_of(const struct endpoint *e, uint8_t branch);
struct finding_endpoint endpoint_evidence(const struct endpoint *e, uint8_t branch);

/* The case's endpoint: every branch with a baseline is reached, all of them tested in the last
 * five minutes. */
bool endpoint_case_reached(const struct endpoint *e);
/* It was, and nothing but silence has come since on any of them. */
bool endpoint_case_announced(const struct endpoint *e);

/* Conditions that call somebody. */
bool endpoint_stimulus_lost(const struct endpoint *e, uint8_t branch);
/* Channels that a branch rests on and whose electrodes are implausible: FEATURES_WORDS words, a bit
 * a channel, in the endpoint's memory. */
const uint64_t *endpoint_electrodes_off(const struct endpoint *e);
/* A response came back after it had been announced gone, nobody has acknowledged it, and it has
 * not gone again. */
bool endpoint_recurred(const struct endpoint *e, uint8_t branch);

#endif
