/* SPDX-License-Identifier: Apache-2.0 */
/* A live daemon's notice as JSON, and back. */
#include "protocol/live_notice.h"

#include <string.h>

#include <jansson.h>

#include "protocol/codes.h"

static const char *const states[] = {"active", "acknowledged", "latched", NULL};
static const char *const audios[] = {"on", "paused", "off", NULL};

static void encode_alarm(struct text *t, const struct live_alarm *a)
{
    text_next(t);
    text_raw(t, "{");
    text_key_string(t, "id", code_alarm_id(a->id));
    text_key_string(t, "priority", code_alarm_priority(a->priority));
    text_key_string(t, "state", states[a->state]);
    text_key_signed(t, "raised_utc_ms", a->raised_utc_ms);
    text_key_string(t, "channel", a->channel);
    text_key_string(t, "branch", a->branch);
    text_raw(t, "}");
}

void live_notice_encode(struct text *t, const struct live_notice *n)
{
    text_raw(t, "{");
    text_key_signed(t, "heartbeat_ns", n->heartbeat_ns);
    text_key_string(t, "source", n->source);
    text_key_string(t, "site", n->site);
    text_key_string(t, "address", n->address);
    text_key_unsigned(t, "port", n->port);
    text_key_bool(t, "tls", n->is_tls);
    text_key_bool(t, "case", n->is_case);
    text_key_string(t, "audio", audios[n->audio]);
    text_key(t, "alarms");
    text_raw(t, "[");
    for (uint32_t i = 0; i < n->alarm_count; i++)
        encode_alarm(t, &n->alarms[i]);
    text_raw(t, "]");
    text_key_unsigned(t, "more", n->more);
    text_raw(t, "}");
}

static bool copy(const char *from, char *to, size_t size)
{
    const size_t length = strlen(from);
    if (length >= size)
        return false;
    memcpy(to, from, length + 1);
    return true;
}

/* The place of text in names, which end with NULL; -1: not there. */
static int find(const char *const *names, const char *text)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return -1;
}

enum live_alarm_state live_alarm_state_find(const char *word)
{
    const int at = find(states, word);
    return at < 0 ? LIVE_ALARM_ACTIVE : (enum live_alarm_state)at;
}

enum live_audio live_audio_find(const char *word)
{
    const int at = find(audios, word);
    return at < 0 ? LIVE_AUDIO_ON : (enum live_audio)at;
}

static bool decode_alarm(json_t *o, struct live_alarm *a, struct err *err)
{
    json_error_t why;
    json_int_t raised;
    const char *id, *priority, *state, *channel, *branch;
    if (json_unpack_ex(o, &why, 0, "{s:s,s:s,s:s,s:I,s:s,s:s}", "id", &id, "priority", &priority,
                       "state", &state, "raised_utc_ms", &raised, "channel", &channel, "branch",
                       &branch) != 0)
        return err_set(err, ERR_FORMAT, "an alarm: %s", why.text);
    a->raised_utc_ms = raised;
    a->state = live_alarm_state_find(state);
    return (code_alarm_id_find(id, &a->id) && code_alarm_priority_find(priority, &a->priority) &&
            find(states, state) >= 0 && copy(channel, a->channel, sizeof a->channel) &&
            copy(branch, a->branch, sizeof a->branch)) ||
           err_set(err, ERR_FORMAT, "an alarm: a word that is not known, or too long");
}

static bool take(json_t *o, struct live_notice *n, struct err *err)
{
    json_error_t why;
    json_int_t heartbeat, port, more;
    int is_tls, is_case;
    const char *source, *site, *address, *audio;
    json_t *alarms;
    if (json_unpack_ex(o, &why, 0, "{s:I,s:s,s:s,s:s,s:I,s:b,s:b,s:s,s:o,s:I}", "heartbeat_ns",
                       &heartbeat, "source", &source, "site", &site, "address", &address, "port",
                       &port, "tls", &is_tls, "case", &is_case, "audio", &audio, "alarms", &alarms,
                       "more", &more) != 0)
        return err_set(err, ERR_FORMAT, "%s", why.text);
    if (find(audios, audio) < 0 || port < 0 || port > UINT16_MAX || more < 0 || more > UINT32_MAX ||
        !json_is_array(alarms) || json_array_size(alarms) > LIVE_NOTICE_ALARMS ||
        !copy(source, n->source, sizeof n->source) || !copy(site, n->site, sizeof n->site) ||
        !copy(address, n->address, sizeof n->address))
        return err_set(err, ERR_FORMAT, "a field out of its range");
    n->heartbeat_ns = heartbeat;
    n->port = (uint16_t)port;
    n->is_tls = is_tls;
    n->is_case = is_case;
    n->audio = live_audio_find(audio);
    n->more = (uint32_t)more;
    n->alarm_count = (uint32_t)json_array_size(alarms);
    for (uint32_t i = 0; i < n->alarm_count; i++)
        if (!decode_alarm(json_array_get(alarms, i), &n->alarms[i], err))
            return false;
    return true;
}

bool live_notice_decode(const char *bytes, size_t size, struct live_notice *n, struct err *err)
{
    memset(n, 0, sizeof *n);
    json_error_t where;
    json_t *o = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &where);
    if (!o)
        return err_set(err, ERR_FORMAT, "no JSON: %s", where.text);
    const bool ok = take(o, n, err);
    json_decref(o);
    return ok;
}
