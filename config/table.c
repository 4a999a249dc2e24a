/* SPDX-License-Identifier: Apache-2.0 */
/* Walks tables of sections: where a value lies, what its default is, whether the table is sound. */
#include "config/table.h"

#include <stdio.h>
#include <string.h>

#include "config/value.h"

const struct config_section *config_section_find(const struct config_section *sections,
                                                 const char *name)
{
    for (; sections->name; sections++)
        if (strcmp(sections->name, name) == 0)
            return sections;
    return NULL;
}

const struct option *config_option_find(const struct config_section *section, const char *key,
                                        size_t *rows_offset)
{
    for (const struct config_rows *group = section->rows; group->rows; group++) {
        for (const struct option *row = group->rows; row->key; row++) {
            if (strcmp(row->key, key) == 0) {
                *rows_offset = group->offset;
                return row;
            }
        }
    }
    return NULL;
}

uint32_t config_element_count(const struct config_section *section, const void *values)
{
    return section->titled ? *(const uint32_t *)((const char *)values + section->count_offset) : 1;
}

void *config_element(const struct config_section *section, void *values, uint32_t i)
{
    return (char *)values + section->offset + i * section->stride;
}

const char *config_element_title(const struct config_section *section, const void *values,
                                 uint32_t i)
{
    if (!section->titled)
        return "";
    return (const char *)values + section->offset + i * section->stride + section->title_offset;
}

static void element_defaults(const struct config_section *section, void *element)
{
    char complaint[VALUE_COMPLAINT];
    for (const struct config_rows *group = section->rows; group->rows; group++) {
        for (const struct option *row = group->rows; row->key; row++) {
            char *field = (char *)element + group->offset + row->offset;
            memset(field, 0, value_size(row));
            if (row->initial && row->initial[0])
                value_parse(row, row->initial, field,
                            complaint); /* config_table_check() proves it */
        }
    }
}

void config_defaults(const struct config_section *sections, void *values)
{
    for (; sections->name; sections++) {
        if (sections->titled)
            *(uint32_t *)((char *)values + sections->count_offset) = 0;
        else
            element_defaults(sections, config_element(sections, values, 0));
    }
}

bool config_title_is_sound(const char *title)
{
    static const struct option row = {.type = OPTION_LABELS};
    struct option_labels one;
    char complaint[VALUE_COMPLAINT];
    return title[0] && !strpbrk(title, ",]") && title[0] != ' ' &&
           title[strlen(title) - 1] != ' ' && value_parse(&row, title, &one, complaint);
}

void *config_element_add(const struct config_section *section, void *values, const char *title,
                         bool *is_new)
{
    *is_new = false;
    uint32_t *count = (uint32_t *)((char *)values + section->count_offset);
    for (uint32_t i = 0; i < *count; i++)
        if (strcmp(config_element_title(section, values, i), title) == 0)
            return config_element(section, values, i);
    if (*count == section->max)
        return NULL;
    char *element = config_element(section, values, (*count)++);
    memset(element, 0, section->stride);
    snprintf(element + section->title_offset, CONFIG_TITLE, "%s", title);
    element_defaults(section, element);
    *is_new = true;
    return element;
}

bool config_set(const struct config_section *sections, void *values, const char *assignment,
                struct err *err)
{
    struct config_assignment a;
    if (!config_assignment_split(assignment, &a, err))
        return false;
    const struct config_section *section = config_section_find(sections, a.section);
    if (!section)
        return err_set(err, ERR_CONFIG, "%s: no section [%s]", assignment, a.section);
    if (section->titled != (a.title[0] != 0))
        return err_set(err, ERR_CONFIG, "%s: section [%s] %s", assignment, a.section,
                       section->titled ? "needs a title: section.title.key" : "has no titles");
    size_t offset;
    const struct option *row = config_option_find(section, a.key, &offset);
    if (!row)
        return err_set(err, ERR_CONFIG, "%s: no key %s in [%s]", assignment, a.key, a.section);
    /* Tried on the side: a title is added only with a value that is right. */
    struct option_labels large; /* the largest field there is */
    char complaint[VALUE_COMPLAINT];
    memset(&large, 0, sizeof large);
    if (!value_parse(row, a.value, &large, complaint))
        return err_set(err, ERR_CONFIG, "%s: %s", assignment, complaint);
    bool is_new = false;
    char *element = section->titled ? config_element_add(section, values, a.title, &is_new)
                                    : config_element(section, values, 0);
    if (!element)
        return err_set(err, ERR_CONFIG, "%s: at most %u sections [%s ...]", assignment,
                       section->max, section->name);
    memcpy(element + offset + row->offset, &large, value_size(row));
    return true;
}

