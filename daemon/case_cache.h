/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/case_cache.h - a file of records that can be made again: what a pass over a recorded case
 * found, and the detectors' state every few seconds. Records are only added; what a crash cut off is
 * left out when the file is read. One thread at a time. */
#ifndef LSRD_DAEMON_CASE_CACHE_H
#define LSRD_DAEMON_CASE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { CASE_CACHE_KEY = 65 }; /* hexadecimal, with its NUL */

struct case_cache;

/* Where the cache lies: $CACHE_DIRECTORY of the service, $XDG_CACHE_HOME, ~/.cache; made where it is
 * missing. below: a directory in it, or NULL. False: there is no such place. */
bool case_cache_directory(const char *below, char *path, size_t size);

/* Opens the file of this key there, or a nameless one under $TMPDIR where none can be written or another
 * process writes it. The oldest files go when all together hold more than 4 GiB. */
struct case_cache *case_cache_open(const char *key, struct err *err);
void case_cache_close(struct case_cache *c); /* takes NULL */

/* Writes one record; a full disk is an error, and what was there before stays whole. */
bool case_cache_add(struct case_cache *c, uint32_t type, const void *bytes, size_t size,
                    struct err *err);
/* The same, packed (zlib); *offset is where case_cache_unpack() finds it. */
bool case_cache_pack(struct case_cache *c, uint32_t type, const void *head, size_t head_size,
                     const void *bytes, size_t size, uint64_t *offset, struct err *err);

/* Unpacks the bytes at this offset; false where they are not `size` bytes any more. Any thread. */
bool case_cache_unpack(const struct case_cache *c, uint64_t offset, void *bytes, size_t size);

/* Leaves no record. */
bool case_cache_clear(struct case_cache *c, struct err *err);

/* Reads the records that are there, in order. visit gets a record's bytes (of a packed one its head)
 * and the offset of what is packed; false from it ends the reading there, and the next record is
 * written in that place. */
typedef bool case_cache_visit(void *context, uint32_t type, const void *bytes, size_t size,
                              uint64_t packed_at);
bool case_cache_read(struct case_cache *c, case_cache_visit *visit, void *context,
                     struct err *err);

#endif
