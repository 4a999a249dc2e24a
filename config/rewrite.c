/* SPDX-License-Identifier: Apache-2.0 */
/* Rewrites one line of a configuration file. */
#include "config/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

struct span {
    const char *at;
    size_t length;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct span trimmed(struct span s)
{
    while (s.length > 0 && is_blank(*s.at)) {
        s.at++;
        s.length--;
    }
    while (s.length > 0 && is_blank(s.at[s.length - 1]))
        s.length--;
    return s;
}

static bool span_is(struct span s, const char *text)
{
    return strlen(text) == s.length && memcmp(s.at, text, s.length) == 0;
}

/* Whether the line is `[section title]`; *is_header tells of any section. */
static bool is_section(struct span line, const char *section, const char *title, bool *is_header)
{
    struct span s = trimmed(line);
    const char *close = s.length > 0 && *s.at == '[' ? memchr(s.at, ']', s.length) : NULL;
    *is_header = close != NULL;
    if (!close)
        return false;
    s = trimmed((struct span){s.at + 1, (size_t)(close - s.at) - 1});
    struct span name = s;
    for (name.length = 0; name.length < s.length && !is_blank(s.at[name.length]);)
        name.length++;
    const struct span rest = trimmed((struct span){s.at + name.length, s.length - name.length});
    return span_is(name, section) && span_is(rest, title);
}

/* Where the value of `key = value  # comment` stands within the line; false: another line. */
static bool find_value(struct span line, const char *key, struct span *value)
{
    const struct span s = trimmed(line);
    if (s.length == 0 || *s.at == '#' || *s.at == ';')
        return false;
    size_t separator = 0;
    while (separator < s.length && s.at[separator] != '=' && s.at[separator] != ':')
        separator++;
    if (separator == s.length || !span_is(trimmed((struct span){s.at, separator}), key))
        return false;
    size_t end = separator + 1;
    while (end < s.length && !((s.at[end] == '#' || s.at[end] == ';') && is_blank(s.at[end - 1])))
        end++;
    *value = trimmed((struct span){s.at + separator + 1, end - separator - 1});
    if (value->length == 0) /* empty: right behind the separator */
        value->at = s.at + separator + 1;
    return true;
}

char *config_rewrite(const char *text, size_t length, const char *section, const char *title,
                     const char *key, const char *value, size_t *out_length)
{
    const char *end = text + length;
    const char *insert_at = NULL; /* behind the last line of the section that holds something */
    struct span old = {NULL, 0};
    bool inside = false;
    for (const char *line = text; line < end && !old.at;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *next = newline ? newline + 1 : end;
        const struct span content = {line, (size_t)((newline ? newline : end) - line)};
        bool is_header;
        const bool is_ours = is_section(content, section, title, &is_header);
        if (is_header)
            inside = is_ours;
        if (inside && trimmed(content).length > 0)
            insert_at = next;
        if (inside && !is_header)
            find_value(content, key, &old);
        line = next;
    }
    char *out = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&out, &size);
    if (!to)
        return NULL;
    if (old.at) {
        fwrite(text, 1, (size_t)(old.at - text), to);
        const bool needs_blank = old.length == 0 && value[0];
        fprintf(to, "%s%s", needs_blank ? " " : "", value);
        fwrite(old.at + old.length, 1, (size_t)(end - old.at) - old.length, to);
    } else {
        const char *at = insert_at ? insert_at : end;
        fwrite(text, 1, (size_t)(at - text), to);
        if (at > text && at[-1] != '\n')
            fputc('\n', to);
        if (!insert_at)
            fprintf(to, "%s[%s%s%s]\n", length ? "\n" : "", section, title[0] ? " " : "", title);
        fprintf(to, "%s = %s\n", key, value);
        fwrite(at, 1, (size_t)(end - at), to);
    }
    const bool failed = ferror(to) != 0;
    if (fclose(to) != 0 || failed) {
        free(out);
        return NULL;
    }
    *out_length = size;
    return out;
}

static char *read_whole(int fd, size_t *length, struct err *err, const char *path)
{
    char *text = malloc(CONFIG_FILE_SIZE);
    if (!text) {
        err_set(err, ERR_MEMORY, "%s", path);
        return NULL;
    }
    *length = 0;
    for (;;) {
        const ssize_t n = read(fd, text + *length, CONFIG_FILE_SIZE - *length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n > 0)
            *length += (size_t)n;
        if (n > 0 && *length < CONFIG_FILE_SIZE)
            continue;
        if (n == 0)
            return text;
        if (n < 0)
            err_set_os(err, ERR_IO, errno, "%s", path);
        else
            err_set(err, ERR_USAGE, "%s: over %d bytes", path, CONFIG_FILE_SIZE);
        free(text);
        return NULL;
    }
}

static bool write_whole(int fd, const char *text, size_t length)
{
    while (length > 0) {
        const ssize_t n = write(fd, text, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        text += n;
        length -= (size_t)n;
    }
    return fsync(fd) == 0;
}

/* Puts text where the file is, with the file's permissions. */
static bool replace_file(const char *path, mode_t mode, const char *text, size_t length,
                         struct err *err)
{
    char beside[PATH_MAX + 16];
    snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    const int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return err_set_os(err, ERR_IO, errno, "%s: cannot write beside it", path);
    bool ok = fchmod(fd, mode) == 0 && write_whole(fd, text, length);
    const int write_errno = errno;
    close(fd);
    if (!ok)
        err_set_os(err, ERR_IO, write_errno, "%s: cannot write it anew", path);
    else if (!(ok = rename(beside, path) == 0))
        err_set_os(err, ERR_IO, errno, "%s: cannot replace it", path);
    if (!ok)
        unlink(beside);
    return ok;
}

bool config_rewrite_file(const char *path, const char *section, const char *title, const char *key,
                         const char *value, struct err *err)
{
    char real[PATH_MAX];
    if (!realpath(path, real))
        return err_set_os(err, ERR_IO, errno, "%s", path);
    const int fd = open(real, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_os(err, ERR_IO, errno, "%s", path);
    struct stat status;
    size_t length = 0, new_length = 0;
    char *text = NULL;
    if (fstat(fd, &status) != 0)
        err_set_os(err, ERR_IO, errno, "%s", path);
    else
        text = read_whole(fd, &length, err, path);
    close(fd);
    if (!text)
        return false;
    char *anew = config_rewrite(text, length, section, title, key, value, &new_length);
    free(text);
    if (!anew)
        return err_set(err, ERR_MEMORY, "%s", path);
    const bool ok = replace_file(real, status.st_mode & 07777, anew, new_length, err);
    free(anew);
    return ok;
}
