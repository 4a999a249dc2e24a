/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the page's files by their path. */
#include "web/asset.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASSET_MAX = 16 << 20 };

static const char *const views[] = {"/", "/wall", "/phone"};

static const char *resolve(const char *path)
{
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        if (!strcmp(path, views[i]))
            return "/index.html";
    return path;
}

const struct asset *asset_find(const char *path)
{
    path = resolve(path);
    for (const struct asset *a = assets; a->path; a++)
        if (!strcmp(a->path, path))
            return a;
    return NULL;
}

bool asset_path_is_plain(const char *path)
{
    if (path[0] != '/')
        return false;
    for (const char *p = path; *p; p++) {
        if (!isalnum((unsigned char)*p) && !strchr("/._-", *p))
            return false;
        if (p[0] == '/' && (p[1] == '.' || p[1] == '/'))
            return false;
    }
    return true;
}

static const char *type_of(const char *path)
{
    static const struct {
        const char *ending;
        const char *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".woff2", "font/woff2"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".txt", "text/plain; charset=utf-8"},
    };
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (!strcmp(dot, types[i].ending))
            return types[i].type;
    return "application/octet-stream";
}

bool asset_read(const char *root, const char *path, struct asset *out, unsigned char **bytes)
{
    path = resolve(path);
    char name[1024];
    if (!asset_path_is_plain(path) ||
        snprintf(name, sizeof name, "%s%s", root, path) >= (int)sizeof name)
        return false;
    FILE *file = fopen(name, "rbe");
    if (!file)
        return false;
    long size = -1;
    if (fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    *bytes = size >= 0 && size <= ASSET_MAX ? malloc((size_t)size + 1) : NULL;
    rewind(file);
    const bool is_read = *bytes && fread(*bytes, 1, (size_t)size, file) == (size_t)size;
    fclose(file);
    if (!is_read) {
        free(*bytes);
        return false;
    }
    *out = (struct asset){.type = type_of(path), .bytes = *bytes, .size = (size_t)size};
    return true;
}
