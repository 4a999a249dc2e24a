/* SPDX-License-Identifier: Apache-2.0 */
/* A line of the alarm log as JSON, and back. */
#include "protocol/alarm_line.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "protocol/codes.h"

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

void alarm_line_encode(struct text *t, const struct alarm_line *l)
{
    text_raw(t, "{");
    text_key_signed(t, "utc_ms", l->utc_ms);
    text_key_string(t, "event", l->event);
    if (l->has_alarm) {
        text_key_string(t, "id", code_alarm_id(l->id));
        text_key_string(t, "priority", code_alarm_priority(l->priority));
        text_key_unsigned(t, "sample", l->raised_sample);
        text_key_string(t, "channel", or_null(l->channel));
        text_key_string(t, "branch", or_null(l->branch));
    }
    text_key_string(t, "by", or_null(l->by));
    text_raw(t, "}");
}

/* A string that may be missing or null. False: too long, or something else. */
static bool copy(const json_t *field, char *to, size_t size)
{
    if (!field || json_is_null(field))
        return true;
    return json_is_string(field) &&
           (size_t)snprintf(to, size, "%s", json_string_value(field)) < size;
}

static bool take(json_t *o, struct alarm_line *l, struct err *err)
{
    json_error_t why;
    json_int_t utc_ms, sample = 0;
    const char *id = NULL, *priority = "low";
    const json_t *event, *channel = NULL, *branch = NULL, *by = NULL;
    if (json_unpack_ex(o, &why, 0, "{s:I,s:o,s?:s,s?:s,s?:I,s?:o,s?:o,s?:o}", "utc_ms", &utc_ms, "event",
                       &event, "id", &id, "priority", &priority, "sample", &sample, "channel",
                       &channel, "branch", &branch, "by", &by) != 0)
        return err_set(err, ERR_FORMAT, "%s", why.text);
    l->utc_ms = utc_ms;
    l->has_alarm = id != NULL;
    l->raised_sample = (uint64_t)sample;
    return (sample >= 0 && copy(event, l->event, sizeof l->event) &&
            (!id || code_alarm_id_find(id, &l->id)) &&
            code_alarm_priority_find(priority, &l->priority) &&
            copy(channel, l->channel, sizeof l->channel) &&
            copy(branch, l->branch, sizeof l->branch) && copy(by, l->by, sizeof l->by)) ||
           err_set(err, ERR_FORMAT, "a word that is not known, or too long");
}

bool alarm_line_decode(const char *bytes, size_t size, struct alarm_line *l, struct err *err)
{
    memset(l, 0, sizeof *l);
    json_error_t where;
    json_t *o = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &where);
    if (!o)
        return err_set(err, ERR_FORMAT, "no JSON: %s", where.text);
    const bool ok = take(o, l, err);
    json_decref(o);
    return ok;
}
