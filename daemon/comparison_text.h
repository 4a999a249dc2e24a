/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/comparison_text.h - what a comparison found, for people. */
#ifndef LSRD_DAEMON_COMPARISON_TEXT_H
#define LSRD_DAEMON_COMPARISON_TEXT_H

#include <stdio.h>

#include "daemon/comparison.h"

/* The differences, a line each; sweeps that change alike and follow one another share one. */
void comparison_text_print(const struct finding_context *context, const struct comparison *c,
                           FILE *out);

/* The table of totals: WHATS of them, judged: SIDES. */
void comparison_text_totals(const struct comparison_total *totals, const uint32_t *judged,
                            FILE *out);

#endif
