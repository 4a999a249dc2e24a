/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded JSON writer. */
#include "protocol/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void text_init(struct text *t, char *bytes, size_t size)
{
    *t = (struct text){ .bytes = bytes, .size = size };
    bytes[0] = 0;
}

bool text_ok(const struct text *t)
{
    return !t->overflow;
}

static void append(struct text *t, const char *bytes, size_t count)
{
    if (t->overflow || t->length + count + 1 > t->size) {
        t->overflow = true;
        return;
    }
    memcpy(t->bytes + t->length, bytes, count);
    t->length += count;
    t->bytes[t->length] = 0;
}

void text_raw(struct text *t, const char *bytes)
{
    append(t, bytes, strlen(bytes));
}

void text_bytes(struct text *t, const char *bytes, size_t count)
{
    append(t, bytes, count);
}

/* Length of the well-formed UTF-8 sequence at s, 0 where there is none (labels of foreign files). */
static size_t utf8_length(const unsigned char *s)
{
    const size_t length = s[0] < 0x80                   ? 1
                          : (s[0] & 0xe0) == 0xc0 && s[0] >= 0xc2 ? 2
                          : (s[0] & 0xf0) == 0xe0       ? 3
                          : (s[0] & 0xf8) == 0xf0 && s[0] <= 0xf4 ? 4
                                                        : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if (length == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)))
        return 0; /* overlong, or half of a surrogate pair */
    if (length == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)))
        return 0;
    return length;
}

void text_string(struct text *t, const char *value)
{
    if (!value) {
        text_raw(t, "null");
        return;
    }
    append(t, "\"", 1);
    for (const char *s = value; *s;) {
        const unsigned char c = (unsigned char)*s;
        const size_t length = utf8_length((const unsigned char *)s);
        if (c == '"' || c == '\\') {
            const char escaped[2] = { '\\', *s };
            append(t, escaped, 2);
        } else if (c < ' ' || c == 0x7f) {
            char escaped[8];
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
            append(t, escaped, 6);
        } else if (length == 0) {
            append(t, "\\ufffd", 6);
        } else {
            append(t, s, length);
        }
        s += length ? length : 1;
    }
    append(t, "\"", 1);
}

void text_unsigned(struct text *t, uint64_t value)
{
    char digits[24];
    append(t, digits, (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)value));
}

void text_signed(struct text *t, int64_t value)
{
    char digits[24];
    append(t, digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)value));
}

void text_fixed(struct text *t, double value, int digits)
{
    if (!isfinite(value)) {
        text_raw(t, "null");
        return;
    }
    char number[400];
    int length = snprintf(number, sizeof number, "%.*f", digits, value);
    const char *start = number;
    if (number[0] == '-' && strspn(number + 1, "0.") == (size_t)length - 1) {
        start++; /* -0.0 */
        length--;
    }
    append(t, start, (size_t)length);
}

void text_bool(struct text *t, bool value)
{
    text_raw(t, value ? "true" : "false");
}

void text_next(struct text *t)
{
    if (t->length == 0)
        return;
    const char last = t->bytes[t->length - 1];
    if (last != '{' && last != '[' && last != ':')
        append(t, ",", 1);
}

void text_key(struct text *t, const char *key)
{
    text_next(t);
    text_string(t, key);
    append(t, ":", 1);
}

void text_key_string(struct text *t, const char *key, const char *value)
{
    text_key(t, key);
    text_string(t, value);
}

void text_key_unsigned(struct text *t, const char *key, uint64_t value)
{
    text_key(t, key);
    text_unsigned(t, value);
}

void text_key_signed(struct text *t, const char *key, int64_t value)
{
    text_key(t, key);
    text_signed(t, value);
}

void text_key_fixed(struct text *t, const char *key, double value, int digits)
{
    text_key(t, key);
    text_fixed(t, value, digits);
}

void text_key_bool(struct text *t, const char *key, bool value)
{
    text_key(t, key);
    text_bool(t, value);
}
