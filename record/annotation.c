/* SPDX-License-Identifier: Apache-2.0 */
/* TALs, and the text of marks. */
#include "record/annotation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAL_DURATION = 0x15, TAL_TEXT = 0x14, NUMBER_BYTES = 32 };

/* Reads a decimal number that ends before one of the two separators; moves *at onto it. */
static bool read_number(const unsigned char *bytes, size_t size, size_t *at, bool signed_number,
                        double *value)
{
    char text[NUMBER_BYTES];
    size_t n = 0;
    size_t i = *at;
    if (signed_number) {
        if (i >= size || (bytes[i] != '+' && bytes[i] != '-'))
            return false;
        text[n++] = (char)bytes[i++];
    }
    size_t digits = 0;
    for (; i < size && n < sizeof text - 1; i++) {
        if (bytes[i] >= '0' && bytes[i] <= '9')
            digits++;
        else if (bytes[i] != '.')
            break;
        text[n++] = (char)bytes[i];
    }
    text[n] = 0;
    char *end;
    *value = strtod(text, &end);
    *at = i;
    return digits > 0 && *end == 0 && i < size &&
           (bytes[i] == TAL_TEXT || bytes[i] == TAL_DURATION);
}

static bool read_times(struct tal_cursor *c, const unsigned char *bytes, size_t size)
{
    if (!read_number(bytes, size, &c->at, true, &c->onset_s))
        return false;
    c->duration_s = -1;
    if (bytes[c->at] == TAL_DURATION) {
        c->at++;
        if (!read_number(bytes, size, &c->at, false, &c->duration_s) || bytes[c->at] != TAL_TEXT)
            return false;
    }
    c->at++;
    return true;
}

enum tal_result tal_next(struct tal_cursor *c, const unsigned char *bytes, size_t size,
                         struct annotation *out)
{
    for (;;) {
        if (!c->is_inside) {
            while (c->at < size && bytes[c->at] == 0)
                c->at++;
            if (c->at >= size)
                return TAL_END;
            if (!read_times(c, bytes, size))
                return TAL_BROKEN;
            c->is_inside = true;
            c->is_first = true;
        }
        if (c->at >= size)
            return TAL_BROKEN;
        if (bytes[c->at] == 0) {
            c->is_inside = false;
            continue;
        }
        const unsigned char *end = memchr(bytes + c->at, TAL_TEXT, size - c->at);
        if (!end)
            return TAL_BROKEN;
        *out = (struct annotation){
            .onset_s = c->onset_s,
            .duration_s = c->duration_s,
            .text = (const char *)bytes + c->at,
            .text_size = (size_t)(end - bytes) - c->at,
        };
        if (memchr(out->text, 0, out->text_size))
            return TAL_BROKEN;
        out->is_clock = c->is_first && out->text_size == 0;
        c->is_first = false;
        c->at = (size_t)(end - bytes) + 1;
        return TAL_FOUND;
    }
}

/* Seconds with nine decimals, exact to the last: integers all the way, because a double would lose
 * the nanoseconds of a long case. */
static int print_seconds(char *text, size_t room, uint64_t frames, uint32_t rate_hz)
{
    uint64_t seconds = frames / rate_hz;
    uint64_t nanoseconds = (frames % rate_hz * 1000000000ull + rate_hz / 2) / rate_hz;
    if (nanoseconds == 1000000000ull) {
        seconds++;
        nanoseconds = 0;
    }
    return snprintf(text, room, "%llu.%09llu", (unsigned long long)seconds,
                    (unsigned long long)nanoseconds);
}

