/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and writes the file beside a recording. */
#include "daemon/mapping.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/print.h"

enum { PATH = 4096, SECTIONS = 32 };

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool mapping_find(const char *path, char *out, size_t size)
{
    snprintf(out, size, "%s%s", path, is_directory(path) ? "/lsrd.conf" : ".lsrd.conf");
    return access(out, F_OK) == 0;
}

/* The table's sections of these names. */
static void pick(struct config_section picked[SECTIONS])
{
    static const char *const names[] = { "channel", "stimulus", "branch" };
    size_t count = 0;
    for (const struct config_section *s = settings_sections; s->name; s++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strcmp(s->name, names[i]) == 0 && count + 1 < SECTIONS)
                picked[count++] = *s;
    picked[count] = (struct config_section){ 0 };
}

/* Whole at every instant: written beside, then renamed. */
static bool replace(const char *path, const char *text, struct err *err)
{
    char new_path[PATH + 8];
    snprintf(new_path, sizeof new_path, "%s.new", path);
    FILE *f = fopen(new_path, "we");
    const bool is_written = f && fputs("# What this recording's channels are.\n", f) >= 0 &&
                            fputs(text, f) >= 0 && fflush(f) == 0 && fsync(fileno(f)) == 0;
    if ((f && fclose(f) != 0) || !is_written || rename(new_path, path) != 0) {
        err_set_os(err, ERR_IO, errno, "%.200s cannot be written", path);
        unlink(new_path);
        return false;
    }
    return true;
}

bool mapping_remember(const char *path, const struct settings *settings, struct err *err)
{
    struct config_section picked[SECTIONS];
    char beside[PATH];
    if (is_directory(path))
        return err_set(err, ERR_USAGE, "%.200s: a case directory keeps its own lsrd.conf", path);
    snprintf(beside, sizeof beside, "%s.lsrd.conf", path);
    pick(picked);
    char *text = config_print(picked, settings, 0);
    if (!text)
        return err_set(err, ERR_MEMORY, "a configuration");
    const bool is_done = replace(beside, text, err);
    free(text);
    return is_done;
}
