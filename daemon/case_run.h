/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/case_run.h - one life of the bank: feeds it blocks and hands out what it says. A live
 * case, a replay and `lsrd analyze` all go through here, so they print the same bytes.
 * One thread. */
#ifndef LSRD_DAEMON_CASE_RUN_H
#define LSRD_DAEMON_CASE_RUN_H

#include <stdint.h>

#include "base/err.h"
#include "daemon/montage.h"
#include "detect/bank.h"
#include "protocol/finding_json.h"

/* What comes out; each may be NULL. Pointers are valid during the call. */
struct case_run_sink {
    void *context;
    void (*finding)(void *context, const struct finding *finding, const char *line,
                    size_t length);
    void (*sweep)(void *context, const struct bank_sweep *sweep);
    /* The free-running path: out->emg_uv, emg_frames x stride from emg_first_index on. */
    void (*emg)(void *context, const struct bank_output *out, uint32_t stride);
    /* What was measured of a run, before it is judged. */
    void (*features)(void *context, const struct run_features *run);
};

struct case_run;

/* montage is copied. The sink's context must outlive the run. */
struct case_run *case_run_create(const struct montage *montage, const struct case_run_sink *sink,
                                 struct err *err);
void case_run_destroy(struct case_run *r); /* takes NULL; without a summary */

/* Begins anew as case_run_create() would have, in the memory that is there. False: this montage needs
 * another size, and nothing was done. */
bool case_run_reuse(struct case_run *r, const struct montage *montage);

/* Goes on in a state that case_run_bank() had before frame `at`, of a run of the same montage. */
void case_run_restore(struct case_run *r, const void *state, uint64_t at);

/* Indices of block and marks are the case's own. Blocks must ascend. */
void case_run_feed(struct case_run *r, const struct sample_block *block);

/* A mark between blocks: at the next frame that the bank will take. */
void case_run_mark(struct case_run *r, const char *text, const char *by);

/* Closes what is open and hands out the summary. */
void case_run_finish(struct case_run *r);

uint64_t case_run_next_index(const struct case_run *r); /* of the next frame */
const struct bank *case_run_bank(const struct case_run *r);
const struct finding_context *case_run_context(const struct case_run *r);

#endif
