/* SPDX-License-Identifier: Apache-2.0 */
/* What a browser is sent next. In this order: answers of the server's own, hello, findings and
 * other texts, state, sweeps, the look back, live waves. */
#include "web/client.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "protocol/frame.h"

enum { INFLIGHT_STEP_NS = 10000000 };

/* Frames of the look back: enough for the last minute within a second, not enough to crowd out
 * other browsers. */
#define BACKFILL_FRAMES_S 400.0
#define BACKFILL_BURST 8.0

static int64_t now_ns(const struct client *c)
{
    struct clock *clock = c->house->hub->clock;
    return clock->now_ns(clock);
}

void client_open(struct client *c, struct client_house *house, char *message)
{
    memset(c, 0, sizeof *c);
    c->is_used = true;
    c->house = house;
    c->message = message;
    c->opened_ns = now_ns(c);
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
            session_close(&c->house->hub->sessions, c->session, now_ns(c));
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
    c->closing_ns = now_ns(c);
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

static void start_backfill(struct client *c)
{
    uint64_t until;
    c->inflight_begin = c->inflight_end = 0;
    c->wave_gap = true;
    c->live_from = 0;
    c->waves_at = c->house->hub->waves.end;
    c->backfill_sequence = 0;
    c->backfill_ns = now_ns(c);
    c->backfill_allowance = BACKFILL_BURST;
    c->is_backfilling = c->sub.has_wave && backfill_span(&c->house->hub->backfill, c->sub.level,
                                                         &c->backfill_cursor, &until);
}

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
    struct session *session = session_open(&hub->sessions, hi->client, name, role, now_ns(c));
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
    c->acked_ns = now_ns(c);
    log_info("web", "display=%s role=%s resumes=%d", name, role_name(role), hi->has_resume);
}

