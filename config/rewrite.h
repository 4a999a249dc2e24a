/* SPDX-License-Identifier: Apache-2.0 */
/* config/rewrite.h - changes one value in a configuration file and leaves everything else as its
 * author wrote it: comments, order, blanks, line ends. */
#ifndef LSRD_CONFIG_REWRITE_H
#define LSRD_CONFIG_REWRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Pure: the text with the value of one key replaced; a key that is missing is added at the end of
 * its section, a missing section at the end of the text. title: "" for an untitled section. value
 * is text that value_parse() took. The result ends with NUL, is the caller's to free(), and
 * *out_length is its length; NULL: out of memory. */
char *config_rewrite(const char *text, size_t length, const char *section, const char *title,
                     const char *key, const char *value, size_t *out_length);

/* The same in a file: written beside it, synced, and renamed over it, so that the file is whole at
 * every instant. A symbolic link stays one. */
bool config_rewrite_file(const char *path, const char *section, const char *title, const char *key,
                         const char *value, struct err *err);

#endif
