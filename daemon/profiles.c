/* SPDX-License-Identifier: Apache-2.0 */
/* Reads, writes and compares parts of configurations. */
#include "daemon/profiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/compare.h"
#include "config/print.h"

enum { PROFILES_PATH = 1024, PROFILES_MOST = 100, PROFILES_DIFFERENCES = 100 };

static const char *const parts[] = { "channel", "stimulus", "branch" };
enum { PARTS = sizeof parts / sizeof *parts };

/* The table of the sections that make a montage. */
static void montage_sections(struct config_section *out)
{
    memset(out, 0, sizeof *out * (PARTS + 1));
    for (uint32_t i = 0; i < PARTS; i++)
        out[i] = *config_section_find(settings_sections, parts[i]);
}

/* A name is a file's, so it holds no way out of the directory. */
static bool is_name(const char *name, struct err *err)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == '/' || name[i] == '\\')
            return err_set(err, ERR_USAGE, "a profile's name has no slash");
    if (length < 1 || length > 60 || name[0] == '.')
        return err_set(err, ERR_USAGE, "a profile's name has 1 to 60 bytes and begins with no dot");
    return true;
}

static void path_of(const struct settings *settings, const char *name, char *path)
{
    snprintf(path, PROFILES_PATH, "%s/%.60s.conf", settings->record.profiles.text, name);
}

static struct settings *load(const char *path, struct err *err)
{
    struct settings *read = calloc(1, sizeof *read);
    struct config_section sections[PARTS + 1];
    montage_sections(sections);
    struct config *c = read ? config_create(sections, read, err) : NULL;
    if (!c) {
        free(read);
        return NULL;
    }
    bool ok = config_read(c, path, err);
    if (ok) {
        config_finish(c);
        settings_check_montage(c, read);
        if (config_mistake_count(c)) {
            char text[512];
            config_mistake_format(config_mistake(c, 0), text, sizeof text);
            ok = err_set(err, ERR_CONFIG, "%.150s", text);
        }
    }
    config_destroy(c);
    if (ok)
        return read;
    free(read);
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of a directory that end so, sorted; the caller frees them. */
static uint32_t names_in(const char *directory, const char *ending, char **names)
{
    uint32_t count = 0;
    DIR *d = opendir(directory);
    const struct dirent *entry;
    while (d && count < PROFILES_MOST && (entry = readdir(d))) {
        const size_t length = strlen(entry->d_name), end = strlen(ending);
        if (entry->d_name[0] == '.' || length <= end ||
            strcmp(entry->d_name + length - end, ending) != 0)
            continue;
        names[count] = strndup(entry->d_name, length - end);
        count += names[count] != NULL;
    }
    if (d)
        closedir(d);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

static void print_profile(struct text *t, const struct settings *settings, const char *name)
{
    char path[PROFILES_PATH];
    struct err err;
    path_of(settings, name, path);
    struct settings *profile = load(path, &err);
    text_next(t);
    text_raw(t, "{");
    text_key_string(t, "name", name);
    if (profile) {
        text_key_unsigned(t, "channels", profile->channel_count);
        text_key(t, "branches");
        text_raw(t, "[");
        for (uint32_t i = 0; i < profile->branch_count; i++) {
            text_next(t);
            text_string(t, profile->branches[i].name);
        }
        text_raw(t, "]");
    } else {
        text_key_string(t, "mistake", err.text);
    }
    text_raw(t, "}");
    free(profile);
}

void profiles_list(const struct settings *settings, struct text *t)
{
    char *names[PROFILES_MOST];
    const uint32_t count = names_in(settings->record.profiles.text, ".conf", names);
    text_raw(t, "[");
    for (uint32_t i = 0; i < count; i++) {
        print_profile(t, settings, names[i]);
        free(names[i]);
    }
    text_raw(t, "]");
}

bool profiles_use(struct settings *settings, const char *name, struct err *err)
{
    char path[PROFILES_PATH];
    if (!is_name(name, err))
        return false;
    path_of(settings, name, path);
    struct settings *profile = load(path, err);
    if (!profile)
        return false;
    settings->channel_count = profile->channel_count;
    memcpy(settings->channels, profile->channels, sizeof settings->channels);
    settings->branch_count = profile->branch_count;
    memcpy(settings->branches, profile->branches, sizeof settings->branches);
    settings->trigger = profile->trigger;
    settings->params.stimulus = profile->params.stimulus;
    free(profile);
    return true;
}

bool profiles_keep(const struct settings *settings, const char *name, struct err *err)
{
    char path[PROFILES_PATH];
    if (!is_name(name, err))
        return false;
    path_of(settings, name, path);
    if (mkdir(settings->record.profiles.text, 0755) != 0 && errno != EEXIST)
        return err_set_os(err, ERR_IO, errno, "%s", settings->record.profiles.text);
    struct config_section sections[PARTS + 1];
    montage_sections(sections);
    char *text = config_print(sections, settings, 0);
    if (!text)
        return err_set(err, ERR_MEMORY, "%s", path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        free(text);
        return errno == EEXIST
                   ? err_set(err, ERR_USAGE, "a profile %s is there: choose another name", name)
                   : err_set_os(err, ERR_IO, errno, "%s", path);
    }
    const size_t length = strlen(text);
    const bool ok = write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
    const int failed = errno;
    close(fd);
    free(text);
    if (ok)
        return true;
    unlink(path);
    return err_set_os(err, ERR_IO, failed, "%s", path);
}

/* ---- the last case */

/* Newest directory with a configuration; names begin with the time. */
static bool newest_case(const char *directory, char *name, size_t size, char *path)
{
    struct dirent **entries;
    const int count = scandir(directory, &entries, NULL, alphasort);
    bool found = false;
    for (int i = count - 1; i >= 0; i--) {
        if (!found && entries[i]->d_name[0] != '.') {
            snprintf(path, PROFILES_PATH, "%s/%s/lsrd.conf", directory, entries[i]->d_name);
            found = access(path, R_OK) == 0;
            snprintf(name, size, "%s", entries[i]->d_name);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return found;
}

void profiles_compare_last(const struct settings *settings, struct text *t)
{
    char path[PROFILES_PATH], name[256];
    struct err err;
    struct settings *last = calloc(1, sizeof *last);
    struct config_difference *differences = calloc(PROFILES_DIFFERENCES, sizeof *differences);
    const struct settings_origin origin = { .path = path };
    const bool has_last = last && differences &&
                          newest_case(settings->record.directory.text, name, sizeof name, path) &&
                          settings_load(last, &origin, &err);
    size_t count = has_last ? config_compare(settings_sections, last, settings, differences,
                                             PROFILES_DIFFERENCES)
                            : 0;
    text_raw(t, "{");
    text_key_string(t, "case", has_last ? name : NULL);
    text_key(t, "differences");
    text_raw(t, "[");
    for (size_t i = 0; i < count && i < PROFILES_DIFFERENCES; i++) {
        const struct config_difference *d = &differences[i];
        char key[3 * CONFIG_NAME];
        snprintf(key, sizeof key, "%s%s%s%s%s", d->section->name, d->title[0] ? "." : "", d->title,
                 d->option ? "." : "", d->option ? d->option->key : "");
        text_next(t);
        text_raw(t, "{");
        text_key_string(t, "key", key);
        text_key_string(t, "from", d->from);
        text_key_string(t, "to", d->to);
        text_raw(t, "}");
    }
    text_raw(t, "]}");
    free(last);
    free(differences);
}
