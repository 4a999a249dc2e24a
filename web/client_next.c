/* SPDX-License-Identifier: Apache-2.0 */
/* What a browser is sent next. In this order: answers of the server's own, hello, findings and
 * other texts, state, sweeps, the look back, live waves. */
#include <endian.h>
#include <string.h>

#include "protocol/frame.h"
#include "web/client_private.h"

enum { INFLIGHT_STEP_NS = 10000000 };

/* Frames of the look back: enough for the last minute within a second, not enough to crowd out
 * other browsers. */
#define BACKFILL_FRAMES_S 400.0
#define BACKFILL_BURST 8.0

void client_start_backfill(struct client *c)
{
    uint64_t until;
    c->inflight_begin = c->inflight_end = 0;
    c->wave_gap = true;
    c->live_from = 0;
    c->waves_at = c->house->hub->waves.end;
    c->backfill_sequence = 0;
    c->backfill_ns = client_now_ns(c);
    c->backfill_allowance = BACKFILL_BURST;
    c->is_backfilling = c->sub.has_wave && backfill_span(&c->house->hub->backfill, c->sub.level,
                                                         &c->backfill_cursor, &until);
}

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
        message_time(&t, d->c0, d->s1, (double)client_now_ns(c) / 1e6);
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
    text_signed(&t, client_now_ns(c) / 1000000);
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
    client_start_backfill(c);
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
    return client_now_ns(c) - c->acked_ns > CLIENT_QUIET_NS;
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
    const int64_t now = client_now_ns(c);
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
           client_now_ns(c) - c->inflight[c->inflight_begin % CLIENT_INFLIGHT].sent_ns >
               CLIENT_UNACKED_NS;
}

/* Remembers when a frame went, every 10 ms at most. */
static void note_inflight(struct client *c, const struct spool_entry *e)
{
    const int64_t now = client_now_ns(c);
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
    const uint64_t source =
        c->sub.audio_channel < 0 ? (uint64_t)FRAME_AUDIO_LOUDEST : (uint64_t)c->sub.audio_channel;
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
    const int64_t now = client_now_ns(c);
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
            client_raise_worst(&c->house->socket_us, (now - e->captured_ns) / 1000);
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
