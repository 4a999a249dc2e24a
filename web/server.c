/* SPDX-License-Identifier: Apache-2.0 */
/* The web thread: made, started, stopped. */
#include "web/server_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "web/origin.h"

enum {
    ITEM_BYTES = 8 << 20, /* over a second of everything from 64 channels at 20 kHz */
    COMMAND_BYTES = 1 << 18,
    DESCRIPTORS = SERVER_CLIENTS + 96, /* and pages being fetched */
    TICK_US = 250000,
};

/* A peer that has gone without a word is noticed by WebSocket pings, where acks do not do it. */
static const lws_retry_bo_t idle_policy = {.secs_since_valid_ping = 10,
                                           .secs_since_valid_hangup = 20};

static void library_log(int level, const char *line)
{
    const int length = (int)strcspn(line, "\n");
    if (level == LLL_ERR)
        log_error("web", "%.*s", length, line);
    else
        log_warn("web", "%.*s", length, line);
}

static void tick(struct lws_sorted_usec_list *ticks)
{
    struct server *s = lws_container_of(ticks, struct server, ticks);
    ws_serve(s);
    lws_sul_schedule(s->context, 0, &s->ticks, tick, TICK_US);
}

/* libwebsockets does not say why it cannot listen, so this asks first. */
static bool try_address(const struct web_params *p, struct err *err)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICHOST};
    const char *address = p->address.text;
    char port[16];
    snprintf(port, sizeof port, "%u", p->port);
    struct addrinfo *found = NULL;
    if (getaddrinfo(strcmp(address, "localhost") ? address : "127.0.0.1", port, &hints, &found) !=
        0)
        return err_set(err, ERR_CONFIG, "web.address %s: no IP address (127.0.0.1, 0.0.0.0, ::1)",
                       address);
    const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    bool is_free = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
                   bind(fd, found->ai_addr, found->ai_addrlen) == 0;
    if (!is_free)
        err_set_os(err, ERR_IO, errno, "web.address %s port %u", address, p->port);
    if (fd >= 0)
        close(fd);
    freeaddrinfo(found);
    return is_free;
}

static bool readable(const char *option, const char *path, struct err *err)
{
    if (!path[0] || access(path, R_OK) == 0)
        return true;
    return err_set_os(err, ERR_CONFIG, errno, "%s %s", option, path);
}

static bool open_library(struct server *s, struct err *err)
{
    const struct web_params *p = &s->params;
    s->protocols[0] = (struct lws_protocols){.name = "http",
                                             .callback = http_callback,
                                             .per_session_data_size = sizeof(struct http_transfer)};
    s->protocols[1] = (struct lws_protocols){.name = PROTOCOL_NAME,
                                             .callback = ws_callback,
                                             .per_session_data_size = sizeof(void *),
                                             .rx_buffer_size = 4096};
    s->protocols[2] = (struct lws_protocols){.name = "wake", .callback = wake_callback};
    lws_set_log_level(LLL_ERR | LLL_WARN, library_log);

    const bool is_any = !strcmp(p->address.text, "0.0.0.0") || !strcmp(p->address.text, "::");
    struct lws_context_creation_info info = {
        .port = (int)p->port,
        .iface = is_any                                  ? NULL
                 : !strcmp(p->address.text, "localhost") ? "127.0.0.1"
                                                         : p->address.text,
        .protocols = s->protocols,
        .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8 |
                   LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
        .user = s,
        .pt_serv_buf_size = 16384,
        .fd_limit_per_thread = DESCRIPTORS,
        .timeout_secs = 10,
        .keepalive_timeout = 15,
        .gid = -1,
        .uid = -1,
        .retry_and_idle_policy = &idle_policy,
        .vhost_name = "lsrd",
    };
    if (!strchr(p->address.text, ':'))
        info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
    if (s->is_tls) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = p->certificate.text;
        info.ssl_private_key_filepath = p->key.text;
    }
    s->context = lws_create_context(&info);
    if (!s->context)
        return err_set(err, ERR_IO, "web: libwebsockets does not start");
    s->vhost = lws_create_vhost(s->context, &info);
    if (!s->vhost && s->is_tls)
        return err_set(err, ERR_CONFIG, "web.certificate %s, web.key %s: no PEM pair that matches",
                       p->certificate.text, p->key.text);
    if (!s->vhost)
        return err_set(err, ERR_IO, "web.address %s port %u: cannot listen", p->address.text,
                       p->port);
    s->port = (uint16_t)lws_get_vhost_listen_port(s->vhost);
    const lws_sock_file_fd_type fd = {.filefd = dup(s->wake.fd)}; /* the library closes its own */
    if (fd.filefd < 0 ||
        !lws_adopt_descriptor_vhost(s->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "wake", NULL))
        return err_set(err, ERR_IO, "web: cannot watch the wake-up descriptor");
    return true;
}

