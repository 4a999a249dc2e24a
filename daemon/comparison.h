/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/comparison.h - two judgements of one case side by side: which verdicts, events, changes of
 * the endpoint and alarms are new, gone, earlier or later. Pure but for its memory; one thread.
 * A sweep is the same where stimulus and channel are. Anything else is an interval (an event, a
 * state of a branch, an alarm from raised to cleared): two of the same name are the same where they
 * overlap. */
#ifndef LSRD_DAEMON_COMPARISON_H
#define LSRD_DAEMON_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/finding.h"
#include "protocol/finding_json.h"
#include "protocol/text.h"

enum comparison_side { SIDE_WAS, SIDE_NOW, SIDES };
enum comparison_what { WHAT_SWEEP, WHAT_EVENT, WHAT_ENDPOINT, WHAT_ALARM, WHATS };
enum comparison_change { CHANGE_NEW, CHANGE_GONE, CHANGE_EARLIER, CHANGE_LATER, CHANGE_OTHER, CHANGES };

/* Of a sweep. */
enum comparison_verdict { VERDICT_LEARNING, VERDICT_RESPONSE, VERDICT_NONE, VERDICT_NOT_JUDGED };

struct comparison_item {
    uint64_t start; /* a sweep's stimulus */
    uint64_t end;   /* UINT64_MAX: to the case's end */
    uint16_t channel; /* FINDING_NO_CHANNEL: none; of an event: the first */
    uint8_t what;     /* enum comparison_what */
    uint8_t code;     /* event: kind; endpoint: state; alarm: id */
    uint8_t branch;   /* FINDING_NO_BRANCH: none */
    uint8_t verdict;  /* sweep: enum comparison_verdict; alarm: priority; event: channels */
    uint8_t reason;   /* sweep: why it is not judged; endpoint: why it changed */
};

struct comparison_difference {
    enum comparison_change change;
    const struct comparison_item *was, *now; /* NULL: new, gone; lives as long as the comparison */
};

/* Differences that belong together: sweeps of one channel that change alike and follow one another;
 * anything else alone. */
struct comparison_row {
    const struct comparison_difference *first, *last;
    uint32_t count;
};

struct comparison_total {
    uint32_t count[SIDES]; /* sweeps: those with a response */
    uint32_t changes[CHANGES];
};

struct comparison;

/* NULL: no memory. */
struct comparison *comparison_create(uint32_t rate_hz);
void comparison_destroy(struct comparison *c); /* takes NULL */

/* Findings of a side in the order of its journal. */
void comparison_add(struct comparison *c, enum comparison_side side, const struct finding *f);

/* After the last finding. False: memory ran out on the way. */
bool comparison_close(struct comparison *c);

/* By time. */
const struct comparison_difference *comparison_differences(const struct comparison *c,
                                                           size_t *count);
const struct comparison_row *comparison_rows(const struct comparison *c, size_t *count);
const struct comparison_total *comparison_total(const struct comparison *c,
                                                enum comparison_what what);
uint32_t comparison_judged(const struct comparison *c, enum comparison_side side); /* sweeps */

/* Start of a difference: where it was, or else where it is now. */
uint64_t comparison_sample(const struct comparison_difference *d);

const char *comparison_what_name(enum comparison_what what);
const char *comparison_change_name(enum comparison_change change);
/* `response`, `none`, `learning`, a reason; an event's kind; a state; an alarm's id. */
const char *comparison_item_name(const struct comparison_item *item);

/* One difference as an object. */
void comparison_json(const struct finding_context *context, const struct comparison_difference *d,
                     struct text *out);
/* A row likewise, with `count` and, of the last one's stimulus, `to_sample`. */
void comparison_json_row(const struct finding_context *context, const struct comparison_row *row,
                         struct text *out);
/* Members of an object: `"sweeps":{...},"events":{...},...`. totals: WHATS of them, judged: SIDES. */
void comparison_json_totals(const struct comparison_total *totals, const uint32_t *judged,
                            struct text *out);

#endif
