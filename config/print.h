/* SPDX-License-Identifier: Apache-2.0 */
/* config/print.h - a configuration as text: canonical, as an example with help, as a hash.
 * Texts are the caller's to free(); NULL: out of memory. */
#ifndef LSRD_CONFIG_PRINT_H
#define LSRD_CONFIG_PRINT_H

#include "base/sha256.h"
#include "config/table.h"

/* Every option with its value, defaults filled in, in the order of the table: read back, it gives
 * the same values and the same text. flags: only options with any of these; 0: all. */
char *config_print(const struct config_section *sections, const void *values, uint32_t flags);

/* Every option with its help, range and default as comments; a file that reads as the defaults. */
char *config_example(const struct config_section *sections);

/* Over the canonical print of the options that change findings (OPTION_FEATURES,
 * OPTION_JUDGEMENT). */
bool config_hash(const struct config_section *sections, const void *values, char hex[SHA256_HEX]);

#endif
