/* SPDX-License-Identifier: Apache-2.0 */
/* detect/channel_mark.h - which channel a mark `channel_off=LABEL reason` or `channel_on=LABEL` means. Pure. */
#ifndef LSRD_DETECT_CHANNEL_MARK_H
#define LSRD_DETECT_CHANNEL_MARK_H

#include "detect/marks.h"
#include "detect/params.h"

/* FINDING_NO_CHANNEL: another mark, or no channel of this name. A label may hold blanks: the longest
 * that fits counts. */
uint16_t channel_mark_find(const struct mark *m, const struct mark_meaning *meaning,
                           const struct bank_params *params);

#endif
