/* SPDX-License-Identifier: Apache-2.0 */
/* Alarm signals: one entry a condition, one state of the sound. */
#include "daemon/alarm_signals.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/alarm_line.h"
#include "protocol/codes.h"

#define SECOND_NS INT64_C(1000000000)

static const int64_t again_ns = 180 * SECOND_NS;    /* an acknowledged condition that stays true */
static const int64_t reminder_ns = 120 * SECOND_NS; /* that the sound is off */
static const int64_t escalate_ns = 10 * SECOND_NS;  /* an acquisition that stays lost */
static const int64_t lost_for_long_ns = 5 * SECOND_NS;

enum signal_state { SIGNAL_ACTIVE, SIGNAL_ACKNOWLEDGED, SIGNAL_LATCHED };
enum audio_state { AUDIO_ON, AUDIO_PAUSED, AUDIO_OFF };

struct signal {
    char key[80];
    enum alarm_id id;
    enum alarm_priority priority;
    enum signal_state state;
    uint64_t raised_sample;
    int64_t raised_ns;
    int64_t raised_utc_ms;
    int64_t cleared_utc_ms;
    char channel[STREAM_LABEL]; /* empty: none */
    char branch[STREAM_LABEL];
    char acked_by[MARK_BY];
    int64_t acked_ns;
    int64_t acked_utc_ms;
};

struct alarm_signals {
    struct clock *clock;
    alarm_signals_log *log;
    void *log_context;
    struct finding_context names;
    uint32_t count;
    struct signal items[ALARM_SIGNALS_MAX]; /* in the order of raising */
    enum audio_state audio;
    char audio_by[MARK_BY];
    int64_t paused_until_ns;
    enum alarm_priority paused_at; /* highest when it was paused; INFORMATION: none */
    int64_t remind_at_ns;
    uint32_t chimes;
    uint32_t reminders;
    bool changed;
};

static int64_t now_ns(const struct alarm_signals *s)
{
    return s->clock->now_ns(s->clock);
}

static int64_t utc_ms(const struct alarm_signals *s)
{
    return s->clock->utc_ns(s->clock) / 1000000;
}

/* ---- the log */

static void log_line(struct alarm_signals *s, const char *event, const struct signal *g,
                     const char *by)
{
    s->changed = true;
    if (!s->log)
        return;
    struct alarm_line line = {.utc_ms = utc_ms(s), .has_alarm = g != NULL};
    snprintf(line.event, sizeof line.event, "%s", event);
    snprintf(line.by, sizeof line.by, "%s", by ? by : "");
    if (g) {
        line.id = g->id;
        line.priority = g->priority;
        line.raised_sample = g->raised_sample;
        memcpy(line.channel, g->channel, sizeof line.channel);
        memcpy(line.branch, g->branch, sizeof line.branch);
    }
    char bytes[ALARM_SIGNALS_LINE];
    struct text t;
    text_init(&t, bytes, sizeof bytes);
    alarm_line_encode(&t, &line);
    text_raw(&t, "\n");
    assert(text_ok(&t)); /* labels and names are bounded */
    s->log(s->log_context, bytes, t.length);
}

/* ---- entries */

/* Whether a condition that nobody has seen stays on the bar when it is over. */
static bool latches(const struct alarm_signals *s, const struct signal *g)
{
    switch (g->id) {
    case ALARM_LSR_RECURRED:
    case ALARM_TRAIN_TIME:
    case ALARM_NEUROTONIC_DISCHARGE:
    case ALARM_RECORDING_STOPPED:
        return true;
    case ALARM_ACQUISITION_LOST:
        return now_ns(s) - g->raised_ns > lost_for_long_ns;
    default:
        return g->priority == PRIORITY_HIGH;
    }
}

static struct signal *find(struct alarm_signals *s, const char *key)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (strcmp(s->items[i].key, key) == 0)
            return &s->items[i];
    return NULL;
}

static void drop(struct alarm_signals *s, struct signal *g)
{
    const uint32_t i = (uint32_t)(g - s->items);
    memmove(g, g + 1, (s->count - i - 1) * sizeof *g);
    s->count--;
    s->changed = true;
}

static bool sounds(const struct signal *g)
{
    return g->priority > PRIORITY_INFORMATION &&
           (g->state == SIGNAL_ACTIVE ||
            (g->state == SIGNAL_LATCHED && g->priority == PRIORITY_HIGH));
}

static enum alarm_priority loudest(const struct alarm_signals *s)
{
    enum alarm_priority most = PRIORITY_INFORMATION;
    for (uint32_t i = 0; i < s->count; i++)
        if (sounds(&s->items[i]) && s->items[i].priority > most)
            most = s->items[i].priority;
    return most;
}

