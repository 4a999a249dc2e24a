/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/tune_table.h - the counts of jobs as CSV, summed up by settings, and written as ROC. */
#ifndef LSRD_DAEMON_TUNE_TABLE_H
#define LSRD_DAEMON_TUNE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "daemon/tune_grid.h"
#include "daemon/tune_score.h"

/* A job's table: a row a combination. */
void tune_table_head(FILE *out);
void tune_table_row(FILE *out, const char *case_path, const char *settings,
                    const struct tune_counts *counts);

/* Jobs' tables together. */
struct tune_point {
    char settings[TUNE_SETTINGS];
    uint32_t cases;
    struct tune_counts sums; /* delay_s: the median, NAN: none */
    size_t delay_count, delay_capacity;
    double *delays; /* ascending once finished; owned */
};

struct tune_table {
    size_t count, capacity;
    struct tune_point *points; /* in the order in which they first came; owned */
};

/* Adds a job's table. False: it is none. */
bool tune_table_read(struct tune_table *t, const char *path, struct err *err);
void tune_table_finish(struct tune_table *t); /* after the last one */
void tune_table_free(struct tune_table *t);

/* Shares of nothing are NAN. */
double tune_sensitivity(const struct tune_counts *c);
double tune_specificity(const struct tune_counts *c);
double tune_train_sensitivity(const struct tune_counts *c);
double tune_per_hour(const struct tune_counts *c, uint32_t count);

bool tune_table_write(const struct tune_table *t, const char *path, struct err *err);

#endif
