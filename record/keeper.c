/* SPDX-License-Identifier: Apache-2.0 */
/* The walk, and the thread that repairs. */
#include "record/keeper.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "record/case_dir.h"
#include "record/repair.h"

bool cases_walk(const char *root, bool (*visit)(void *context, const char *directory),
                void *context, struct err *err)
{
    struct dirent **names = NULL;
    const int count = scandir(root, &names, NULL, alphasort);
    if (count < 0)
        return errno == ENOENT ? true
                               : err_set_os(err, ERR_IO, errno, "cannot read directory %s", root);
    bool goes_on = true;
    for (int i = 0; i < count; i++) {
        char path[CASE_PATH];
        char signals[CASE_PATH + 16];
        struct stat st;
        const int n = snprintf(path, sizeof path, "%s/%s", root, names[i]->d_name);
        snprintf(signals, sizeof signals, "%s/signals.bdf", path);
        if (goes_on && names[i]->d_name[0] != '.' && n > 0 && (size_t)n < sizeof path &&
            stat(signals, &st) == 0)
            goes_on = visit(context, path);
        free(names[i]);
    }
    free(names);
    return true;
}

static bool repair_one(void *context, const char *directory)
{
    struct keeper *k = context;
    struct case_repair report;
    struct err err = {0};
    if (case_repair(directory, k->ops, &k->stop, &report, &err)) {
        if (report.before == CASE_INTERRUPTED && report.rate_hz)
            log_warn("record", "repaired=%s length_s=%.1f bytes_cut=%llu marks_restored=%u",
                     directory, (double)report.length / report.rate_hz,
                     (unsigned long long)(report.bytes_cut + report.line_bytes_cut),
                     report.marks_restored);
    } else if (!atomic_load(&k->stop)) {
        log_error("record", "cannot repair: %s", err.text);
    }
    return !atomic_load(&k->stop);
}

static void *run(void *argument)
{
    struct keeper *k = argument;
    struct err err = {0};
    setpriority(PRIO_PROCESS, (id_t)gettid(), 19); /* of this thread alone, on Linux */
    if (!cases_walk(k->root, repair_one, k, &err))
        log_error("record", "%s", err.text);
    return NULL;
}

bool keeper_start(struct keeper *k, const char *root, const struct file_ops *ops, struct err *err)
{
    k->ops = ops;
    k->root = root;
    atomic_init(&k->stop, false);
    const int failed = pthread_create(&k->thread, NULL, run, k);
    if (failed)
        return err_set_os(err, ERR_IO, failed, "thread that repairs cases");
    k->is_running = true;
    return true;
}

void keeper_stop(struct keeper *k)
{
    if (!k->is_running)
        return;
    atomic_store(&k->stop, true);
    pthread_join(k->thread, NULL);
    k->is_running = false;
}
