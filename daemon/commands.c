/* SPDX-License-Identifier: Apache-2.0 */
/* The list of subcommands, in the order of help. */
#include "daemon/commands.h"

#include <stddef.h>

const struct command commands[] = {
    { "analyze", command_analyze, "print what the detectors find in a recorded case" },
    { "simulate", command_simulate, "write a simulated operation as a recorded case" },
    { "config", command_config, "check, print or explain the configuration" },
    { NULL, NULL, NULL },
};
