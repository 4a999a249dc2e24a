/* SPDX-License-Identifier: Apache-2.0 */
/* record/annotation.h - annotations of EDF+ and BDF+: their bytes (TALs), and what they mean to us.
 * Pure functions over bytes. */
#ifndef LSRD_RECORD_ANNOTATION_H
#define LSRD_RECORD_ANNOTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mark.h"

/* Own annotations that are no marks; never read back as one. */
#define ANNOTATION_OWN "lsrd:"
/* A stretch that was filled because its samples were lost: onset and duration say which. */
#define ANNOTATION_LOST "lsrd:lost"
/* Where a case ended whose last samples were lost; what is filled behind it never was. */
#define ANNOTATION_END "lsrd:end"

struct annotation {
    double onset_s;    /* since the start in the file's header */
    double duration_s; /* negative: none */
    bool is_clock;     /* the empty text by which a record says when it starts */
    const char *text;  /* inside the parsed bytes, not terminated, of unknown encoding */
    size_t text_size;
};

enum tal_result {
    TAL_FOUND,
    TAL_END,
    TAL_BROKEN, /* the bytes from `at` on are no TAL; parsing of this signal cannot go on */
};

/* Zero at the start of an annotation signal's bytes of one record. */
struct tal_cursor {
    size_t at;
    bool is_inside; /* between two texts of one TAL */
    bool is_first;
    double onset_s;
    double duration_s;
};

enum tal_result tal_next(struct tal_cursor *c, const unsigned char *bytes, size_t size,
                         struct annotation *out);

/* Longest annotation that annotation_format makes: signs, digits, text, name, separators. */
enum { ANNOTATION_BYTES = 64 + MARK_TEXT + MARK_BY };

/* Writes one TAL with one text: onset of `sample` with nine decimals, duration where frames is not
 * 0. The text has no control characters. Returns its bytes, or 0 where `room` is too small. */
size_t annotation_format(char *bytes, size_t room, uint64_t sample, uint64_t frames,
                         uint32_t rate_hz, const char *text);

/* The TAL that starts a record. Returns its bytes; room for 32 is always enough. */
size_t annotation_format_clock(char *bytes, size_t room, uint64_t sample, uint32_t rate_hz);

/* A mark as text, and back: `key=value by=NAME`. text: room for MARK_TEXT + MARK_BY + 8. */
void annotation_from_mark(const struct mark *m, char *text);

/* Makes a mark of an annotation's text. Text that is no known key becomes a note; bytes that are
 * not UTF-8 become '?'. False: it is our own, or empty, and no mark. */
bool annotation_to_mark(const char *text, size_t size, uint64_t sample, struct mark *m);

/* Whether the text is `word`. */
bool annotation_is(const struct annotation *a, const char *word);

#endif
