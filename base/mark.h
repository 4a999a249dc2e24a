/* SPDX-License-Identifier: Apache-2.0 */
/* base/mark.h - what samples cannot tell: a phase, a note, a command, a lost device, at its sample.
 * A mark acts before the frame that carries its index. */
#ifndef LSRD_BASE_MARK_H
#define LSRD_BASE_MARK_H

#include <stdbool.h>
#include <stdint.h>

enum { MARK_TEXT = 240, MARK_BY = 40 };

struct mark {
    uint64_t sample;
    char text[MARK_TEXT]; /* UTF-8 `key=value` or `key`, and options after spaces (`since=-20s`) */
    char by[MARK_BY];     /* a person's name, or `system`; empty where nobody is known */
};

/* Fills a mark; text and name are cut at a character border, control characters become spaces. */
void mark_set(struct mark *m, uint64_t sample, const char *text, const char *by);

/* Whether the mark's key is `key`; value then points behind the `=` (or to an empty string). */
bool mark_is(const struct mark *m, const char *key, const char **value);

#endif
