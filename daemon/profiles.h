/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/profiles.h - montages by name: files with the sections [channel], [stimulus] and [branch] of a
 * configuration, in a directory of their own; and what differs from the last case. Main thread, between
 * cases. */
#ifndef LSRD_DAEMON_PROFILES_H
#define LSRD_DAEMON_PROFILES_H

#include "daemon/settings.h"
#include "protocol/text.h"

/* `[{"name", "channels": n, "branches": ["zygomatic", ...]}, ...]` by name; a file with mistakes has
 * "mistake" instead. */
void profiles_list(const struct settings *settings, struct text *t);

/* Puts the profile's montage into settings. False: err, and settings are unchanged. */
bool profiles_use(struct settings *settings, const char *name, struct err *err);

/* Writes the montage of settings under a new name. */
bool profiles_keep(const struct settings *settings, const char *name, struct err *err);

/* `{"case": NAME or null, "differences": [{"key", "from", "to"}]}`: against the configuration of the
 * newest case in record.directory. */
void profiles_compare_last(const struct settings *settings, struct text *t);

#endif
