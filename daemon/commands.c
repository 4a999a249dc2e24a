/* SPDX-License-Identifier: Apache-2.0 */
/* The list of subcommands, in the order of help. */
#include "daemon/commands.h"

#include <stddef.h>

const struct command commands[] = {
    { "run", command_run, "watch a device or a simulated patient, and serve the page" },
    { "replay", command_replay, "play a recorded case on the page" },
    { "analyze", command_analyze, "print what the detectors find in a recorded case" },
    { "tune", command_tune, "try thresholds on cases of which the truth is known" },
    { "simulate", command_simulate, "write a simulated operation as a recorded case" },
    { "devices", command_devices, "list and test capture devices" },
    { "calibrate", command_calibrate, "measure an amplifier's inputs with a known signal" },
    { "cases", command_cases, "list, verify and repair what was recorded" },
    { "export", command_export, "cut a case, or write its sweeps and findings as tables" },
    { "report", command_report, "a recorded case as a page to print" },
    { "config", command_config, "check, print or explain the configuration" },
    { NULL, NULL, NULL },
};