static void set_audio(struct alarm_signals *s, enum audio_state audio, const char *event,
                      const char *by)
{
    s->audio = audio;
    snprintf(s->audio_by, sizeof s->audio_by, "%s", by);
    log_line(s, event, NULL, by);
}

/* What is new or worse must be heard: a pause ends for it. */
static void break_pause(struct alarm_signals *s, const struct signal *g)
{
    if (s->audio == AUDIO_PAUSED && g->priority > PRIORITY_INFORMATION &&
        g->priority >= s->paused_at)
        set_audio(s, AUDIO_ON, "audio_on", "system");
}

static void activate(struct alarm_signals *s, struct signal *g, const char *event)
{
    g->state = SIGNAL_ACTIVE;
    g->acked_by[0] = 0;
    g->acked_utc_ms = 0;
    g->cleared_utc_ms = 0;
    log_line(s, event, g, NULL);
    break_pause(s, g);
    if (g->id == ALARM_ENDPOINT_REACHED && s->audio == AUDIO_ON)
        s->chimes++;
}

static const char *label_of(const struct alarm_signals *s, uint16_t channel)
{
    return channel < s->names.channel_count ? s->names.labels[channel] : "";
}

static const char *branch_of(const struct alarm_signals *s, uint8_t branch)
{
    return branch < s->names.branch_count ? s->names.branches[branch] : "";
}

static void make_key(const struct alarm_signals *s, const struct finding_alarm *a, char key[80])
{
    const char *channel = label_of(s, a->channel);
    const char *branch = branch_of(s, a->branch);
    snprintf(key, 80, "%s%s%s", code_alarm_id(a->id), channel[0] || branch[0] ? "/" : "",
             channel[0] ? channel : branch);
}

/* A list that is full loses its oldest low entry: more than that many at once is one disaster,
 * which the ones that stay tell as well. */
static void make_room(struct alarm_signals *s)
{
    if (s->count < ALARM_SIGNALS_MAX)
        return;
    uint32_t least = 0;
    for (uint32_t i = 1; i < s->count; i++)
        if (s->items[i].priority < s->items[least].priority)
            least = i;
    drop(s, &s->items[least]);
}

static void raise_signal(struct alarm_signals *s, const struct finding *f, const char *key)
{
    struct signal *g = find(s, key);
    if (g && g->state != SIGNAL_LATCHED && f->alarm.priority <= g->priority)
        return;
    if (g)
        drop(s, g);
    make_room(s);
    g = &s->items[s->count++];
    memset(g, 0, sizeof *g);
    snprintf(g->key, sizeof g->key, "%s", key);
    g->id = f->alarm.id;
    g->priority = f->alarm.priority;
    g->raised_sample = f->decided_sample;
    g->raised_ns = now_ns(s);
    g->raised_utc_ms = utc_ms(s);
    snprintf(g->channel, sizeof g->channel, "%s", label_of(s, f->alarm.channel));
    snprintf(g->branch, sizeof g->branch, "%s", branch_of(s, f->alarm.branch));
    activate(s, g, "raised");
}

static void clear_signal(struct alarm_signals *s, const char *key)
{
    struct signal *g = find(s, key);
    if (!g || g->state == SIGNAL_LATCHED)
        return;
    g->cleared_utc_ms = utc_ms(s);
    log_line(s, "cleared", g, NULL);
    if (g->state == SIGNAL_ACTIVE && latches(s, g))
        g->state = SIGNAL_LATCHED;
    else
        drop(s, g);
}

/* ---- the caller's side */

struct alarm_signals *alarm_signals_create(struct clock *clock, alarm_signals_log *log,
                                           void *log_context, struct err *err)
{
    struct alarm_signals *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(err, ERR_MEMORY, "alarm signals");
        return NULL;
    }
    s->clock = clock;
    s->log = log;
    s->log_context = log_context;
    return s;
}

void alarm_signals_destroy(struct alarm_signals *s)
{
    free(s);
}

void alarm_signals_open(struct alarm_signals *s, const struct finding_context *names)
{
    s->names = *names;
    s->count = 0;
    s->changed = true;
}

void alarm_signals_take(struct alarm_signals *s, const struct finding *f)
{
    if (f->type != FINDING_ALARM)
        return;
    char key[80];
    make_key(s, &f->alarm, key);
    if (f->alarm.raised)
        raise_signal(s, f, key);
    else
        clear_signal(s, key);
}

