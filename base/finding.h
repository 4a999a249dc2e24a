/* SPDX-License-Identifier: Apache-2.0 */
/* base/finding.h - what the detectors say: one plain struct a finding, without pointers.
 * Every code a finding can carry is listed here and nowhere else; protocol/ prints the names.
 * Channels are indices into the bank's channel list; FINDING_ALL_CHANNELS is every channel. */
#ifndef LSRD_BASE_FINDING_H
#define LSRD_BASE_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mark.h"

enum {
    FINDING_ALL_CHANNELS = 0xffff,
    FINDING_NO_CHANNEL = 0xfffe,
    FINDING_NO_BRANCH = 0xff,
    FINDING_BRANCHES = 8,  /* most stimulated branches of a case */
    FINDING_LATERAL = 16,  /* most LSR channels of a branch */
    FINDING_JUDGED = FINDING_LATERAL + 1, /* with the control channel */
    FINDING_SHARED = 16,   /* most channels that share one event */
    FINDING_CHANNELS = 256,/* most muscle channels of a bank */
    FINDING_CHECKS = 12,
    FINDING_TAKEN_OUT = 32, /* sweeps taken out that are named: 10 s at three stimuli a second */
};

/* In the order in which findings of one sample are printed. */
enum finding_type {
    FINDING_CASE, /* composed by protocol/ from the bank's parameters; the bank emits it first */
    FINDING_MARK,
    FINDING_ARTIFACT,
    FINDING_STIMULUS,
    FINDING_SWEEP,
    FINDING_EMG_EVENT,
    FINDING_ENDPOINT,
    FINDING_ALARM,
    FINDING_SUMMARY, /* last */
};

enum artifact_kind {
    ARTIFACT_CAUTERY,
    ARTIFACT_DRILL,
    ARTIFACT_SATURATION,
    ARTIFACT_ELECTRODE,
    ARTIFACT_HUM,
    ARTIFACT_GAP,
    ARTIFACT_KINDS
};

enum stimulus_source { STIMULUS_FROM_TRIGGER, STIMULUS_FROM_ARTIFACT };
enum tristate { TRISTATE_NO, TRISTATE_YES, TRISTATE_UNKNOWN };
enum sweep_role {
    SWEEP_DIRECT,
    SWEEP_LSR,
    SWEEP_CONTROL, /* judged as an LSR channel on the side that must not respond */
};

/* Why a sweep says nothing. */
enum sweep_reason {
    REASON_NONE,      /* valid */
    REASON_ARTIFACT,  /* cautery or another artifact in it */
    REASON_SATURATED, /* clipped, or recovering from it */
    REASON_ELECTRODE, /* open, bridged or shifted */
    REASON_STIMULUS,  /* not delivered */
    REASON_ACTIVITY,  /* muscle active before the stimulus, or a train through it */
    REASON_GAP,       /* samples lost */
    REASON_SETTLING,  /* filters or hum estimate not settled yet */
    REASON_RATE,      /* sample rate too low to judge */
    SWEEP_REASONS
};

enum emg_kind {
    EMG_SPIKE,
    EMG_BURST,
    EMG_A_TRAIN,
    EMG_B_TRAIN,
    EMG_C_TRAIN,
    EMG_SPASM,
    EMG_KINDS
};

enum endpoint_state {
    ENDPOINT_SETUP,
    ENDPOINT_BASELINE,
    ENDPOINT_NOT_ELICITED,
    ENDPOINT_PRESENT,
    ENDPOINT_ATTENUATED,
    ENDPOINT_ABSENT,
    ENDPOINT_EARLY_LOSS,
    ENDPOINT_WITHHELD,
    ENDPOINT_REACHED,
    ENDPOINT_RECURRED,
    ENDPOINT_CONFIRMED,
    ENDPOINT_REJECTED,
    ENDPOINT_STATES
};

/* Why the endpoint's state changed. */
enum endpoint_reason {
    ENDPOINT_BECAUSE_SWEEPS,        /* the judged sweeps say so */
    ENDPOINT_BECAUSE_CHECKS,        /* every required check holds */
    ENDPOINT_BECAUSE_BASELINE,      /* baseline collected */
    ENDPOINT_BECAUSE_NO_RESPONSE,   /* no LSR found after the search */
    ENDPOINT_BECAUSE_RETAKE,        /* baseline=take */
    ENDPOINT_BECAUSE_EARLY,         /* lost before decompression */
    ENDPOINT_BECAUSE_STIMULUS,      /* not delivered */
    ENDPOINT_BECAUSE_STIMULATION,   /* switched off by a person */
    ENDPOINT_BECAUSE_M_WAVE,        /* M wave under half of its baseline */
    ENDPOINT_BECAUSE_ELECTRODE,     /* electrode of a channel it needs */
    ENDPOINT_BECAUSE_SATURATION,    /* amplifier clipped */
    ENDPOINT_BECAUSE_RELAXANT,      /* relaxant given, or train-of-four too low */
    ENDPOINT_BECAUSE_ACQUISITION,   /* device lost */
    ENDPOINT_BECAUSE_CAUTERY,       /* too long to assess */
    ENDPOINT_BECAUSE_RECOVERED,     /* ten valid sweeps judged afresh */
    ENDPOINT_BECAUSE_CONFIRM,       /* a named person agreed */
    ENDPOINT_BECAUSE_REJECT,        /* a named person said no */
    ENDPOINT_BECAUSE_ACKNOWLEDGE,   /* recurrence acknowledged */
    ENDPOINT_BECAUSE_CONFIGURATION, /* a detection threshold changed */
    ENDPOINT_BECAUSE_PHASE,         /* a phase was marked or undone */
    ENDPOINT_REASONS
};

