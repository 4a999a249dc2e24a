/* SPDX-License-Identifier: Apache-2.0 */
/* The system's file calls as a table. */
#include "record/file_ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int system_open(const char *path, int flags, mode_t mode)
{
    return open(path, flags | O_CLOEXEC, mode);
}

static int system_free_bytes(const char *path, uint64_t *bytes)
{
    struct statvfs st;
    if (statvfs(path, &st) != 0)
        return -1;
    *bytes = (uint64_t)st.f_bavail * st.f_frsize;
    return 0;
}

const struct file_ops *file_ops_system(void)
{
    static const struct file_ops ops = {
        .open = system_open,
        .close = close,
        .write = write,
        .pwrite = pwrite,
        .fdatasync = fdatasync,
        .ftruncate = ftruncate,
        .rename = rename,
        .unlink = unlink,
        .rmdir = rmdir,
        .mkdir = mkdir,
        .free_bytes = system_free_bytes,
    };
    return &ops;
}

int file_pwrite_all(const struct file_ops *ops, int fd, const void *bytes, size_t size,
                    off_t offset)
{
    const char *from = bytes;
    while (size > 0) {
        const ssize_t n = ops->pwrite(fd, from, size, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            return ENOSPC;
        from += n;
        offset += n;
        size -= (size_t)n;
    }
    return 0;
}
