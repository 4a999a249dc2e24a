/* SPDX-License-Identifier: Apache-2.0 */
/* config/number.h - numbers with a unit behind them. Pure. */
#ifndef LSRD_CONFIG_NUMBER_H
#define LSRD_CONFIG_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "config/option.h"

enum number_result {
    NUMBER_OK,
    NUMBER_NONE,         /* does not begin with a number */
    NUMBER_NO_UNIT,      /* the unit is missing */
    NUMBER_UNKNOWN_UNIT, /* or something else stands behind the number */
    NUMBER_TOO_LARGE,    /* beyond a double */
};

/* Reads text[0..length) as number and unit into the unit's base: `6 ms` is 0.006. */
enum number_result number_parse(const char *text, size_t length, enum option_unit unit,
                                double *value);

/* Writes the value with the unit that reads best; number_parse() of it is the same value. size is
 * at least 40. */
void number_print(double value, enum option_unit unit, char *text, size_t size);

/* The unit's spellings with commas: `s, ms, us, min, h`. Empty for a plain number. */
void number_units(enum option_unit unit, char *text, size_t size);

#endif
