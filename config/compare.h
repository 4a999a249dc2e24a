/* SPDX-License-Identifier: Apache-2.0 */
/* config/compare.h - what differs between two configurations, and whether a running case may take
 * it. Pure. */
#ifndef LSRD_CONFIG_COMPARE_H
#define LSRD_CONFIG_COMPARE_H

#include "config/table.h"
#include "config/value.h"

struct config_difference {
    const struct config_section *section;
    char title[CONFIG_TITLE];    /* "" for an untitled section */
    const struct option *option; /* NULL: a titled section that only one of them has, or that
                                  * stands at another place */
    char from[VALUE_TEXT];       /* `present` or "" where option is NULL */
    char to[VALUE_TEXT];
};

/* Fills at most max differences, in the order of the table, and returns how many there are. */
size_t config_compare(const struct config_section *sections, const void *from, const void *to,
                      struct config_difference *out, size_t max);

/* Whether a running case may take it (OPTION_LIVE); sections never come or go during a case. */
bool config_difference_is_live(const struct config_difference *d);
/* Whether it changes findings, so that a reached endpoint must be earned again. */
bool config_difference_changes_findings(const struct config_difference *d);
/* `section.key=value` or `section.title.key=value` with the new value, for a mark and for
 * config_set(). size at least 512. */
void config_difference_format(const struct config_difference *d, char *text, size_t size);

#endif