enum endpoint_check {
    CHECK_STIMULUS,     /* delivered in all counted sweeps */
    CHECK_M_WAVE,       /* at least the limit's share of baseline */
    CHECK_ELECTRODES,   /* of every baseline-positive channel */
    CHECK_CAUTERY,      /* none within the hold */
    CHECK_SWEEPS,       /* valid sweeps without a response */
    CHECK_HOLD,         /* seconds without a response */
    CHECK_PHASE,        /* decompression marked */
    CHECK_BRANCHES,     /* every branch with a baseline tested lately */
    CHECK_INTENSITY,    /* raised over the baseline's */
    CHECK_TRAIN_OF_FOUR,
    CHECK_ANAESTHETIC, /* minutes since the last change */
    CHECK_DIRECT,      /* the branch has a direct channel to prove the stimulus */
    ENDPOINT_CHECKS
};

enum alarm_id {
    ALARM_ENDPOINT_REACHED,
    ALARM_LSR_RECURRED,
    ALARM_TRAIN_TIME,
    ALARM_NEUROTONIC_DISCHARGE,
    ALARM_STIMULUS_LOST,
    ALARM_ELECTRODE_OFF,
    ALARM_SATURATED,
    ALARM_ACQUISITION_LOST,
    ALARM_RECORDING_STOPPED,
    ALARM_CONTROL_RESPONSE,
    ALARM_IDS
};

enum alarm_priority {
    PRIORITY_INFORMATION,
    PRIORITY_LOW,
    PRIORITY_MEDIUM,
    PRIORITY_HIGH,
    ALARM_PRIORITIES
};

/* Not a number where a quantity is unknown. Printed as null. */
#define FINDING_UNKNOWN __builtin_nan("")

struct finding_artifact {
    enum artifact_kind kind;
    uint16_t channel; /* or FINDING_ALL_CHANNELS */
    uint64_t start_sample;
    uint64_t end_sample; /* first sample behind it */
};

struct finding_stimulus {
    uint64_t sample; /* onset */
    uint8_t branch;
    enum stimulus_source source;
    enum tristate delivered;
};

struct finding_sweep {
    uint64_t stimulus_sample;
    uint16_t channel;
    uint8_t branch;
    enum sweep_role role;
    enum sweep_reason reason; /* REASON_NONE: valid */
    enum tristate present;    /* unknown: invalid, or the baseline is being learned */
    double score;             /* log-likelihood ratio; larger = more surely present */
    double amplitude_uv;      /* peak to peak; NAN where not measured */
    double onset_ms;          /* NAN where nothing is present */
};

struct finding_emg_event {
    enum emg_kind kind;
    uint16_t channels[FINDING_SHARED]; /* ascending; the first is the one that sorts */
    uint16_t channel_count;
    uint64_t start_sample;
    uint64_t end_sample;
    double frequency_hz; /* NAN for a single spike */
    double amplitude_uv; /* peak to peak */
};

struct finding_evidence_channel {
    uint16_t channel;
    double baseline_uv;
    double now_uv;
};

struct finding_check {
    enum endpoint_check id;
    bool ok;
    bool required;
    double value; /* NAN where unknown */
    double limit; /* NAN where the check has no number */
};

/* What a verdict of the endpoint rests on; also shown between changes of state. */
struct finding_evidence {
    uint32_t valid;        /* valid sweeps counted since the last response or reset */
    uint32_t taken_out;    /* of them again: an event recognised later ran through them */
    uint16_t taken_count;  /* the newest of those ever taken out, not in the journal: */
    uint64_t taken[FINDING_TAKEN_OUT]; /* their stimuli */
    uint32_t responses;    /* responses among the last ten valid sweeps */
    double bound_95;       /* upper 95 % bound of the response rate, 0 to 1 */
    double hold_s;         /* seconds held so far */
    uint64_t since_sample; /* start of the hold */
    double m_ratio;        /* M wave now over baseline; NAN where unknown */
    uint16_t channel_count;
    struct finding_evidence_channel channels[FINDING_LATERAL];
    uint16_t check_count;
    struct finding_check checks[FINDING_CHECKS];
};

struct finding_endpoint {
    uint8_t branch;
    enum endpoint_state state;
    enum endpoint_state from;
    enum endpoint_reason reason;
    struct finding_evidence evidence;
};

struct finding_alarm {
    enum alarm_id id;
    enum alarm_priority priority;
    bool raised;      /* false: cleared */
    uint16_t channel; /* FINDING_NO_CHANNEL where it has none */
    uint8_t branch;   /* FINDING_NO_BRANCH where it has none */
};

struct finding_summary {
    uint64_t samples; /* index behind the last frame */
    uint32_t stimuli;
    uint32_t delivered;
    uint32_t sweeps;
    uint32_t sweeps_valid;
    uint32_t responses;
    uint32_t event_count[EMG_KINDS];
    uint32_t alarm_count[ALARM_IDS];
    double not_judged_s[ARTIFACT_KINDS]; /* seconds not judged, by cause */
    double withheld_s;
    uint16_t channel_count;
    double train_s[FINDING_CHANNELS]; /* A-train time a channel */
    double train_total_s;
    uint8_t branch_count;
    enum endpoint_state endpoint[FINDING_BRANCHES];
};

struct finding {
    enum finding_type type;
    uint64_t decided_sample; /* the frame that tipped the decision, never a block's end */
    union {
        struct mark mark;
        struct finding_artifact artifact;
        struct finding_stimulus stimulus;
        struct finding_sweep sweep;
        struct finding_emg_event emg_event;
        struct finding_endpoint endpoint;
        struct finding_alarm alarm;
        struct finding_summary summary;
    };
};

/* The bank's output of one feed: the caller's memory. */
struct finding_list {
    uint32_t count;
    uint32_t capacity;
    struct finding *items;
};

#endif
