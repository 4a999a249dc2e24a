/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a configuration with inih and collects its mistakes. */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/value.h"

enum { ORIGIN_FILE = 256 };

/* Where one value came from. */
struct origin {
    const void *field;
    bool is_override;
    uint32_t line;
    char value[64]; /* as written, cut */
};

struct config {
    const struct config_section *sections;
    void *values;
    char file[ORIGIN_FILE];
    struct origin *origins;
    size_t origin_count, origin_capacity;
    struct config_mistake mistakes[CONFIG_MISTAKES];
    struct config_mistake spare; /* over the limit: counted, not kept */
    size_t mistake_count;
    bool is_out_of_memory;
};

/* One pass over a text: what the line reader and the handler share. */
struct reading {
    struct config *config;
    const char *at, *end;
    uint32_t line;
    const struct config_section *section; /* NULL: unknown, its keys are passed over */
    bool in_section;
    char section_name[CONFIG_NAME];
    char title[CONFIG_NAME];
    void *element;
};

static void copy_cut(char *to, size_t size, const char *from, size_t length)
{
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)from[length] & 0xc0) == 0x80)
            length--; /* back to the start of a UTF-8 character */
    }
    for (size_t i = 0; i < length; i++) /* nothing that could play with a terminal */
        to[i] = (unsigned char)from[i] < ' ' || from[i] == 0x7f ? '?' : from[i];
    to[length] = 0;
}

static struct config_mistake *mistake_next(struct config *c)
{
    struct config_mistake *m =
        c->mistake_count < CONFIG_MISTAKES ? &c->mistakes[c->mistake_count] : &c->spare;
    c->mistake_count++;
    memset(m, 0, sizeof *m);
    m->file = c->file;
    return m;
}

__attribute__((format(printf, 4, 5))) static void
complain(struct reading *r, const char *key, const char *value, const char *format, ...)
{
    struct config_mistake *m = mistake_next(r->config);
    m->line = r->line;
    copy_cut(m->section, sizeof m->section, r->section_name, strlen(r->section_name));
    copy_cut(m->title, sizeof m->title, r->title, strlen(r->title));
    copy_cut(m->key, sizeof m->key, key, strlen(key));
    copy_cut(m->value, sizeof m->value, value, strlen(value));
    va_list args;
    va_start(args, format);
    vsnprintf(m->text, sizeof m->text, format, args);
    va_end(args);
}

static struct origin *origin_find(const struct config *c, const void *field)
{
    for (size_t i = 0; i < c->origin_count; i++)
        if (c->origins[i].field == field)
            return &c->origins[i];
    return NULL;
}

static struct origin *origin_add(struct config *c, const void *field)
{
    struct origin *known = origin_find(c, field);
    if (known)
        return known;
    if (c->origin_count == c->origin_capacity) {
        const size_t capacity = c->origin_capacity ? 2 * c->origin_capacity : 64;
        struct origin *more = realloc(c->origins, capacity * sizeof *more);
        if (!more) {
            c->is_out_of_memory = true;
            return NULL;
        }
        c->origins = more;
        c->origin_capacity = capacity;
    }
    struct origin *o = &c->origins[c->origin_count++];
    memset(o, 0, sizeof *o);
    o->field = field;
    return o;
}

struct config *config_create(const struct config_section *sections, void *values, struct err *err)
{
    struct config *c = calloc(1, sizeof *c);
    if (!c) {
        err_set(err, ERR_MEMORY, "configuration");
        return NULL;
    }
    c->sections = sections;
    c->values = values;
    config_defaults(sections, values);
    return c;
}

void config_destroy(struct config *c)
{
    if (!c)
        return;
    free(c->origins);
    free(c);
}

static const char *nearest_section(const struct config *c, const char *name)
{
    const char *names[64] = {0};
    for (size_t i = 0; i < 63 && c->sections[i].name; i++)
        names[i] = c->sections[i].name;
    return value_nearest(name, names);
}

static const char *nearest_key(const struct config_section *section, const char *key)
{
    const char *names[256] = {0};
    size_t n = 0;
    for (const struct config_rows *group = section->rows; group->rows; group++)
        for (const struct option *row = group->rows; row->key && n < 255; row++)
            names[n++] = row->key;
    return value_nearest(key, names);
}

