/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/anonymous.h - takes people out of marks: names become person 1, 2, ..., free text goes. */
#ifndef LSRD_DAEMON_ANONYMOUS_H
#define LSRD_DAEMON_ANONYMOUS_H

#include "base/mark.h"

enum { ANONYMOUS_PEOPLE = 32 };

struct anonymous {
    unsigned count;
    char names[ANONYMOUS_PEOPLE][MARK_BY];
};

/* `system` stays; the same name gets the same number; beyond ANONYMOUS_PEOPLE they share the last.
 */
void anonymous_mark(struct anonymous *a, struct mark *m);

#endif
