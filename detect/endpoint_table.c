/* SPDX-License-Identifier: Apache-2.0 */
/* The table. What a state does not name leaves it as it is. */
#include "detect/endpoint_table.h"

/* What the last ten valid sweeps say, wherever the branch has a baseline to compare them with. */
static enum endpoint_state judged(enum endpoint_state state, enum endpoint_input input)
{
    switch (input) {
    case INPUT_PRESENT:
        return ENDPOINT_PRESENT;
    case INPUT_ATTENUATED:
        return ENDPOINT_ATTENUATED;
    case INPUT_ABSENT:
        return ENDPOINT_ABSENT;
    case INPUT_EARLY:
        return ENDPOINT_EARLY_LOSS;
    default:
        return state;
    }
}

/* What has been announced stays so until something speaks against it; silence does not. */
static enum endpoint_state announced(enum endpoint_state state, enum endpoint_input input)
{
    switch (input) {
    case INPUT_RECURRED:
        return ENDPOINT_RECURRED;
    case INPUT_EARLY: /* the mark of decompression was taken back */
        return ENDPOINT_EARLY_LOSS;
    case INPUT_CONFIGURATION:
        return ENDPOINT_ABSENT;
    case INPUT_REJECT:
        return ENDPOINT_REJECTED;
    default:
        return state;
    }
}

enum endpoint_state endpoint_next(enum endpoint_state state, enum endpoint_input input)
{
    if (state != ENDPOINT_SETUP && input == INPUT_WITHHOLD)
        return ENDPOINT_WITHHELD;
    if (state != ENDPOINT_SETUP && state != ENDPOINT_WITHHELD && input == INPUT_RETAKE)
        return ENDPOINT_BASELINE;
    switch (state) {
    case ENDPOINT_SETUP:
        return input == INPUT_VALID ? ENDPOINT_BASELINE : state;
    case ENDPOINT_BASELINE:
        return input == INPUT_ELICITED       ? ENDPOINT_PRESENT
               : input == INPUT_NOT_ELICITED ? ENDPOINT_NOT_ELICITED
                                             : state;
    case ENDPOINT_NOT_ELICITED:
        return state;
    case ENDPOINT_PRESENT:
    case ENDPOINT_ATTENUATED:
    case ENDPOINT_EARLY_LOSS:
        return input == INPUT_RECURRED ? ENDPOINT_RECURRED : judged(state, input);
    case ENDPOINT_ABSENT:
        return input == INPUT_RECURRED ? ENDPOINT_RECURRED
               : input == INPUT_CHECKS ? ENDPOINT_REACHED
                                       : judged(state, input);
    case ENDPOINT_WITHHELD:
        return input == INPUT_VALID          ? ENDPOINT_BASELINE
               : input == INPUT_NOT_ELICITED ? ENDPOINT_NOT_ELICITED
               : input == INPUT_RECURRED     ? ENDPOINT_RECURRED
                                             : judged(state, input);
    case ENDPOINT_REACHED:
        return input == INPUT_CONFIRM ? ENDPOINT_CONFIRMED : announced(state, input);
    case ENDPOINT_CONFIRMED:
        return announced(state, input);
    case ENDPOINT_RECURRED:
    case ENDPOINT_REJECTED:
        return judged(state, input);
    case ENDPOINT_STATES:
        break;
    }
    return state;
}
