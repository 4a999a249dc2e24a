/* SPDX-License-Identifier: Apache-2.0 */
/* Values by type: parse, print, describe, compare. */
#include "config/value.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/number.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_blank(**text)) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && is_blank((*text)[*length - 1]))
        (*length)--;
}

__attribute__((format(printf, 2, 3))) static bool complain(char *complaint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(complaint, VALUE_COMPLAINT, format, args);
    va_end(args);
    return false;
}

/* No control characters, well-formed UTF-8 (RFC 3629), and no start of a comment, which the file
 * could not give back. */
static bool text_is_plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        const unsigned char c = (unsigned char)text[i];
        if (c < ' ' || c == 0x7f)
            return false;
        if ((c == '#' || c == ';') && (i == 0 || is_blank(text[i - 1])))
            return false;
        size_t more = c < 0x80                ? 0
                      : c >= 0xc2 && c < 0xe0 ? 1
                      : (c & 0xf0) == 0xe0    ? 2
                      : c >= 0xf0 && c < 0xf5 ? 3
                                              : 4;
        if (more == 4 || i + more >= length)
            return false;
        const unsigned char next = more ? (unsigned char)text[i + 1] : 0;
        if ((c == 0xe0 && next < 0xa0) || (c == 0xed && next > 0x9f) ||
            (c == 0xf0 && next < 0x90) || (c == 0xf4 && next > 0x8f))
            return false;
        for (size_t k = 1; k <= more; k++)
            if (((unsigned char)text[i + k] & 0xc0) != 0x80)
                return false;
        i += more + 1;
    }
    return true;
}

static bool parse_number(const struct option *row, const char *text, size_t length, double *value,
                         char *complaint)
{
    char wants[VALUE_COMPLAINT], names[64];
    value_describe(row, wants);
    number_units(row->unit, names, sizeof names);
    double number = 0;
    switch (number_parse(text, length, row->unit, &number)) {
    case NUMBER_NONE:
        return complain(complaint, "not a number; %.200s", wants);
    case NUMBER_NO_UNIT:
        return complain(complaint, "the unit is missing (%s); %.150s", names, wants);
    case NUMBER_UNKNOWN_UNIT:
        if (!names[0])
            return complain(complaint, "something stands behind the number; %.180s", wants);
        return complain(complaint, "unknown unit (it has %s); %.150s", names, wants);
    case NUMBER_TOO_LARGE:
        return complain(complaint, "beyond any number; %.200s", wants);
    case NUMBER_OK:
        break;
    }
    if (number < row->min || number > row->max)
        return complain(complaint, "out of range; %.200s", wants);
    *value = number;
    return true;
}

static bool parse_bool(const char *text, bool *value, char *complaint)
{
    static const char *const words[] = {"yes", "no", "true", "false", "on", "off", NULL};
    for (size_t i = 0; words[i]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *value = i % 2 == 0;
            return true;
        }
    }
    return complain(complaint, "yes or no");
}

static bool parse_choice(const struct option *row, const char *text, uint32_t *value,
                         char *complaint)
{
    for (uint32_t i = 0; row->names[i]; i++) {
        if (strcmp(text, row->names[i]) == 0) {
            *value = i;
            return true;
        }
    }
    char wants[VALUE_COMPLAINT];
    value_describe(row, wants);
    const char *near = value_nearest(text, row->names);
    if (near)
        return complain(complaint, "did you mean %s? %.180s", near, wants);
    return complain(complaint, "%.200s", wants);
}

static bool parse_int(const struct option *row, const char *text, uint32_t *value, char *complaint)
{
    double number;
    if (!parse_number(row, text, strlen(text), &number, complaint))
        return false;
    if (number < 0 || number > UINT32_MAX || number != floor(number)) {
        char wants[VALUE_COMPLAINT];
        value_describe(row, wants);
        return complain(complaint, "a whole number; %.200s", wants);
    }
    *value = (uint32_t)number;
    return true;
}

