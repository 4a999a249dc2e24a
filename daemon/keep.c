/* SPDX-License-Identifier: Apache-2.0 */
/* Finds an option's value and hands it to the rewriter of files. */
#include "daemon/keep.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "config/rewrite.h"
#include "config/value.h"

/* The value in force, as the file writes it. False: no such option. */
static bool value_of(const struct settings *settings, const struct config_assignment *a,
                     char *value)
{
    const struct config_section *section = config_section_find(settings_sections, a->section);
    size_t offset;
    const struct option *row = section ? config_option_find(section, a->key, &offset) : NULL;
    if (!row)
        return false;
    for (uint32_t i = 0; i < config_element_count(section, settings); i++) {
        if (strcmp(config_element_title(section, settings, i), a->title) != 0)
            continue;
        /* Only read: the table's look-up serves writers too. */
        const unsigned char *element =
            config_element(section, (struct settings *)(uintptr_t)settings, i);
        value_print(row, element + offset + row->offset, value);
        return true;
    }
    return false;
}

bool keep_default(const struct settings *settings, const struct settings_origin *origin,
                  const char *key, struct text *t, struct err *err)
{
    char assignment[256], value[VALUE_TEXT], lines[VALUE_TEXT + 256];
    struct config_assignment a;
    snprintf(assignment, sizeof assignment, "%.200s=", key);
    if (!config_assignment_split(assignment, &a, err))
        return false;
    if (!value_of(settings, &a, value))
        return err_set(err, ERR_USAGE, "%.80s: no such option", key);
    struct err why;
    text_raw(t, "{");
    if (!origin->path) {
        err_set(&why, ERR_STATE, "lsrd runs without a configuration file");
    } else if (config_rewrite_file(origin->path, a.section, a.title, a.key, value, &why)) {
        log_info("config", "kept: %s=%s file=%s", key, value, origin->path);
        text_key_string(t, "kept", origin->path);
        text_raw(t, "}");
        return true;
    }
    snprintf(lines, sizeof lines, "[%s%s%s]\n%s = %s", a.section, a.title[0] ? " " : "", a.title,
             a.key, value);
    text_key_string(t, "lines", lines);
    text_key_string(t, "why", why.text);
    text_raw(t, "}");
    return true;
}