static void subscribe(struct client *c, const struct client_sub *sub)
{
    const bool is_other_wave = sub->has_wave && (!c->sub.has_wave || sub->level != c->sub.level);
    if (sub->live && !c->sub.live)
        c->raw_gap = true;
    c->sub = *sub;
    if (is_other_wave)
        start_backfill(c);
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

/* Only this thread raises it; the other takes it away. */
static void raise_worst(_Atomic int64_t *worst, int64_t us)
{
    int64_t known = atomic_load_explicit(worst, memory_order_relaxed);
    while (us > known && !atomic_compare_exchange_weak(worst, &known, us))
        ;
}

static void acknowledge(struct client *c, const struct client_ack *ack)
{
    int64_t painted_ns = 0; /* when the newest painted sample had come */
    log_presence(c, ack);
    c->acked_ns = now_ns(c);
    if (ack->has_seq && (!c->ack.has_seq || ack->seq != c->ack.seq))
        c->painted_ns = c->acked_ns;
    c->ack = *ack;
    while (ack->has_seq && c->inflight_begin != c->inflight_end &&
           (int32_t)(ack->seq - c->inflight[c->inflight_begin % CLIENT_INFLIGHT].seq) >= 0)
        painted_ns = c->inflight[c->inflight_begin++ % CLIENT_INFLIGHT].captured_ns;
    if (painted_ns && ack->is_visible) /* a hidden page paints when it likes */
        raise_worst(&c->house->paint_us, (c->acked_ns - painted_ns) / 1000);
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
    *d = (struct client_direct){.is_time = true, .c0 = c0, .s1 = (double)now_ns(c) / 1e6};
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
    const int64_t second = now_ns(c) / 1000000000;
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
    const int64_t silent_ns = now_ns(c) - c->acked_ns;
    if (!c->close && silent_ns > CLIENT_SILENT_NS)
        client_refuse(c, CLOSE_SILENT,
                      c->session ? "no ack for 5 s" : "no hi within 5 s of connecting");
}

/* ---- what comes next ---- */

static void text_output(struct client_output *out, unsigned char *bytes, size_t size)
{
    *out = (struct client_output){.bytes = bytes, .size = size};
}

static unsigned char *scratch(const struct client *c)
{
    return c->house->hub->scratch + SPOOL_HEADROOM;
}

static bool next_direct(struct client *c, struct client_output *out)
{
    if (c->direct_begin == c->direct_end)
        return false;
    const struct client_direct *d = &c->direct[c->direct_begin++ % CLIENT_DIRECT];
    struct text t;
    text_init(&t, (char *)scratch(c), HUB_MESSAGE);
    if (d->is_time)
        message_time(&t, d->c0, d->s1, (double)now_ns(c) / 1e6);
    else
        text_bytes(&t, d->text, d->size);
    text_output(out, scratch(c), t.length);
    out->is_bye = c->close && c->direct_begin == c->direct_end;
    return true;
}

/* The snapshot, which is one object, with what belongs to this browser and moment behind it. */
static bool next_hello(struct client *c, struct client_output *out)
{
    struct hub *hub = c->house->hub;
    if (!c->is_hello_due || hub->snapshot.version == 0 || hub->is_untold)
        return false;
    struct text t;
    text_init(&t, (char *)scratch(c), HUB_MESSAGE);
    const char *snapshot = (const char *)hub->snapshot.bytes + SPOOL_HEADROOM;
    text_bytes(&t, snapshot, hub->snapshot.size - 1);
    text_key(&t, "last_finding");
    text_unsigned(&t, hub->last_finding);
    text_key(&t, "mono_ms");
    text_signed(&t, now_ns(c) / 1000000);
    text_key(&t, "utc_ms");
    text_signed(&t, hub->clock->utc_ns(hub->clock) / 1000000);
    text_key(&t, "you");
    text_raw(&t, "{");
    text_key(&t, "name");
    text_string(&t, c->session->name);
    text_key(&t, "role");
    text_string(&t, role_name(c->session->role));
    text_raw(&t, "}}");

    const bool is_same = c->has_resume && c->resume_tag == hub->source_tag;
    const uint64_t findings_at = hub_findings_after(hub, is_same ? c->resume_finding : 0);
    c->text_at = findings_at < c->text_read ? findings_at : c->text_read;
    c->text_live = hub->snapshot_at;
    c->text_known = hub->text.end;
    c->has_resume = false;
    c->is_hello_due = false;
    c->has_hello = true;
    c->source_tag = hub->source_tag;
    c->is_trend_due = true;
    c->control_version = hub->sessions.control_version - 1;
    c->status_version = 0;
    memset(c->evidence_version, 0, sizeof c->evidence_version);
    c->sweeps_at = hub->sweeps.begin;
    c->templates_at = hub->templates.begin;
    c->raw_gap = true;
    start_backfill(c);
    text_output(out, scratch(c), t.length);
    return text_ok(&t);
}

static bool next_control(struct client *c, struct client_output *out)
{
    struct session_table *sessions = &c->house->hub->sessions;
    if (c->control_version == sessions->control_version)
        return false;
    c->control_version = sessions->control_version;
    const struct session *holder = session_holder(sessions);
    struct text t;
    text_init(&t, (char *)scratch(c), HUB_MESSAGE);
    message_control(&t, holder ? holder->name : NULL, holder == c->session);
    text_output(out, scratch(c), t.length);
    return true;
}

static bool next_trend(struct client *c, struct client_output *out)
{
    const struct trend *trend = &c->house->hub->trend;
    if (!c->is_trend_due)
        return false;
    c->is_trend_due = false;
    struct text t;
    text_init(&t, (char *)scratch(c), HUB_MESSAGE);
    message_trend(&t, trend->count, trend->points);
    text_output(out, scratch(c), t.length);
    return trend->count > 0 && text_ok(&t);
}

/* is_live: not in the hello's snapshot; is_new: not looked at yet, for a hello goes back. */
static bool is_for(const struct client *c, const struct spool_entry *e, bool is_live, bool is_new)
{
    switch ((enum hub_text_kind)e->kind) {
    case HUB_FINDING:
        return e->source_tag == c->source_tag;
    case HUB_REPLY:
        return e->id == c->session->key && is_new;
    case HUB_QUEUED:
    case HUB_HELLO:
        return is_live;
    }
    return false;
}

static bool next_text(struct client *c, struct client_output *out)
{
    struct hub *hub = c->house->hub;
    const struct spool *text = &hub->text;
    const bool is_lost = c->text_at < text->begin;
    /* What a replay runs through on its way to a place is no backlog of those who wait for it. */
    const bool is_behind = c->source_tag == hub->source_tag && c->text_at >= c->text_known &&
                           text->end - c->text_at > CLIENT_BACKLOG;
    if (is_lost || is_behind) {
        client_refuse(c, CLOSE_OVERFLOW, "findings were not read in time");
        return next_direct(c, out);
    }
    while (c->text_at < text->end) {
        const struct spool_entry *e = spool_at(text, c->text_at);
        const bool is_live = c->text_at >= c->text_live;
        const bool is_new = c->text_at >= c->text_read;
        c->text_at++;
        if (is_new)
            c->text_read = c->text_at;
        if (!is_for(c, e, is_live, is_new))
            continue;
        if (e->kind == HUB_HELLO) {
            if (e->source_tag != hub->source_tag)
                continue; /* that source is over already; a later hello follows */
            c->is_hello_due = true;
            return next_hello(c, out);
        }
        text_output(out, e->bytes, e->size);
        return true;
    }
    return false;
}

static bool next_state(struct client *c, struct client_output *out)
{
    struct hub *hub = c->house->hub;
    if (hub->status.version && c->status_version != hub->status.version) {
        c->status_version = hub->status.version;
        text_output(out, hub->status.bytes + SPOOL_HEADROOM, hub->status.size);
        return true;
    }
    for (size_t i = 0; i < FINDING_BRANCHES && c->source_tag == hub->source_tag; i++) {
        const struct hub_slot *slot = &hub->evidence[i];
        if (slot->size == 0 || c->evidence_version[i] == slot->version)
            continue;
        c->evidence_version[i] = slot->version;
        text_output(out, slot->bytes + SPOOL_HEADROOM, slot->size);
        return true;
    }
    return false;
}

static bool is_quiet(const struct client *c)
{
    return now_ns(c) - c->acked_ns > CLIENT_QUIET_NS;
}

static void frame_output(struct client *c, const struct spool_entry *e, bool is_gap,
                         struct client_output *out)
{
    *out = (struct client_output){.bytes = e->bytes, .size = e->size, .is_binary = true};
    /* The frame is shared: the flag is there while this client's copy is being written. */
    if (is_gap && !(e->bytes[FRAME_AT_FLAGS] & FRAME_GAP_BEFORE)) {
        e->bytes[FRAME_AT_FLAGS] |= FRAME_GAP_BEFORE;
        out->is_gap_added = true;
    }
    c->frames_sent++;
}

/* Templates and sweeps: everything kept, in order. */
static bool next_sweep(struct client *c, const struct spool *spool, uint64_t *at,
                       struct client_output *out)
{
    if (*at < spool->begin)
        *at = spool->begin;
    while (*at < spool->end) {
        const struct spool_entry *e = spool_at(spool, (*at)++);
        if (e->source_tag != c->source_tag)
            continue;
        frame_output(c, e, false, out);
        return true;
    }
    return false;
}

static bool next_backfill(struct client *c, struct client_output *out)
{
    struct hub *hub = c->house->hub;
    if (!c->is_backfilling)
        return false;
    const int64_t now = now_ns(c);
    c->backfill_allowance += (double)(now - c->backfill_ns) / 1e9 * BACKFILL_FRAMES_S;
    if (c->backfill_allowance > BACKFILL_BURST)
        c->backfill_allowance = BACKFILL_BURST;
    c->backfill_ns = now;
    if (c->backfill_allowance < 1)
        return false;
    uint64_t from, until;
    size_t size = 0;
    if (c->source_tag == hub->backfill.source_tag &&
        backfill_span(&hub->backfill, c->sub.level, &from, &until))
        size = backfill_take(&hub->backfill, c->sub.level, &c->backfill_cursor, until,
                             c->backfill_sequence, (uint32_t)(now / 1000000), scratch(c),
                             HUB_BACKFILL_FRAME);
    if (size == 0 || c->backfill_cursor >= until) {
        c->is_backfilling = false;
        c->live_from = size ? until : 0;
    }
    if (size == 0)
        return false;
    c->backfill_allowance -= 1;
    c->backfill_sequence++;
    *out = (struct client_output){.bytes = scratch(c), .size = size, .is_binary = true};
    return true;
}

static bool is_window_full(const struct client *c)
{
    if (c->inflight_begin == c->inflight_end)
        return false;
    return c->inflight_end - c->inflight_begin == CLIENT_INFLIGHT ||
           now_ns(c) - c->inflight[c->inflight_begin % CLIENT_INFLIGHT].sent_ns > CLIENT_UNACKED_NS;
}

/* Remembers when a frame went, every 10 ms at most. */
static void note_inflight(struct client *c, const struct spool_entry *e)
{
    const int64_t now = now_ns(c);
    if (c->inflight_begin != c->inflight_end &&
        now - c->inflight[(c->inflight_end - 1) % CLIENT_INFLIGHT].sent_ns < INFLIGHT_STEP_NS)
        return;
    uint32_t seq;
    memcpy(&seq, e->bytes + FRAME_AT_SEQUENCE, sizeof seq);
    c->inflight[c->inflight_end % CLIENT_INFLIGHT].seq = le32toh(seq);
    c->inflight[c->inflight_end % CLIENT_INFLIGHT].sent_ns = now;
    c->inflight[c->inflight_end % CLIENT_INFLIGHT].captured_ns = e->captured_ns;
    c->inflight_end++;
}

static bool is_listened(const struct client *c, const struct spool_entry *e)
{
    const uint64_t source = c->sub.audio_channel < 0 ? (uint64_t)FRAME_AUDIO_LOUDEST
                                                     : (uint64_t)c->sub.audio_channel;
    return c->sub.audio && e->id == source;
}

static bool next_wave(struct client *c, struct client_output *out)
{
    const struct spool *waves = &c->house->hub->waves;
    if (c->is_backfilling)
        return false; /* first what was, then what is */
    if (c->waves_at < waves->begin) {
        c->waves_at = waves->begin;
        c->wave_gap = c->raw_gap = true;
    }
    const int64_t now = now_ns(c);
    while (c->waves_at < waves->end) {
        const struct spool_entry *e = spool_at(waves, c->waves_at++);
        const bool is_env = e->kind == FRAME_WAVE_ENV;
        const bool is_wanted = is_env ? c->sub.has_wave && e->level == c->sub.level
                               : e->kind == FRAME_WAVE_RAW ? c->sub.live
                               : e->kind == FRAME_AUDIO    ? is_listened(c, e)
                                                           : false;
        if (!is_wanted || e->source_tag != c->source_tag || (is_env && e->id <= c->live_from))
            continue;
        /* What the client acknowledges: the envelopes, or raw frames where it has no others. */
        const bool is_counted = is_env || (e->kind == FRAME_WAVE_RAW && !c->sub.has_wave);
        bool *gap = is_env ? &c->wave_gap : &c->raw_gap;
        const bool is_held_up = is_window_full(c) && e->kind != FRAME_AUDIO; /* not painted */
        if (is_held_up || is_quiet(c) || now - e->when > CLIENT_UNACKED_NS) {
            *gap = true;
            c->frames_skipped++;
            continue;
        }
        frame_output(c, e, *gap && e->kind != FRAME_AUDIO, out);
        if (e->captured_ns)
            raise_worst(&c->house->socket_us, (now - e->captured_ns) / 1000);
        if (e->kind != FRAME_AUDIO)
            *gap = false;
        if (is_counted)
            note_inflight(c, e);
        return true;
    }
    return false;
}

bool client_next(struct client *c, struct client_output *out)
{
    struct hub *hub = c->house->hub;
    if (next_direct(c, out))
        return true;
    if (c->close || !c->session)
        return false;
    if (next_hello(c, out))
        return true;
    if (!c->has_hello)
        return false;
    if (next_control(c, out) || next_trend(c, out) || next_text(c, out))
        return true;
    if (next_state(c, out))
        return true;
    if (is_quiet(c))
        return false;
    if (c->sub.sweeps && (next_sweep(c, &hub->templates, &c->templates_at, out) ||
                          next_sweep(c, &hub->sweeps, &c->sweeps_at, out)))
        return true;
    return next_backfill(c, out) || next_wave(c, out);
}

void client_sent(struct client *c, struct client_output *out)
{
    if (out->is_gap_added)
        out->bytes[FRAME_AT_FLAGS] &= (unsigned char)~FRAME_GAP_BEFORE;
    if (out->is_bye)
        c->has_said_bye = true;
}

bool client_has_output(struct client *c)
{
    const struct hub *hub = c->house->hub;
    if (c->direct_begin != c->direct_end)
        return true;
    if (c->close || !c->session)
        return false;
    if (!c->has_hello || c->is_hello_due)
        return c->is_hello_due && hub->snapshot.version > 0 && !hub->is_untold;
    if (c->text_at < hub->text.end || c->is_trend_due ||
        c->control_version != hub->sessions.control_version ||
        (hub->status.version && c->status_version != hub->status.version))
        return true;
    for (size_t i = 0; i < FINDING_BRANCHES && c->source_tag == hub->source_tag; i++)
        if (hub->evidence[i].size && c->evidence_version[i] != hub->evidence[i].version)
            return true;
    if (is_quiet(c))
        return false;
    return (c->sub.sweeps &&
            (c->sweeps_at < hub->sweeps.end || c->templates_at < hub->templates.end)) ||
           c->is_backfilling || c->waves_at < hub->waves.end;
}