static bool parse_text(const char *text, struct option_text *value, char *complaint)
{
    const size_t length = strlen(text);
    if (length >= sizeof value->text)
        return complain(complaint, "at most %zu bytes", sizeof value->text - 1);
    if (!text_is_plain(text, length))
        return complain(complaint, "UTF-8 text without control characters and without # or ; "
                                   "behind a space");
    memset(value, 0, sizeof *value);
    memcpy(value->text, text, length);
    return true;
}

static bool parse_labels(const char *text, struct option_labels *value, char *complaint)
{
    struct option_labels list = {0};
    const char *rest = text;
    while (*text) {
        const char *comma = strchr(rest, ',');
        size_t length = comma ? (size_t)(comma - rest) : strlen(rest);
        trim(&rest, &length);
        if (length == 0)
            return complain(complaint, "a label is empty; labels with commas between");
        if (length >= OPTION_LABEL)
            return complain(complaint, "a label has at most %d bytes", OPTION_LABEL - 1);
        if (!text_is_plain(rest, length))
            return complain(complaint, "labels are UTF-8 text without control characters, # or ;");
        if (list.count == OPTION_LABELS_MAX)
            return complain(complaint, "at most %d labels", OPTION_LABELS_MAX);
        for (uint32_t i = 0; i < list.count; i++)
            if (strlen(list.labels[i]) == length && memcmp(list.labels[i], rest, length) == 0)
                return complain(complaint, "the label %s stands twice", list.labels[i]);
        memcpy(list.labels[list.count++], rest, length);
        if (!comma)
            break;
        rest = comma + 1;
    }
    *value = list;
    return true;
}

static bool parse_range(const struct option *row, const char *text, struct option_range *value,
                        char *complaint)
{
    const char *dots = strstr(text, "..");
    if (!dots) {
        char wants[VALUE_COMPLAINT];
        value_describe(row, wants);
        return complain(complaint, "a range is LOW .. HIGH; %.200s", wants);
    }
    const char *low = text, *high = dots + 2;
    size_t low_length = (size_t)(dots - text), high_length = strlen(high);
    trim(&low, &low_length);
    trim(&high, &high_length);
    struct option_range range;
    if (!parse_number(row, low, low_length, &range.low, complaint) ||
        !parse_number(row, high, high_length, &range.high, complaint))
        return false;
    if (range.low >= range.high)
        return complain(complaint, "the low end must lie below the high end");
    *value = range;
    return true;
}

bool value_parse(const struct option *row, const char *text, void *field,
                 char complaint[VALUE_COMPLAINT])
{
    complaint[0] = 0;
    switch (row->type) {
    case OPTION_BOOL:
        return parse_bool(text, field, complaint);
    case OPTION_INT:
        return row->names ? parse_choice(row, text, field, complaint)
                          : parse_int(row, text, field, complaint);
    case OPTION_DOUBLE:
        return parse_number(row, text, strlen(text), field, complaint);
    case OPTION_TEXT:
        return parse_text(text, field, complaint);
    case OPTION_LABELS:
        return parse_labels(text, field, complaint);
    case OPTION_RANGE:
        return parse_range(row, text, field, complaint);
    }
    return complain(complaint, "unknown type");
}

static void print_labels(const struct option_labels *list, char *text)
{
    size_t used = 0;
    text[0] = 0;
    for (uint32_t i = 0; i < list->count; i++)
        used += (size_t)snprintf(text + used, VALUE_TEXT - used, "%s%s", i ? ", " : "",
                                 list->labels[i]);
}

