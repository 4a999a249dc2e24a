/* SPDX-License-Identifier: Apache-2.0 */
/* web/client_private.h - what hearing a browser and telling it share. */
#ifndef LSRD_WEB_CLIENT_PRIVATE_H
#define LSRD_WEB_CLIENT_PRIVATE_H

#include "web/client.h"

int64_t client_now_ns(const struct client *c);

/* From the next message on, first what was, then what is. */
void client_start_backfill(struct client *c);

/* Only this thread raises it; the other takes it away. */
void client_raise_worst(_Atomic int64_t *worst, int64_t us);

#endif
