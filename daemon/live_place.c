/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the directories, and believes none into which a stranger could write. */
#include "daemon/live_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLACE_PATH = 4096 };

static const char service_place[] = "/run/lsrd"; /* as packaging/lsrd.service has it made */

static int open_place(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static bool is_closed_to_strangers(int fd, uid_t owner)
{
    struct stat s;
    return fstat(fd, &s) == 0 && s.st_uid == owner && !(s.st_mode & (S_IWGRP | S_IWOTH));
}

/* This user's own; -1 where it is not there, or not this user's. */
static int open_user_place(bool makes)
{
    char path[PLACE_PATH];
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    for (int i = 0; i < 2; i++) {
        if (i == 0 && (!runtime || runtime[0] != '/'))
            continue;
        if (i == 0)
            snprintf(path, sizeof path, "%s/lsrd", runtime);
        else
            snprintf(path, sizeof path, "/dev/shm/lsrd-%u", (unsigned)getuid());
        if (makes)
            mkdir(path, 0700);
        const int fd = open_place(path);
        if (fd >= 0 && is_closed_to_strangers(fd, getuid()))
            return fd;
        if (fd >= 0)
            close(fd);
    }
    return -1;
}

int live_place_own(struct err *err)
{
    const char *service = getenv("RUNTIME_DIRECTORY");
    const int fd = service && service[0] == '/' ? open_place(service) : open_user_place(true);
    if (fd < 0)
        err_set_os(err, ERR_IO, errno, "no directory in memory to tell replays of alarms");
    return fd;
}

int live_place_others(int fds[LIVE_PLACES])
{
    int count = 0;
    fds[count] = open_place(service_place); /* only root makes directories in /run */
    count += fds[count] >= 0;
    fds[count] = open_user_place(false);
    return count + (fds[count] >= 0);
}
