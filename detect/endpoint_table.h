/* SPDX-License-Identifier: Apache-2.0 */
/* detect/endpoint_table.h - the endpoint's state machine, and nothing else: which state follows
 * from which input. Counting, proofs and checks decide the inputs; this decides what they mean. */
#ifndef LSRD_DETECT_ENDPOINT_TABLE_H
#define LSRD_DETECT_ENDPOINT_TABLE_H

#include "base/finding.h"

enum endpoint_input {
    INPUT_VALID,         /* valid sweeps, and the baseline is not known yet */
    INPUT_ELICITED,      /* the baseline is collected and holds a response */
    INPUT_NOT_ELICITED,  /* the search is over: no response */
    INPUT_RETAKE,        /* baseline=take */
    INPUT_PRESENT,       /* of the last ten valid sweeps at least one responds, as large as ever */
    INPUT_ATTENUATED,    /* the same, their median below half of the baseline */
    INPUT_ABSENT,        /* none of the last ten valid sweeps responds, lost after decompression */
    INPUT_EARLY,         /* the same, lost before it */
    INPUT_CHECKS,        /* every required check holds */
    INPUT_RECURRED,      /* back after it had been announced: 3 of 10; any, after withheld */
    INPUT_WITHHOLD,      /* something that must be proved is not */
    INPUT_CONFIRM,       /* a named person agrees */
    INPUT_REJECT,        /* a named person does not */
    INPUT_CONFIGURATION, /* a detection threshold changed */
    ENDPOINT_INPUTS
};

/* The state that follows; the same where the input means nothing in it. Whoever asks feeds the
 * verdicts PRESENT to EARLY to `withheld` and `rejected` only after ten valid sweeps judged afresh,
 * and to `recurred` only once it is acknowledged or ten more sweeps are in. */
enum endpoint_state endpoint_next(enum endpoint_state state, enum endpoint_input input);

#endif
