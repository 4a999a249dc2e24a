/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/patient_scenario.h - the script of a simulated operation: muscles, branches, the
 * stimulator, what happens when. A small text file in the grammar of config/, or one of those built
 * in. Checked here; nothing behind it checks again.
 *
 * A timeline is a list of points, joined by straight lines: `0 s 100 %, 120 s 100 %, 122 s 0 %`;
 * empty: always its default. A range is drawn from once a case. */
#ifndef LSRD_ACQUISITION_PATIENT_SCENARIO_H
#define LSRD_ACQUISITION_PATIENT_SCENARIO_H

#include <stdio.h>

#include "base/block.h"
#include "base/err.h"
#include "config/config.h"
#include "config/option.h"

enum {
    SCENARIO_MUSCLES = 48,
    SCENARIO_BRANCHES = 4,
    SCENARIO_EVENTS = 128,
    SCENARIO_MARKS = 48,
    TIMELINE_POINTS = 32,
};

struct timeline {
    uint32_t count; /* 0: the constant */
    double constant;
    double at_s[TIMELINE_POINTS];
    double value[TIMELINE_POINTS];
};

/* Piecewise linear; before the first and behind the last point it stays. */
double timeline_at(const struct timeline *t, double at_s);

enum patient_event_kind {
    EVENT_SPIKE,
    EVENT_BURST,
    EVENT_A_TRAIN,
    EVENT_B_TRAIN,
    EVENT_C_TRAIN,
    EVENT_SPASM,
    EVENT_RANDOM, /* a stream of the six above */
    EVENT_CAUTERY,
    EVENT_DRILL,
    EVENT_OPEN,           /* electrode off: noise and hum */
    EVENT_BRIDGED,        /* electrodes short-circuited by fluid: almost flat */
    EVENT_SHIFTED,        /* electrode picks up less */
    EVENT_SATURATION,     /* amplifier stuck at a rail */
    EVENT_OUTAGE,         /* device gone: samples are lost */
    EVENT_AFTER_ACTIVITY, /* made by the simulation, not by files: follows a response */
    EVENT_KINDS
};
extern const char *const patient_event_names[];

struct scenario_event {
    char name[CONFIG_TITLE];
    uint32_t kind;
    double at_s;
    double for_s;                  /* 0: drawn */
    double hz;                     /* 0: drawn */
    double uv;                     /* peak to peak; 0: drawn */
    double level;                  /* EVENT_SHIFTED: what is left of the pick-up */
    double every_s;                /* EVENT_RANDOM: mean pause */
    bool keeps;                    /* EVENT_OPEN: the muscle is still picked up */
    struct option_labels channels; /* empty: one facial muscle, or those of a spasm; cautery: all */
    struct option_labels kinds;    /* EVENT_RANDOM */
};

struct scenario_mark {
    char name[CONFIG_TITLE];
    double at_s;
    struct option_text text;
    struct option_text by;
};

struct scenario_muscle {
    char label[CONFIG_TITLE];
    bool is_facial;   /* no: another nerve's; no events, no neighbour's leak */
    double latency_s; /* of the LSR: mean and spread between patients; 0: as published */
    double latency_sd_s;
    struct option_range lsr_uv;   /* mean peak to peak of the LSR */
    struct option_range noise_uv; /* rms */
    struct option_range hum_uv;
    struct option_range artifact_uv;
    struct option_range spread; /* share of the M wave that is picked up across the face */
    struct option_text lsr_text;
    struct timeline lsr; /* times the patient's own */
};

struct scenario_branch {
    char name[CONFIG_TITLE];
    struct option_text direct; /* a muscle; empty: nothing shows the M wave */
    struct option_labels lateral;
    struct option_text trigger; /* own trigger channel; empty: the stimulator's */
    double rate_hz;
    double start_s;
    struct option_text on_text;
    struct timeline on; /* stimulated while above a half */
};

struct scenario {
    /* [scenario] */
    struct option_text title, says;
    double duration_s;
    double pause_s; /* quiet time before the next case, where the scenario loops */
    bool loops;
    uint32_t rate_hz;
    double full_scale_uv;
    double mains_hz, mains_error;
    double drift_uv;
    double leak; /* share of a discharge that neighbours pick up */
    /* [stimulator] */
    struct option_text trigger; /* channel; empty: none */
    double jitter, width_s;
    bool alternates;
    struct option_text delivered_text;
    struct timeline delivered;
    struct option_range tail_share, tail_s, slow_share;
    double slow_ratio; /* slow time constant over the fast one */
    /* [m_wave] */
    struct option_range m_uv, m_latency_s;
    double m_cv;
    struct option_text m_text;
    struct timeline m;
    double f_wave_chance;
    double blink_uv, blink_chance;
    struct option_text blink_text;
    /* [lsr] */
    struct option_text lsr_text, dropout_text;
    struct timeline lsr, dropout;
    double lsr_cv, lsr_spread_s, lsr_threshold;
    struct option_range lsr_jitter_s, lsr_firing;
    double after_activity;
    /* [relaxant] */
    struct option_text relaxant_text;
    struct timeline relaxant; /* share of muscle fibres that still answer */
    /* [expect] */
    bool expects_endpoint, expects_not_elicited;
    double lsr_gone_s, stimulus_lost_s, electrode_off_s, withheld_s, early_loss_s; /* 0: not */

    uint32_t muscles, branches, events, marks;
    struct scenario_muscle muscle[SCENARIO_MUSCLES];
    struct scenario_branch branch[SCENARIO_BRANCHES];
    struct scenario_event event[SCENARIO_EVENTS];
    struct scenario_mark mark[SCENARIO_MARKS];
};

extern const struct config_section scenario_sections[];

/* name: one of those built in, or a path (with a `/` or ending in `.scenario`). overrides: count
 * assignments as of --set. On mistakes every one is written to complaints (may be NULL) and err
 * holds the first. */
bool scenario_read(struct scenario *s, const char *name, const char *const *overrides,
                   size_t override_count, FILE *complaints, struct err *err);
/* The same from text, for tests and fuzzing. */
bool scenario_read_text(struct scenario *s, const char *name, const char *text, size_t length,
                        const char *const *overrides, size_t override_count, FILE *complaints,
                        struct err *err);

/* Those built in, by name; ends with a NULL name. */
struct scenario_builtin {
    const char *name;
    const char *text;
};
extern const struct scenario_builtin scenario_builtins[];

/* The muscle's index; -1: none. */
int scenario_muscle_find(const struct scenario *s, const char *label);

#endif
