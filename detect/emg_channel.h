/* SPDX-License-Identifier: Apache-2.0 */
/* detect/emg_channel.h - how discharges of one channel become events: words shared by the parts of
 * the free-running detector. Times are points (see emg_front.h).
 *
 *   discharge  one excursion over the threshold, 2.5 ms at most
 *   cluster    discharges with gaps under 25 ms: dense activity, or one discharge alone
 *   run        clusters with gaps under 0.5 s: what gets one name
 *
 * Gaps are counted in time that was not blanked: a train goes on through a stimulus. */
#ifndef LSRD_DETECT_EMG_CHANNEL_H
#define LSRD_DETECT_EMG_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/finding.h"
#include "detect/discharge.h"
#include "detect/params.h"

enum {
    EMG_RECENT = 128, /* discharges remembered: more than a tenth of a second can hold */
    EMG_SINGLES = 16, /* clusters of a run remembered one by one */
};

/* Sums over discharges: enough to name and describe them. */
struct emg_sum {
    uint64_t from, to; /* first and last peak */
    double middle;     /* of the first discharge */
    uint32_t count;
    uint32_t firings; /* discharges at least 10 ms behind the firing before: a long potential with
                       * late phases is several discharges, but one firing */
    uint64_t firing;  /* the newest */
    double span_sum_uv;
    double span_max_uv;
};

struct emg_cluster {
    struct emg_sum sum;
    bool fresh;         /* began after quiet */
    uint64_t locked_to; /* start of the stimulus just before it; NO_SAMPLE: not close to one */
    uint64_t stimulus;  /* the newest stimulus when it ended; NO_SAMPLE: none */
    bool has_train;     /* part of it is an A train: */
    struct emg_sum train;
    double train_period; /* points */
};

enum emg_run_kind { RUN_OTHER, RUN_TRAIN };

struct emg_run {
    bool open;
    enum emg_run_kind kind;
    struct emg_sum sum;
    uint64_t locked_to;
    uint64_t last_locked_to; /* of its newest cluster */
    uint32_t single_count;
    struct emg_sum single[EMG_SINGLES];
    double period_sum; /* of an A train: points x discharges */
    uint32_t streak; /* equal intervals in a row, blanked ones left out */
    double interval; /* the newest, points */
    bool density_known, dense; /* how fast the last second fired */
};

struct emg_channel {
    struct noise_level noise;
    /* the excursion under way */
    bool open;
    uint64_t peak;
    double peak_uv;
    bool after_blank;    /* what was over the threshold when the blank ended belongs to it */
    uint32_t below;      /* points under the threshold since */
    uint32_t quiet;      /* unblanked points since the last discharge's peak */
    bool blank_in_quiet; /* a blank lies in them */
    uint64_t blank_from, blank_to; /* newest stretch that was blanked */
    struct discharge recent[EMG_RECENT];
    uint32_t recent_count; /* ever */
    bool cluster_open;
    struct emg_cluster cluster;
    bool has_pending; /* a closed cluster that may turn out to be shared */
    struct emg_cluster pending;
    struct emg_run run;
    /* a stimulator of somebody else's; period 0: none */
    double pace_period, pace_last;
    /* repetition of the newest windows */
    uint32_t row; /* windows in a row with one period */
    uint64_t row_from;
    double row_period;
    double train_s; /* of closed A trains */
};

#endif
