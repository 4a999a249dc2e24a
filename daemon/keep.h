/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/keep.h - writes the value in force of one option into the configuration file, or says which
 * lines would. Main thread. */
#ifndef LSRD_DAEMON_KEEP_H
#define LSRD_DAEMON_KEEP_H

#include "daemon/settings.h"
#include "protocol/text.h"

/* `{"kept": PATH}`, or where there is no file or it cannot be written `{"lines": "[section]\nkey =
 * value", "why": TEXT}`. key: `section.key` or `section.title.key`. False: no such option. */
bool keep_default(const struct settings *settings, const struct settings_origin *origin,
                  const char *key, struct text *t, struct err *err);

#endif
