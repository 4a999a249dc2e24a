/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts the main thread's items into spools and slots. */
#include "web/hub.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "protocol/frame.h"

enum {
    TEXT_BYTES = 8 << 20,
    TEXT_ENTRIES = 16384, /* HUB_FINDINGS and what comes between them */
    WAVE_BYTES = 4 << 20, /* over half a second of raw and enveloped 64 channels at 20 kHz */
    WAVE_ENTRIES = 2048,
    SWEEP_BYTES = 2 << 20,
    TEMPLATE_BYTES = 1 << 20,
};

bool hub_init(struct hub *h, struct clock *clock, struct err *err)
{
    memset(h, 0, sizeof *h);
    h->clock = clock;
    session_table_init(&h->sessions);
    if (!spool_init(&h->text, TEXT_BYTES, TEXT_ENTRIES, err) ||
        !spool_init(&h->waves, WAVE_BYTES, WAVE_ENTRIES, err) ||
        !spool_init(&h->sweeps, SWEEP_BYTES, HUB_SWEEPS, err) ||
        !spool_init(&h->templates, TEMPLATE_BYTES, HUB_SWEEPS, err)) {
        hub_fini(h);
        return false;
    }
    h->scratch = malloc(SPOOL_HEADROOM + HUB_MESSAGE);
    if (!h->scratch) {
        hub_fini(h);
        return err_set(err, ERR_MEMORY, "web");
    }
    return true;
}

void hub_fini(struct hub *h)
{
    spool_fini(&h->text);
    spool_fini(&h->waves);
    spool_fini(&h->sweeps);
    spool_fini(&h->templates);
    free(h->snapshot.bytes);
    free(h->status.bytes);
    free(h->metrics.bytes);
    for (size_t i = 0; i < FINDING_BRANCHES; i++)
        free(h->evidence[i].bytes);
    backfill_fini(&h->backfill);
    free(h->scratch);
    memset(h, 0, sizeof *h);
}

static void slot_set(struct hub *h, struct hub_slot *slot, const void *bytes, uint32_t size)
{
    if (size > slot->capacity) {
        const uint32_t capacity = size + size / 2; /* grows a few times at the start, then never */
        unsigned char *larger =
            size > HUB_MESSAGE ? NULL : realloc(slot->bytes, SPOOL_HEADROOM + (size_t)capacity);
        if (!larger) {
            h->dropped++;
            return;
        }
        slot->bytes = larger;
        slot->capacity = capacity;
    }
    memcpy(slot->bytes + SPOOL_HEADROOM, bytes, size);
    slot->size = size;
    slot->version++;
}

static struct spool_entry *queue(struct hub *h, enum hub_text_kind kind, uint32_t size)
{
    struct spool_entry *e = spool_push(&h->text, size);
    if (!e) {
        h->dropped++;
        return NULL;
    }
    e->kind = (uint8_t)kind;
    e->source_tag = h->source_tag;
    return e;
}

static void take_finding(struct hub *h, const struct item *item)
{
    char line[FINDING_LINE + 64];
    size_t length = item->size;
    while (length > 0 && item->bytes[length - 1] == '\n')
        length--;
    struct text t;
    text_init(&t, line, sizeof line);
    message_finding(&t, h->last_finding + 1, (const char *)item->bytes, length);
    struct spool_entry *e = text_ok(&t) && item->source_tag == h->source_tag
                                ? queue(h, HUB_FINDING, (uint32_t)t.length)
                                : NULL;
    if (!e) {
        h->dropped++;
        return;
    }
    memcpy(e->bytes, line, t.length);
    e->id = ++h->last_finding;
}

static void add_to_trend(struct hub *h, const struct frame *f)
{
    const struct message_trend_point point = {
        .stimulus_sample = f->sweep.stimulus_sample,
        .channel = f->sweep.channel,
        .branch = f->sweep.branch,
        .role = (enum sweep_role)f->sweep.role,
        .present = (enum tristate)f->sweep.present,
        .is_valid = f->sweep.reason == REASON_NONE,
        .amplitude_uv = (double)f->sweep.amplitude_uv,
        .onset_ms = (double)f->sweep.onset_ms,
    };
    trend_add(&h->trend, &point);
}

static void take_frame(struct hub *h, const struct item *item)
{
    struct frame f;
    struct err err;
    const unsigned char *payload;
    if (item->source_tag != h->source_tag ||
        !frame_decode(item->bytes, item->size, &f, &payload, &err)) {
        h->dropped++;
        return;
    }
    struct spool *spool = f.type == FRAME_SWEEP      ? &h->sweeps
                          : f.type == FRAME_TEMPLATE ? &h->templates
                                                     : &h->waves;
    struct spool_entry *e = spool_push(spool, item->size);
    if (!e) {
        h->dropped++;
        return;
    }
    memcpy(e->bytes, item->bytes, item->size);
    e->kind = f.type;
    e->level = f.level;
    e->source_tag = f.source_tag;
    e->id = f.type == FRAME_AUDIO ? f.audio.source
                                  : f.first_sample + ((uint64_t)f.count << f.level);
    e->when = h->clock->now_ns(h->clock);
    e->captured_ns = item->captured_ns;
    if (f.type == FRAME_WAVE_ENV)
        backfill_put(&h->backfill, &f, payload);
    if (f.type == FRAME_SWEEP)
        add_to_trend(h, &f);
}

