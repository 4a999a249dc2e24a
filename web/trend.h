/* SPDX-License-Identifier: Apache-2.0 */
/* web/trend.h - every judged sweep of the case as one point, for browsers that come late. Bounded:
 * when full, every second stimulus goes, so that all channels thin out alike. Pure. */
#ifndef LSRD_WEB_TREND_H
#define LSRD_WEB_TREND_H

#include <stdint.h>

#include "protocol/message.h"

enum { TREND_POINTS = 4000 };

struct trend { /* zeroed: empty */
    uint32_t count;
    uint32_t stride;   /* one of so many stimuli is kept; 0 counts as 1 */
    uint32_t stimuli;  /* seen so far */
    uint64_t stimulus; /* the newest */
    uint32_t ordinal[TREND_POINTS];
    struct message_trend_point points[TREND_POINTS];
};

void trend_clear(struct trend *t);
void trend_add(struct trend *t, const struct message_trend_point *p);

#endif
