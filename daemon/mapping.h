/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/mapping.h - which of a foreign file's channels are which muscles, remembered beside the file
 * in FILE.lsrd.conf, never in it. Written only where somebody asks for it. */
#ifndef LSRD_DAEMON_MAPPING_H
#define LSRD_DAEMON_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "daemon/settings.h"

/* The configuration that belongs to a recording: lsrd.conf in a case directory, FILE.lsrd.conf beside
 * a file. False: there is none. */
bool mapping_find(const char *path, char *out, size_t size);

/* Writes the sections that say what the inputs are: [channel], [stimulus], [branch]; replaces what was
 * remembered before. Not for a case directory, which has its own. */
bool mapping_remember(const char *path, const struct settings *settings, struct err *err);

#endif
