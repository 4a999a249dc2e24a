/* SPDX-License-Identifier: Apache-2.0 */
/* web/token.h - who may look and who may command: a file of lines `ROLE NAME TOKEN`. */
#ifndef LSRD_WEB_TOKEN_H
#define LSRD_WEB_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/mark.h"

enum { TOKEN_SIZE = 129, TOKEN_MIN = 16, TOKENS_MAX = 256 };

enum role { ROLE_VIEWER, ROLE_CONTROL };

struct token {
    enum role role;
    char name[MARK_BY];
    char text[TOKEN_SIZE]; /* filled up with NUL, so that all compare in the same time */
};

struct token_list {
    size_t count;
    struct token *items; /* owned */
};

/* Reads a file; # starts a comment. Refuses one that others may read, a line that is not
 * `viewer|control NAME TOKEN`, a token under 16 characters, a token given twice. */
bool token_list_read(struct token_list *list, const char *path, struct err *err);
void token_list_fini(struct token_list *list); /* copes with a zeroed one */

/* NULL: nobody's. Takes the same time whatever the text. */
const struct token *token_find(const struct token_list *list, const char *text);

const char *role_name(enum role role);

#endif
