/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/options_json.h - every option with its value, range and help, as the page's table of
 * thresholds wants it (docs/protocol.md, operation `options`). */
#ifndef LSRD_DAEMON_OPTIONS_JSON_H
#define LSRD_DAEMON_OPTIONS_JSON_H

#include "daemon/settings.h"
#include "protocol/text.h"

void options_json(struct text *t, const struct settings *settings);

#endif
