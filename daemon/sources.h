/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/sources.h - makes the source that the configuration names. */
#ifndef LSRD_DAEMON_SOURCES_H
#define LSRD_DAEMON_SOURCES_H

#include "acquisition/source.h"
#include "base/clock.h"
#include "daemon/settings.h"

/* NULL: err says why. clock must outlive the source. */
struct source *source_make(const struct settings *settings, struct clock *clock, struct err *err);

#endif
