/* SPDX-License-Identifier: Apache-2.0 */
/* Reads marks out of our own lines: members in a fixed order, strings with JSON's escapes. */
#include "record/journal_marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/case_dir.h"

enum { MARKS_RESTORED = 1000 }; /* more than a second of them is no second */

/* Unescapes the string that follows `"name":` in the line. */
static void string_member(const char *line, const char *name, char *out, size_t size)
{
    char key[32];
    size_t n = 0;
    snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *at = strstr(line, key);
    for (at = at ? at + strlen(key) : ""; *at && *at != '"' && n + 4 < size; at++) {
        unsigned code;
        if (*at != '\\') {
            out[n++] = *at;
        } else if (at[1] == 'u' && sscanf(at + 2, "%4x", &code) == 1) {
            out[n++] = code < 0x80 ? (char)code : '?';
            at += 5;
        } else if (at[1]) {
            at++;
            out[n++] = *at == 'n' || *at == 't' ? ' ' : *at;
        }
    }
    out[n] = 0;
}

static bool number_member(const char *line, const char *name, uint64_t *value)
{
    char key[32];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(line, key);
    if (at)
        *value = strtoull(at + strlen(key), NULL, 10);
    return at != NULL;
}

static bool add_mark(struct journal_marks *m, const char *line, struct err *err)
{
    uint64_t sample;
    char text[MARK_TEXT + 8];
    char by[MARK_BY + 8];
    if (!number_member(line, "sample", &sample))
        return true;
    struct mark *list = realloc(m->list, (m->count + 1) * sizeof *list);
    if (!list)
        return err_set(err, ERR_MEMORY, "marks");
    m->list = list;
    string_member(line, "text", text, sizeof text);
    string_member(line, "by", by, sizeof by);
    mark_set(&list[m->count++], sample, text, by);
    return true;
}

bool journal_marks_read(struct journal_marks *m, const char *directory, uint32_t known,
                        struct err *err)
{
    *m = (struct journal_marks){0};
    char path[CASE_PATH + 32];
    snprintf(path, sizeof path, "%s/findings.ndjson", directory);
    FILE *f = fopen(path, "re");
    if (!f)
        return true;
    char *line = NULL;
    size_t size = 0;
    uint32_t seen = 0;
    bool ok = true;
    while (ok && getline(&line, &size, f) > 0) {
        uint64_t decided = 0;
        if (number_member(line, "decided_sample", &decided) && decided > m->decided_last)
            m->decided_last = decided;
        if (strncmp(line, "{\"type\":\"mark\",", 15) != 0)
            continue;
        if (++seen > known && m->count < MARKS_RESTORED)
            ok = add_mark(m, line, err);
    }
    free(line);
    fclose(f);
    if (!ok)
        journal_marks_free(m);
    return ok;
}

void journal_marks_free(struct journal_marks *m)
{
    free(m->list);
    *m = (struct journal_marks){0};
}
