/* SPDX-License-Identifier: Apache-2.0 */
/* detect/params.h - everything a bank is made from: plain data, channel indices, no pointers.
 * daemon/montage fills it from configuration and stream format. */
#ifndef LSRD_DETECT_PARAMS_H
#define LSRD_DETECT_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "base/finding.h"
#include "config/option.h"
#include "detect/isa.h"

enum {
    BANK_CHANNELS = FINDING_CHANNELS, /* muscle channels */
    BANK_BRANCHES = FINDING_BRANCHES,
    BANK_NO_INPUT = 0xffff,
};

/* One muscle channel: an input, or the difference of two. */
struct bank_channel {
    char label[STREAM_LABEL];
    uint16_t input;
    uint16_t minus; /* BANK_NO_INPUT: referential */
    bool inverted;
};

struct bank_branch {
    char name[STREAM_LABEL];
    uint16_t trigger; /* input; BANK_NO_INPUT: found by its artifact */
    uint16_t direct;  /* channel; FINDING_NO_CHANNEL: nothing proves the stimulus */
    uint16_t lateral_count;
    uint16_t control_count;           /* 0 or 1: on the other side, where nothing may respond */
    uint16_t lateral[FINDING_JUDGED]; /* channels; the control is behind the lateral ones */
};

/* Channels whose sweeps are judged for a response. */
static inline uint32_t bank_branch_judged(const struct bank_branch *b)
{
    return (uint32_t)b->lateral_count + b->control_count;
}

/* Each stage declares its params beside its code and its option rows with them. */
enum stimulus_edge { EDGE_ANY, EDGE_RISING, EDGE_FALLING };

struct stimulus_params {
    double threshold_ratio; /* of the trigger's own range, for the crossing */
    double refractory_s;
    uint32_t edge; /* enum stimulus_edge: which way a trigger's pulse goes */
};

struct response_params {
    struct option_range window; /* seconds after the stimulus, searched until learned */
    double min_amplitude_uv;
};

struct artifact_params {
    double recovery_s; /* of the amplifiers, after cautery and overload */
    double hum_uv;     /* RMS of the mains that is reported */
};

struct free_running_params {
    double threshold_uv;    /* peak to peak of a discharge, at least */
    double threshold_ratio; /* its peak, times the noise's RMS */
};

struct endpoint_params {
    double hold_s;
    uint32_t min_sweeps;
    double min_m_ratio;
    bool require_stimulus;
    bool require_m_wave;
    bool require_electrodes;
    bool require_cautery;
    bool require_phase;
    bool require_intensity;
    bool require_train_of_four;
    bool require_anaesthetic;
};

struct alarm_params {
    double train_medium_s; /* A-train time of the case in total */
    double train_high_s;
    double discharge_s; /* of one train */
    double saturated_s; /* of one channel, without a pause */
};

struct bank_params {
    enum isa isa; /* ISA_BEST, 0, but in tests and benches */
    uint32_t rate_hz;
    uint32_t inputs; /* 1 to BLOCK_CHANNELS */
    struct stream_scale scale[BLOCK_CHANNELS];
    int32_t clip_low[BLOCK_CHANNELS]; /* counts at or under it are saturated */
    int32_t clip_high[BLOCK_CHANNELS];
    uint32_t channels; /* 1 to BANK_CHANNELS */
    struct bank_channel channel[BANK_CHANNELS];
    uint32_t branches; /* 0 to BANK_BRANCHES: 0 is free-running EMG alone */
    struct bank_branch branch[BANK_BRANCHES];
    double mains_hz; /* 50 or 60; 0: found by the bank */
    struct stimulus_params stimulus;
    struct response_params response;
    struct artifact_params artifact;
    struct free_running_params free_running;
    struct endpoint_params endpoint;
    struct alarm_params alarm;
    char config_sha256[65]; /* over the options that change findings */
};

#endif
