/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/probe.h - what a few seconds of a device tell about it: its clock, and each input's noise,
 * hum, clipping, whether it is alive, and whether it looks like a trigger.
 * Pure but for its memory. One thread per probe. */
#ifndef LSRD_ACQUISITION_PROBE_H
#define LSRD_ACQUISITION_PROBE_H

#include "base/block.h"
#include "base/err.h"

struct probe_input {
    double mean_uv;
    double low_uv, high_uv; /* extremes */
    double noise_uv;        /* RMS without mean and hum */
    double hum_uv;          /* RMS of the mains frequency and its harmonics */
    uint32_t hum_hz;        /* 50 or 60: the stronger one */
    uint64_t clipped;       /* samples within a thousandth of full scale */
    bool is_constant;       /* one value all the time: stuck, or not connected inside */
    uint32_t same_as;       /* the first input with exactly the same samples; its own number: none */
    uint32_t pulses;        /* of two-level signals; 0: this is none */
    double pulse_rate_hz;
};

struct probe_report {
    uint64_t frames;
    uint64_t lost_frames;
    uint32_t interruptions; /* overruns and losses of the device */
    uint32_t repeated_blocks; /* byte for byte the one before, and not constant */
    double rate_hz;         /* measured against the system clock; 0: less than three seconds */
    double late_p50_us, late_p99_us, late_max_us; /* a block's arrival against the fitted line */
    uint32_t inputs;
    struct probe_input input[BLOCK_CHANNELS];
};

struct probe;

/* Keeps up to most_frames of a stream. */
struct probe *probe_create(const struct stream_format *format, uint64_t most_frames,
                           struct err *err);
void probe_destroy(struct probe *p); /* takes NULL */

/* False: full. */
bool probe_feed(struct probe *p, const struct sample_block *block);

/* What it holds: frames x channels, its own until it is destroyed. */
const int32_t *probe_counts(const struct probe *p, uint64_t *frames);

/* At least a second of frames is needed for hum. */
void probe_finish(struct probe *p, struct probe_report *report);

#endif
