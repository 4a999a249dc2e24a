/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/arguments.h - what subcommands share on the command line: --config, --set, --help, and
 * options of their own. */
#ifndef LSRD_DAEMON_ARGUMENTS_H
#define LSRD_DAEMON_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { ARGUMENTS_OVERRIDES = 256, ARGUMENTS_OWN = 16 };

/* An option of one subcommand: `--name VALUE`, or a flag. */
struct argument_option {
    const char *name; /* without the dashes; NULL ends the list */
    bool has_value;
    const char *help;
    char letter; /* `-o VALUE` means the same; 0: none */
};

struct arguments {
    bool help;
    const char *config; /* NULL: none given */
    uint32_t override_count;
    const char *overrides[ARGUMENTS_OVERRIDES];
    const char *own[ARGUMENTS_OWN]; /* in the order of the list; "" for a given flag, NULL: not */
    int operand_count;
    char **operands;
};

/* Options may stand before and behind operands; `--` ends them. own may be NULL. */
bool arguments_parse(int argc, char **argv, const struct argument_option *own,
                     struct arguments *out, struct err *err);

/* Prints usage, what the command does and its options on stdout. */
void arguments_help(const char *usage, const char *about, const struct argument_option *own);

/* `12`, `2:30` or `1:02:30` as seconds. */
bool arguments_time(const char *text, double *seconds);

/* Prints one line on stderr; returns the exit status that fits. */
int arguments_fail(const char *command, const struct err *err);

#endif
