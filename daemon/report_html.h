/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/report_html.h - a case's report as one page of HTML that needs nothing else: for the
 * screen, and for two sheets of paper. */
#ifndef LSRD_DAEMON_REPORT_HTML_H
#define LSRD_DAEMON_REPORT_HTML_H

#include <stdio.h>

#include "daemon/report_case.h"
#include "daemon/report_data.h"
#include "daemon/words.h"

struct report_about {
    const struct report_case *case_;
    const char *version; /* of the program that makes the report */
    const char *config;  /* the configuration's text; NULL: defaults */
};

void report_html_print(const struct report_data *d, const struct bank *bank,
                       const struct report_about *about, enum language l, FILE *out);

#endif
