/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and compares tokens. */
#include "web/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *role_name(enum role role)
{
    return role == ROLE_CONTROL ? "control" : "viewer";
}

static bool read_line(struct token_list *list, char *line, const char *path, int number,
                      struct err *err)
{
    const char *const space = " \t\r\n";
    char *rest = NULL;
    const char *role = strtok_r(line, space, &rest);
    if (!role || role[0] == '#')
        return true;
    const char *name = strtok_r(NULL, space, &rest);
    const char *text = strtok_r(NULL, space, &rest);
    const char *more = strtok_r(NULL, space, &rest);
    if (!name || !text || (more && more[0] != '#'))
        return err_set(err, ERR_CONFIG, "%s:%d: a line is ROLE NAME TOKEN", path, number);
    struct token *t = &list->items[list->count];
    memset(t, 0, sizeof *t);
    if (!strcmp(role, "control"))
        t->role = ROLE_CONTROL;
    else if (strcmp(role, "viewer") != 0)
        return err_set(err, ERR_CONFIG, "%s:%d: role %s: viewer or control", path, number, role);
    if (strlen(name) >= sizeof t->name)
        return err_set(err, ERR_CONFIG, "%s:%d: name: at most %zu bytes", path, number,
                       sizeof t->name - 1);
    if (strlen(text) < TOKEN_MIN || strlen(text) >= TOKEN_SIZE)
        return err_set(err, ERR_CONFIG, "%s:%d: token of %zu characters: %d to %d", path, number,
                       strlen(text), TOKEN_MIN, TOKEN_SIZE - 1);
    if (token_find(list, text))
        return err_set(err, ERR_CONFIG, "%s:%d: the token is another line's already", path, number);
    strcpy(t->name, name);
    strcpy(t->text, text);
    list->count++;
    return true;
}

static bool read_lines(struct token_list *list, FILE *file, const char *path, struct err *err)
{
    struct stat status;
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & S_IRWXO))
        return err_set(err, ERR_CONFIG, "%s: everybody may read the tokens: chmod o-rwx %s", path,
                       path);
    char line[512];
    for (int number = 1; fgets(line, sizeof line, file); number++) {
        if (!strchr(line, '\n') && !feof(file))
            return err_set(err, ERR_CONFIG, "%s:%d: line of over 510 bytes", path, number);
        if (list->count == TOKENS_MAX)
            return err_set(err, ERR_CONFIG, "%s:%d: more than %d tokens", path, number, TOKENS_MAX);
        if (!read_line(list, line, path, number, err))
            return false;
    }
    if (list->count == 0)
        return err_set(err, ERR_CONFIG, "%s: no line ROLE NAME TOKEN in it", path);
    return true;
}

bool token_list_read(struct token_list *list, const char *path, struct err *err)
{
    *list = (struct token_list){.items = calloc(TOKENS_MAX + 1, sizeof(struct token))};
    if (!list->items)
        return err_set(err, ERR_MEMORY, "tokens");
    FILE *file = fopen(path, "re");
    if (!file) {
        token_list_fini(list);
        return err_set_os(err, ERR_CONFIG, errno, "web.token_file %s", path);
    }
    const bool is_read = read_lines(list, file, path, err);
    fclose(file);
    if (!is_read)
        token_list_fini(list);
    return is_read;
}

void token_list_fini(struct token_list *list)
{
    free(list->items);
    *list = (struct token_list){0};
}

const struct token *token_find(const struct token_list *list, const char *text)
{
    char given[TOKEN_SIZE] = {0};
    strncpy(given, text, sizeof given - 1);
    const struct token *found = NULL;
    for (size_t i = 0; i < list->count; i++) {
        /* Without an early end, so that the time tells nothing about how much was right. */
        volatile unsigned char different = 0;
        for (size_t k = 0; k < TOKEN_SIZE; k++)
            different |= (unsigned char)(given[k] ^ list->items[i].text[k]);
        found = different ? found : &list->items[i];
    }
    return given[0] ? found : NULL;
}
