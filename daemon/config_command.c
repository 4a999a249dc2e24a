/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd config`: checks a configuration, prints it as understood, prints an example. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/print.h"
#include "daemon/arguments.h"
#include "daemon/commands.h"
#include "daemon/settings.h"

static int print_text(char *text, struct err *err)
{
    if (!text) {
        err_set(err, ERR_MEMORY, "the configuration's text");
        return arguments_fail("config", err);
    }
    fputs(text, stdout);
    free(text);
    return 0;
}

static int check_or_print(const struct arguments *arguments, bool is_print, struct err *err)
{
    struct settings_origin origin = { .path = arguments->config,
                                      .override_count = arguments->override_count,
                                      .overrides = arguments->overrides };
    if (arguments->operand_count > 1)
        origin.path = arguments->operands[1];
    struct settings *settings = calloc(1, sizeof *settings);
    int status = 0;
    if (!settings || !settings_load(settings, &origin, err)) {
        if (!settings)
            err_set(err, ERR_MEMORY, "settings");
        status = arguments_fail("config", err);
    } else if (is_print) {
        status = print_text(config_print(settings_sections, settings, 0), err);
    } else {
        printf("%s: no mistakes\n", origin.path ? origin.path : "defaults");
    }
    free(settings);
    return status;
}

int command_config(int argc, char **argv)
{
    struct err err = { 0 };
    struct arguments arguments;
    if (!arguments_parse(argc, argv, NULL, &arguments, &err))
        return arguments_fail("config", &err);
    const char *verb = arguments.operand_count ? arguments.operands[0] : "";
    if (arguments.help) {
        arguments_help("config check|print|example [FILE]",
                       "check names every mistake of a file with its line and what would be right;\n"
                       "print shows the configuration as understood, defaults filled in;\n"
                       "example prints a file with every option, its range and its reason.",
                       NULL);
        return 0;
    }
    if (strcmp(verb, "check") == 0 || strcmp(verb, "print") == 0)
        return check_or_print(&arguments, strcmp(verb, "print") == 0, &err);
    if (strcmp(verb, "example") == 0)
        return print_text(config_example(settings_sections), &err);
    err_set(&err, ERR_USAGE, "%s%s: check, print or example", verb[0] ? verb : "nothing",
            verb[0] ? "" : " asked");
    return arguments_fail("config", &err);
}
