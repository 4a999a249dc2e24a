/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/commands.h - the subcommands. Each takes its own argv (argv[0] is its name), prints errors
 * on stderr in one line and returns the exit status: 1 for the user's mistakes, 2 for the
 * system's. */
#ifndef LSRD_DAEMON_COMMANDS_H
#define LSRD_DAEMON_COMMANDS_H

#include <stdbool.h>

struct command {
    const char *name; /* NULL ends the list */
    int (*run)(int argc, char **argv);
    const char *about;
};

extern const struct command commands[];

int command_run(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_analyze(int argc, char **argv);
int command_simulate(int argc, char **argv);
int command_devices(int argc, char **argv);
int command_calibrate(int argc, char **argv);
int command_config(int argc, char **argv);
int command_cases(int argc, char **argv);
int command_export(int argc, char **argv);
int command_report(int argc, char **argv);
int command_tune(int argc, char **argv);

#endif
