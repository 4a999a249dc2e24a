/* SPDX-License-Identifier: Apache-2.0 */
/* The browsers' sockets: admits them, feeds what they say to their client, writes what it gives. */
#include "web/server_private.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "protocol/layout.h"
#include "web/origin.h"

static_assert((int)SPOOL_HEADROOM >= (int)LWS_PRE, "room for the WebSocket's header");

/* The kernel doubles it. A stalled browser then hides 64 KiB of waves, not megabytes. */
enum { SEND_BUFFER = 32768 };

/* bye has this long to leave before the socket is cut. */
#define BYE_NS (1000 * INT64_C(1000000))

/* What a WebSocket's user memory holds. */
struct ws_socket {
    struct client *client;
};

static struct server *server_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

static void header(struct lws *wsi, enum lws_token_indexes token, char *out, int size)
{
    if (lws_hdr_copy(wsi, out, size, token) < 0)
        out[0] = 0;
}

/* Whether a comma-separated list names the protocol. */
static bool names_protocol(const char *list)
{
    const size_t length = strlen(PROTOCOL_NAME);
    for (const char *p = list; *p;) {
        p += strspn(p, ", \t");
        const size_t word = strcspn(p, ", \t");
        if (word == length && !strncmp(p, PROTOCOL_NAME, length))
            return true;
        p += word;
    }
    return false;
}

static int refuse(struct lws *wsi, unsigned status, const char *why)
{
    lws_return_http_status(wsi, status, why);
    return 1;
}

int ws_admit(struct server *s, struct lws *wsi)
{
    char path[128], host[256], origin[280], list[128];
    header(wsi, WSI_TOKEN_GET_URI, path, sizeof path);
    header(wsi, WSI_TOKEN_HOST, host, sizeof host);
    header(wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin);
    header(wsi, WSI_TOKEN_PROTOCOL, list, sizeof list);
    if (strcmp(path, "/ws") != 0)
        return refuse(wsi, HTTP_STATUS_NOT_FOUND, "the WebSocket is at /ws");
    const bool has_origin = lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) > 0;
    if ((has_origin && !origin[0]) || !origin_is_allowed(host, origin, s->is_loopback, s->is_tls)) {
        log_warn("web", "refused origin=%s host=%s", origin, host);
        return refuse(wsi, HTTP_STATUS_FORBIDDEN, "pages of another origin may not connect");
    }
    if (!names_protocol(list))
        return refuse(wsi, HTTP_STATUS_BAD_REQUEST,
                      "this server speaks the subprotocol " PROTOCOL_NAME);
    return 0;
}

/* The client that has waited longest without `hi`; NULL: all have said it. */
static struct client *oldest_stranger(struct server *s, const struct client *newest)
{
    struct client *oldest = NULL;
    for (size_t i = 0; i <= SERVER_CLIENTS; i++) {
        struct client *c = &s->clients[i];
        if (c->is_used && c != newest && !c->session && !c->close &&
            (!oldest || c->opened_ns < oldest->opened_ns))
            oldest = c;
    }
    return oldest;
}

static struct client *open_client(struct server *s, struct lws *wsi)
{
    size_t used = 0;
    size_t slot = SERVER_CLIENTS + 1;
    for (size_t i = 0; i <= SERVER_CLIENTS; i++) {
        if (s->clients[i].is_used)
            used++;
        else
            slot = i;
    }
    if (slot > SERVER_CLIENTS)
        return NULL; /* even the place to be told so is taken */
    struct client *c = &s->clients[slot];
    client_open(c, &s->house, s->messages + slot * CLIENT_MESSAGE_MAX);
    s->sockets[slot] = wsi;
    if (used >= SERVER_CLIENTS) {
        /* Connections that never said who they are must not keep a display out. */
        struct client *stranger = oldest_stranger(s, c);
        client_refuse(stranger ? stranger : c, CLOSE_FULL, "32 displays are connected already");
    }
    const int fd = lws_get_socket_fd(wsi);
    const int bytes = SEND_BUFFER;
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return c;
}