bool config_assignment_split(const char *assignment, struct config_assignment *out, struct err *err)
{
    const char *equals = strchr(assignment, '=');
    const char *first = strchr(assignment, '.');
    if (!equals || !first || first > equals)
        return err_set(err, ERR_CONFIG, "%.100s: section.key=value is wanted", assignment);
    const char *last = equals;
    while (*--last != '.')
        ;
    const char *key = last + 1;
    size_t key_length = (size_t)(equals - key);
    while (key_length > 0 && key[key_length - 1] == ' ')
        key_length--;
    const size_t section_length = (size_t)(first - assignment);
    const size_t title_length = last > first ? (size_t)(last - first - 1) : 0;
    if (section_length == 0 || section_length >= CONFIG_NAME || key_length == 0 ||
        key_length >= CONFIG_NAME || (last > first && title_length == 0))
        return err_set(err, ERR_CONFIG, "%.100s: section and key have 1 to %d bytes", assignment,
                       CONFIG_NAME - 1);
    memset(out, 0, sizeof *out);
    memcpy(out->section, assignment, section_length);
    memcpy(out->key, key, key_length);
    if (title_length >= CONFIG_TITLE)
        return err_set(err, ERR_CONFIG, "%.100s: a title has at most %d bytes", assignment,
                       CONFIG_TITLE - 1);
    memcpy(out->title, first + 1, title_length);
    if (title_length > 0 && !config_title_is_sound(out->title))
        return err_set(err, ERR_CONFIG, "%.100s: a title is plain text without , or ]", assignment);
    const char *value = equals + 1;
    while (*value == ' ' || *value == '\t')
        value++;
    size_t value_length = strlen(value);
    while (value_length > 0 && (value[value_length - 1] == ' ' || value[value_length - 1] == '\t'))
        value_length--;
    if (value_length >= sizeof out->value)
        return err_set(err, ERR_CONFIG, "%.100s...: the value is too long", assignment);
    memcpy(out->value, value, value_length);
    return true;
}

static bool check_row(const struct config_section *section, const struct option *row,
                      struct err *err)
{
    char complaint[VALUE_COMPLAINT];
    struct option_labels field;
    memset(&field, 0, sizeof field);
    if (strlen(row->key) >= CONFIG_NAME || strpbrk(row->key, " .=:#;[]"))
        return err_set(err, ERR_CONFIG, "[%s] %s: no name for a key", section->name, row->key);
    if (!row->help || !row->help[0])
        return err_set(err, ERR_CONFIG, "[%s] %s: no help", section->name, row->key);
    const bool has_limits = !row->names && (row->type == OPTION_INT || row->type == OPTION_DOUBLE ||
                                            row->type == OPTION_RANGE);
    if (has_limits && !(row->min < row->max))
        return err_set(err, ERR_CONFIG, "[%s] %s: min and max", section->name, row->key);
    if (row->initial && row->initial[0]) {
        if (row->flags & OPTION_REQUIRED)
            return err_set(err, ERR_CONFIG, "[%s] %s: required and has a default", section->name,
                           row->key);
        if (!value_parse(row, row->initial, &field, complaint))
            return err_set(err, ERR_CONFIG, "[%s] %s: default %s: %.80s", section->name, row->key,
                           row->initial, complaint);
    } else if (!(row->flags & OPTION_REQUIRED) && row->type != OPTION_TEXT &&
               row->type != OPTION_LABELS) {
        return err_set(err, ERR_CONFIG, "[%s] %s: neither required nor a default", section->name,
                       row->key);
    }
    return true;
}

bool config_table_check(const struct config_section *sections, struct err *err)
{
    for (const struct config_section *s = sections; s->name; s++) {
        if (config_section_find(sections, s->name) != s || strlen(s->name) >= CONFIG_NAME / 2 ||
            strpbrk(s->name, " .]#;"))
            return err_set(err, ERR_CONFIG, "[%s]: twice, or no name for a section", s->name);
        for (const struct config_rows *group = s->rows; group->rows; group++) {
            for (const struct option *row = group->rows; row->key; row++) {
                size_t offset;
                if (config_option_find(s, row->key, &offset) != row)
                    return err_set(err, ERR_CONFIG, "[%s] %s: twice", s->name, row->key);
                if (!check_row(s, row, err))
                    return false;
            }
        }
    }
    return true;
}
