/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/patient_free.h - what a simulated patient's muscles do on their own: spikes, bursts,
 * trains, spasms. Streams: an activity lives as long as it fires. Internal to the patient.
 *
 * Patterns as in the literature: A trains of 60 to 210 Hz, alike in shape and sudden on and off; B
 * trains slow and regular; C trains many units at once; bursts irregular and short; spasms of
 * hemifacial spasm at 220 to 350 Hz, shared by several muscles with a lag of milliseconds. */
#ifndef LSRD_ACQUISITION_PATIENT_FREE_H
#define LSRD_ACQUISITION_PATIENT_FREE_H

#include "acquisition/patient_mix.h"
#include "acquisition/patient_scenario.h"
#include "acquisition/patient_truth.h"

struct free_running;

/* All of these outlive it. */
struct free_running *free_running_create(const struct scenario *s, struct mix *mix,
                                         struct err *err);
void free_running_destroy(struct free_running *f); /* NULL is fine */

/* A new case begins at frame 0. truth may be NULL. */
void free_running_begin(struct free_running *f, uint64_t seed, struct truth *truth);

/* A short discharge that follows a response, in the muscles given by their bits. */
void free_running_after_activity(struct free_running *f, double at_s, uint64_t muscles);

/* Adds all discharges of the mix's slab. is_quiet: nothing new begins. */
void free_running_render(struct free_running *f, bool is_quiet);

/* Notes what still fires, at the end of a case. */
void free_running_end(struct free_running *f);

#endif
