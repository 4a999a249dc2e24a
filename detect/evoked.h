/* SPDX-License-Identifier: Apache-2.0 */
/* detect/evoked.h - keeps the last stretch of signal, cuts every stimulus' sweeps out of it when
 * their window has ended, and has them judged. Pure, one block of memory. */
#ifndef LSRD_DETECT_EVOKED_H
#define LSRD_DETECT_EVOKED_H

#include <stddef.h>
#include <stdint.h>

#include "detect/artifact.h"
#include "detect/bank.h"
#include "detect/run_features.h"
#include "detect/free_running.h"
#include "detect/hum.h"
#include "detect/params.h"
#include "detect/run.h"
#include "detect/stimulus.h"

enum {
    EVOKED_SHOWN = 32,   /* sweeps kept for display between two feeds */
    EVOKED_WAITING = 16, /* stimuli whose windows may overlap */
};

struct evoked;

extern const struct option response_options[]; /* of struct response_params */

size_t evoked_size(const struct bank_params *params);
void evoked_init(struct evoked *e, const struct bank_params *params);

/* Keeps a run of raw and clean signal. */
void evoked_feed(struct evoked *e, const struct frame_run *raw, const double *clean);

/* A stimulus began: its sweeps are due when the window has ended. */
void evoked_stimulus(struct evoked *e, const struct stimulus_onset *onset);

/* Index behind the response window of a stimulus. */
uint64_t evoked_window_end(const struct evoked *e, uint64_t stimulus_sample);

/* First index at which a run must end because a sweep is due; NO_SAMPLE: none waits. */
uint64_t evoked_due(const struct evoked *e);

/* The other stages, as far as they are: what they say of a sweep's time. */
struct evoked_beside {
    const struct artifact *artifact;
    const struct free_running *free_running;
    const struct hum *hum;
};

/* Measures the oldest stimulus whose window ends at or before end (the index behind the newest
 * frame). response is in force now: it decides what is shown, never what is measured. False: none
 * is due. */
bool evoked_judge(struct evoked *e, uint64_t end, const struct evoked_beside *beside,
                  const struct response_params *response, struct stimulus_features *f);

/* Samples were lost: the sweeps that wait are spoiled and due at once. */
void evoked_gap(struct evoked *e, uint64_t from, uint64_t to);

/* `baseline=take`: forget and learn anew. */
void evoked_retake(struct evoked *e, uint8_t branch);

/* Sweeps kept for display since the last evoked_shown_clear; at most EVOKED_SHOWN. */
uint32_t evoked_shown(const struct evoked *e, struct bank_sweep *sweeps);
uint32_t evoked_shown_count(const struct evoked *e);
void evoked_shown_clear(struct evoked *e);

const float *evoked_template(const struct evoked *e, uint8_t branch, uint16_t channel,
                             uint32_t *samples, double *first_ms);

/* Newest stimulus' artifact on a channel, peak to peak in its first millisecond; NAN: none yet. */
double evoked_artifact_uv(const struct evoked *e, uint16_t channel);

#endif
