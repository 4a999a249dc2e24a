/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/report_text.h - what a person wants to read of a case: states with times, evidence, alarms,
 * events, time not judged. One thread. */
#ifndef LSRD_DAEMON_REPORT_TEXT_H
#define LSRD_DAEMON_REPORT_TEXT_H

#include <stdio.h>

#include "protocol/finding_json.h"

struct report_text;

struct report_text *report_text_create(const struct finding_context *context); /* NULL: memory */
void report_text_destroy(struct report_text *r);                              /* takes NULL */
void report_text_add(struct report_text *r, const struct finding *finding);   /* takes NULL r */
void report_text_print(const struct report_text *r, const char *title, FILE *out);

#endif
