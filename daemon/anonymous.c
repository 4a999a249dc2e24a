/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers people in the order in which they appear. */
#include "daemon/anonymous.h"

#include <stdio.h>
#include <string.h>

void anonymous_mark(struct anonymous *a, struct mark *m)
{
    const char *value;
    if (mark_is(m, "note", &value))
        mark_set(m, m->sample, "note=(removed)", m->by);
    if (!m->by[0] || strcmp(m->by, "system") == 0)
        return;
    unsigned i = 0;
    while (i < a->count && strcmp(a->names[i], m->by) != 0)
        i++;
    if (i == a->count && a->count < ANONYMOUS_PEOPLE)
        strcpy(a->names[a->count++], m->by);
    char name[MARK_BY];
    snprintf(name, sizeof name, "person %u", i < ANONYMOUS_PEOPLE ? i + 1 : ANONYMOUS_PEOPLE);
    memset(m->by, 0, sizeof m->by);
    strcpy(m->by, name);
}
