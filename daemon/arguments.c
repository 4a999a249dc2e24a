/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the command line, by getopt_long. */
#include "daemon/arguments.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_HELP = 'h', CODE_CONFIG = 'c', CODE_SET = 's', CODE_OWN = 1000 };

/* letters: room for 3 + 2 * ARGUMENTS_OWN bytes. */
static void build_options(const struct argument_option *own, struct option *options, char *letters)
{
    letters += sprintf(letters, ":h");
    const struct option shared[] = {
        {"help", no_argument, NULL, CODE_HELP},
        {"config", required_argument, NULL, CODE_CONFIG},
        {"set", required_argument, NULL, CODE_SET},
    };
    const size_t shared_count = sizeof shared / sizeof *shared;
    memcpy(options, shared, sizeof shared);
    size_t i = 0;
    for (; own && own[i].name; i++) {
        options[shared_count + i] =
            (struct option){own[i].name, own[i].has_value ? required_argument : no_argument, NULL,
                            CODE_OWN + (int)i};
        if (own[i].letter)
            letters += sprintf(letters, "%c%s", own[i].letter, own[i].has_value ? ":" : "");
    }
    options[shared_count + i] = (struct option){0};
}

static bool take_option(int code, struct arguments *out, struct err *err)
{
    switch (code) {
    case CODE_HELP:
        out->help = true;
        return true;
    case CODE_CONFIG:
        out->config = optarg;
        return true;
    case CODE_SET:
        if (out->override_count == ARGUMENTS_OVERRIDES)
            return err_set(err, ERR_USAGE, "more than %d times --set", ARGUMENTS_OVERRIDES);
        out->overrides[out->override_count++] = optarg;
        return true;
    default:
        out->own[code - CODE_OWN] = optarg ? optarg : "";
        return true;
    }
}

bool arguments_parse(int argc, char **argv, const struct argument_option *own,
                     struct arguments *out, struct err *err)
{
    struct option options[ARGUMENTS_OWN + 4];
    char letters[3 + 2 * ARGUMENTS_OWN];
    build_options(own, options, letters);
    *out = (struct arguments){0};
    optind = 1;
    opterr = 0;
    int code;
    while ((code = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        if (code == ':')
            return err_set(err, ERR_USAGE, "%s wants a value; try --help", argv[optind - 1]);
        if (code == '?')
            return err_set(err, ERR_USAGE, "no option %s; try --help", argv[optind - 1]);
        for (int i = 0; own && own[i].name; i++)
            if (own[i].letter && code == own[i].letter)
                code = CODE_OWN + i;
        if (!take_option(code, out, err))
            return false;
    }
    out->operand_count = argc - optind;
    out->operands = argv + optind;
    return true;
}

void arguments_help(const char *usage, const char *about, const struct argument_option *own)
{
    printf("usage: lsrd %s\n\n%s\n\n", usage, about);
    for (; own && own->name; own++)
        printf("  %s--%s%-*s %s\n", own->letter ? (char[]){'-', own->letter, ' ', 0} : "",
               own->name, (int)(18 - strlen(own->name)), own->has_value ? " VALUE" : "", own->help);
    printf("  --config FILE       the configuration\n"
           "  --set SECTION.KEY=VALUE  overrides one option; may be repeated\n"
           "  --help              this text\n");
}

int arguments_fail(const char *command, const struct err *err)
{
    fprintf(stderr, "lsrd %s: %s\n", command, err->text);
    return err_exit_status(err);
}

bool arguments_time(const char *text, double *seconds)
{
    *seconds = 0;
    for (;;) {
        char *end;
        const double part = strtod(text, &end);
        if (end == text || !(part >= 0) || part > 1e6)
            return false;
        *seconds = *seconds * 60 + part;
        if (*end == 0)
            return true;
        if (*end != ':')
            return false;
        text = end + 1;
    }
}
