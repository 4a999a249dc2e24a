/* SPDX-License-Identifier: Apache-2.0 */
/* detect/endpoint_parts.h - what the endpoint is made of; for detect/endpoint*.c and their tests.
 * count: what the sweeps say. proof: what could have kept us from seeing. said: what people marked.
 * Plain structs without pointers; times are frames of the case, NO_SAMPLE is never. */
#ifndef LSRD_DETECT_ENDPOINT_PARTS_H
#define LSRD_DETECT_ENDPOINT_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "detect/endpoint_table.h"
#include "detect/judged.h"
#include "detect/marks.h"
#include "detect/params.h"
#include "detect/run.h"
#include "detect/run_features.h"

/* ---- count */

enum {
    COUNT_LAST = 10, /* valid sweeps that the verdict rests on */
    COUNT_KEPT =
        128, /* counted sweeps that can be taken out again: 10 s of the fastest stimulation */
};

struct endpoint_count {
    uint32_t filled; /* of the last ten */
    uint32_t next;
    uint64_t stimulus[COUNT_LAST];
    bool response[COUNT_LAST];
    float ratio[COUNT_LAST]; /* the best responding channel over its baseline; NAN: unknown */
    float amplitude_uv[FINDING_LATERAL][COUNT_LAST]; /* NAN: that channel was not valid */
    uint32_t valid;  /* counted since the last response or restart */
    uint64_t since;  /* stimulus of the first of them */
    uint64_t newest; /* decision of the last of them */
    uint32_t taken_out;
    uint32_t named_count; /* sweeps ever taken out */
    uint64_t named[FINDING_TAKEN_OUT]; /* the newest of them, round and round */
    uint32_t kept_next;
    uint64_t kept[COUNT_KEPT]; /* stimuli of the hold's newest sweeps; NO_SAMPLE: none */
    uint64_t lost; /* first valid sweep without a response behind the last one with one */
};

void count_forget(struct endpoint_count *c); /* everything */
void count_begin_afresh(
    struct endpoint_count *c); /* the last ten and the hold; not when it was lost */
void count_restart_hold(struct endpoint_count *c);
void count_add(struct endpoint_count *c, const struct judged_stimulus *s);
/* Sweeps without a response whose stimulus lies in from .. to - 1 say nothing after all: they leave
 * the last ten and the hold. One with a response stays, whatever else was there. */
void count_take_out(struct endpoint_count *c, uint64_t from, uint64_t to);
uint32_t count_responses(const struct endpoint_count *c); /* of the last ten */
/* Median over the last ten's responses, as a share of baseline; NAN without any. */
double count_ratio(const struct endpoint_count *c);
/* Median amplitude of a lateral channel over the last ten; NAN without any. */
double count_amplitude_uv(const struct endpoint_count *c, uint32_t lateral);
/* Upper 95 % bound of the rate of responses when none came in n sweeps: 1 - 0.05^(1/n). */
double count_bound_95(uint32_t n);

/* ---- proof */

/* Why nothing can be said now, most telling first. */
enum endpoint_cause {
    CAUSE_ACQUISITION = 1,
    CAUSE_STIMULATION = 2, /* a person switched it off; or another branch is stimulated, for long */
    CAUSE_STIMULUS = 4,
    CAUSE_ELECTRODE = 8,
    CAUSE_SATURATION = 16,
    CAUSE_CAUTERY = 32,
    CAUSE_M_WAVE = 64,
};

enum { PROOF_CHANNELS = FINDING_LATERAL + 1, PROOF_DIRECT = FINDING_LATERAL, PROOF_M = 5 };

struct proof_channel {
    uint32_t bad;  /* implausible sweeps in a row */
    uint32_t good; /* plausible ones in a row */
    uint64_t bad_since;
    bool needed; /* the endpoint rests on it */
    bool off;    /* withholds */
    bool alarm;  /* long enough to call somebody */
};

struct endpoint_proof {
    uint32_t causes;      /* bits of enum endpoint_cause */
    uint32_t undelivered; /* stimuli in a row without current */
    uint64_t undelivered_since;
    uint32_t deliveries; /* of the last ten, newest in bit 0: 1 = not delivered */
    uint32_t delivered;  /* in a row */
    bool stimulus_alarm; /* pulses without current, or silence */
    uint32_t m_filled;
    uint32_t m_next;
    double m_ratio[PROOF_M];
    uint32_t clipped; /* stimuli in a row with a needed channel saturated */
    uint64_t clipped_since;
    struct proof_channel channel[PROOF_CHANNELS];
};

void proof_init(struct endpoint_proof *p);
/* After baseline=take: the M wave's share is unknown until it is learned again. */
void proof_forget_m(struct endpoint_proof *p);
void proof_sweep(struct endpoint_proof *p, const struct bank_params *params,
                 const struct judged_stimulus *s);
void proof_set(struct endpoint_proof *p, enum endpoint_cause cause, bool is_so);
/* Median of the last M waves over baseline; NAN: unknown. */
double proof_m_ratio(const struct endpoint_proof *p);
enum endpoint_reason proof_reason(uint32_t causes);

/* ---- said */

enum { SAID_ITEMS = 32 };

