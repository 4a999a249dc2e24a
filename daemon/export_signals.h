/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/export_signals.h - a stretch of a recording as a BDF+ file of its own. */
#ifndef LSRD_DAEMON_EXPORT_SIGNALS_H
#define LSRD_DAEMON_EXPORT_SIGNALS_H

#include <stdbool.h>
#include <stdint.h>

#include "record/reader.h"

struct export_signals {
    const char *path; /* must not exist */
    uint64_t from;
    uint64_t to; /* first sample that is left out */
    bool is_identified;
};

/* Sample `from` becomes 0. What was in force there (phase, branch, stimulation, intensity) is
 * marked at 0, so that the stretch is judged as it was. */
bool export_signals(const struct export_signals *o, struct recording *recording, struct err *err);

#endif
