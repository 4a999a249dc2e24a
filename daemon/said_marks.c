/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/said_marks.h"

#include <stdio.h>
#include <string.h>

#include "detect/marks.h"

static void forget(struct said_marks *s, uint32_t i)
{
    memmove(&s->marks[i], &s->marks[i + 1], (--s->count - i) * sizeof *s->marks);
}

static void note_phase(struct said_marks *s)
{
    const char *value = "";
    for (uint32_t i = s->count; i-- > 0;)
        if (mark_is(&s->marks[i], "phase", &value))
            break;
    snprintf(s->phase, sizeof s->phase, "%.*s", (int)strcspn(value, " "), value);
}

static void add(struct said_marks *s, const struct mark *m)
{
    const char *value;
    uint32_t oldest = 0;
    while (oldest < SAID_MARKS - 1 && mark_is(&s->marks[oldest], "phase", &value))
        oldest++;
    if (s->count == SAID_MARKS)
        forget(s, oldest);
    s->marks[s->count++] = *m;
}

static bool take_back(struct said_marks *s, const struct mark *word)
{
    for (uint32_t i = s->count; i-- > 0;)
        if (mark_takes_back(word, &s->marks[i])) {
            forget(s, i);
            return true;
        }
    return false;
}

bool said_marks_hear(struct said_marks *s, const struct mark *m)
{
    const bool is_said = mark_is_said(mark_read(m).kind);
    if (is_said)
        add(s, m);
    else if (!take_back(s, m))
        return false;
    note_phase(s);
    return true;
}
