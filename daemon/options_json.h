/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/options_json.h - every option with its value, range and help, as the page's table of
 * thresholds wants it (docs/protocol.md, operation `options`). */
#ifndef LSRD_DAEMON_OPTIONS_JSON_H
#define LSRD_DAEMON_OPTIONS_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/settings.h"

/* False: it does not fit. */
bool options_json(const struct settings *settings, char *out, size_t size);

#endif
