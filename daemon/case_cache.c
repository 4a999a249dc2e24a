/* SPDX-License-Identifier: Apache-2.0 */
/* Records one behind the other: what it is, how long, a check sum, the bytes. */
#include "daemon/case_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "record/file_ops.h"

#define CACHE_BYTES (UINT64_C(4) << 30) /* a three-hour case takes under 1 GiB */

enum { RECORD_MAGIC = 0x6c737264, HEAD_MAX = 4096, FILES_MAX = 512 };

struct record {
    uint32_t magic;
    uint32_t type;
    uint32_t size;   /* of what is not packed */
    uint32_t packed; /* bytes behind it */
    uint32_t crc;    /* over the first, */
    uint32_t packed_crc; /* and over the second: looked at when it is unpacked */
};

struct case_cache {
    int fd;
    uint64_t end; /* where the next record goes */
    unsigned char *buffer;
    size_t buffer_size;
};

static bool make_directory(char *path)
{
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        mkdir(path, 0700);
        *p = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool case_cache_directory(const char *below, char *path, size_t size)
{
    const char *service = getenv("CACHE_DIRECTORY");
    const char *user = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    const char *root = service && service[0] == '/' ? service
                       : user && user[0] == '/'     ? user
                                                    : home;
    const char *under = root == service ? "" : root == user ? "/lsrd" : "/.cache/lsrd";
    if (!root || root[0] != '/')
        return false;
    const int n = snprintf(path, size, "%s%s%s%s", root, under, below ? "/" : "",
                           below ? below : "");
    return n > 0 && (size_t)n < size && make_directory(path);
}

struct old_file {
    char name[CASE_CACHE_KEY + 8];
    uint64_t bytes;
    int64_t used_s;
};

static int oldest_first(const void *a, const void *b)
{
    const struct old_file *x = a;
    const struct old_file *y = b;
    return x->used_s < y->used_s ? -1 : x->used_s > y->used_s;
}

/* Takes the files that were used longest ago away until the rest is small enough. */
static void tidy(const char *directory)
{
    DIR *d = opendir(directory);
    struct old_file *files = calloc(FILES_MAX, sizeof *files);
    uint32_t count = 0;
    uint64_t bytes = 0;
    for (const struct dirent *e; d && files && count < FILES_MAX && (e = readdir(d));) {
        struct stat st;
        const size_t length = strlen(e->d_name);
        if (length != CASE_CACHE_KEY - 1 + 6 || strcmp(e->d_name + length - 6, ".cache") != 0 ||
            fstatat(dirfd(d), e->d_name, &st, 0) != 0)
            continue;
        struct old_file *f = &files[count++];
        memcpy(f->name, e->d_name, length + 1);
        f->bytes = (uint64_t)st.st_blocks * 512;
        f->used_s = st.st_mtime;
        bytes += f->bytes;
    }
    if (count)
        qsort(files, count, sizeof *files, oldest_first);
    for (uint32_t i = 0; i + 1 < count && bytes > CACHE_BYTES; i++)
        if (unlinkat(dirfd(d), files[i].name, 0) == 0)
            bytes -= files[i].bytes;
    free(files);
    if (d)
        closedir(d);
}

static int open_named(const char *key)
{
    char directory[3500];
    char path[4096];
    if (!case_cache_directory(NULL, directory, sizeof directory))
        return -1;
    tidy(directory);
    snprintf(path, sizeof path, "%s/%s.cache", directory, key);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    close(fd);
    return -1;
}

static int open_nameless(void)
{
    char path[4096];
    const char *directory = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/lsrd-replay-XXXXXX",
             directory && directory[0] ? directory : "/tmp");
    const int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

struct case_cache *case_cache_open(const char *key, struct err *err)
{
    struct case_cache *c = calloc(1, sizeof *c);
    if (!c) {
        err_set(err, ERR_MEMORY, "checkpoints");
        return NULL;
    }
    c->fd = open_named(key);
    if (c->fd < 0)
        c->fd = open_nameless();
    if (c->fd < 0) {
        err_set_os(err, ERR_IO, errno, "no place for the checkpoints of a replay");
        case_cache_close(c);
        return NULL;
    }
    futimens(c->fd, NULL); /* used now */
    return c;
}

void case_cache_close(struct case_cache *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        close(c->fd);
    free(c->buffer);
    free(c);
}

/* ---- writing */

static bool put(struct case_cache *c, const struct record *r, const void *bytes, const void *packed,
                struct err *err)
{
    const uint64_t at = c->end + sizeof *r;
    const struct file_ops *ops = file_ops_system();
    int failed = file_pwrite_all(ops, c->fd, bytes, r->size, (off_t)at);
    if (!failed)
        failed = file_pwrite_all(ops, c->fd, packed, r->packed, (off_t)(at + r->size));
    if (!failed) /* the head last: a record without one is the end of the file */
        failed = file_pwrite_all(ops, c->fd, r, sizeof *r, (off_t)c->end);
    if (failed)
        return err_set_os(err, ERR_IO, failed, "checkpoints of the replay");
    c->end = at + r->size + r->packed;
    return true;
}

static uint32_t check_sum(const void *bytes, size_t size)
{
    return (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)size);
}