struct said_item {
    enum mark_kind kind; /* phase, intensity, train-of-four, relaxant, anaesthetic */
    enum mark_phase phase;
    uint64_t sample;    /* of the mark: what undo names */
    uint64_t effective; /* since when it is so */
    double number;
};

struct endpoint_said {
    uint32_t count;
    struct said_item items[SAID_ITEMS]; /* in the order of marking */
};

/* Keeps what can be undone and asked for; everything else is ignored. True: something changed. */
bool said_mark(struct endpoint_said *s, uint32_t rate_hz, const struct mark *m,
               const struct mark_meaning *meaning);
/* When decompression took effect; NO_SAMPLE: not marked. The earliest that stands. */
uint64_t said_decompressed(const struct endpoint_said *s);
/* The newest of a kind; NULL: none stands. */
const struct said_item *said_newest(const struct endpoint_said *s, enum mark_kind kind);
/* The newest word on the muscles: relaxant, or train-of-four; NULL: none. */
const struct said_item *said_relaxation(const struct endpoint_said *s);

/* ---- the whole */

enum { ENDPOINT_INTERVALS = 4 };

enum endpoint_baseline { BASELINE_SEARCHING, BASELINE_ELICITED, BASELINE_NONE };

struct endpoint_branch {
    enum endpoint_state state;
    enum endpoint_state from;
    enum endpoint_reason reason;
    uint64_t changed; /* when the state began */
    enum endpoint_baseline baseline;
    uint32_t searched;       /* valid sweeps of the search */
    uint32_t found;          /* of them: with a response, as far as is known */
    uint64_t search_history; /* of the last 60, newest in bit 0: 1 = response */
    double baseline_ma;      /* intensity when the baseline was taken; NAN: unknown */
    bool announced;          /* reached, and nothing has taken it back */
    bool acknowledged;       /* the recurrence */
    bool recurrence_open;    /* nobody has acknowledged it, and it has not gone again */
    uint32_t recurred_valid; /* valid sweeps since it recurred */
    uint64_t stimulated;     /* newest stimulus */
    uint64_t tested;         /* newest counted sweep */
    uint64_t silent_from;    /* since when a stimulus is awaited; NO_SAMPLE: none is */
    bool silent;             /* awaited in vain: the stimulus is in doubt for that reason */
    uint32_t interval_next;
    uint64_t intervals[ENDPOINT_INTERVALS]; /* newest distances between stimuli; 0: none yet */
    struct judged_channel lateral[FINDING_LATERAL]; /* as last judged */
    uint32_t lateral_count;
    bool has_direct;
    struct endpoint_count count;
    struct endpoint_proof proof;
};

struct endpoint {
    struct bank_params params;
    struct endpoint_said said;
    uint64_t newest;      /* last frame seen */
    uint32_t active;      /* branch stimulated last */
    bool stimulation_off; /* a person said so */
    bool stimulation_on;  /* a person said so: silence is not meant */
    uint64_t off_since;
    uint32_t off_stimuli; /* that came all the same */
    bool away;            /* the device, by its mark */
    bool stale;           /* it is there, and delivers nothing new */
    bool relaxed;         /* muscles may be blocked: no response proves nothing */
    bool relaxed_fell;    /* the M wave has shown it */
    uint64_t relaxed_since;
    uint64_t cautery_end;                    /* newest frame of cautery */
    uint64_t cautery_since;                  /* NO_SAMPLE: none now */
    uint64_t electrodes_off[FEATURES_WORDS]; /* a bit a channel: needed, calls somebody */
    uint64_t quiet_alarm_from;               /* when a silent trigger may next be an alarm */
    struct endpoint_branch branch[BANK_BRANCHES];
};

/* Evidence of a branch as it stands, checks included. True: every required check holds. */
bool checks_compose(const struct endpoint *e, uint32_t branch, struct finding_evidence *out);

/* Branches with a baseline other than this one, and how many of them were tested lately. */
uint32_t checks_other_branches(const struct endpoint *e, uint32_t branch, uint32_t *tested);

/* Gives the table an input; says and remembers the state that follows. */
void endpoint_feed(struct endpoint *e, uint32_t branch, enum endpoint_input input,
                   enum endpoint_reason reason, uint64_t at, struct finding_list *out);
/* Whatever a branch's causes and counts say now. */
void endpoint_settle(struct endpoint *e, uint32_t branch, uint64_t at, struct finding_list *out);
/* Gives every absent branch whose required checks hold that input. */
void endpoint_check_all(struct endpoint *e, uint64_t at, struct finding_list *out);
void endpoint_begin_search(struct endpoint_branch *b);
/* Lost before decompression took effect, or before anybody marked it. */
bool endpoint_is_early(const struct endpoint *e, const struct endpoint_branch *b);
/* The muscles are free again. */
void endpoint_unrelax(struct endpoint *e);
/* Whether silence on this branch is no loss, because another one has to be tested. */
bool endpoint_may_pause(const struct endpoint *e, uint32_t branch);

static inline uint64_t seconds_to_frames(const struct endpoint *e, double seconds)
{
    return (uint64_t)(seconds * (double)e->params.rate_hz);
}

#endif