size_t annotation_format(char *bytes, size_t room, uint64_t sample, uint64_t frames,
                         uint32_t rate_hz, const char *text)
{
    char onset[NUMBER_BYTES];
    char duration[NUMBER_BYTES + 1] = "";
    print_seconds(onset, sizeof onset, sample, rate_hz);
    if (frames) {
        duration[0] = TAL_DURATION;
        print_seconds(duration + 1, sizeof duration - 1, frames, rate_hz);
    }
    const int n = snprintf(bytes, room, "+%s%s\x14%s\x14", onset, duration, text);
    /* snprintf's own NUL ends the TAL. */
    return n < 0 || (size_t)n >= room ? 0 : (size_t)n + 1;
}

size_t annotation_format_clock(char *bytes, size_t room, uint64_t sample, uint32_t rate_hz)
{
    return annotation_format(bytes, room, sample, 0, rate_hz, "");
}

void annotation_from_mark(const struct mark *m, char *text)
{
    /* A text that itself holds ` by=` needs an empty name behind it to be read back as it was. */
    const bool needs_name = m->by[0] || strstr(m->text, " by=");
    snprintf(text, MARK_TEXT + MARK_BY + 8, "%s%s%s", m->text, needs_name ? " by=" : "", m->by);
}

static bool is_known_mark(const char *text, size_t size)
{
    static const char *const keys[] = {
        "phase",    "branch",      "baseline",  "stimulation", "intensity", "tof",
        "relaxant", "anaesthetic", "confirm",   "reject",      "ack",       "undo",
        "set",      "channel_off", "channel_on", "device",      "recording", "overrun",     "case",      "note"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const size_t length = strlen(keys[i]);
        if (size < length || memcmp(text, keys[i], length) != 0)
            continue;
        /* `confirm` and `confirm by=Wang` are marks, `confirm the electrode` is a note. */
        const size_t left = size - length;
        const char *rest = text + length;
        return left == 0 || rest[0] == '=' || (left >= 4 && memcmp(rest, " by=", 4) == 0) ||
               (left >= 7 && memcmp(rest, " since=", 7) == 0);
    }
    return false;
}

/* Length of the UTF-8 character at the start of text, 0 where it is none. */
static size_t utf8_length(const unsigned char *text, size_t size)
{
    const unsigned char c = text[0];
    const size_t n = c < 0x80                ? 1
                     : c >= 0xc2 && c < 0xe0 ? 2
                     : c >= 0xe0 && c < 0xf0 ? 3
                     : c >= 0xf0 && c < 0xf5 ? 4
                                             : 0;
    if (n == 0 || n > size)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && text[1] < 0xa0) || (c == 0xed && text[1] > 0x9f) ||
        (c == 0xf0 && text[1] < 0x90) || (c == 0xf4 && text[1] > 0x8f))
        return 0;
    return n;
}

static void make_utf8(const char *text, size_t size, char *out, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < size;) {
        const size_t length = utf8_length((const unsigned char *)text + i, size - i);
        const size_t take = length ? length : 1;
        if (n + take >= room)
            break;
        if (length)
            memcpy(out + n, text + i, length);
        else
            out[n] = '?';
        n += take;
        i += take;
    }
    out[n] = 0;
}

bool annotation_to_mark(const char *text, size_t size, uint64_t sample, struct mark *m)
{
    const size_t own = strlen(ANNOTATION_OWN);
    if (size == 0 || (size >= own && memcmp(text, ANNOTATION_OWN, own) == 0))
        return false;
    char clean[MARK_TEXT + MARK_BY + 16] = "note=";
    if (!is_known_mark(text, size)) {
        make_utf8(text, size, clean + 5, sizeof clean - 5);
        mark_set(m, sample, clean, "");
        return true;
    }
    make_utf8(text, size, clean, sizeof clean);
    char *name = NULL;
    for (char *at = strstr(clean, " by="); at; at = strstr(at + 1, " by="))
        name = at;
    if (name) {
        *name = 0;
        name += 4;
    }
    mark_set(m, sample, clean, name ? name : "");
    return true;
}

bool annotation_is(const struct annotation *a, const char *word)
{
    return a->text_size == strlen(word) && memcmp(a->text, word, a->text_size) == 0;
}
