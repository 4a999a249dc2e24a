/* SPDX-License-Identifier: Apache-2.0 */
/* Picks a few members out of a finding's line. */
#include "record/brief.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/annotation.h"

/* The value of a member of the outermost object: where it starts, and its length without quotes.
 * The line is our own print: no spaces between members, no escaped quotes in labels and codes. */
static const char *member(const char *line, size_t size, const char *name, size_t *length)
{
    const size_t name_length = strlen(name);
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        const char c = line[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '{' || c == '[')
            depth++;
        if (c == '}' || c == ']')
            depth--;
        if (c != '"')
            continue;
        in_string = true;
        if (depth != 1 || size - i < name_length + 4 || line[i + name_length + 1] != '"' ||
            line[i + name_length + 2] != ':' || memcmp(line + i + 1, name, name_length) != 0)
            continue;
        const char *at = line + i + name_length + 3;
        const char *end = line + size;
        const bool is_string = *at == '"';
        const char *stop = at += is_string;
        while (stop < end && (is_string ? *stop != '"' : *stop != ',' && *stop != '}'))
            stop++;
        *length = (size_t)(stop - at);
        return at;
    }
    return NULL;
}

static uint64_t number_member(const char *line, size_t size, const char *name, uint64_t otherwise)
{
    size_t length;
    const char *at = member(line, size, name, &length);
    char digits[24];
    if (!at || length == 0 || length >= sizeof digits)
        return otherwise;
    memcpy(digits, at, length);
    digits[length] = 0;
    return strtoull(digits, NULL, 10);
}

bool brief_finding(const char *line, size_t size, enum finding_type type, uint64_t decided_sample,
                   struct brief *out)
{
    static const struct {
        enum finding_type type;
        const char *name;
        const char *members[4];
    } shown[] = {
        {FINDING_ARTIFACT, "artifact", {"kind", "channel"}},
        {FINDING_STIMULUS, "stimulus", {"branch"}},
        {FINDING_EMG_EVENT, "emg_event", {"kind", "channel"}},
        {FINDING_ENDPOINT, "endpoint", {"branch", "state", "reason"}},
        {FINDING_ALARM, "alarm", {"id", "state", "channel", "branch"}},
    };
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (shown[i].type != type)
            continue;
        size_t n =
            (size_t)snprintf(out->text, sizeof out->text, ANNOTATION_OWN "%s", shown[i].name);
        for (size_t k = 0; k < 4 && shown[i].members[k]; k++) {
            size_t length;
            const char *value = member(line, size, shown[i].members[k], &length);
            if (!value || n + length + 2 > sizeof out->text)
                continue;
            out->text[n++] = ' ';
            for (size_t c = 0; c < length; c++)
                out->text[n++] = (unsigned char)value[c] < ' ' ? ' ' : value[c];
            out->text[n] = 0;
        }
        out->sample = number_member(line, size, "sample", decided_sample);
        out->sample = number_member(line, size, "start_sample", out->sample);
        const uint64_t end = number_member(line, size, "end_sample", out->sample);
        out->frames = end > out->sample ? end - out->sample : 0;
        return true;
    }
    return false;
}
