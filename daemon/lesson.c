/* SPDX-License-Identifier: Apache-2.0 */
/* Simulates a lesson where it is not there yet. */
#include "daemon/lesson.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "acquisition/patient.h"
#include "daemon/case_cache.h"
#include "daemon/simulate.h"

/* The seed is one that docs/course describes: course.json names it with the seconds that decide. */
static uint64_t seed_of(uint32_t number)
{
    return number + 2;
}

static const char *scenario_of(uint32_t number)
{
    char prefix[16];
    snprintf(prefix, sizeof prefix, "course-%02u-", number);
    for (const struct scenario_builtin *b = scenario_builtins; b->name; b++)
        if (strncmp(b->name, prefix, strlen(prefix)) == 0)
            return b->name;
    return NULL;
}

/* Another version may simulate otherwise. */
static bool is_current(const char *path)
{
    char file[4200];
    struct stat made, program;
    snprintf(file, sizeof file, "%s/case.json", path);
    return stat(file, &made) == 0 && stat("/proc/self/exe", &program) == 0 &&
           made.st_mtim.tv_sec >= program.st_mtim.tv_sec;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

bool lesson_make(uint32_t number, char *path, size_t size, struct err *err)
{
    char root[3500];
    const char *scenario = scenario_of(number);
    if (!scenario)
        return err_set(err, ERR_USAGE, "lesson %u: there are %d", number, LESSONS);
    if (!case_cache_directory("course", root, sizeof root)) {
        snprintf(root, sizeof root, "/tmp/lsrd-course-XXXXXX");
        if (!mkdtemp(root))
            return err_set_os(err, ERR_IO, errno, "no place for the lesson");
    }
    snprintf(path, size, "%s/%s", root, scenario);
    if (is_current(path))
        return true;
    nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return simulate_case(scenario, seed_of(number), path, err);
}
