/* SPDX-License-Identifier: Apache-2.0 */
/* The one binary: finds the subcommand and runs it. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "daemon/commands.h"

/* Blocks of a mebibyte come from the system and go back to it. By default the first one that is freed
 * raises this limit above itself, and a replay that is sought about in keeps holes of that size. */
enum { BIG_BLOCK = 1 << 20 };

int main(int argc, char **argv)
{
    mallopt(M_MMAP_THRESHOLD, BIG_BLOCK);
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