void value_print(const struct option *row, const void *field, char text[VALUE_TEXT])
{
    switch (row->type) {
    case OPTION_BOOL:
        snprintf(text, VALUE_TEXT, "%s", *(const bool *)field ? "yes" : "no");
        break;
    case OPTION_INT:
        if (row->names)
            snprintf(text, VALUE_TEXT, "%s", row->names[*(const uint32_t *)field]);
        else
            number_print(*(const uint32_t *)field, row->unit, text, VALUE_TEXT);
        break;
    case OPTION_DOUBLE:
        number_print(*(const double *)field, row->unit, text, VALUE_TEXT);
        break;
    case OPTION_TEXT:
        snprintf(text, VALUE_TEXT, "%s", ((const struct option_text *)field)->text);
        break;
    case OPTION_LABELS:
        print_labels(field, text);
        break;
    case OPTION_RANGE: {
        const struct option_range *range = field;
        char low[48], high[48];
        number_print(range->low, row->unit, low, sizeof low);
        number_print(range->high, row->unit, high, sizeof high);
        snprintf(text, VALUE_TEXT, "%s .. %s", low, high);
        break;
    }
    }
}

static void describe_choice(const struct option *row, char *text)
{
    size_t used = (size_t)snprintf(text, VALUE_COMPLAINT, "one of ");
    for (uint32_t i = 0; row->names[i] && used < VALUE_COMPLAINT; i++)
        used += (size_t)snprintf(text + used, VALUE_COMPLAINT - used, "%s%s", i ? ", " : "",
                                 row->names[i]);
}

void value_describe(const struct option *row, char text[VALUE_COMPLAINT])
{
    char low[48], high[48];
    text[0] = 0;
    switch (row->type) {
    case OPTION_BOOL:
        snprintf(text, VALUE_COMPLAINT, "yes or no");
        break;
    case OPTION_INT:
    case OPTION_DOUBLE:
    case OPTION_RANGE:
        if (row->names) {
            describe_choice(row, text);
            break;
        }
        number_print(row->min, row->unit, low, sizeof low);
        number_print(row->max, row->unit, high, sizeof high);
        snprintf(text, VALUE_COMPLAINT, "%s to %s%s", low, high,
                 row->type == OPTION_RANGE ? ", both ends" : "");
        break;
    case OPTION_LABELS:
        snprintf(text, VALUE_COMPLAINT, "labels with commas between");
        break;
    case OPTION_TEXT:
        break;
    }
}

size_t value_size(const struct option *row)
{
    switch (row->type) {
    case OPTION_BOOL:
        return sizeof(bool);
    case OPTION_INT:
        return sizeof(uint32_t);
    case OPTION_DOUBLE:
        return sizeof(double);
    case OPTION_TEXT:
        return sizeof(struct option_text);
    case OPTION_LABELS:
        return sizeof(struct option_labels);
    case OPTION_RANGE:
        return sizeof(struct option_range);
    }
    return 0;
}

bool value_equal(const struct option *row, const void *a, const void *b)
{
    char left[VALUE_TEXT], right[VALUE_TEXT]; /* canonical text is the value's identity */
    value_print(row, a, left);
    value_print(row, b, right);
    return strcmp(left, right) == 0;
}

enum { NEAREST_LENGTH = 64 };

/* Edits (insert, delete, replace, swap of neighbours) from a to b: optimal string alignment. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][NEAREST_LENGTH + 1];
    const size_t n = strlen(a), m = strlen(b);
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = rows[i % 3], *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            const size_t replace = last[j - 1] + (a[i - 1] != b[j - 1]);
            size_t best = last[j] + 1 < now[j - 1] + 1 ? last[j] + 1 : now[j - 1] + 1;
            if (replace < best)
                best = replace;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[n % 3][m];
}

const char *value_nearest(const char *text, const char *const *names)
{
    const size_t length = strlen(text);
    if (length == 0 || length > NEAREST_LENGTH)
        return NULL;
    const char *nearest = NULL;
    size_t nearest_distance = length / 3 + 1; /* a third of it wrong is another word */
    for (size_t i = 0; names[i]; i++) {
        if (strlen(names[i]) > NEAREST_LENGTH)
            continue;
        const size_t distance = edit_distance(text, names[i]);
        if (distance <= nearest_distance && (!nearest || distance < nearest_distance)) {
            nearest = names[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}
