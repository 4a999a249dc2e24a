/* SPDX-License-Identifier: Apache-2.0 */
/* Reads keys with their values. */
#include "daemon/tune_grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_value(struct tune_key *k, const char *name, int name_length, const char *value,
                      int value_length, struct err *err)
{
    if (k->count == TUNE_VALUES)
        return err_set(err, ERR_USAGE, "%.*s: more than %d values", name_length, name, TUNE_VALUES);
    const int length = snprintf(k->assignments[k->count], TUNE_ASSIGNMENT, "%.*s=%.*s", name_length,
                                name, value_length, value);
    if (length >= TUNE_ASSIGNMENT)
        return err_set(err, ERR_USAGE, "%.*s: longer than %d bytes", name_length, name,
                       TUNE_ASSIGNMENT - 1);
    k->count++;
    return true;
}

/* `10uV..80uV/8`: both ends with the same unit. */
static bool add_range(struct tune_key *k, const char *name, int name_length, const char *value,
                      const char *dots, const char *slash, struct err *err)
{
    char *low_end, *high_end, *count_end;
    const double low = strtod(value, &low_end), high = strtod(dots + 2, &high_end);
    const long count = strtol(slash + 1, &count_end, 10);
    const int unit_length = (int)(dots - low_end);
    if (low_end == value || high_end == dots + 2 || *count_end || count < 2 || count > TUNE_VALUES ||
        unit_length != (int)(slash - high_end) ||
        strncmp(low_end, high_end, (size_t)unit_length) != 0)
        return err_set(err, ERR_USAGE, "%.*s=%s: a range is LOW..HIGH/COUNT, as 10uV..80uV/8",
                       name_length, name, value);
    for (long i = 0; i < count; i++) {
        char text[64];
        snprintf(text, sizeof text, "%.6g%.*s", low + (high - low) * (double)i / (double)(count - 1),
                 unit_length, low_end);
        if (!add_value(k, name, name_length, text, (int)strlen(text), err))
            return false;
    }
    return true;
}

bool tune_grid_add(struct tune_grid *g, const char *text, struct err *err)
{
    const char *equals = strchr(text, '=');
    if (!equals)
        return err_set(err, ERR_USAGE, "%s: SECTION.KEY=VALUES is expected", text);
    if (g->count == TUNE_KEYS)
        return err_set(err, ERR_USAGE, "more than %d keys", TUNE_KEYS);
    struct tune_key *k = &g->keys[g->count];
    const int name_length = (int)(equals - text);
    const char *value = equals + 1;
    const char *dots = strstr(value, ".."), *slash = strrchr(value, '/');
    if (dots && slash && slash > dots) {
        if (!add_range(k, text, name_length, value, dots, slash, err))
            return false;
    } else {
        for (size_t length; *value; value += length + (value[length] == ',')) {
            length = strcspn(value, ",");
            if (!add_value(k, text, name_length, value, (int)length, err))
                return false;
        }
    }
    if (k->count == 0)
        return err_set(err, ERR_USAGE, "%s: no value", text);
    g->count++;
    if (tune_grid_combinations(g) > TUNE_COMBINATIONS)
        return err_set(err, ERR_USAGE, "more than %d combinations", TUNE_COMBINATIONS);
    return true;
}

uint32_t tune_grid_combinations(const struct tune_grid *g)
{
    uint64_t count = 1;
    for (uint32_t k = 0; k < g->count && count <= TUNE_COMBINATIONS; k++)
        count *= g->keys[k].count;
    return (uint32_t)count;
}

const char *tune_grid_assignment(const struct tune_grid *g, uint32_t combination, uint32_t key)
{
    for (uint32_t k = g->count - 1; k > key; k--)
        combination /= g->keys[k].count;
    return g->keys[key].assignments[combination % g->keys[key].count];
}

void tune_grid_describe(const struct tune_grid *g, uint32_t combination, char *text)
{
    size_t length = 0;
    text[0] = 0;
    for (uint32_t k = 0; k < g->count; k++)
        length += (size_t)snprintf(text + length, TUNE_SETTINGS - length, "%s%s", k ? "; " : "",
                                   tune_grid_assignment(g, combination, k));
}
