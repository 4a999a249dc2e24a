/* SPDX-License-Identifier: Apache-2.0 */
/* web/download.h - files that were made for somebody: each has an address that nobody can guess, told
 * to who asked for it over the WebSocket, for half an hour. Any thread. */
#ifndef LSRD_WEB_DOWNLOAD_H
#define LSRD_WEB_DOWNLOAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { DOWNLOADS = 32, DOWNLOAD_NAME = 96, DOWNLOAD_URL = 160, DOWNLOAD_SECRET = 33 };

#define DOWNLOAD_KEPT_NS (1800 * INT64_C(1000000000))
#define DOWNLOAD_PREFIX "/files/"

struct download {
    char secret[DOWNLOAD_SECRET]; /* empty: free */
    char name[DOWNLOAD_NAME];     /* as the browser saves it */
    char path[1024];
    int64_t offered_ns;
};

struct download_list { /* zeroed, then download_list_init */
    pthread_mutex_t lock;
    uint32_t next;
    struct download items[DOWNLOADS];
};

void download_list_init(struct download_list *l);
void download_list_fini(struct download_list *l);

/* Offers a file that stays where it is; the one offered longest ago gives way. url receives the
 * address, from the root on. */
bool download_offer(struct download_list *l, const char *path, const char *name, int64_t now_ns,
                    char url[DOWNLOAD_URL], struct err *err);

/* The file behind an address; a descriptor that the caller closes, or -1. */
int download_open(struct download_list *l, const char *url, int64_t now_ns,
                  char name[DOWNLOAD_NAME], uint64_t *size);

/* From the name's end. */
const char *download_type(const char *name);

#endif
