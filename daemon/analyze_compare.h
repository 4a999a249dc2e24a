/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/analyze_compare.h - `lsrd analyze --compare as-monitored`: what other thresholds would have
 * said, beside what was said. */
#ifndef LSRD_DAEMON_ANALYZE_COMPARE_H
#define LSRD_DAEMON_ANALYZE_COMPARE_H

#include <stdbool.h>

#include "daemon/arguments.h"

/* Compares every operand; is_json: objects, a line each, else text. Prints what fails and goes on.
 * Returns the exit status. */
int analyze_compare(const struct arguments *arguments, const char *with, bool is_json);

#endif
