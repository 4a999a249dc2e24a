/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/patient.h - the simulated patient: a full source of samples and marks that plays a
 * scenario. Same scenario and seed, same samples, whatever the block size. It computes with
 * exactly rounded operations alone (base/exact.h), so that machines should agree to the bit.
 *
 * In real time it behaves as a device does: live, paced by the clock, without end. As fast as it is
 * read it ends with its scenario. Memory does not grow with the length of the case. */
#ifndef LSRD_ACQUISITION_PATIENT_H
#define LSRD_ACQUISITION_PATIENT_H

#include "acquisition/patient_scenario.h"
#include "acquisition/patient_truth.h"
#include "acquisition/source.h"

/* In the configuration's [device], where source = patient. */
struct patient_options {
    struct option_text scenario;
    uint32_t seed;
};
extern const struct option patient_options[];

struct patient_setup {
    const char *scenario; /* built-in name or path */
    const char *text;     /* the scenario itself, for tests; NULL: by its name */
    size_t text_length;
    const char *const *overrides; /* assignments to the scenario, `scenario.duration=60 s` */
    size_t override_count;
    uint64_t seed;
    bool is_real_time;
    bool is_single; /* one case, and none of its marks case=start and case=end: for a file */
    uint32_t
        block_frames; /* most frames of a block; 0: as many as it holds, or 5 ms in real time */
    FILE *complaints; /* every mistake of a scenario file; may be NULL */
};

/* The source, created but not started; format is valid. */
struct source *patient_create(const struct patient_setup *setup, struct err *err);

/* Of a patient: what it plays, and its truth, collected from the first case on. To be asked for
 * before the first read; owned by the patient. NULL: out of memory. */
const struct scenario *patient_scenario(const struct source *source);
const struct truth *patient_truth(struct source *source, struct err *err);

#endif
