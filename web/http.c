/* SPDX-License-Identifier: Apache-2.0 */
/* The page over HTTP: GET and HEAD of its files, with strict headers; everything else is refused.
 */
#include "web/server_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "web/asset.h"
#include "web/origin.h"

enum { HEADERS = 2048, CHUNK = 16384 };

static const struct {
    const char *name;
    const char *value;
} strict_headers[] = {
    {"content-security-policy:",
     "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
     "img-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; "
     "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
    {"x-content-type-options:", "nosniff"},
    {"referrer-policy:", "no-referrer"},
    {"cross-origin-opener-policy:", "same-origin"},
    {"cross-origin-embedder-policy:", "require-corp"},
    {"cross-origin-resource-policy:", "same-origin"},
    {"permissions-policy:", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"},
};

static bool add(struct lws *wsi, const char *name, const char *value, unsigned char **p,
                unsigned char *end)
{
    return lws_add_http_header_by_name(wsi, (const unsigned char *)name,
                                       (const unsigned char *)value, (int)strlen(value), p,
                                       end) == 0;
}

/* Writes the headers of a file; length 0 with status 304. */
static int write_headers(struct lws *wsi, unsigned status, const struct asset *a, bool is_gzip,
                         size_t length)
{
    unsigned char bytes[LWS_PRE + HEADERS];
    unsigned char *const start = bytes + LWS_PRE;
    unsigned char *const end = bytes + sizeof bytes;
    unsigned char *p = start;
    if (lws_add_http_header_status(wsi, status, &p, end) ||
        !add(wsi, "content-type:", a->type, &p, end) ||
        lws_add_http_header_content_length(wsi, length, &p, end))
        return -1;
    for (size_t i = 0; i < sizeof strict_headers / sizeof strict_headers[0]; i++)
        if (!add(wsi, strict_headers[i].name, strict_headers[i].value, &p, end))
            return -1;
    const char *keep = a->is_immutable ? "public, max-age=31536000, immutable" : "no-cache";
    if (!add(wsi, "cache-control:", keep, &p, end) ||
        !add(wsi, "vary:", "accept-encoding", &p, end))
        return -1;
    if (a->etag && !add(wsi, "etag:", a->etag, &p, end))
        return -1;
    if (is_gzip && !add(wsi, "content-encoding:", "gzip", &p, end))
        return -1;
    return lws_finalize_write_http_header(wsi, start, &p, end) ? -1 : 0;
}

static int done(struct lws *wsi)
{
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int plain(struct lws *wsi, unsigned status, const char *text)
{
    if (lws_return_http_status(wsi, status, text))
        return -1;
    return done(wsi);
}

static bool header_has(struct lws *wsi, enum lws_token_indexes token, const char *text)
{
    char value[512];
    return lws_hdr_copy(wsi, value, sizeof value, token) > 0 && strstr(value, text);
}

/* For whoever watches this machine from inside it; a token would have to be kept somewhere else. A
 * copy: the next status may come before it is sent. */
static const struct asset *metrics(const struct server *s, struct lws *wsi, struct http_transfer *t,
                                   struct asset *a)
{
    char peer[64];
    const size_t size = s->hub.metrics.size;
    lws_get_peer_simple(wsi, peer, sizeof peer);
    if (!origin_is_loopback(peer) || s->hub.metrics.version == 0)
        return NULL;
    t->owned = malloc(size);
    if (!t->owned)
        return NULL;
    memcpy(t->owned, s->hub.metrics.bytes + SPOOL_HEADROOM, size);
    *a = (struct asset){.bytes = t->owned,
                        .size = size,
                        .type = "text/plain; version=0.0.4; charset=utf-8"};
    return a;
}

/* ---- files on offer */

/* A report is a page of its own: its style stands in it, and it may do nothing else. */
#define REPORT_POLICY                                                                              \
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; "       \
    "base-uri 'none'; form-action 'none'"

static int write_file_headers(struct lws *wsi, const char *name, uint64_t size)
{
    unsigned char bytes[LWS_PRE + HEADERS];
    unsigned char *const start = bytes + LWS_PRE;
    unsigned char *const end = bytes + sizeof bytes;
    unsigned char *p = start;
    char disposition[DOWNLOAD_NAME + 40];
    const char *type = download_type(name);
    const bool is_page = strncmp(type, "text/html", 9) == 0;
    snprintf(disposition, sizeof disposition, "%s; filename=\"%s\"",
             is_page ? "inline" : "attachment", name);
    if (lws_add_http_header_status(wsi, HTTP_STATUS_OK, &p, end) ||
        !add(wsi, "content-type:", type, &p, end) ||
        lws_add_http_header_content_length(wsi, size, &p, end) ||
        !add(wsi, "content-disposition:", disposition, &p, end) ||
        !add(wsi, "content-security-policy:", REPORT_POLICY, &p, end) ||
        !add(wsi, "cache-control:", "no-store", &p, end) ||
        !add(wsi, "x-content-type-options:", "nosniff", &p, end) ||
        !add(wsi, "referrer-policy:", "no-referrer", &p, end) ||
        !add(wsi, "cross-origin-opener-policy:", "same-origin", &p, end) ||
        !add(wsi, "cross-origin-resource-policy:", "same-origin", &p, end))
        return -1;
    return lws_finalize_write_http_header(wsi, start, &p, end) ? -1 : 0;
}

static int serve_file(struct lws *wsi, struct http_transfer *t, const char *path, bool is_head)
{
    struct server *s = lws_context_user(lws_get_context(wsi));
    char name[DOWNLOAD_NAME];
    uint64_t size;
    const int file = download_open(&s->downloads, path, s->clock->now_ns(s->clock), name, &size);
    if (file < 0)
        return plain(wsi, HTTP_STATUS_NOT_FOUND, "this file is not on offer (any more)");
    t->is_file = true;
    t->file = file;
    t->left = (size_t)size;
    if (write_file_headers(wsi, name, size))
        return -1;
    if (is_head || size == 0)
        return done(wsi);
    lws_callback_on_writable(wsi);
    return 0;
}

/* ---- the page */

static int serve(struct lws *wsi, struct http_transfer *t, const char *path)
{
    const struct server *s = lws_context_user(lws_get_context(wsi));
    const bool is_head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
    if (!is_head && lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0)
        return plain(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, "GET and HEAD only");

    if (strncmp(path, DOWNLOAD_PREFIX, strlen(DOWNLOAD_PREFIX)) == 0)
        return serve_file(wsi, t, path, is_head);
    struct asset from_disk;
    const struct asset *a = NULL;
    if (strcmp(path, "/metrics") == 0)
        a = metrics(s, wsi, t, &from_disk);
    else if (s->params.root.text[0])
        a = asset_read(s->params.root.text, path, &from_disk, &t->owned) ? &from_disk : NULL;
    else
        a = asset_find(path);
    if (!a)
        return plain(wsi, HTTP_STATUS_NOT_FOUND, "there is no such page");
    if (a->etag && header_has(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, a->etag))
        return write_headers(wsi, HTTP_STATUS_NOT_MODIFIED, a, false, 0) ? -1 : done(wsi);
    const bool is_gzip = a->gzip && header_has(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, "gzip");
    t->next = is_gzip ? a->gzip : a->bytes;
    t->left = is_gzip ? a->gzip_size : a->size;
    if (write_headers(wsi, HTTP_STATUS_OK, a, is_gzip, t->left))
        return -1;
    if (is_head || t->left == 0)
        return done(wsi);
    lws_callback_on_writable(wsi);
    return 0;
}

static void drop(struct http_transfer *t)
{
    free(t->owned);
    if (t->is_file)
        close(t->file);
    memset(t, 0, sizeof *t);
}

static bool next_bytes(struct http_transfer *t, unsigned char *bytes, size_t count)
{
    if (t->is_file)
        return read(t->file, bytes, count) == (ssize_t)count;
    memcpy(bytes, t->next, count);
    t->next += count;
    return true;
}

static int write_more(struct lws *wsi, struct http_transfer *t)
{
    if (t->left == 0)
        return 0;
    unsigned char bytes[LWS_PRE + CHUNK];
    const size_t count = t->left < CHUNK ? t->left : CHUNK;
    if (!next_bytes(t, bytes + LWS_PRE, count))
        return -1;
    t->left -= count;
    const enum lws_write_protocol how = t->left ? LWS_WRITE_HTTP : LWS_WRITE_HTTP_FINAL;
    if (lws_write(wsi, bytes + LWS_PRE, count, how) != (int)count)
        return -1;
    if (t->left) {
        lws_callback_on_writable(wsi);
        return 0;
    }
    drop(t);
    return done(wsi);
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t length)
{
    struct http_transfer *t = user;
    switch (reason) {
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        if (strcmp(in, "websocket") != 0)
            return -1; /* HTTP/2 is not offered */
        return ws_admit(lws_context_user(lws_get_context(wsi)), wsi);
    case LWS_CALLBACK_HTTP:
        drop(t);
        return serve(wsi, t, in);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return write_more(wsi, t);
    case LWS_CALLBACK_CLOSED_HTTP:
        if (t)
            drop(t);
        return 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, length);
    }
}
