/* SPDX-License-Identifier: Apache-2.0 */
/* config/config.h - reads one text file of sections and keys into the caller's struct, collects
 * every mistake in it, and remembers which line each value came from.
 *
 *     struct config *c = config_create(sections, &settings, &err);
 *     if (!config_read(c, path, &err)) ...            no such file, or it cannot be read
 *     config_override(c, "endpoint.hold=20 s");       each --set
 *     config_finish(c);                               required keys
 *     if (settings.a > settings.b)                    cross-checks name the value's own line
 *         config_mistake_add(c, &settings.a, "must not exceed b");
 *     if (config_mistake_count(c) > 0) { config_mistakes_print(c, stderr); ... }
 *
 * The grammar: `[section]`, `[section title]`, `key = value`, comments from `#` or `;` at the
 * start of a line or behind a blank; no continued lines; lines to 64 KiB. One thread. */
#ifndef LSRD_CONFIG_CONFIG_H
#define LSRD_CONFIG_CONFIG_H

#include <stdio.h>

#include "config/table.h"

enum {
    CONFIG_MISTAKES = 100,      /* kept; the rest are counted */
    CONFIG_FILE_SIZE = 1 << 20, /* largest file that is read */
    CONFIG_LINE = 64 * 1024,    /* longest line */
};

struct config_mistake {
    const char *file;          /* as given, or `--set` */
    uint32_t line;             /* 0: none, as for --set and for what is missing */
    char section[CONFIG_NAME]; /* as written, without title; "" before the first */
    char title[CONFIG_NAME];
    char key[CONFIG_NAME]; /* "" for a mistake of a section or line */
    char value[64];        /* as written, cut */
    char text[256];        /* what is wrong, and what would be right */
};

struct config;

/* values gets its defaults. sections and values must outlive the result; sections are sound
 * (config_table_check). */
struct config *config_create(const struct config_section *sections, void *values, struct err *err);
void config_destroy(struct config *c); /* NULL is fine */

/* False: the file cannot be read at all (err says why). Mistakes in it are collected. */
bool config_read(struct config *c, const char *path, struct err *err);
/* The same from memory: any bytes. name stands for the file in mistakes. False: out of memory. */
bool config_read_text(struct config *c, const char *name, const char *text, size_t length,
                      struct err *err);

/* `section.key=value`, replacing what the file says. */
void config_override(struct config *c, const char *assignment);

/* After the last value: complains about required keys that are missing. */
void config_finish(struct config *c);

/* For cross-checks: field is any value in the caller's struct, or a titled section's title; the
 * mistake names the line it came from, or its default. */
void config_mistake_add(struct config *c, const void *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

size_t config_mistake_count(const struct config *c); /* all, also those not kept */
const struct config_mistake *config_mistake(const struct config *c, size_t i);
/* `lsrd.conf:12: [response] window = 6 ns .. 25 ms: ...`, one line without its end. */
void config_mistake_format(const struct config_mistake *m, char *text, size_t size);
void config_mistakes_print(const struct config *c, FILE *to);

/* The line that set this field; 0: a default, or --set. */
uint32_t config_line_of(const struct config *c, const void *field);
/* Whether the file or --set gave this field. */
bool config_is_given(const struct config *c, const void *field);

#endif
