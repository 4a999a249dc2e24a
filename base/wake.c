/* SPDX-License-Identifier: Apache-2.0 */
/* An eventfd, non-blocking on both sides. */
#include "base/wake.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool wake_init(struct wake *w, struct err *err)
{
    w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->fd < 0)
        return err_set_os(err, ERR_IO, errno, "eventfd");
    return true;
}

void wake_fini(struct wake *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}

void wake_signal(struct wake *w)
{
    const uint64_t one = 1;
    if (write(w->fd, &one, sizeof one) < 0)
        return; /* EAGAIN: already signalled as often as it counts */
}

void wake_clear(struct wake *w)
{
    uint64_t count;
    if (read(w->fd, &count, sizeof count) < 0)
        return; /* EAGAIN: nothing was signalled */
}
