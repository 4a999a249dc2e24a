/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/export_csv.h - findings and sweeps as rows of comma-separated values (RFC 4180), for
 * statistics programs. One thread. */
#ifndef LSRD_DAEMON_EXPORT_CSV_H
#define LSRD_DAEMON_EXPORT_CSV_H

#include <stdio.h>

#include "daemon/anonymous.h"
#include "daemon/case_run.h"

struct export_csv {
    const struct finding_context *context;
    FILE *findings; /* NULL: not wanted */
    FILE *sweeps;   /* NULL: not wanted */
    uint64_t from;  /* decided from here on, */
    uint64_t to;    /* and before here */
    bool is_identified;
    struct anonymous people;
};

/* The first rows. */
void export_csv_heads(struct export_csv *e);

/* As a case_run's sink; context is the export_csv. */
void export_csv_finding(void *context, const struct finding *f, const char *line, size_t length);
void export_csv_sweep(void *context, const struct bank_sweep *sweep);

#endif
