/* SPDX-License-Identifier: Apache-2.0 */
/* config/value.h - one value between its text and its field.
 * Pure: no I/O, no allocation, no clock; whatever the bytes are, the answer is a value or why not.
 * Numbers carry their unit (`6 ms .. 25 ms`, `10 mV`, `20kHz`); a zero may go without. */
#ifndef LSRD_CONFIG_VALUE_H
#define LSRD_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "config/option.h"

enum {
    VALUE_TEXT = 320,      /* bytes of a printed value with its NUL: 16 labels with commas */
    VALUE_COMPLAINT = 256, /* bytes of what would be right, with its NUL */
};

/* Reads text into the row's field. field: where the row's value lives (struct + row->offset).
 * False: the field is unchanged and complaint says what would be right. */
bool value_parse(const struct option *row, const char *text, void *field,
                 char complaint[VALUE_COMPLAINT]);

/* Writes the field's canonical text: value_parse() of it gives the same value. */
void value_print(const struct option *row, const void *field, char text[VALUE_TEXT]);

/* What the row takes: `6 ms to 25 ms`, `one of alsa, replay, patient`; empty where anything goes.
 */
void value_describe(const struct option *row, char text[VALUE_COMPLAINT]);

/* Same value. Fields of a type are compared by meaning, not by padding. */
bool value_equal(const struct option *row, const void *a, const void *b);

/* Bytes of the row's field. */
size_t value_size(const struct option *row);

/* Of the names, the one that text most resembles; NULL where none is close. names ends with NULL.
 */
const char *value_nearest(const char *text, const char *const *names);

#endif
