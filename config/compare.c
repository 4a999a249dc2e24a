/* SPDX-License-Identifier: Apache-2.0 */
/* Compares two configurations option by option. */
#include "config/compare.h"

#include <stdio.h>
#include <string.h>

struct comparison {
    struct config_difference *out;
    size_t max;
    size_t count;
};

static void note(struct comparison *c, const struct config_section *section, const char *title,
                 const struct option *option, const void *from, const void *to)
{
    if (c->count++ >= c->max)
        return;
    struct config_difference *d = &c->out[c->count - 1];
    memset(d, 0, sizeof *d);
    d->section = section;
    d->option = option;
    snprintf(d->title, sizeof d->title, "%s", title);
    if (option) {
        value_print(option, from, d->from);
        value_print(option, to, d->to);
    } else {
        snprintf(d->from, sizeof d->from, "%s", from ? "present" : "");
        snprintf(d->to, sizeof d->to, "%s", to ? "present" : "");
    }
}

static void compare_elements(struct comparison *c, const struct config_section *section,
                             const char *title, const char *from, const char *to)
{
    for (const struct config_rows *group = section->rows; group->rows; group++) {
        for (const struct option *row = group->rows; row->key; row++) {
            const size_t at = group->offset + row->offset;
            if (!value_equal(row, from + at, to + at))
                note(c, section, title, row, from + at, to + at);
        }
    }
}

static const char *element_titled(const struct config_section *s, const void *values,
                                  const char *title)
{
    for (uint32_t i = 0; i < config_element_count(s, values); i++)
        if (strcmp(config_element_title(s, values, i), title) == 0)
            return (const char *)values + s->offset + i * s->stride;
    return NULL;
}

size_t config_compare(const struct config_section *sections, const void *from, const void *to,
                      struct config_difference *out, size_t max)
{
    struct comparison c = {out, max, 0};
    for (const struct config_section *s = sections; s->name; s++) {
        for (uint32_t i = 0; i < config_element_count(s, from); i++) {
            const char *title = config_element_title(s, from, i);
            const char *left = (const char *)from + s->offset + i * s->stride;
            const char *right = element_titled(s, to, title);
            if (!right) {
                note(&c, s, title, NULL, left, NULL);
                continue;
            }
            /* The order of channels and branches is part of the findings. */
            if (s->titled && right != (const char *)to + s->offset + i * s->stride)
                note(&c, s, title, NULL, left, right);
            compare_elements(&c, s, title, left, right);
        }
        for (uint32_t i = 0; i < config_element_count(s, to); i++) {
            const char *title = config_element_title(s, to, i);
            if (!element_titled(s, from, title))
                note(&c, s, title, NULL, NULL, title);
        }
    }
    return c.count;
}

bool config_difference_is_live(const struct config_difference *d)
{
    return d->option && (d->option->flags & OPTION_LIVE);
}

bool config_difference_changes_findings(const struct config_difference *d)
{
    return !d->option || (d->option->flags & (OPTION_FEATURES | OPTION_JUDGEMENT));
}

void config_difference_format(const struct config_difference *d, char *text, size_t size)
{
    snprintf(text, size, "%s%s%s%s%s%s%s", d->section->name, d->title[0] ? "." : "", d->title,
             d->option ? "." : "", d->option ? d->option->key : "", d->option ? "=" : "",
             d->option ? d->to : "");
}
