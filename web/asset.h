/* SPDX-License-Identifier: Apache-2.0 */
/* web/asset.h - the page's files: built into the binary, or from a directory while it is being
 * developed. */
#ifndef LSRD_WEB_ASSET_H
#define LSRD_WEB_ASSET_H

#include <stdbool.h>
#include <stddef.h>

/* A file as tools/embed.py packs it. */
struct asset {
    const char *path; /* from the root: "/index.html" */
    const char *type;
    const char *etag;  /* quoted, of its content */
    bool is_immutable; /* its name carries a hash of its content */
    const unsigned char *bytes;
    size_t size;
    const unsigned char *gzip; /* NULL where packing does not pay */
    size_t gzip_size;
};

extern const struct asset assets[]; /* ends with path NULL; generated */

/* The views are one page that reads its own address. NULL: no such file. */
const struct asset *asset_find(const char *path);

/* Whether a path is plain: starts with /, no empty or hidden part, no odd character. */
bool asset_path_is_plain(const char *path);

/* Reads a file of a directory whole; *bytes is the caller's to free. The other fields of *out are
 * set but path. False: not there, or larger than 16 MiB. */
bool asset_read(const char *root, const char *path, struct asset *out, unsigned char **bytes);

#endif
