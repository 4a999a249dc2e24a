/* SPDX-License-Identifier: Apache-2.0 */
/* Lists options as JSON. */
#include "daemon/options_json.h"

#include <stdio.h>

#include "config/table.h"
#include "config/value.h"
#include "protocol/text.h"

static const char *unit_name(enum option_unit unit)
{
    static const char *const names[] = { "", "s", "uV", "Hz", "ratio", "mA", "B" };
    return names[unit];
}

static const char *type_name(const struct option *row)
{
    static const char *const names[] = { "bool", "integer", "double", "text", "labels", "range" };
    return row->names ? "choice" : names[row->type];
}

static void add_number(struct text *t, const char *key, double value)
{
    text_key(t, key);
    text_fixed(t, value, 6);
}

static void add_option(struct text *t, const char *path, const struct option *row,
                       const void *field)
{
    char value[VALUE_TEXT];
    value_print(row, field, value);
    text_next(t);
    text_raw(t, "{");
    text_key_string(t, "key", path);
    text_key_string(t, "type", type_name(row));
    text_key_string(t, "unit", unit_name(row->unit));
    text_key_string(t, "value", value);
    text_key_string(t, "default", row->initial);
    if (row->max > row->min) {
        add_number(t, "min", row->min);
        add_number(t, "max", row->max);
    }
    text_key(t, "live");
    text_bool(t, row->flags & OPTION_LIVE);
    text_key_string(t, "stage",
               row->flags & OPTION_FEATURES    ? "features"
               : row->flags & OPTION_JUDGEMENT ? "judgement"
                                               : NULL);
    text_key_string(t, "help", row->help);
    text_raw(t, "}");
}

static void add_element(struct text *t, const struct config_section *section,
                        struct settings *settings, uint32_t i)
{
    const unsigned char *element = config_element(section, settings, i);
    const char *title = config_element_title(section, settings, i);
    for (const struct config_rows *rows = section->rows; rows->rows; rows++) {
        for (const struct option *row = rows->rows; row->key; row++) {
            char path[3 * CONFIG_NAME];
            snprintf(path, sizeof path, "%s%s%s.%s", section->name, title[0] ? "." : "", title,
                     row->key);
            add_option(t, path, row, element + rows->offset + row->offset);
        }
    }
}

void options_json(struct text *t, const struct settings *settings)
{
    text_raw(t, "[");
    for (const struct config_section *s = settings_sections; s->name; s++)
        for (uint32_t i = 0; i < config_element_count(s, settings); i++)
            /* Elements are only read: the table's look-up serves writers too. */
            add_element(t, s, (struct settings *)(uintptr_t)settings, i);
    text_raw(t, "]");
}
