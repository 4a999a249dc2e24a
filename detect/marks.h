/* SPDX-License-Identifier: Apache-2.0 */
/* detect/marks.h - what a mark says: its text as a checked struct.
 * Strict: a known key with a value that it cannot have is MARK_UNREADABLE and means nothing to the
 * detectors (it is journalled all the same); an unknown key is a note. Pure. */
#ifndef LSRD_DETECT_MARKS_H
#define LSRD_DETECT_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mark.h"

enum mark_kind {
    MARK_NOTE, /* `note=...`, or a key that nobody knows */
    MARK_UNREADABLE,
    MARK_PHASE,
    MARK_BRANCH,
    MARK_BASELINE_TAKE,
    MARK_STIMULATION,
    MARK_INTENSITY,
    MARK_TRAIN_OF_FOUR,
    MARK_RELAXANT,
    MARK_ANAESTHETIC,
    MARK_CONFIRM,
    MARK_REJECT,
    MARK_ACK,
    MARK_UNDO,
    MARK_SET,
    MARK_CHANNEL_OFF,
    MARK_CHANNEL_ON,
    MARK_DEVICE,
    MARK_RECORDING,
    MARK_OVERRUN,
    MARK_CASE,
    MARK_KINDS
};

enum mark_phase { MARK_DURA_OPEN, MARK_DECOMPRESSED, MARK_CLOSING, MARK_PHASES };

/* Between the new value and the one before it: `set=endpoint.hold=60 s was=30 s`. */
#define MARK_SET_WAS " was="

/* A stretch of the mark's text: a copy of the struct needs the mark beside it. */
struct mark_span {
    uint8_t at;
    uint8_t length;
};

struct mark_meaning {
    enum mark_kind kind;
    enum mark_phase phase;  /* MARK_PHASE */
    double since_s;         /* MARK_PHASE: 0 or below, how long ago it began */
    bool on;                /* stimulation=on, device=back, recording=resumed, case=start */
    double number;          /* MARK_INTENSITY: mA; MARK_TRAIN_OF_FOUR: 0 to 4 */
    uint64_t count;         /* MARK_UNDO: a sample; MARK_OVERRUN: frames */
    struct mark_span key;   /* MARK_SET: `section.key` */
    struct mark_span value; /* MARK_SET, MARK_BRANCH: name, MARK_ACK: alarm id (may be
                             * empty), MARK_CHANNEL_OFF, _ON: label and reason */
    struct mark_span was;   /* MARK_SET: the value before; empty where the mark does not say */
};

struct mark_meaning mark_read(const struct mark *m);

/* NULL: the mark can be read. Else one line that says what would be right. */
const char *mark_complaint(const struct mark *m);

/* Whether such a mark says how the operation stands and can be taken back. */
bool mark_is_said(enum mark_kind kind);

/* Whether word is `undo=SAMPLE` of m. Of several at one sample the newest goes. */
bool mark_takes_back(const struct mark *word, const struct mark *m);

/* Whether the span holds exactly text. */
bool mark_span_is(const struct mark *m, struct mark_span span, const char *text);

/* A number with its unit at the start of text: `21 mA`, `-20s`, `2.5min`, `50%`, `10 uV`, `3`.
 * Units and the base they become: s ms us min h (s), V mV uV (uV), A mA uA (mA), Hz kHz (Hz), %
 * (1). Blanks may stand before and behind the unit; the text must end there. */
enum mark_unit { MARK_UNIT_NONE, MARK_UNIT_S, MARK_UNIT_UV, MARK_UNIT_MA, MARK_UNIT_HZ };
bool mark_quantity(const char *text, enum mark_unit unit, double *value);

#endif
