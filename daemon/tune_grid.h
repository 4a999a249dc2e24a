/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/tune_grid.h - the settings that are tried: every combination of the values of every key.
 * `KEY=A,B,C` names values, `KEY=10uV..80uV/8` eight evenly spaced ones. Pure. */
#ifndef LSRD_DAEMON_TUNE_GRID_H
#define LSRD_DAEMON_TUNE_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
    TUNE_KEYS = 8,
    TUNE_VALUES = 64,       /* of one key */
    TUNE_COMBINATIONS = 4096,
    TUNE_ASSIGNMENT = 128,  /* bytes of `section.key=value` */
    TUNE_SETTINGS = TUNE_KEYS * (TUNE_ASSIGNMENT + 2),
};

struct tune_key {
    uint32_t count;
    char assignments[TUNE_VALUES][TUNE_ASSIGNMENT];
};

struct tune_grid {
    uint32_t count;
    struct tune_key keys[TUNE_KEYS]; /* the first one varies slowest */
};

bool tune_grid_add(struct tune_grid *g, const char *text, struct err *err);
uint32_t tune_grid_combinations(const struct tune_grid *g);

/* The assignment of one key in a combination, 0 to tune_grid_combinations() - 1. */
const char *tune_grid_assignment(const struct tune_grid *g, uint32_t combination, uint32_t key);

/* `a.b=1; c.d=2`; TUNE_SETTINGS bytes. */
void tune_grid_describe(const struct tune_grid *g, uint32_t combination, char *text);

#endif
