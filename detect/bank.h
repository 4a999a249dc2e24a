/* SPDX-License-Identifier: Apache-2.0 */
/* detect/bank.h - all detectors of one case as one function: samples and marks in, findings out.
 * Pure: no I/O, clock, allocation, log, thread. The whole state is one block of memory without
 * pointers: a checkpoint is a copy of it. Findings are a function of (params, samples, marks),
 * whatever the block sizes. */
#ifndef LSRD_DETECT_BANK_H
#define LSRD_DETECT_BANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/block.h"
#include "base/finding.h"
#include "detect/run_features.h"
#include "detect/params.h"
#include "detect/quality.h"
#include "detect/synchrony.h"

struct bank; /* lives in the caller's memory */
struct judgement;

/* One judged sweep as the detectors saw it: evoked path, microvolts, for display and evidence. */
struct bank_sweep {
    struct finding_sweep verdict;
    uint64_t first_sample; /* of the first value below */
    uint32_t samples;      /* 0 where samples were lost */
    uint32_t pre_samples;  /* how many of them lie before the stimulus */
    const float *uv;       /* inside the bank's memory; valid until the next feed */
    const float *raw_uv;   /* the same before conditioning */
};

/* What one feed gives beside findings. The caller's memory, filled by bank_feed. */
struct bank_output {
    struct finding_list findings; /* caller sets items and capacity; count starts at 0 */
    float *emg_uv;                /* caller's, BLOCK_FRAMES x stride(channels): the free-running
                                   * path, hum removed; NULL: not wanted. The bank works in whole
                                   * ticks of 1 ms, so it may lag the frames taken by one tick */
    uint64_t emg_first_index;     /* of frame 0 of emg_uv */
    uint32_t emg_frames;          /* written by this feed, 0 to BLOCK_FRAMES */
    bool emg_gap;                 /* frame 0 does not follow the last frame given before */
    struct bank_sweep sweeps[32]; /* judged in this feed */
    uint32_t sweep_count;
    struct features_sink features; /* called for every run; take NULL: not wanted */
};

/* Bytes needed, aligned to 64; 0 where params make no bank (see params.h for limits). */
size_t bank_size(const struct bank_params *params);

/* The returned pointer is memory itself (aligned to 64). Emits nothing yet. The instruction set is
 * chosen here: params->isa, or the fastest where that one does not run. */
struct bank *bank_init(void *memory, const struct bank_params *params);

/* The one chosen; never ISA_BEST. Findings do not depend on it. */
enum isa bank_isa(const struct bank *b);

/* Takes frames and marks until in is used up or an output is full; returns how many frames it took
 * and, in *marks_taken, marks. The caller drains out and calls again with the rest (marks before
 * their frames; first_index moved on by what was taken) until nothing is left. in->counts are
 * frames of params->inputs. The case line is the first finding. */
uint32_t bank_feed(struct bank *b, const struct sample_block *in, uint32_t *marks_taken,
                   struct bank_output *out);

/* Closes what is open and emits the summary as last finding. True: everything is out; false: out
 * was full, drain it and call again. */
bool bank_finish(struct bank *b, struct bank_output *out);

/* Evidence of one branch as it stands now, for display between changes of state. */
struct finding_endpoint bank_evidence(const struct bank *b, uint8_t branch);

/* The learned baseline of one channel of a branch, evoked path in microvolts at the case's rate;
 * NULL while there is none. *samples values, the first at *first_ms after the stimulus. */
const float *bank_template(const struct bank *b, uint8_t branch, uint16_t channel,
                           uint32_t *samples, double *first_ms);

/* The half that judges, to be copied: size as judgement_size(). */
const struct judgement *bank_judgement(const struct bank *b);

/* What a channel delivers now. */
struct quality bank_quality(const struct bank *b, uint16_t channel);

/* How the last minute's fast bursts are shared between muscles. */
struct synchrony_trend bank_synchrony(const struct bank *b);

#endif
