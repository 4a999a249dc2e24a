/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units: a power of ten is added to the decimal exponent before the text becomes a
 * double, so that `7.1 ms` and `0.0071 s` are the same double. */
#include "config/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_name {
    const char *name;
    int exponent; /* power of ten */
    double times; /* what no power of ten can say: minutes, hours */
    bool is_alias; /* read, never printed */
};

enum { UNIT_NAMES = 8, NUMBER_DIGITS = 64 };

/* The first of each is the base. Both code points of the micro sign are read. */
/* clang-format off */
static const struct unit_name units[][UNIT_NAMES] = {
    [UNIT_NONE] = { { "", 0, 1, false } },
    [UNIT_SECONDS] = { { "s", 0, 1, false }, { "ms", -3, 1, false }, { "us", -6, 1, false },
                       { "min", 0, 60, false }, { "h", 0, 3600, false },
                       { "\xc2\xb5s", -6, 1, true }, { "\xce\xbcs", -6, 1, true } },
    [UNIT_UV] = { { "uV", 0, 1, false }, { "mV", 3, 1, false }, { "V", 6, 1, false },
                  { "\xc2\xb5V", 0, 1, true }, { "\xce\xbcV", 0, 1, true } },
    [UNIT_HZ] = { { "Hz", 0, 1, false }, { "kHz", 3, 1, false }, { "MHz", 6, 1, false } },
    [UNIT_RATIO] = { { "", 0, 1, false }, { "%", -2, 1, false } },
    [UNIT_MA] = { { "mA", 0, 1, false }, { "uA", -3, 1, false }, { "A", 3, 1, false },
                  { "\xc2\xb5" "A", -3, 1, true }, { "\xce\xbc" "A", -3, 1, true } },
    [UNIT_BYTES] = { { "B", 0, 1, false }, { "kB", 3, 1, false }, { "MB", 6, 1, false },
                     { "GB", 9, 1, false } },
};
/* clang-format on */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of the decimal number that text begins with, or 0: no hexadecimal, inf or nan, which
 * strtod() would take. */
static size_t number_length(const char *text, size_t length)
{
    size_t n = 0, digits = 0;
    if (n < length && (text[n] == '-' || text[n] == '+'))
        n++;
    for (; n < length && is_digit(text[n]); n++)
        digits++;
    if (n < length && text[n] == '.')
        for (n++; n < length && is_digit(text[n]); n++)
            digits++;
    if (digits == 0)
        return 0;
    if (n < length && (text[n] == 'e' || text[n] == 'E')) {
        size_t e = n + 1;
        if (e < length && (text[e] == '-' || text[e] == '+'))
            e++;
        if (e < length && is_digit(text[e])) {
            while (e < length && is_digit(text[e]))
                e++;
            n = e;
        }
    }
    return n;
}

/* The number text[0..length), times ten to the exponent, rounded once. */
static double read_number(const char *text, size_t length, int exponent)
{
    size_t mantissa = 0;
    while (mantissa < length && text[mantissa] != 'e' && text[mantissa] != 'E')
        mantissa++;
    char digits[NUMBER_DIGITS + 16];
    memcpy(digits, text, length);
    digits[length] = 0;
    long own = mantissa < length ? strtol(digits + mantissa + 1, NULL, 10) : 0;
    if (own > 9999 || own < -9999)
        own = own > 0 ? 9999 : -9999;
    snprintf(digits + mantissa, sizeof digits - mantissa, "e%ld", own + exponent);
    return strtod(digits, NULL);
}

enum number_result number_parse(const char *text, size_t length, enum option_unit unit,
                                double *value)
{
    const size_t n = number_length(text, length);
    if (n == 0)
        return NUMBER_NONE;
    if (n >= NUMBER_DIGITS)
        return NUMBER_TOO_LARGE;
    size_t at = n;
    while (at < length && text[at] == ' ')
        at++;
    const struct unit_name *names = units[unit];
    for (size_t i = 0; i < UNIT_NAMES && names[i].name; i++) {
        if (strlen(names[i].name) == length - at &&
            memcmp(names[i].name, text + at, length - at) == 0) {
            const double v = read_number(text, n, names[i].exponent) * names[i].times;
            if (!isfinite(v))
                return NUMBER_TOO_LARGE;
            *value = v + 0.0; /* no negative zero */
            return NUMBER_OK;
        }
    }
    if (at < length)
        return NUMBER_UNKNOWN_UNIT;
    if (read_number(text, n, 0) == 0) { /* zero is zero in every unit */
        *value = 0;
        return NUMBER_OK;
    }
    return NUMBER_NO_UNIT;
}

/* Shortest text of the value in one unit that reads back as the same value; false where none
 * does, because scaling rounds. */
static bool print_in_unit(double value, enum option_unit unit, const struct unit_name *name,
                          char *text, size_t size, double *shown)
{
    *shown = value / name->times;
    for (int e = name->exponent; e != 0; e += e > 0 ? -1 : 1)
        *shown = e > 0 ? *shown / 10 : *shown * 10;
    if (!isfinite(*shown))
        return false;
    for (int precision = 1; precision <= 17; precision++) {
        char number[32];
        snprintf(number, sizeof number, "%.*g", precision, *shown);
        /* Exponents only where the digits would be absurd. */
        if (strchr(number, 'e') && fabs(*shown) >= 1 && fabs(*shown) < 1e15)
            snprintf(number, sizeof number, "%.0f", *shown);
        snprintf(text, size, "%s%s%s", number, name->name[0] ? " " : "", name->name);
        double back;
        if (number_parse(text, strlen(text), unit, &back) == NUMBER_OK && back == value)
            return true;
    }
    return false;
}

void number_print(double value, enum option_unit unit, char *text, size_t size)
{
    const struct unit_name *names = units[unit];
    char best[40] = "";
    bool best_reads_well = false;
    for (size_t i = 0; i < UNIT_NAMES && names[i].name; i++) {
        char candidate[40];
        double shown;
        if (names[i].is_alias ||
            !print_in_unit(value, unit, &names[i], candidate, sizeof candidate, &shown))
            continue;
        const bool reads_well = fabs(shown) >= 1 && fabs(shown) < 1000;
        if (!best[0] || (reads_well && !best_reads_well) ||
            (reads_well == best_reads_well && strlen(candidate) < strlen(best))) {
            memcpy(best, candidate, sizeof best);
            best_reads_well = reads_well;
        }
        if (value == 0)
            break;
    }
    snprintf(text, size, "%s", best);
}

void number_units(enum option_unit unit, char *text, size_t size)
{
    text[0] = 0;
    const struct unit_name *names = units[unit];
    size_t used = 0;
    for (size_t i = 0; i < UNIT_NAMES && names[i].name && used < size; i++)
        if (!names[i].is_alias && names[i].name[0])
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", names[i].name);
}
