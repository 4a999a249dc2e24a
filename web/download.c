/* SPDX-License-Identifier: Apache-2.0 */
/* A small table of files on offer. */
#include "web/download.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

void download_list_init(struct download_list *l)
{
    pthread_mutex_init(&l->lock, NULL);
}

void download_list_fini(struct download_list *l)
{
    pthread_mutex_destroy(&l->lock);
}

static bool draw_secret(char secret[DOWNLOAD_SECRET])
{
    unsigned char bytes[DOWNLOAD_SECRET / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(secret + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

/* What is safe in an address and in a header. */
static void clean(char *name)
{
    for (char *p = name; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
              *p == '-' || *p == '_' || *p == '.'))
            *p = '_';
    if (name[0] == '.')
        name[0] = '_';
}

bool download_offer(struct download_list *l, const char *path, const char *name, int64_t now_ns,
                    char url[DOWNLOAD_URL], struct err *err)
{
    struct download d = {.offered_ns = now_ns};
    if (!draw_secret(d.secret))
        return err_set_os(err, ERR_IO, errno, "no random numbers");
    snprintf(d.name, sizeof d.name, "%s", name);
    snprintf(d.path, sizeof d.path, "%s", path);
    clean(d.name);
    snprintf(url, DOWNLOAD_URL, DOWNLOAD_PREFIX "%s/%s", d.secret, d.name);
    pthread_mutex_lock(&l->lock);
    l->items[l->next++ % DOWNLOADS] = d;
    pthread_mutex_unlock(&l->lock);
    return true;
}

/* In the same time whichever byte differs. */
static bool is_secret(const char *a, const char *b)
{
    unsigned char difference = 0;
    for (size_t i = 0; i < DOWNLOAD_SECRET - 1; i++)
        difference |= (unsigned char)(a[i] ^ b[i]);
    return difference == 0;
}

static bool find(struct download_list *l, const char *secret, int64_t now_ns, struct download *out)
{
    bool is_found = false;
    pthread_mutex_lock(&l->lock);
    for (uint32_t i = 0; i < DOWNLOADS; i++)
        if (l->items[i].secret[0] && is_secret(l->items[i].secret, secret) &&
            now_ns - l->items[i].offered_ns < DOWNLOAD_KEPT_NS) {
            *out = l->items[i];
            is_found = true;
        }
    pthread_mutex_unlock(&l->lock);
    return is_found;
}

int download_open(struct download_list *l, const char *url, int64_t now_ns,
                  char name[DOWNLOAD_NAME], uint64_t *size)
{
    const size_t prefix = strlen(DOWNLOAD_PREFIX);
    struct download d;
    struct stat st;
    if (strncmp(url, DOWNLOAD_PREFIX, prefix) != 0 ||
        strlen(url) < prefix + DOWNLOAD_SECRET || url[prefix + DOWNLOAD_SECRET - 1] != '/' ||
        !find(l, url + prefix, now_ns, &d) || strcmp(url + prefix + DOWNLOAD_SECRET, d.name) != 0)
        return -1;
    const int fd = open(d.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    memcpy(name, d.name, sizeof d.name);
    *size = (uint64_t)st.st_size;
    return fd;
}

const char *download_type(const char *name)
{
    const char *end = strrchr(name, '.');
    if (end && strcmp(end, ".html") == 0)
        return "text/html; charset=utf-8";
    if (end && strcmp(end, ".csv") == 0)
        return "text/csv; charset=utf-8";
    return "application/octet-stream";
}
