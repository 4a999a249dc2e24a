/* SPDX-License-Identifier: Apache-2.0 */
/* detect/live_option.h - an option changed during a case: `set=section.key=value` put into the
 * parameters. The text is the configuration's canonical print. Pure. */
#ifndef LSRD_DETECT_LIVE_OPTION_H
#define LSRD_DETECT_LIVE_OPTION_H

#include "config/option.h"
#include "detect/marks.h"

/* Sets the field of a row marked OPTION_LIVE whose key is section.key of the mark (set is its
 * meaning), if the value can be read and lies in the row's range. Numbers, counts, bools. True:
 * the field has changed. */
bool live_option_set(const struct option *rows, const char *section, void *params,
                     const struct mark *m, const struct mark_meaning *set);

#endif