struct server *server_create(const struct web_params *params, struct clock *clock, struct err *err)
{
    if (!web_params_check(params, err))
        return NULL;
    struct server *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(err, ERR_MEMORY, "web server");
        return NULL;
    }
    s->params = *params;
    s->clock = clock;
    s->is_loopback = origin_is_loopback(params->address.text);
    s->is_tls = params->certificate.text[0] != 0;
    s->wake.fd = s->command_wake.fd = -1;
    pthread_mutex_init(&s->displays_lock, NULL);
    download_list_init(&s->downloads);
    const bool has_tokens = params->token_file.text[0] != 0;
    s->messages = malloc((size_t)(SERVER_CLIENTS + 1) * CLIENT_MESSAGE_MAX);
    if (!s->messages)
        err_set(err, ERR_MEMORY, "web server");
    if (!s->messages ||
        (has_tokens && !token_list_read(&s->tokens, params->token_file.text, err)) ||
        !readable("web.certificate", params->certificate.text, err) ||
        !readable("web.key", params->key.text, err) || !try_address(params, err) ||
        !hub_init(&s->hub, clock, err) || !item_ring_init(&s->items, ITEM_BYTES, err) ||
        !item_ring_init(&s->commands, COMMAND_BYTES, err) || !wake_init(&s->wake, err) ||
        !wake_init(&s->command_wake, err) || !open_library(s, err)) {
        server_destroy(s);
        return NULL;
    }
    s->house = (struct client_house){.hub = &s->hub,
                                     .tokens = has_tokens ? &s->tokens : NULL,
                                     .commands = &s->commands,
                                     .command_wake = &s->command_wake,
                                     .clients = s->clients,
                                     .client_count = SERVER_CLIENTS + 1,
                                     .socket_us = -1,
                                     .paint_us = -1};
    return s;
}

/* Says goodbye to everybody, for half a second at most. */
static void part(struct server *s)
{
    for (size_t i = 0; i <= SERVER_CLIENTS; i++)
        if (s->clients[i].is_used)
            client_refuse(&s->clients[i], CLOSE_STOPPING, "the server stops");
    const int64_t end = s->clock->now_ns(s->clock) + 500000000;
    for (bool is_anybody_left = true; is_anybody_left;) {
        ws_serve(s);
        is_anybody_left = false;
        for (size_t i = 0; i <= SERVER_CLIENTS; i++)
            is_anybody_left = is_anybody_left || s->clients[i].is_used;
        if (!is_anybody_left || s->clock->now_ns(s->clock) > end || lws_service(s->context, 0) < 0)
            return;
    }
}

static void *run(void *argument)
{
    struct server *s = argument;
    lws_sul_schedule(s->context, 0, &s->ticks, tick, TICK_US);
    while (!atomic_load_explicit(&s->stop, memory_order_acquire))
        if (lws_service(s->context, 0) < 0)
            break;
    part(s);
    return NULL;
}

bool server_start(struct server *s, struct err *err)
{
    const int problem = pthread_create(&s->thread, NULL, run, s);
    if (problem)
        return err_set_os(err, ERR_IO, problem, "web thread");
    pthread_setname_np(s->thread, "lsrd-web");
    s->is_running = true;
    log_info("web", "address=%s port=%u tls=%d tokens=%zu", s->params.address.text, s->port,
             s->is_tls, s->tokens.count);
    return true;
}

void server_stop(struct server *s)
{
    if (!s->is_running)
        return;
    atomic_store_explicit(&s->stop, true, memory_order_release);
    wake_signal(&s->wake);
    pthread_join(s->thread, NULL);
    s->is_running = false;
}

void server_destroy(struct server *s)
{
    if (!s)
        return;
    server_stop(s);
    if (s->context)
        lws_context_destroy(s->context);
    wake_fini(&s->wake);
    wake_fini(&s->command_wake);
    item_ring_fini(&s->items);
    item_ring_fini(&s->commands);
    hub_fini(&s->hub);
    token_list_fini(&s->tokens);
    pthread_mutex_destroy(&s->displays_lock);
    download_list_fini(&s->downloads);
    free(s->messages);
    free(s);
}

struct item_ring *server_item_ring(struct server *s)
{
    return &s->items;
}

struct wake *server_wake(struct server *s)
{
    return &s->wake;
}

struct item_ring *server_commands(struct server *s)
{
    return &s->commands;
}

struct wake *server_command_wake(struct server *s)
{
    return &s->command_wake;
}

void server_displays(struct server *s, struct server_displays *out)
{
    pthread_mutex_lock(&s->displays_lock);
    *out = s->displays;
    pthread_mutex_unlock(&s->displays_lock);
}

bool server_offer(struct server *s, const char *path, const char *name, char url[DOWNLOAD_URL],
                  struct err *err)
{
    return download_offer(&s->downloads, path, name, s->clock->now_ns(s->clock), url, err);
}

uint16_t server_port(const struct server *s)
{
    return s->port;
}

void server_timing(struct server *s, int64_t *socket_us, int64_t *paint_us)
{
    *socket_us = atomic_exchange(&s->house.socket_us, -1);
    *paint_us = atomic_exchange(&s->house.paint_us, -1);
}
