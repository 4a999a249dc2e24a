/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/patient_evoked.h - what a stimulus does to a simulated face: trigger, artifact with
 * its tail, M wave and its spread across the face, lateral spread response, F wave, blink reflex,
 * after-activity. Internal to the patient.
 *
 * Latencies of the LSR between patients: orbicularis oculi 9.0 +- 1.09 ms, mentalis 9.76 +- 1.1 ms
 * (Lee, Chun and Shin 1992), frontalis 11.7 ms (Aviation General Hospital, Beijing, 2015). */
#ifndef LSRD_ACQUISITION_PATIENT_EVOKED_H
#define LSRD_ACQUISITION_PATIENT_EVOKED_H

#include "acquisition/patient_free.h"
#include "acquisition/patient_mix.h"
#include "acquisition/patient_scenario.h"
#include "acquisition/patient_truth.h"

struct evoked;

/* Channels of the mix behind the muscles are triggers: trigger[b] is branch b's, or -1. All of
 * these outlive it. */
struct evoked *evoked_create(const struct scenario *s, struct mix *mix, struct free_running *free_,
                             const int *trigger, struct err *err);
void evoked_destroy(struct evoked *e); /* NULL is fine */

/* A new case with another patient begins at frame 0. truth may be NULL. */
void evoked_begin(struct evoked *e, uint64_t seed, struct truth *truth);

/* Adds what the stimuli of the mix's slab do. */
void evoked_render(struct evoked *e);

/* What share of a muscle its electrodes pick up at this time, shifted ones included: 0 to 1. */
double patient_pickup(const struct scenario *s, uint32_t muscle, double at_s);

#endif
