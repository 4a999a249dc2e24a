/* SPDX-License-Identifier: Apache-2.0 */
/* detect/run_features.h - what the stages that look at samples say about one run, before any threshold
 * of judgement is applied. The bank judges it at once; kept, it can be judged again with other
 * thresholds (detect/rejudge), to the same findings as a pass over the samples. Plain data. */
#ifndef LSRD_DETECT_RUN_FEATURES_H
#define LSRD_DETECT_RUN_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/finding.h"
#include "detect/judged.h"
#include "detect/params.h"
#include "detect/run.h"

enum { FEATURES_WORDS = BANK_CHANNELS / 64 }; /* a bit a channel */

/* One lateral sweep as it was measured. */
struct lateral_features {
    uint16_t channel;
    enum sweep_reason reason; /* REASON_NONE: valid */
    bool judged;              /* a baseline was there to judge it by */
    bool significant;         /* by its score alone */
    bool learned;             /* the baseline is complete, this sweep included */
    bool elicited;            /* and holds a response */
    uint32_t directions;      /* degrees of freedom of along */
    uint32_t stored;          /* valid sweeps of the baseline so far */
    uint32_t responses;       /* of them, once learned */
    double baseline_uv;       /* NAN: none */
    double score;             /* -ln of the false rate */
    double along;             /* chi-square along the baseline's directions */
    double size_uv;           /* peak to peak on the grid, which min_amplitude is held against */
    double amplitude_uv;      /* peak to peak as printed; NAN: not measured */
    double onset_ms;          /* of the response, if there is one; NAN: not measured */
};

/* One stimulus with its sweeps. */
struct stimulus_features {
    struct finding_stimulus stimulus;
    uint64_t decided_sample; /* the window's last frame */
    bool has_direct;
    struct finding_sweep direct; /* no threshold of judgement changes it */
    double m_baseline_uv;        /* NAN until learned */
    uint16_t lateral_count;
    uint16_t control_count; /* as in struct bank_branch */
    struct lateral_features lateral[FINDING_JUDGED];
};

/* What slowly changes, looked at every twentieth of a second (alarm_look_due). */
struct look_features {
    double train_s[BANK_CHANNELS];     /* A-train time so far, a train under way included */
    double train_now_s[BANK_CHANNELS]; /* of that train; 0: none is */
    uint64_t electrode_off[FEATURES_WORDS]; /* channels outside every branch: implausible now */
    bool silent; /* the device delivers nothing new: constants, or copies */
};

/* One run of the bank. Pointers are valid during the call that hands it over. */
struct run_features {
    uint64_t first_index;
    uint64_t lost;   /* frames that were lost right before first_index */
    uint32_t frames; /* 0: marks alone, a gap, or the end */
    bool cautery;    /* under way, or the amplifiers still recover */
    bool is_end;     /* the case ends before first_index */
    uint64_t clipped[FEATURES_WORDS]; /* in any frame of the run; none under cautery */
    uint32_t mark_count;
    const struct mark *marks;    /* act before the run */
    uint32_t found_count;
    const struct finding *found; /* artifacts and EMG events, in the order of their making */
    uint32_t stimulus_count;
    const struct stimulus_features *stimuli;
    const struct look_features *look; /* NULL: not looked at */
};

/* Calls for every run, in order. */
struct features_sink {
    void *context;
    void (*take)(void *context, const struct run_features *run);
};

/* The verdict on a lateral sweep, or on one of the control: the printed finding, but for its sample
 * and branch. Pure. */
void lateral_verdict(const struct lateral_features *f, const struct response_params *p,
                     struct finding_sweep *sweep);

/* The whole stimulus as the endpoint counts it. Pure. */
void stimulus_verdict(const struct stimulus_features *f, const struct response_params *p,
                      struct judged_stimulus *judged);

#endif
