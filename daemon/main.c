/* SPDX-License-Identifier: Apache-2.0 */
/* The one binary: finds the subcommand and runs it. */
#include <stdio.h>
#include <string.h>

#include "daemon/commands.h"

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "--help";
    if (strcmp(name, "--version") == 0) {
        puts("lsrd " LSRD_VERSION);
        return 0;
    }
    for (const struct command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c->run(argc - 1, argv + 1);
    const bool is_help = strcmp(name, "--help") == 0 || strcmp(name, "help") == 0;
    FILE *out = is_help ? stdout : stderr;
    if (!is_help)
        fprintf(out, "lsrd: no command `%s`; there are:\n", name);
    else
        fprintf(out, "lsrd watches facial EMG in surgery for hemifacial spasm.\n"
                     "It is not a certified medical device.\n\n");
    for (const struct command *c = commands; c->name; c++)
        fprintf(out, "  lsrd %-9s %s\n", c->name, c->about);
    return is_help ? 0 : 1;
}
