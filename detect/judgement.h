/* SPDX-License-Identifier: Apache-2.0 */
/* detect/judgement.h - from features to findings: verdicts on sweeps, the endpoint, the alarms. The
 * second half of the bank, which never sees a sample: everything that an OPTION_JUDGEMENT touches.
 * Pure, one block of memory without pointers. */
#ifndef LSRD_DETECT_JUDGEMENT_H
#define LSRD_DETECT_JUDGEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "detect/alarm.h"
#include "detect/endpoint.h"
#include "detect/run_features.h"
#include "detect/params.h"

struct judgement;

size_t judgement_size(const struct bank_params *params); /* a multiple of 64 */
void judgement_init(struct judgement *j, const struct bank_params *params);

/* A mark acts before the run that follows it; out gets the mark itself too. */
void judgement_mark(struct judgement *j, const struct mark *m, struct finding_list *out);

/* Judges a run of at least one frame. out holds what was found in it so far. */
void judgement_run(struct judgement *j, const struct run_features *run, struct finding_list *out);

/* Runs up to one that ends with sample may be left out while nothing clips, there is no cautery
 * and no look's features change; those left out are made up for by judgement_rest(). */
uint64_t judgement_due(const struct judgement *j);
/* The last run left out ended with sample. */
void judgement_rest(struct judgement *j, uint64_t sample);

/* As changed by marks so far. */
const struct response_params *judgement_response(const struct judgement *j);
const struct endpoint *judgement_endpoint(const struct judgement *j);
const struct alarm *judgement_alarm(const struct judgement *j);

#endif
