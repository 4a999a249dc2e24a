/* SPDX-License-Identifier: Apache-2.0 */
/* base/sha256.h - SHA-256 (FIPS 180-4), to name configurations and recordings by their content.
 * Pure: no allocation. One thread per instance. */
#ifndef LSRD_BASE_SHA256_H
#define LSRD_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_HEX = 65 }; /* 64 lower-case hex digits with their NUL */

struct sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes fed */
    unsigned char block[64];
};

void sha256_init(struct sha256 *s);
void sha256_feed(struct sha256 *s, const void *bytes, size_t count);
/* Ends the message; the instance must be initialised again before it is fed again. */
void sha256_finish(struct sha256 *s, char hex[SHA256_HEX]);

#endif