bool case_cache_add(struct case_cache *c, uint32_t type, const void *bytes, size_t size,
                    struct err *err)
{
    const struct record r = {.magic = RECORD_MAGIC,
                             .type = type,
                             .size = (uint32_t)size,
                             .crc = check_sum(bytes, size)};
    return put(c, &r, bytes, "", err);
}

static bool make_buffer(struct case_cache *c, size_t size, struct err *err)
{
    if (size <= c->buffer_size)
        return true;
    unsigned char *larger = realloc(c->buffer, size);
    if (!larger)
        return err_set(err, ERR_MEMORY, "checkpoints of %zu bytes", size);
    c->buffer = larger;
    c->buffer_size = size;
    return true;
}

bool case_cache_pack(struct case_cache *c, uint32_t type, const void *head, size_t head_size,
                     const void *bytes, size_t size, uint64_t *offset, struct err *err)
{
    uLongf packed = compressBound((uLong)size);
    if (!make_buffer(c, packed, err))
        return false;
    /* Level 1: a state of the detectors packs to a tenth, and hardly smaller with more effort. */
    if (compress2(c->buffer, &packed, bytes, (uLong)size, 1) != Z_OK)
        return err_set(err, ERR_MEMORY, "a checkpoint");
    const struct record r = {.magic = RECORD_MAGIC,
                             .type = type,
                             .size = (uint32_t)head_size,
                             .packed = (uint32_t)packed,
                             .crc = check_sum(head, head_size),
                             .packed_crc = check_sum(c->buffer, packed)};
    *offset = c->end;
    return put(c, &r, head, c->buffer, err);
}

bool case_cache_clear(struct case_cache *c, struct err *err)
{
    c->end = 0;
    return ftruncate(c->fd, 0) == 0 || err_set_os(err, ERR_IO, errno, "checkpoints of the replay");
}

/* ---- reading */

static bool read_at(int fd, void *bytes, size_t size, uint64_t at)
{
    unsigned char *p = bytes;
    while (size > 0) {
        const ssize_t n = pread(fd, p, size, (off_t)at);
        if (n <= 0)
            return false;
        p += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return true;
}

static bool read_record(const struct case_cache *c, uint64_t at, struct record *r)
{
    return read_at(c->fd, r, sizeof *r, at) && r->magic == RECORD_MAGIC && r->size <= HEAD_MAX &&
           r->packed <= (256u << 20);
}

bool case_cache_unpack(const struct case_cache *c, uint64_t offset, void *bytes, size_t size)
{
    struct record r;
    if (!read_record(c, offset, &r))
        return false;
    unsigned char *packed = malloc((size_t)r.packed + 1);
    uLongf got = (uLongf)size;
    const bool ok = packed && read_at(c->fd, packed, r.packed, offset + sizeof r + r.size) &&
                    check_sum(packed, r.packed) == r.packed_crc &&
                    uncompress(bytes, &got, packed, r.packed) == Z_OK && got == size;
    free(packed);
    return ok;
}

bool case_cache_read(struct case_cache *c, case_cache_visit *visit, void *context, struct err *err)
{
    unsigned char bytes[HEAD_MAX];
    struct record r;
    struct stat st;
    if (fstat(c->fd, &st) != 0)
        return err_set_os(err, ERR_IO, errno, "checkpoints of the replay");
    while (read_record(c, c->end, &r)) {
        const uint64_t next = c->end + sizeof r + r.size + r.packed;
        if (next > (uint64_t)st.st_size || !read_at(c->fd, bytes, r.size, c->end + sizeof r) ||
            check_sum(bytes, r.size) != r.crc || !visit(context, r.type, bytes, r.size, c->end))
            break;
        c->end = next;
    }
    if (ftruncate(c->fd, (off_t)c->end) != 0)
        return err_set_os(err, ERR_IO, errno, "checkpoints of the replay");
    return true;
}
