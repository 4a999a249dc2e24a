/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/patient_theatre.h - what electrodes, amplifier and theatre add to a simulated
 * patient's signal: noise, hum, drift, cautery with its recovery, drill, electrodes that come off,
 * are bridged or shift, a rail. Turns microvolts into counts. Internal to the patient. */
#ifndef LSRD_ACQUISITION_PATIENT_THEATRE_H
#define LSRD_ACQUISITION_PATIENT_THEATRE_H

#include "acquisition/patient_mix.h"
#include "acquisition/patient_scenario.h"
#include "acquisition/patient_truth.h"

struct theatre;

struct theatre *theatre_create(const struct scenario *s, double rate_hz, uint32_t slab,
                               struct err *err);
void theatre_destroy(struct theatre *t); /* NULL is fine */

/* A new case begins at frame 0; its artifacts are noted at once. truth may be NULL. */
void theatre_begin(struct theatre *t, uint64_t seed, struct truth *truth);

/* One muscle's slab: muscle_uv[0 .. slab) from frame `first` on, as counts with a stride. Muscles
 * in rising order, every one of them, slab after slab. */
void theatre_render(struct theatre *t, uint32_t muscle, uint64_t first, const double *muscle_uv,
                    int32_t *counts, uint32_t stride);

/* Microvolts to counts of 24 bit, clipped at full scale. */
int32_t theatre_count(double uv, double full_scale_uv);

#endif
