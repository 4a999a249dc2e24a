/* SPDX-License-Identifier: Apache-2.0 */
/* record/file_ops.h - the file calls through which a case is written, so that slow, full and broken
 * disks are tests. Each is as its namesake in POSIX: -1 and errno on failure. */
#ifndef LSRD_RECORD_FILE_OPS_H
#define LSRD_RECORD_FILE_OPS_H

#include <stdint.h>
#include <sys/types.h>

struct file_ops {
    int (*open)(const char *path, int flags, mode_t mode);
    int (*close)(int fd);
    ssize_t (*write)(int fd, const void *bytes, size_t size);
    ssize_t (*pwrite)(int fd, const void *bytes, size_t size, off_t offset);
    int (*fdatasync)(int fd);
    int (*ftruncate)(int fd, off_t size);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    int (*rmdir)(const char *path);
    int (*mkdir)(const char *path, mode_t mode);
    int (*free_bytes)(const char *path, uint64_t *bytes); /* that an ordinary user may still take */
};

/* The system's own. */
const struct file_ops *file_ops_system(void);

/* Writes all of it, through interruptions. 0, or errno: some bytes may have been written. */
int file_pwrite_all(const struct file_ops *ops, int fd, const void *bytes, size_t size,
                    off_t offset);

#endif
