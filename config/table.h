/* SPDX-License-Identifier: Apache-2.0 */
/* config/table.h - which sections a file may have, and where their values go in the caller's
 * struct. Folders declare their rows; whoever reads a file binds them to sections:
 *
 *     static const struct config_rows endpoint_rows[] = {
 *         { endpoint_options, offsetof(struct settings, endpoint) }, { 0 } };
 *     static const struct config_rows channel_rows[] = {
 *         { channel_options, 0 }, { 0 } };                        offsets inside one channel
 *     static const struct config_section sections[] = {
 *         { .name = "endpoint", .rows = endpoint_rows, .help = "When the endpoint is reached." },
 *         { .name = "channel", .rows = channel_rows, .titled = true,
 *           .offset = offsetof(struct settings, channel), .stride = sizeof(struct channel),
 *           .max = 64, .count_offset = offsetof(struct settings, channels),
 *           .title_offset = offsetof(struct channel, label) },
 *         { 0 } };
 */
#ifndef LSRD_CONFIG_TABLE_H
#define LSRD_CONFIG_TABLE_H

#include "base/err.h"
#include "config/option.h"

enum {
    CONFIG_NAME = 50,   /* bytes of a section's or key's name with its NUL */
    CONFIG_TITLE = OPTION_LABEL,
};

/* Rows and where their struct lies: inside the caller's struct, or inside one titled section. */
struct config_rows {
    const struct option *rows; /* NULL ends the list */
    size_t offset;
};

struct config_section {
    const char *name; /* NULL ends the table */
    const char *help; /* one line for the example file */
    const struct config_rows *rows;
    /* Titled sections, `[channel MENT]`, fill an array in the order of the file. */
    bool titled;
    uint32_t max;        /* elements of the array */
    size_t offset;       /* of the array; 0 for untitled ones, whose rows say where they lie */
    size_t stride;       /* bytes from element to element */
    size_t count_offset; /* of the uint32_t with the number of elements */
    size_t title_offset; /* of the char[CONFIG_TITLE] inside an element */
    const char *example; /* titled: lines that the example file shows, commented out */
};

/* Whether every row of the table is sound: defaults parse and lie in range, names fit, no key
 * twice in a section. For a test; err says which row is not. */
bool config_table_check(const struct config_section *sections, struct err *err);

/* Fills the caller's struct with every default; no titled sections. */
void config_defaults(const struct config_section *sections, void *values);

/* Sets one value, `section.key=value` (section to the first dot, key from the last:
 * `branch.zygomatic.direct=OOC`). A title that is not there yet is added. False: values are
 * unchanged. */
bool config_set(const struct config_section *sections, void *values, const char *assignment,
                struct err *err);

/* `section.key=value` or `section.title.key=value` in its parts. */
struct config_assignment {
    char section[CONFIG_NAME];
    char title[CONFIG_TITLE]; /* "" where there is none */
    char key[CONFIG_NAME];
    char value[1024];
};
bool config_assignment_split(const char *assignment, struct config_assignment *out,
                             struct err *err);

/* For the folder's own files and for loops over all options. */
const struct config_section *config_section_find(const struct config_section *sections,
                                                 const char *name);
/* rows_offset: where the row's struct lies, to be added to the row's own offset. */
const struct option *config_option_find(const struct config_section *section, const char *key,
                                        size_t *rows_offset);
/* How many elements a section has: 1 for an untitled one. */
uint32_t config_element_count(const struct config_section *section, const void *values);
/* Where element i lies; row offsets count from here. */
void *config_element(const struct config_section *section, void *values, uint32_t i);
const char *config_element_title(const struct config_section *section, const void *values,
                                 uint32_t i); /* "" for an untitled one */
/* The element with this title, added with its defaults where it is not there yet. NULL: full. */
void *config_element_add(const struct config_section *section, void *values, const char *title,
                         bool *is_new);
/* Whether a title is 1 to 16 bytes of plain text without ']' and without blanks at its ends. */
bool config_title_is_sound(const char *title);

#endif