bool alarm_signals_ack(struct alarm_signals *s, const char *key, const char *by, enum alarm_id *id,
                       struct err *err)
{
    struct signal *g = find(s, key);
    if (!g)
        return err_set(err, ERR_STATE, "there is no alarm %s", key);
    *id = g->id;
    if (g->state == SIGNAL_ACKNOWLEDGED)
        return true;
    snprintf(g->acked_by, sizeof g->acked_by, "%s", by);
    g->acked_ns = now_ns(s);
    g->acked_utc_ms = utc_ms(s);
    log_line(s, "acknowledged", g, by);
    if (g->state == SIGNAL_LATCHED)
        drop(s, g);
    else
        g->state = SIGNAL_ACKNOWLEDGED;
    return true;
}

bool alarm_signals_pause(struct alarm_signals *s, uint32_t seconds, const char *by, struct err *err)
{
    if (seconds < 1 || seconds > ALARM_PAUSE_MAX_S)
        return err_set(err, ERR_USAGE, "a pause of %u s: 1 to %d s", seconds, ALARM_PAUSE_MAX_S);
    s->paused_until_ns = now_ns(s) + (int64_t)seconds * SECOND_NS;
    s->paused_at = loudest(s);
    set_audio(s, AUDIO_PAUSED, "audio_paused", by);
    return true;
}

void alarm_signals_resume(struct alarm_signals *s, const char *by)
{
    if (s->audio != AUDIO_ON)
        set_audio(s, AUDIO_ON, "audio_on", by);
}

void alarm_signals_off(struct alarm_signals *s, const char *by)
{
    s->remind_at_ns = now_ns(s) + reminder_ns;
    set_audio(s, AUDIO_OFF, "audio_off", by);
}

static void tick_audio(struct alarm_signals *s)
{
    const int64_t now = now_ns(s);
    if (s->audio == AUDIO_PAUSED && now >= s->paused_until_ns)
        set_audio(s, AUDIO_ON, "audio_on", "system");
    if (s->audio == AUDIO_OFF && now >= s->remind_at_ns) {
        s->remind_at_ns = now + reminder_ns;
        s->reminders++;
        log_line(s, "reminder", NULL, "system");
    }
}

static void tick_signal(struct alarm_signals *s, struct signal *g)
{
    const int64_t now = now_ns(s);
    if (g->state == SIGNAL_ACKNOWLEDGED && g->priority > PRIORITY_INFORMATION &&
        now - g->acked_ns >= again_ns)
        activate(s, g, "again");
    if (g->state == SIGNAL_ACTIVE && g->id == ALARM_ACQUISITION_LOST &&
        g->priority < PRIORITY_HIGH && now - g->raised_ns >= escalate_ns) {
        g->priority = PRIORITY_HIGH;
        activate(s, g, "escalated");
    }
}

void alarm_signals_tick(struct alarm_signals *s)
{
    tick_audio(s);
    for (uint32_t i = 0; i < s->count; i++)
        tick_signal(s, &s->items[i]);
}

bool alarm_signals_changed(struct alarm_signals *s)
{
    const bool changed = s->changed;
    s->changed = false;
    return changed;
}

static struct message_alarm message_of(const struct signal *g)
{
    static const char *const states[] = {"active", "acknowledged", "latched"};
    return (struct message_alarm){.key = g->key,
                                  .id = g->id,
                                  .priority = g->priority,
                                  .state = states[g->state],
                                  .raised_sample = g->raised_sample,
                                  .raised_utc_ms = g->raised_utc_ms,
                                  .cleared_utc_ms = g->cleared_utc_ms,
                                  .channel = g->channel[0] ? g->channel : NULL,
                                  .branch = g->branch[0] ? g->branch : NULL,
                                  .acked_by = g->acked_by[0] ? g->acked_by : NULL,
                                  .acked_utc_ms = g->acked_utc_ms};
}

uint32_t alarm_signals_list(const struct alarm_signals *s,
                            struct message_alarm list[ALARM_SIGNALS_MAX])
{
    uint32_t n = 0;
    for (int priority = PRIORITY_HIGH; priority >= PRIORITY_INFORMATION; priority--)
        for (uint32_t i = s->count; i-- > 0;)
            if ((int)s->items[i].priority == priority)
                list[n++] = message_of(&s->items[i]);
    return n;
}

struct message_audio alarm_signals_audio(const struct alarm_signals *s)
{
    static const char *const states[] = {"on", "paused", "off"};
    return (struct message_audio){
        .state = states[s->audio],
        .until_mono_ms = s->audio == AUDIO_PAUSED ? s->paused_until_ns / 1000000 : 0,
        .by = s->audio_by[0] ? s->audio_by : NULL,
        .reminders = s->reminders,
    };
}

struct alarm_sound alarm_signals_sound(const struct alarm_signals *s)
{
    return (struct alarm_sound){
        .priority = s->audio == AUDIO_ON ? loudest(s) : PRIORITY_INFORMATION,
        .chimes = s->chimes,
        .reminders = s->reminders,
    };
}
