/* SPDX-License-Identifier: Apache-2.0 */
/* config/option.h - an option is declared once: a row beside the code that uses the field.
 * Parser, checks, `config print`, the example file and the manual are loops over such rows. */
#ifndef LSRD_CONFIG_OPTION_H
#define LSRD_CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OPTION_LABEL = 17,   /* bytes of a channel label with its NUL */
    OPTION_LABELS_MAX = 16,
    OPTION_TEXT_SIZE = 256,
};

/* The type follows from the field, so the row and the struct cannot disagree. */
enum option_type {
    OPTION_BOOL,   /* bool */
    OPTION_INT,    /* uint32_t; an enum where names are given */
    OPTION_DOUBLE, /* double, in the unit's base */
    OPTION_TEXT,   /* struct option_text */
    OPTION_LABELS, /* struct option_labels: labels with commas between */
    OPTION_RANGE,  /* struct option_range: `6 ms .. 25 ms` */
};

/* A key has no unit, its value does. The base is what the field holds. */
enum option_unit {
    UNIT_NONE,    /* a plain number or count */
    UNIT_SECONDS, /* s, ms, us, min, h */
    UNIT_UV,      /* uV, mV, V */
    UNIT_HZ,      /* Hz, kHz, MHz */
    UNIT_RATIO,   /* a plain number or % */
    UNIT_MA,      /* mA, uA, A */
    UNIT_BYTES,   /* B, kB, MB, GB */
};

enum option_flags {
    OPTION_FEATURES = 1,  /* changes findings: at the stage of features */
    OPTION_JUDGEMENT = 2, /* changes findings: at the stage of judgement, features kept */
    OPTION_LIVE = 4,      /* may change during a case */
    OPTION_REQUIRED = 8,  /* has no default: must be given where its section is */
    OPTION_EXTRA = 16,    /* hashed only where it is given: younger than the cases it is not in */
};

struct option_text {
    char text[OPTION_TEXT_SIZE];
};

struct option_labels {
    uint32_t count;
    char labels[OPTION_LABELS_MAX][OPTION_LABEL];
};

struct option_range {
    double low;
    double high;
};

struct option {
    const char *key; /* NULL ends a table of rows */
    enum option_type type;
    enum option_unit unit;
    double min, max;          /* of a number or of both ends of a range, in the unit's base */
    const char *initial;      /* the default, as a user would write it; "" leaves a field empty */
    const char *const *names; /* of an enum's values from 0 on, NULL-terminated; NULL: no enum */
    uint32_t flags;
    size_t offset;
    const char *help; /* one line, and why this default */
};

#define OPTION_TYPE_OF(T, field_)                                                                  \
    _Generic(((T *)0)->field_, bool                                                                \
             : OPTION_BOOL, uint32_t                                                               \
             : OPTION_INT, double                                                                  \
             : OPTION_DOUBLE, struct option_text                                                   \
             : OPTION_TEXT, struct option_labels                                                   \
             : OPTION_LABELS, struct option_range                                                  \
             : OPTION_RANGE)

#define OPTION(T, key_, field_, unit_, min_, max_, initial_, flags_, help_)                        \
    {                                                                                              \
        .key = (key_), .type = OPTION_TYPE_OF(T, field_), .unit = (unit_), .min = (min_),          \
        .max = (max_), .initial = (initial_), .flags = (flags_), .offset = offsetof(T, field_),    \
        .help = (help_)                                                                            \
    }

/* A choice of names: the field is a uint32_t that holds the name's index. */
#define OPTION_CHOICE(T, key_, field_, names_, initial_, flags_, help_)                            \
    {                                                                                              \
        .key = (key_), .type = OPTION_TYPE_OF(T, field_), .initial = (initial_),                   \
        .names = (names_), .flags = (flags_), .offset = offsetof(T, field_), .help = (help_)       \
    }

/* Bool, text and labels have neither unit nor limits. */
#define OPTION_PLAIN(T, key_, field_, initial_, flags_, help_)                                     \
    {                                                                                              \
        .key = (key_), .type = OPTION_TYPE_OF(T, field_), .initial = (initial_),                   \
        .flags = (flags_), .offset = offsetof(T, field_), .help = (help_)                          \
    }

#endif
