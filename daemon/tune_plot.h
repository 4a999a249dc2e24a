/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/tune_plot.h - the ROC as a drawing one can open: sensitivity over false alarms per hour, of
 * sweeps and of trains, and the delay to the endpoint. */
#ifndef LSRD_DAEMON_TUNE_PLOT_H
#define LSRD_DAEMON_TUNE_PLOT_H

#include "daemon/tune_table.h"

bool tune_plot_write(const struct tune_table *t, const char *path, struct err *err);

#endif
