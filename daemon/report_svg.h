/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/report_svg.h - the drawings of a report, as SVG inside its page. */
#ifndef LSRD_DAEMON_REPORT_SVG_H
#define LSRD_DAEMON_REPORT_SVG_H

#include <stdio.h>

#include "daemon/report_data.h"
#include "daemon/words.h"

/* Text with what HTML wants escaped. */
void html_text(FILE *out, const char *text);

/* The endpoint's states of every branch, phases, alarms, trains and time not judged, on one axis.
 */
void report_svg_timeline(const struct report_data *d, enum language l, FILE *out);

/* Amplitude of one channel's valid sweeps on the same axis: filled where there was a response. */
void report_svg_trend(const struct report_data *d, const struct report_channel *c, enum language l,
                      FILE *out);

/* Baseline and last sweeps of one channel. bank: as the case left it. */
void report_svg_overlay(const struct report_data *d, const struct report_channel *c,
                        const struct bank *bank, enum language l, FILE *out);

#endif