/* Everything that belongs to the last source goes; its findings stay in the spool for browsers that
 * are still reading them. */
static void change_source(struct hub *h, const struct item *item)
{
    h->source_tag = item->source_tag;
    h->last_finding = 0;
    trend_clear(&h->trend);
    for (size_t i = 0; i < FINDING_BRANCHES; i++)
        h->evidence[i].size = 0;
    backfill_fini(&h->backfill);
    h->is_untold = true;
    h->findings_begin = h->text.end;
}

static void take_snapshot(struct hub *h, const struct item *item)
{
    const bool is_first = h->snapshot.version == 0;
    slot_set(h, &h->snapshot, item->bytes, item->size);
    if (is_first || item->source_tag != h->source_tag)
        change_source(h, item);
    if (h->is_untold && item->sample == 0) {
        h->is_untold = false;
        queue(h, HUB_HELLO, 0);
    }
    h->snapshot_at = h->text.end;
}

/* The width of the envelopes is known with their first frame. */
static void prepare_backfill(struct hub *h, const struct item *item)
{
    struct frame f;
    struct err err;
    const unsigned char *payload;
    if (h->backfill.capacity || item->stream != FRAME_WAVE_ENV ||
        item->source_tag != h->source_tag || h->rate_hz == 0 || item->level != h->finest_level ||
        !frame_decode(item->bytes, item->size, &f, &payload, &err) || f.channels > 256)
        return;
    if (!backfill_init(&h->backfill, h->rate_hz, HUB_BACKFILL_S, f.channels, f.level, f.source_tag,
                       &err))
        log_warn("web", "no look back for new displays: %s", err.text);
}

void hub_reply(struct hub *h, uint64_t client, const char *text, size_t size)
{
    struct spool_entry *e = queue(h, HUB_REPLY, (uint32_t)size);
    if (!e)
        return;
    memcpy(e->bytes, text, size);
    e->id = client;
}

static void take_reply(struct hub *h, const struct item *item)
{
    struct item_reply reply;
    if (item->size < sizeof reply) {
        h->dropped++;
        return;
    }
    memcpy(&reply, item->bytes, sizeof reply);
    const char *text = (const char *)item->bytes + sizeof reply;
    const size_t size = item->size - sizeof reply;
    struct session *s = session_by_key(&h->sessions, reply.client);
    if (!s)
        return; /* forgotten meanwhile: nobody can ask for it again */
    session_answer(s, reply.id, text, size);
    hub_reply(h, reply.client, text, size);
}

/* Sweeps that were judged before this server heard of the case. */
static void take_points(struct hub *h, const struct item *item)
{
    struct message_trend_point point;
    for (uint32_t at = 0; at + sizeof point <= item->size; at += (uint32_t)sizeof point) {
        memcpy(&point, item->bytes + at, sizeof point);
        trend_add(&h->trend, &point);
    }
}

static void take_message(struct hub *h, const struct item *item)
{
    switch ((enum message_kind)item->stream) {
    case MESSAGE_POINTS:
        if (item->source_tag == h->source_tag)
            take_points(h, item);
        return;
    case MESSAGE_STATUS:
        slot_set(h, &h->status, item->bytes, item->size);
        return;
    case MESSAGE_METRICS:
        slot_set(h, &h->metrics, item->bytes, item->size);
        return;
    case MESSAGE_EVIDENCE:
        if (item->level < FINDING_BRANCHES && item->source_tag == h->source_tag)
            slot_set(h, &h->evidence[item->level], item->bytes, item->size);
        else
            h->dropped++;
        return;
    case MESSAGE_QUEUED:
        break;
    }
    struct spool_entry *e = queue(h, HUB_QUEUED, item->size);
    if (e)
        memcpy(e->bytes, item->bytes, item->size);
}

void hub_take(struct hub *h, const struct item *item)
{
    switch ((enum item_type)item->type) {
    case ITEM_FINDING:
        take_finding(h, item);
        return;
    case ITEM_FRAME:
        prepare_backfill(h, item);
        take_frame(h, item);
        return;
    case ITEM_MESSAGE:
        take_message(h, item);
        return;
    case ITEM_SNAPSHOT:
        h->rate_hz = item->stream;
        h->finest_level = (uint8_t)item->level;
        take_snapshot(h, item);
        return;
    case ITEM_REPLY:
        take_reply(h, item);
        return;
    case ITEM_SAMPLES:
    case ITEM_MARK:
    case ITEM_CASE_OPEN:
    case ITEM_CASE_CLOSE:
        break; /* the recorder's */
    }
    h->dropped++;
}

uint64_t hub_findings_after(const struct hub *h, uint64_t last)
{
    /* At most the newest HUB_FINDINGS. */
    if (h->last_finding > HUB_FINDINGS && last < h->last_finding - HUB_FINDINGS)
        last = h->last_finding - HUB_FINDINGS;
    uint64_t position = h->findings_begin > h->text.begin ? h->findings_begin : h->text.begin;
    for (; position < h->text.end; position++) {
        const struct spool_entry *e = spool_at(&h->text, position);
        if (e->kind == HUB_FINDING && e->source_tag == h->source_tag && e->id > last)
            break;
    }
    return position;
}
