/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/mark_words.h - a mark's text as a report prints it: a changed setting from its old value
 * to its new one, everything else as it stands. Pure. */
#ifndef LSRD_DAEMON_MARK_WORDS_H
#define LSRD_DAEMON_MARK_WORDS_H

#include "base/mark.h"

/* `endpoint.hold: 30 s`, the arrow, `60 s`. Returns text, or the mark's own text. */
const char *mark_words(const struct mark *m, const char *arrow, char text[MARK_TEXT]);

#endif