/* text[0..length): what stands between the brackets. */
static void begin_section(struct reading *r, const char *text, size_t length)
{
    r->section = NULL;
    r->element = NULL;
    r->in_section = true;
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    size_t name_length = 0;
    while (name_length < length && text[name_length] != ' ' && text[name_length] != '\t')
        name_length++;
    size_t title_at = name_length;
    while (title_at < length && (text[title_at] == ' ' || text[title_at] == '\t'))
        title_at++;
    copy_cut(r->section_name, sizeof r->section_name, text, name_length);
    copy_cut(r->title, sizeof r->title, text + title_at, length - title_at);
    if (length >= CONFIG_NAME) {
        complain(r, "", "", "a section's name has at most %d bytes", CONFIG_NAME - 1);
        return;
    }
    const struct config_section *section =
        config_section_find(r->config->sections, r->section_name);
    if (!section) {
        const char *near = nearest_section(r->config, r->section_name);
        complain(r, "", "", near ? "no such section; did you mean [%s]?" : "no such section%s",
                 near ? near : "");
        return;
    }
    if (!section->titled && r->title[0]) {
        complain(r, "", "", "this section has no title: [%s]", section->name);
        return;
    }
    if (section->titled &&
        (length - title_at >= CONFIG_TITLE || !config_title_is_sound(r->title))) {
        complain(r, "", "", "this section needs a title of 1 to %d bytes of plain text: [%s NAME]",
                 CONFIG_TITLE - 1, section->name);
        return;
    }
    bool is_new = true;
    char *element = section->titled
                        ? config_element_add(section, r->config->values, r->title, &is_new)
                        : config_element(section, r->config->values, 0);
    if (!element) {
        complain(r, "", "", "at most %u such sections", section->max);
        return;
    }
    /* An untitled section is known by its entry in the table, a titled one by its title. */
    const void *field =
        section->titled ? (const void *)(element + section->title_offset) : (const void *)section;
    const struct origin *before = origin_find(r->config, field);
    if (before)
        complain(r, "", "", "the section stands twice, first on line %u; put its keys together",
                 before->line);
    struct origin *o = before ? NULL : origin_add(r->config, field);
    if (o)
        o->line = r->line;
    r->section = section;
    r->element = element;
}

/* Which other section has such a key; NULL: none. */
static const char *section_with_key(const struct config *c, const char *key)
{
    size_t offset;
    for (const struct config_section *s = c->sections; s->name; s++)
        if (config_option_find(s, key, &offset))
            return s->name;
    return NULL;
}

static void complain_about_key(struct reading *r, const char *key, const char *value)
{
    const char *near = nearest_key(r->section, key);
    const char *elsewhere = section_with_key(r->config, key);
    if (elsewhere)
        complain(r, key, value, "no such key here; it belongs to [%s]", elsewhere);
    else if (near)
        complain(r, key, value, "no such key; did you mean %s?", near);
    else
        complain(r, key, value, "no such key");
}

static void take_value(struct reading *r, const char *key, const char *value, bool is_override)
{
    size_t offset;
    const struct option *row = config_option_find(r->section, key, &offset);
    if (!row) {
        complain_about_key(r, key, value);
        return;
    }
    void *field = (char *)r->element + offset + row->offset;
    const struct origin *before = origin_find(r->config, field);
    if (before && !is_override) {
        complain(r, key, value, "the key stands twice, first on line %u", before->line);
        return;
    }
    struct origin *o = origin_add(r->config, field);
    if (!o)
        return;
    o->line = r->line;
    o->is_override = is_override;
    copy_cut(o->value, sizeof o->value, value, strlen(value));
    char complaint[VALUE_COMPLAINT];
    if (!value_parse(row, value, field, complaint))
        complain(r, key, value, "%s", complaint);
}

/* inih's handler: a key with its value, or without one where the line has no `=`. */
static int handle(void *user, const char *section, const char *key, const char *value)
{
    (void)section; /* cut at 49 bytes there; read_line() keeps the whole */
    struct reading *r = user;
    if (!r->in_section) {
        complain(r, key, value ? value : "", "stands before the first [section]");
    } else if (!value) {
        complain(r, key, "", "a line is `key = value`, `[section]` or a comment");
    } else if (!r->section) {
        return 1; /* of an unknown section, which has been told */
    } else if (strlen(key) >= CONFIG_NAME) {
        complain(r, key, value, "a key has at most %d bytes", CONFIG_NAME - 1);
    } else {
        take_value(r, key, value, false);
    }
    return 1;
}

/* inih's reader: counts lines, sees sections before inih cuts their names, and keeps from inih what
 * it would misread. */