static void publish_displays(struct server *s)
{
    const int64_t now = s->clock->now_ns(s->clock);
    struct server_displays all = {0};
    for (size_t i = 0; i < SERVER_CLIENTS + 1 && all.count < SERVER_CLIENTS; i++) {
        const struct client *c = &s->clients[i];
        if (!c->is_used || !c->session || c->close)
            continue;
        struct server_display *d = &all.items[all.count++];
        memcpy(d->name, c->session->name, sizeof d->name);
        d->role = c->session->role;
        d->audio = c->ack.audio;
        d->is_listening = c->sub.audio;
        d->listens = c->sub.audio_channel;
        d->is_visible = c->ack.is_visible;
        d->painted_age_ms = c->painted_ns ? (now - c->painted_ns) / 1000000 : -1;
    }
    const struct session *holder = session_holder(&s->hub.sessions);
    if (holder) {
        all.has_control = true;
        memcpy(all.control, holder->name, sizeof all.control);
    }
    pthread_mutex_lock(&s->displays_lock);
    s->displays = all;
    pthread_mutex_unlock(&s->displays_lock);
}

void ws_serve(struct server *s)
{
    for (struct item *item; (item = item_ring_peek(&s->items));) {
        hub_take(&s->hub, item);
        item_ring_release(&s->items);
    }
    const int64_t now = s->clock->now_ns(s->clock);
    session_tick(&s->hub.sessions, now);
    for (size_t i = 0; i < SERVER_CLIENTS + 1; i++) {
        struct client *c = &s->clients[i];
        if (!c->is_used)
            continue;
        client_tick(c);
        if (client_has_output(c))
            lws_callback_on_writable(s->sockets[i]);
        /* A browser that reads nothing never becomes writable, not even for `bye`. */
        if (c->close && now - c->closing_ns > BYE_NS)
            lws_set_timeout(s->sockets[i], PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    }
    publish_displays(s);
}

/* One write for one WRITEABLE: a second would grow libwebsockets' own buffer without limit. */
static int write_next(struct lws *wsi, struct client *c)
{
    struct client_output out;
    if (c->has_said_bye) {
        lws_close_reason(wsi, (enum lws_close_status)c->close, NULL, 0);
        return -1;
    }
    if (!client_next(c, &out))
        return 0;
    const int written =
        lws_write(wsi, out.bytes, out.size, out.is_binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT);
    client_sent(c, &out);
    if (written < (int)out.size)
        return -1;
    if (c->has_said_bye || client_has_output(c))
        lws_callback_on_writable(wsi);
    return 0;
}

/* A page that found us at fault says so in its close: worth a line. */
static void log_peer_close(const struct client *c, const unsigned char *in, size_t length)
{
    if (length < 2 || !c || !c->session)
        return;
    const int code = in[0] << 8 | in[1];
    if (code != 1000 && code != 1001)
        log_warn("web", "display=%s closes code=%d why=%.*s", c->session->name, code,
                 (int)(length - 2), (const char *)in + 2);
}

int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                size_t length)
{
    struct server *s = server_of(wsi);
    struct ws_socket *socket = user;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        socket->client = open_client(s, wsi);
        if (!socket->client)
            return -1;
        if (client_has_output(socket->client))
            lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        if (!socket->client)
            return -1;
        if (lws_frame_is_binary(wsi))
            client_refuse(socket->client, CLOSE_PROTOCOL, "clients send text only");
        else
            client_receive(socket->client, in, length,
                           lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0);
        if (client_has_output(socket->client))
            lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return socket->client ? write_next(wsi, socket->client) : -1;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        log_peer_close(socket->client, in, length);
        return 0;
    case LWS_CALLBACK_CLOSED:
        if (socket->client) {
            s->sockets[socket->client - s->clients] = NULL;
            client_closed(socket->client);
            socket->client = NULL;
            ws_serve(s); /* control may be free now */
        }
        return 0;
    default:
        return 0;
    }
}

int wake_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t length)
{
    (void)user;
    (void)in;
    (void)length;
    if (reason == LWS_CALLBACK_RAW_RX_FILE) {
        struct server *s = server_of(wsi);
        wake_clear(&s->wake);
        ws_serve(s);
    }
    return 0;
}
