/* SPDX-License-Identifier: Apache-2.0 */
/* base/wake.h - wakes another thread through an event descriptor; never blocks the caller. */
#ifndef LSRD_BASE_WAKE_H
#define LSRD_BASE_WAKE_H

#include "base/err.h"

struct wake {
    int fd; /* readable when signalled; -1 when not open. For an event loop to watch */
};

bool wake_init(struct wake *w, struct err *err);
void wake_fini(struct wake *w);   /* copes with fd -1 */
void wake_signal(struct wake *w); /* any thread, the real-time one included */
void wake_clear(struct wake *w);  /* the watching thread, before it looks at the ring */

#endif