static char *read_line(char *to, int size, void *stream)
{
    struct reading *r = stream;
    if (r->at >= r->end || size < 2)
        return NULL;
    const char *newline = memchr(r->at, '\n', (size_t)(r->end - r->at));
    const char *from = r->at;
    size_t length = newline ? (size_t)(newline - from) : (size_t)(r->end - from);
    r->at = newline ? newline + 1 : r->end;
    if (r->line == 0 && length >= 3 && memcmp(from, "\xef\xbb\xbf", 3) == 0) {
        from += 3; /* the byte order mark of a Windows editor */
        length -= 3;
    }
    r->line++;
    if (length > 0 && from[length - 1] == '\r')
        length--;
    to[0] = '\n';
    to[1] = 0;
    if (length > CONFIG_LINE || length + 2 > (size_t)size) {
        complain(r, "", "", "a line has at most %d bytes", CONFIG_LINE);
        return to;
    }
    if (memchr(from, 0, length) || memchr(from, '\r', length)) {
        complain(r, "", "", "the line holds a NUL or carriage return: no text");
        return to;
    }
    size_t start = 0;
    while (start < length && (from[start] == ' ' || from[start] == '\t'))
        start++;
    if (start < length && from[start] == '[') {
        const char *close = memchr(from + start, ']', length - start);
        if (!close) {
            r->section_name[0] = r->title[0] = 0;
            complain(r, "", "", "the ] of the section is missing");
            r->in_section = true;
            r->section = NULL;
            return to;
        }
        const char *rest = close + 1;
        while (rest < from + length && (*rest == ' ' || *rest == '\t'))
            rest++;
        begin_section(r, from + start + 1, (size_t)(close - from) - start - 1);
        if (rest < from + length && *rest != '#' && *rest != ';')
            complain(r, "", "", "something stands behind the ]");
        return to; /* inih need not see it: keys go by r->section */
    }
    memcpy(to, from, length);
    to[length] = '\n';
    to[length + 1] = 0;
    return to;
}

bool config_read_text(struct config *c, const char *name, const char *text, size_t length,
                      struct err *err)
{
    /* inih keeps its switches in globals; these are the only values lsrd ever gives them. */
    ini_use_stack = false;
    ini_allow_realloc = false;
    ini_max_line = CONFIG_LINE + 8;
    ini_initial_alloc = CONFIG_LINE + 8;
    ini_allow_multiline = false;
    ini_allow_inline_comments = true;
    static char prefixes[] = "#;";
    ini_inline_comment_prefixes = prefixes;
    ini_start_comment_prefixes = prefixes;
    ini_allow_no_value = true;
    ini_stop_on_first_error = false;
    copy_cut(c->file, sizeof c->file, name, strlen(name));
    struct reading r = {.config = c, .at = text, .end = text + length};
    const int result = ini_parse_stream(read_line, &r, handle, &r);
    if (result == -2 || c->is_out_of_memory)
        return err_set(err, ERR_MEMORY, "%s: reading the configuration", c->file);
    return true;
}

bool config_read(struct config *c, const char *path, struct err *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_set_os(err, ERR_USAGE, errno, "%s", path);
    char *text = malloc(CONFIG_FILE_SIZE + 1);
    if (!text) {
        close(fd);
        return err_set(err, ERR_MEMORY, "%s: reading the configuration", path);
    }
    size_t length = 0;
    ssize_t n = 0;
    while (length <= CONFIG_FILE_SIZE &&
           ((n = read(fd, text + length, CONFIG_FILE_SIZE + 1 - length)) > 0 ||
            (n < 0 && errno == EINTR)))
        length += n > 0 ? (size_t)n : 0;
    const int read_errno = errno;
    close(fd);
    bool ok;
    if (n < 0)
        ok = err_set_os(err, ERR_USAGE, read_errno, "%s", path);
    else if (length > CONFIG_FILE_SIZE)
        ok = err_set(err, ERR_USAGE, "%s: over %d bytes, which is no configuration", path,
                     CONFIG_FILE_SIZE);
    else
        ok = config_read_text(c, path, text, length, err);
    free(text);
    return ok;
}

void config_override(struct config *c, const char *assignment)
{
    struct reading r = {.config = c, .in_section = true};
    const size_t mistakes_before = c->mistake_count;
    struct config_assignment a;
    struct err err;
    if (!config_assignment_split(assignment, &a, &err)) {
        complain(&r, "", "", "%s", err.text);
    } else {
        r.section = config_section_find(c->sections, a.section);
        memcpy(r.section_name, a.section, sizeof a.section);
        memcpy(r.title, a.title, sizeof a.title);
        bool is_new = false;
        if (!r.section) {
            const char *near = nearest_section(c, a.section);
            complain(&r, a.key, a.value,
                     near ? "no such section; did you mean %s?" : "no such section%s",
                     near ? near : "");
        } else if (r.section->titled != (a.title[0] != 0)) {
            complain(&r, a.key, a.value, "%s",
                     r.section->titled ? "this section needs a title: section.title.key=value"
                                       : "this section has no title");
        } else {
            r.element = r.section->titled
                            ? config_element_add(r.section, c->values, a.title, &is_new)
                            : config_element(r.section, c->values, 0);
            if (r.element)
                take_value(&r, a.key, a.value, true);
            else
                complain(&r, a.key, a.value, "at most %u such sections", r.section->max);
        }
    }
    for (size_t i = mistakes_before; i < c->mistake_count && i < CONFIG_MISTAKES; i++)
        c->mistakes[i].file = "--set";
}

