/* SPDX-License-Identifier: Apache-2.0 */
/* A browser comes, says something, goes. */
#include "web/client.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "web/client_private.h"

int64_t client_now_ns(const struct client *c)
{
    struct clock *clock = c->house->hub->clock;
    return clock->now_ns(clock);
}

void client_raise_worst(_Atomic int64_t *worst, int64_t us)
{
    int64_t known = atomic_load_explicit(worst, memory_order_relaxed);
    while (us > known && !atomic_compare_exchange_weak(worst, &known, us))
        ;
}

void client_open(struct client *c, struct client_house *house, char *message)
{
    memset(c, 0, sizeof *c);
    c->is_used = true;
    c->house = house;
    c->message = message;
    c->opened_ns = client_now_ns(c);
    c->acked_ns = c->opened_ns;
}

/* The other connection of a session: a browser that came back before its old one was missed. */
static struct client *other_client(const struct client *c, const struct session *session)
{
    for (size_t i = 0; i < c->house->client_count; i++) {
        struct client *other = &c->house->clients[i];
        if (other != c && other->is_used && other->session == session)
            return other;
    }
    return NULL;
}

void client_closed(struct client *c)
{
    if (c->session) {
        if (!other_client(c, c->session))
            session_close(&c->house->hub->sessions, c->session, client_now_ns(c));
        log_info("web", "display=%s closed=%d frames=%llu skipped=%llu", c->session->name,
                 (int)c->close, (unsigned long long)c->frames_sent,
                 (unsigned long long)c->frames_skipped);
    }
    memset(c, 0, sizeof *c);
}

static const char *close_reason(enum client_close close)
{
    switch (close) {
    case CLOSE_NOT:
    case CLOSE_PROTOCOL:
        return "protocol";
    case CLOSE_STOPPING:
        return "stopping";
    case CLOSE_FLOOD:
        return "flood";
    case CLOSE_TOKEN:
        return "token";
    case CLOSE_SILENT:
        return "silent";
    case CLOSE_OVERFLOW:
        return "overflow";
    case CLOSE_FULL:
        return "full";
    }
    return "protocol";
}

void client_refuse(struct client *c, enum client_close close, const char *why)
{
    if (c->close)
        return;
    c->close = close;
    c->closing_ns = client_now_ns(c);
    struct client_direct *d = &c->direct[0]; /* only `bye` is left to say */
    c->direct_begin = 0;
    c->direct_end = 1;
    d->is_time = false;
    struct text t;
    text_init(&t, d->text, sizeof d->text);
    message_bye(&t, close_reason(close), why);
    if (!text_ok(&t)) {
        text_init(&t, d->text, sizeof d->text);
        message_bye(&t, close_reason(close), NULL);
    }
    d->size = (uint32_t)t.length;
}

/* ---- what it says ---- */

static void greet(struct client *c, const struct client_hi *hi)
{
    struct hub *hub = c->house->hub;
    if (c->session) {
        client_refuse(c, CLOSE_PROTOCOL, "hi: said already");
        return;
    }
    const char *name = hi->name[0] ? hi->name : "display";
    enum role role = ROLE_CONTROL;
    if (c->house->tokens) {
        const struct token *token = token_find(c->house->tokens, hi->token);
        if (!token) {
            client_refuse(c, CLOSE_TOKEN,
                          hi->token[0] ? "the token is not known" : "a token is needed");
            return;
        }
        name = token->name;
        role = token->role;
    }
    struct session *session =
        session_open(&hub->sessions, hi->client, name, role, client_now_ns(c));
    if (!session) {
        client_refuse(c, CLOSE_FULL, "no session is free");
        return;
    }
    struct client *old = other_client(c, session);
    if (old)
        client_refuse(old, CLOSE_SILENT, "connected anew");
    c->session = session;
    c->text_read = hub->text.end; /* what is answered from now on is for this connection */
    c->is_hello_due = true;
    c->has_resume = hi->has_resume;
    c->resume_tag = hi->source_tag;
    c->resume_finding = hi->last_finding;
    c->acked_ns = client_now_ns(c);
    log_info("web", "display=%s role=%s resumes=%d", name, role_name(role), hi->has_resume);
}

static void subscribe(struct client *c, const struct client_sub *sub)
{
    const bool is_other_wave = sub->has_wave && (!c->sub.has_wave || sub->level != c->sub.level);
    if (sub->live && !c->sub.live)
        c->raw_gap = true;
    c->sub = *sub;
    if (is_other_wave)
        client_start_backfill(c);
    if (!sub->has_wave)
        c->is_backfilling = false;
}

/* Which displays could be seen and heard, and when not, is asked after an incident. */
static void log_presence(const struct client *c, const struct client_ack *ack)
{
    static const char *const audio[] = {"unknown", "on", "blocked", "off"};
    if (ack->is_visible != c->ack.is_visible || ack->audio != c->ack.audio)
        log_info("web", "display=%s visible=%d audio=%s", c->session->name, ack->is_visible,
                 audio[ack->audio]);
}

static void acknowledge(struct client *c, const struct client_ack *ack)
{
    int64_t painted_ns = 0; /* when the newest painted sample had come */
    log_presence(c, ack);
    c->acked_ns = client_now_ns(c);
    if (ack->has_seq && (!c->ack.has_seq || ack->seq != c->ack.seq))
        c->painted_ns = c->acked_ns;
    c->ack = *ack;
    while (ack->has_seq && c->inflight_begin != c->inflight_end &&
           (int32_t)(ack->seq - c->inflight[c->inflight_begin % CLIENT_INFLIGHT].seq) >= 0)
        painted_ns = c->inflight[c->inflight_begin++ % CLIENT_INFLIGHT].captured_ns;
    if (painted_ns && ack->is_visible) /* a hidden page paints when it likes */
        client_raise_worst(&c->house->paint_us, (c->acked_ns - painted_ns) / 1000);
}

