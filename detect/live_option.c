/* SPDX-License-Identifier: Apache-2.0 */
/* Puts one value into one field. */
#include "detect/live_option.h"

#include <string.h>

static enum mark_unit unit_of(enum option_unit unit)
{
    switch (unit) {
    case UNIT_SECONDS:
        return MARK_UNIT_S;
    case UNIT_UV:
        return MARK_UNIT_UV;
    case UNIT_HZ:
        return MARK_UNIT_HZ;
    case UNIT_MA:
        return MARK_UNIT_MA;
    case UNIT_NONE:
    case UNIT_RATIO:
    case UNIT_BYTES:
        break;
    }
    return MARK_UNIT_NONE;
}

static const struct option *row_of(const struct option *rows, const char *section,
                                   const struct mark *m, struct mark_span key)
{
    const size_t length = strlen(section);
    if (key.length <= length + 1 || strncmp(m->text + key.at, section, length) != 0 ||
        m->text[key.at + length] != '.')
        return NULL;
    const struct mark_span tail = {(uint8_t)(key.at + length + 1),
                                   (uint8_t)(key.length - length - 1)};
    for (; rows->key; rows++)
        if (mark_span_is(m, tail, rows->key))
            return rows;
    return NULL;
}

static bool read_bool(const char *text, bool *value)
{
    *value = strcmp(text, "yes") == 0;
    return *value || strcmp(text, "no") == 0;
}

bool live_option_set(const struct option *rows, const char *section, void *params,
                     const struct mark *m, const struct mark_meaning *set)
{
    const struct option *row = row_of(rows, section, m, set->key);
    if (!row || !(row->flags & OPTION_LIVE))
        return false;
    char text[MARK_TEXT];
    memcpy(text, m->text + set->value.at, set->value.length);
    text[set->value.length] = 0;
    void *field = (unsigned char *)params + row->offset;
    double number;
    if (row->type == OPTION_BOOL) {
        bool is_so;
        const bool ok = read_bool(text, &is_so) && *(bool *)field != is_so;
        if (ok)
            *(bool *)field = is_so;
        return ok;
    }
    if (!mark_quantity(text, unit_of(row->unit), &number) || number < row->min || number > row->max)
        return false;
    if (row->type == OPTION_DOUBLE && *(double *)field != number) {
        *(double *)field = number;
        return true;
    }
    if (row->type == OPTION_INT && !row->names && *(uint32_t *)field != (uint32_t)number) {
        *(uint32_t *)field = (uint32_t)number;
        return true;
    }
    return false;
}
