/* SPDX-License-Identifier: Apache-2.0 */
/* detect/evoked_parts.h - the evoked path's state and its stages: evoked.c keeps the signal and
 * what waits, evoked_measure.c cuts and measures, evoked_valid.c says why a sweep cannot be judged,
 * evoked_direct.c judges the M wave, evoked_lateral.c a lateral channel, evoked_show.c keeps sweeps
 * for display. Private to these files. */
#ifndef LSRD_DETECT_EVOKED_PARTS_H
#define LSRD_DETECT_EVOKED_PARTS_H

#include "detect/artifact.h"
#include "detect/electrode.h"
#include "detect/evoked.h"
#include "detect/free_running.h"
#include "detect/grid.h"
#include "detect/hum.h"
#include "detect/lateral.h"
#include "detect/run_features.h"
#include "detect/tone.h"

enum {
    EVOKED_M_BASELINE = 20, /* M waves whose median is the baseline */
    EVOKED_ONSETS = 16,     /* stimuli remembered: 0.8 s at 20 a second */
};

struct evoked_waiting {
    struct stimulus_onset onset;
    uint64_t due; /* run ends here */
    bool spoiled; /* samples of it were lost */
};

struct evoked_branch {
    struct electrode electrode;
    uint32_t m_count;
    float m_sizes[EVOKED_M_BASELINE];
    double m_baseline_uv; /* NAN until learned */
    double m_ratio;       /* newest */
    struct lateral lateral[FINDING_JUDGED];
    uint32_t template_sweeps[FINDING_JUDGED];
    size_t memory_at[FINDING_JUDGED]; /* lateral_memory_size() bytes */
    size_t
        template_at[FINDING_JUDGED]; /* window_frames floats: mean of the baseline's responses */
    size_t tail_at[FINDING_JUDGED];  /* 2 x window_frames floats: lateral's and direct's curve */
};

struct evoked {
    struct bank_params params;
    bool can_judge; /* the rate suffices */
    uint32_t lanes;
    uint32_t window_frames; /* from the stimulus to the window's end */
    uint32_t before_frames; /* needed before the stimulus */
    uint32_t shown_pre;
    uint32_t sweep_frames; /* shown: shown_pre + window */
    uint32_t ring_frames;
    uint64_t next; /* index behind the newest frame kept */
    uint64_t from; /* oldest index without a hole */
    uint32_t waiting_count;
    struct evoked_waiting waiting[EVOKED_WAITING];
    uint32_t onset_next;
    uint64_t onsets[EVOKED_ONSETS]; /* newest stimuli of all branches; NO_SAMPLE: none */
    uint32_t shown_count;
    struct bank_sweep shown[EVOKED_SHOWN]; /* pointers filled when asked for */
    struct grid grid;
    struct evoked_branch branch[BANK_BRANCHES];
    struct lateral_verdict verdicts[FINDING_JUDGED];
    struct electrode_sizes sizes;
    struct electrode_verdict electrodes;
    struct tone tone;
    bool everywhere; /* half of the channels are loud at the window's end: no muscle's doing */
    bool missed[BANK_CHANNELS]; /* a tone was taken away, and not all of it, or not it alone */
    double level[BANK_CHANNELS];
    double sweep_points[GRID_MOST], direct_points[GRID_MOST];
    size_t raw_at, clean_at; /* offsets from this struct */
    size_t shown_at;         /* EVOKED_SHOWN x 2 x sweep_frames floats */
    size_t tables_at, points_at, work_at;
    size_t fine_at; /* 4 x window_frames doubles */
};

struct evoked_context {
    const struct artifact *artifact;
    const struct free_running *free_running;
    const struct hum *hum;
    const struct response_params *response;
};

/* The memory at an offset from the struct. */
static inline void *evoked_here(struct evoked *e, size_t at)
{
    return (unsigned char *)e + at;
}

/* Grid points of all channels, levels removed; sizes of artifact and noise. */
void evoked_measure(struct evoked *e, const struct evoked_waiting *w,
                    const struct artifact *artifact);

/* A drill's tone goes before anything is judged; what begins within the window on half of the
 * channels at once spoils it. */
void evoked_clear_tone(struct evoked *e, const struct evoked_waiting *w);

/* One channel's grid points: pre + post. */
void evoked_column(struct evoked *e, uint16_t channel, double *sweep);

/* Samples from the stimulus on of one channel, its level before it removed: window_frames. */
void evoked_cut(struct evoked *e, uint64_t stimulus, uint16_t channel, double *sweep);

/* Why the sweep cannot be judged; REASON_NONE: it can. */
enum sweep_reason evoked_reason(const struct evoked *e, const struct evoked_waiting *w,
                                uint16_t channel, const struct evoked_context *x);

void evoked_open_sweep(const struct evoked_waiting *w, uint16_t channel, enum sweep_role role,
                       struct finding_sweep *f);

/* Keeps a sweep for display. residual: as judged, from the stimulus on; NULL: as recorded, hum
 * removed. */
void evoked_show(struct evoked *e, const struct finding_sweep *verdict, const double *residual);

void evoked_judge_direct(struct evoked *e, const struct evoked_waiting *w, uint16_t channel,
                         const struct evoked_context *x, struct finding_sweep *f);

/* Proof of the stimulus: by artifact and M wave together. direct NULL: there is none. */
enum tristate evoked_delivery(struct evoked *e, struct evoked_branch *s,
                              struct finding_sweep *direct);

/* A lateral channel's features, with what its baseline is worth once this sweep is in. */
void evoked_take_lateral(struct evoked *e, const struct evoked_waiting *w, uint32_t k,
                         const struct stimulus_features *so_far, const struct evoked_context *x,
                         struct lateral_features *f);

#endif
