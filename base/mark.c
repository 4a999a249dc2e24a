/* SPDX-License-Identifier: Apache-2.0 */
/* Fills and reads marks. */
#include "base/mark.h"

#include <string.h>

static void copy_text(char *to, size_t size, const char *from)
{
    size_t n = 0;
    while (from[n] && n < size - 1) {
        const unsigned char c = (unsigned char)from[n];
        to[n] = c < ' ' || c == 0x7f ? ' ' : from[n];
        n++;
    }
    if (from[n]) /* cut: back to the start of a UTF-8 character */
        while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
            n--;
    memset(to + n, 0, size - n);
}

void mark_set(struct mark *m, uint64_t sample, const char *text, const char *by)
{
    m->sample = sample;
    copy_text(m->text, sizeof m->text, text);
    copy_text(m->by, sizeof m->by, by);
}

bool mark_is(const struct mark *m, const char *key, const char **value)
{
    const size_t length = strlen(key);
    if (strncmp(m->text, key, length) != 0)
        return false;
    if (m->text[length] != '=' && m->text[length] != 0 && m->text[length] != ' ')
        return false;
    *value = m->text[length] == '=' ? m->text + length + 1 : m->text + length;
    return true;
}
