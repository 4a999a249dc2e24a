/* SPDX-License-Identifier: Apache-2.0 */
/* The growing text file. */
#include "record/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

void journal_init(struct journal *j)
{
    *j = (struct journal){.fd = -1};
}

bool journal_open(struct journal *j, const char *path, const struct file_ops *ops, struct err *err)
{
    journal_init(j);
    j->ops = ops;
    sha256_init(&j->hash);
    /* All of it now: a disk that is late for the first time is no moment to ask for memory. Pages that
     * nothing waits in cost nothing. */
    j->waiting = malloc(JOURNAL_WAITING);
    if (!j->waiting)
        return err_set(err, ERR_MEMORY, "%s", path);
    j->fd = ops->open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0640);
    if (j->fd < 0)
        return err_set_os(err, ERR_IO, errno, "cannot write %s", path);
    return true;
}

void journal_add(struct journal *j, const void *lines, size_t size)
{
    if (j->used + size > JOURNAL_WAITING) {
        j->dropped_lines++;
        return;
    }
    memcpy(j->waiting + j->used, lines, size);
    j->used += size;
}

bool journal_write(struct journal *j, struct err *err)
{
    size_t done = 0;
    int failed = 0;
    if (j->used == 0)
        return true;
    while (done < j->used && !failed) {
        const ssize_t n = j->ops->write(j->fd, j->waiting + done, j->used - done);
        if (n > 0) {
            sha256_feed(&j->hash, j->waiting + done, (size_t)n);
            j->bytes += (uint64_t)n;
            done += (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            failed = n == 0 ? ENOSPC : errno;
        }
    }
    j->used -= done;
    if (j->used > 0) /* nothing may wait before the first line came */
        memmove(j->waiting, j->waiting + done, j->used);
    return failed ? err_set_os(err, ERR_IO, failed, "cannot write the journal") : true;
}

void journal_close(struct journal *j)
{
    if (j->fd >= 0)
        j->ops->close(j->fd);
    free(j->waiting);
    journal_init(j);
}
