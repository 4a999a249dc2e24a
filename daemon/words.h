/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/words.h - the words of a report in English and Chinese. Those of codes are the page's own.
 */
#ifndef LSRD_DAEMON_WORDS_H
#define LSRD_DAEMON_WORDS_H

#include <stdbool.h>

enum language { LANGUAGE_EN, LANGUAGE_ZH, LANGUAGES };

struct word {
    const char *key; /* NULL ends a table */
    const char *text[LANGUAGES];
};
extern const struct word word_table[]; /* made from the page's dictionaries */

/* `en` or `zh`. */
bool language_find(const char *name, enum language *out);

/* The word for `prefix` + `code`, as word_of(l, "state.", "present"); the code itself where there
 * is none. */
const char *word_of(enum language l, const char *prefix, const char *code);

#endif
