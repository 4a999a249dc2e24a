/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/report_html.h - a case's report as one page of HTML that needs nothing else: for the
 * screen, and for two sheets of paper. */
#ifndef LSRD_DAEMON_REPORT_HTML_H
#define LSRD_DAEMON_REPORT_HTML_H

#include <stdio.h>

#include "daemon/report_data.h"
#include "daemon/words.h"

struct report_about {
    const char *name;      /* of the case */
    const char *started;   /* empty where nobody knows */
    const char *version;   /* of the program that makes the report */
    const char *config;    /* the configuration's text; NULL: defaults */
    const char *calibration; /* of the device, in one line; empty: none was known */
    const char *checksums; /* how the case compares with its own; NULL: has none */
};

void report_html_print(const struct report_data *d, const struct bank *bank,
                       const struct report_about *about, enum language l, FILE *out);

#endif