/* Answers a command at once and remembers the answer. */
static void answer(struct client *c, uint64_t id, const char *error)
{
    char bytes[512];
    struct text t;
    text_init(&t, bytes, sizeof bytes);
    message_reply(&t, id, error, NULL);
    if (!text_ok(&t))
        return;
    session_answer(c->session, id, bytes, t.length);
    hub_reply(c->house->hub, c->session->key, bytes, t.length);
}

static void command_control(struct client *c, const struct command *command)
{
    struct session_table *sessions = &c->house->hub->sessions;
    if (c->session->role != ROLE_CONTROL) {
        char why[128];
        snprintf(why, sizeof why, "%s may look, not command", c->session->name);
        answer(c, command->id, why);
        return;
    }
    if (command->op == COMMAND_CONTROL_TAKE) {
        session_take_control(sessions, c->session);
        log_info("web", "control=%s", c->session->name);
    } else if (session_holder(sessions) == c->session) {
        session_release_control(sessions);
    }
    answer(c, command->id, NULL);
}

static void command_main(struct client *c, const struct command *command)
{
    struct item *item = item_ring_reserve(c->house->commands, sizeof *command);
    if (!item) {
        answer(c, command->id, "busy: try again");
        return;
    }
    item->type = ITEM_COMMAND;
    struct command *out = (struct command *)(void *)item->bytes;
    *out = *command;
    out->client = c->session->key;
    memcpy(out->by, c->session->name, sizeof out->by);
    item_ring_publish(c->house->commands);
    wake_signal(c->house->command_wake);
}

static void obey(struct client *c, const struct command *command, const char *error)
{
    const struct session_command *known = session_begin(c->session, command->id);
    if (known) {
        if (known->is_answered)
            hub_reply(c->house->hub, c->session->key, known->reply, strlen(known->reply));
        return; /* still under way: its answer comes */
    }
    if (error) {
        answer(c, command->id, error);
        return;
    }
    if (command->op == COMMAND_CONTROL_TAKE || command->op == COMMAND_CONTROL_RELEASE) {
        command_control(c, command);
        return;
    }
    const struct session *holder = session_holder(&c->house->hub->sessions);
    if (command_needs_control(command->op) && holder != c->session) {
        char why[128];
        if (c->session->role != ROLE_CONTROL)
            snprintf(why, sizeof why, "%s may look, not command", c->session->name);
        else if (holder)
            snprintf(why, sizeof why, "control is with %s: take it first", holder->name);
        else
            snprintf(why, sizeof why, "nobody has control: take it first");
        answer(c, command->id, why);
        return;
    }
    command_main(c, command);
}

static void tell_time(struct client *c, double c0)
{
    if (c->direct_end - c->direct_begin == CLIENT_DIRECT) {
        client_refuse(c, CLOSE_OVERFLOW, "too many unread answers");
        return;
    }
    struct client_direct *d = &c->direct[c->direct_end++ % CLIENT_DIRECT];
    *d = (struct client_direct){.is_time = true, .c0 = c0, .s1 = (double)client_now_ns(c) / 1e6};
}

static void understand(struct client *c)
{
    struct client_message m;
    struct err err;
    const bool is_good = client_message_decode(c->message, c->message_size, &m, &err);
    if (!is_good && (m.type != CLIENT_COMMAND || m.command.id == 0)) {
        client_refuse(c, CLOSE_PROTOCOL, err.text);
        return;
    }
    if (!c->session && m.type != CLIENT_HI) {
        client_refuse(c, CLOSE_PROTOCOL, "hi is expected first");
        return;
    }
    switch (m.type) {
    case CLIENT_UNKNOWN:
        return;
    case CLIENT_HI:
        greet(c, &m.hi);
        return;
    case CLIENT_SUB:
        subscribe(c, &m.sub);
        return;
    case CLIENT_ACK:
        acknowledge(c, &m.ack);
        return;
    case CLIENT_TIME:
        tell_time(c, m.time.c0);
        return;
    case CLIENT_COMMAND:
        obey(c, &m.command, is_good ? NULL : err.text);
        return;
    }
}

void client_receive(struct client *c, const char *bytes, size_t size, bool is_final)
{
    if (c->close)
        return;
    const int64_t second = client_now_ns(c) / 1000000000;
    if (second != c->input_second) {
        c->input_second = second;
        c->input_bytes = 0;
    }
    c->input_bytes += (uint32_t)size;
    if (c->input_bytes > CLIENT_INPUT_BYTES_S) {
        client_refuse(c, CLOSE_FLOOD, "over 1 MiB in a second");
        return;
    }
    if (c->message_size + size > CLIENT_MESSAGE_MAX) {
        client_refuse(c, CLOSE_PROTOCOL, "a message has at most 65536 bytes");
        return;
    }
    memcpy(c->message + c->message_size, bytes, size);
    c->message_size += size;
    if (!is_final)
        return;
    understand(c);
    c->message_size = 0;
}

void client_tick(struct client *c)
{
    const int64_t silent_ns = client_now_ns(c) - c->acked_ns;
    if (!c->close && silent_ns > CLIENT_SILENT_NS)
        client_refuse(c, CLOSE_SILENT,
                      c->session ? "no ack for 5 s" : "no hi within 5 s of connecting");
}
