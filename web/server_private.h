/* SPDX-License-Identifier: Apache-2.0 */
/* web/server_private.h - what the files around libwebsockets share. */
#ifndef LSRD_WEB_SERVER_PRIVATE_H
#define LSRD_WEB_SERVER_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

/* OpenSSL, which this brings along, has a type of the name of one of our error codes. */
#define ERR_STATE openssl_ERR_STATE
#include <libwebsockets.h>
#undef ERR_STATE

#include "web/client.h"
#include "web/download.h"
#include "web/hub.h"
#include "web/server.h"

struct server {
    struct web_params params;
    struct clock *clock;
    bool is_loopback;
    bool is_tls;
    struct token_list tokens;
    struct hub hub;
    struct item_ring items;
    struct wake wake;
    struct item_ring commands;
    struct wake command_wake;
    struct client_house house;
    struct client clients[SERVER_CLIENTS + 1]; /* one more, to be told that the house is full */
    struct lws *sockets[SERVER_CLIENTS + 1];
    char *messages; /* CLIENT_MESSAGE_MAX for each client */
    struct lws_protocols protocols[4];
    struct lws_context *context;
    struct lws_vhost *vhost;
    struct lws_sorted_usec_list ticks;
    uint16_t port;
    pthread_t thread;
    bool is_running;
    _Atomic bool stop;
    pthread_mutex_t displays_lock; /* over displays: the only state that both threads touch */
    struct server_displays displays;
    struct download_list downloads;
};

/* http.c: the page. Each connection has one of these. */
struct http_transfer {
    unsigned char *owned; /* NULL: built in */
    const unsigned char *next;
    size_t left;
    int file; /* of a download, where is_file */
    bool is_file;
};
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t length);

/* ws.c: the browsers' sockets, and the descriptor that wakes the thread. */
int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                size_t length);
int wake_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t length);

/* 0: may become a WebSocket; else the refusal is written. */
int ws_admit(struct server *s, struct lws *wsi);

/* Takes the ring's items, looks at the clock's limits, asks for writes. */
void ws_serve(struct server *s);

#endif
