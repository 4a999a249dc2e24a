/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the old value before the new one. */
#include "daemon/mark_words.h"

#include <stdio.h>

#include "detect/marks.h"

const char *mark_words(const struct mark *m, const char *arrow, char text[MARK_TEXT])
{
    const struct mark_meaning meaning = mark_read(m);
    if (meaning.kind != MARK_SET || meaning.was.length == 0)
        return m->text;
    snprintf(text, MARK_TEXT, "%.*s: %.*s%s%.*s", meaning.key.length, m->text + meaning.key.at,
             meaning.was.length, m->text + meaning.was.at, arrow, meaning.value.length,
             m->text + meaning.value.at);
    return text;
}
