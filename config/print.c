/* SPDX-License-Identifier: Apache-2.0 */
/* Prints configurations by walking the same table that reads them. */
#include "config/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

static char *finish(FILE *stream, char **text)
{
    const bool failed = ferror(stream) != 0;
    if (fclose(stream) != 0 || failed) {
        free(*text);
        return NULL;
    }
    return *text;
}

static bool has_options(const struct config_section *s, uint32_t flags)
{
    for (const struct config_rows *group = s->rows; group->rows; group++)
        for (const struct option *row = group->rows; row->key; row++)
            if (!flags || (row->flags & flags))
                return true;
    return false;
}

static void print_element(FILE *to, const struct config_section *s, const void *values, uint32_t i,
                          uint32_t flags)
{
    fprintf(to, s->titled ? "[%s %s]\n" : "[%s]\n", s->name, config_element_title(s, values, i));
    const char *element = (const char *)values + s->offset + i * s->stride;
    for (const struct config_rows *group = s->rows; group->rows; group++) {
        for (const struct option *row = group->rows; row->key; row++) {
            if (flags && !(row->flags & flags))
                continue;
            char text[VALUE_TEXT];
            value_print(row, element + group->offset + row->offset, text);
            if (flags && (row->flags & OPTION_EXTRA) && !text[0])
                continue;
            fprintf(to, "%s =%s%s\n", row->key, text[0] ? " " : "", text);
        }
    }
}

char *config_print(const struct config_section *sections, const void *values, uint32_t flags)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    bool is_first = true;
    for (const struct config_section *s = sections; s->name; s++) {
        if (!has_options(s, flags))
            continue;
        for (uint32_t i = 0; i < config_element_count(s, values); i++) {
            if (!is_first)
                fputc('\n', to);
            is_first = false;
            print_element(to, s, values, i, flags);
        }
    }
    return finish(to, &text);
}

/* Comment lines of at most 100 columns. */
static void print_comment(FILE *to, const char *text)
{
    size_t column = 0;
    while (*text) {
        const size_t word = strcspn(text, " ");
        if (column > 0 && column + 1 + word > 98) {
            fputc('\n', to);
            column = 0;
        }
        column += (size_t)fprintf(to, "%s%.*s", column ? " " : "# ", (int)word, text);
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', to);
}

static void print_option_example(FILE *to, const struct option *row)
{
    char wants[VALUE_COMPLAINT], help[1024];
    value_describe(row, wants);
    const bool is_live = (row->flags & OPTION_LIVE) != 0;
    const size_t length = strlen(row->help);
    const bool has_stop = length > 0 && row->help[length - 1] == '.';
    snprintf(help, sizeof help, "%s%s%s%s%s", row->help, has_stop ? "" : ".", wants[0] ? " (" : "",
             wants, wants[0] ? ")" : "");
    if (is_live)
        snprintf(help + strlen(help), sizeof help - strlen(help), " May change during a case.");
    print_comment(to, help);
    const char *initial = row->initial ? row->initial : "";
    if (row->flags & OPTION_REQUIRED)
        fprintf(to, "# %s =\n", row->key);
    else
        fprintf(to, "%s =%s%s\n", row->key, initial[0] ? " " : "", initial);
}

static void print_titled_example(FILE *to, const struct config_section *s)
{
    for (const struct config_rows *group = s->rows; group->rows; group++) {
        for (const struct option *row = group->rows; row->key; row++) {
            char wants[VALUE_COMPLAINT], help[1024];
            value_describe(row, wants);
            const char *initial = row->initial ? row->initial : "";
            const bool is_required = (row->flags & OPTION_REQUIRED) != 0;
            snprintf(help, sizeof help, "%s: %s%s%s%s; %s%s", row->key, row->help,
                     wants[0] ? " (" : "", wants, wants[0] ? ")" : "",
                     is_required  ? "required"
                     : initial[0] ? "default "
                                  : "empty unless given",
                     is_required ? "" : initial);
            print_comment(to, help);
        }
    }
    for (const char *line = s->example ? s->example : ""; *line;) {
        const size_t length = strcspn(line, "\n");
        fprintf(to, length ? "# %.*s\n" : "#%.*s\n", (int)length, line);
        line += length;
        line += *line == '\n';
    }
}

char *config_example(const struct config_section *sections)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return NULL;
    fputs("# Every option with its default. A value carries its unit; # and ; begin a comment.\n",
          to);
    for (const struct config_section *s = sections; s->name; s++) {
        fputc('\n', to);
        if (s->help)
            print_comment(to, s->help);
        if (s->titled) {
            print_titled_example(to, s);
            continue;
        }
        fprintf(to, "[%s]\n", s->name);
        for (const struct config_rows *group = s->rows; group->rows; group++)
            for (const struct option *row = group->rows; row->key; row++)
                print_option_example(to, row);
    }
    return finish(to, &text);
}

bool config_hash(const struct config_section *sections, const void *values, char hex[SHA256_HEX])
{
    char *text = config_print(sections, values, OPTION_FEATURES | OPTION_JUDGEMENT);
    if (!text)
        return false;
    struct sha256 hash;
    sha256_init(&hash);
    sha256_feed(&hash, text, strlen(text));
    sha256_finish(&hash, hex);
    free(text);
    return true;
}