static void name_place(struct config_mistake *m, const struct config_section *section,
                       const char *title, const char *key)
{
    snprintf(m->section, sizeof m->section, "%s", section->name);
    snprintf(m->title, sizeof m->title, "%s", title);
    snprintf(m->key, sizeof m->key, "%s", key);
}

/* What visit gets: one option of one element. row NULL: the element itself, by its title. */
typedef void visit_option(struct config *c, const struct config_section *section, uint32_t i,
                          const struct option *row, void *field, void *user);

static void visit_all(struct config *c, visit_option *visit, void *user)
{
    for (const struct config_section *s = c->sections; s->name; s++) {
        for (uint32_t i = 0; i < config_element_count(s, c->values); i++) {
            char *element = config_element(s, c->values, i);
            if (s->titled)
                visit(c, s, i, NULL, element + s->title_offset, user);
            for (const struct config_rows *group = s->rows; group->rows; group++)
                for (const struct option *row = group->rows; row->key; row++)
                    visit(c, s, i, row, element + group->offset + row->offset, user);
        }
    }
}

static void require_option(struct config *c, const struct config_section *section, uint32_t i,
                           const struct option *row, void *field, void *user)
{
    (void)user;
    if (!row || !(row->flags & OPTION_REQUIRED) || origin_find(c, field))
        return;
    const char *title = config_element_title(section, c->values, i);
    const struct origin *o =
        origin_find(c, section->titled ? (const void *)title : (const void *)section);
    if (!o && !section->titled)
        return; /* asked for only where its section is */
    struct config_mistake *m = mistake_next(c);
    m->line = o ? o->line : 0;
    name_place(m, section, title, row->key);
    snprintf(m->text, sizeof m->text, "missing: %.200s", row->help);
}

void config_finish(struct config *c)
{
    visit_all(c, require_option, NULL);
}

struct place_search {
    const void *field;
    struct config_mistake *mistake;
};

static void name_if_found(struct config *c, const struct config_section *section, uint32_t i,
                          const struct option *row, void *field, void *user)
{
    const struct place_search *search = user;
    if (field != search->field)
        return;
    struct config_mistake *m = search->mistake;
    name_place(m, section, config_element_title(section, c->values, i), row ? row->key : "");
    if (row && !m->value[0]) {
        char value[VALUE_TEXT];
        value_print(row, field, value);
        copy_cut(m->value, sizeof m->value, value, strlen(value));
    }
}

void config_mistake_add(struct config *c, const void *field, const char *format, ...)
{
    const struct origin *o = origin_find(c, field);
    struct config_mistake *m = mistake_next(c);
    if (o) {
        m->file = o->is_override ? "--set" : c->file;
        m->line = o->line;
        snprintf(m->value, sizeof m->value, "%s", o->value);
    }
    visit_all(c, name_if_found, &(struct place_search){field, m});
    va_list args;
    va_start(args, format);
    vsnprintf(m->text, sizeof m->text, format, args);
    va_end(args);
}

size_t config_mistake_count(const struct config *c)
{
    return c->mistake_count;
}

const struct config_mistake *config_mistake(const struct config *c, size_t i)
{
    return &c->mistakes[i];
}

void config_mistake_format(const struct config_mistake *m, char *text, size_t size)
{
    char line[16] = "", place[128] = "", value[128] = "";
    if (m->line)
        snprintf(line, sizeof line, ":%u", m->line);
    if (m->section[0])
        snprintf(place, sizeof place, "[%s%s%s] ", m->section, m->title[0] ? " " : "", m->title);
    if (m->key[0])
        snprintf(value, sizeof value, "%s%s%s", m->key, m->value[0] ? " = " : "", m->value);
    const bool has_place = place[0] || value[0];
    if (has_place && !value[0])
        place[strlen(place) - 1] = 0; /* the blank behind the bracket */
    snprintf(text, size, "%s%s%s%s%s%s%s", m->file, line, m->file[0] ? ": " : "", place, value,
             has_place ? ": " : "", m->text);
}

void config_mistakes_print(const struct config *c, FILE *to)
{
    for (size_t i = 0; i < c->mistake_count && i < CONFIG_MISTAKES; i++) {
        char text[1024];
        config_mistake_format(&c->mistakes[i], text, sizeof text);
        fprintf(to, "%s\n", text);
    }
    if (c->mistake_count > CONFIG_MISTAKES)
        fprintf(to, "%s: %zu more mistakes\n", c->file, c->mistake_count - CONFIG_MISTAKES);
}

uint32_t config_line_of(const struct config *c, const void *field)
{
    const struct origin *o = origin_find(c, field);
    return o && !o->is_override ? o->line : 0;
}

bool config_is_given(const struct config *c, const void *field)
{
    return origin_find(c, field) != NULL;
}
