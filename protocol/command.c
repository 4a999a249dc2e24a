/* SPDX-License-Identifier: Apache-2.0 */
/* Reads clients' JSON with jansson; every field is checked against docs/protocol.md here. */
#include "protocol/command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/finding.h"

#define INTEGER_MAX 9007199254740991 /* 2^53 - 1: what a browser's number holds exactly */

enum op_fields {
    FIELDS_NONE,
    FIELDS_NAME,
    FIELDS_TEXT,
    FIELDS_KEY,
    FIELDS_KEY_VALUE,
    FIELDS_SECONDS,
    FIELDS_SPEED,
    FIELDS_SAMPLE,
    FIELDS_BY,
    FIELDS_STRETCH,
    FIELDS_LABEL,
    FIELDS_AT,
    FIELDS_SETS,
    FIELDS_LANGUAGE,
    FIELDS_EXPORT
};

static const struct {
    const char *name;
    enum op_fields fields;
    bool needs_control;
} operations[COMMAND_OPS] = {
    [COMMAND_CASE_START] = {"case_start", FIELDS_NAME, true},
    [COMMAND_CASE_END] = {"case_end", FIELDS_NONE, true},
    [COMMAND_MARK] = {"mark", FIELDS_TEXT, true},
    [COMMAND_ACK] = {"ack", FIELDS_KEY, true},
    [COMMAND_AUDIO_PAUSE] = {"audio_pause", FIELDS_SECONDS, true},
    [COMMAND_AUDIO_RESUME] = {"audio_resume", FIELDS_NONE, true},
    [COMMAND_AUDIO_OFF] = {"audio_off", FIELDS_NONE, true},
    [COMMAND_CONTROL_TAKE] = {"control_take", FIELDS_NONE, false},
    [COMMAND_CONTROL_RELEASE] = {"control_release", FIELDS_NONE, false},
    [COMMAND_SET] = {"set", FIELDS_KEY_VALUE, true},
    [COMMAND_RELOAD] = {"reload", FIELDS_NONE, true},
    [COMMAND_REPLAY_PLAY] = {"replay_play", FIELDS_NONE, true},
    [COMMAND_REPLAY_PAUSE] = {"replay_pause", FIELDS_NONE, true},
    [COMMAND_REPLAY_SPEED] = {"replay_speed", FIELDS_SPEED, true},
    [COMMAND_REPLAY_SEEK] = {"replay_seek", FIELDS_SAMPLE, true},
    [COMMAND_REPLAY_STEP] = {"replay_step", FIELDS_BY, true},
    [COMMAND_REPLAY_LOOP] = {"replay_loop", FIELDS_STRETCH, true},
    [COMMAND_OVERVIEW] = {"overview", FIELDS_NONE, false},
    [COMMAND_LABELS] = {"labels", FIELDS_NONE, false},
    [COMMAND_LABEL] = {"label", FIELDS_LABEL, true},
    [COMMAND_LABEL_UNDO] = {"label_undo", FIELDS_AT, true},
    [COMMAND_MAP] = {"map", FIELDS_SETS, true},
    [COMMAND_COURSE] = {"course", FIELDS_AT, true},
    [COMMAND_REPORT] = {"report", FIELDS_LANGUAGE, true},
    [COMMAND_EXPORT] = {"export", FIELDS_EXPORT, true},
    [COMMAND_OPTIONS] = {"options", FIELDS_NONE, false},
    [COMMAND_ALARM_LOG] = {"alarm_log", FIELDS_NONE, false},
    [COMMAND_QUALITY] = {"quality", FIELDS_NONE, false},
    [COMMAND_CASE_LAST] = {"case_last", FIELDS_NONE, false},
    [COMMAND_PROFILES] = {"profiles", FIELDS_NONE, false},
    [COMMAND_PROFILE_USE] = {"profile_use", FIELDS_NAME, true},
    [COMMAND_PROFILE_KEEP] = {"profile_keep", FIELDS_NAME, true},
    [COMMAND_DEVICE] = {"device", FIELDS_NONE, false},
    [COMMAND_PREVIEW] = {"preview", FIELDS_KEY_VALUE, false},
    [COMMAND_KEEP] = {"keep", FIELDS_KEY, true},
    [COMMAND_ACTIVITY] = {"activity", FIELDS_SAMPLE, false},
    [COMMAND_WHAT_IF] = {"what_if", FIELDS_SETS, false},
};

const char *command_op_name(enum command_op op)
{
    return operations[op].name;
}

bool command_needs_control(enum command_op op)
{
    return operations[op].needs_control;
}

/* Copies a string field of min to max bytes. A missing one counts as empty. */
static bool copy_string(const json_t *field, const char *key, size_t min, size_t max, char *out,
                        struct err *err)
{
    if (field && !json_is_string(field) && !json_is_null(field))
        return err_set(err, ERR_FORMAT, "%s: a string is expected", key);
    const char *text = json_is_string(field) ? json_string_value(field) : "";
    const size_t length = json_is_string(field) ? json_string_length(field) : 0;
    if (length < min || length > max)
        return err_set(err, ERR_FORMAT, "%s: %zu bytes, %zu to %zu are allowed", key, length, min,
                       max);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return err_set(err, ERR_FORMAT, "%s: control characters are not allowed", key);
    memcpy(out, text, length + 1);
    return true;
}

static bool read_string(const json_t *object, const char *key, size_t min, size_t max, char *out,
                        struct err *err)
{
    return copy_string(json_object_get(object, key), key, min, max, out, err);
}

static bool read_integer(const json_t *object, const char *key, int64_t min, int64_t max,
                         int64_t *out, struct err *err)
{
    const json_t *field = json_object_get(object, key);
    /* A browser may write an integer as 1e3; jansson calls that a real. */
    const double value = json_is_number(field) ? json_number_value(field) : (double)NAN;
    if (!(value >= (double)min && value <= (double)max) || value != floor(value))
        return err_set(err, ERR_FORMAT, "%s: an integer from %lld to %lld is expected", key,
                       (long long)min, (long long)max);
    *out = json_is_integer(field) ? (int64_t)json_integer_value(field) : (int64_t)value;
    return true;
}

static bool read_number(const json_t *object, const char *key, double min, double max, double *out,
                        struct err *err)
{
    const json_t *field = json_object_get(object, key);
    *out = json_is_number(field) ? json_number_value(field) : (double)NAN;
    if (!(*out >= min && *out <= max))
        return err_set(err, ERR_FORMAT, "%s: a number from %g to %g is expected", key, min, max);
    return true;
}

static bool read_bool(const json_t *object, const char *key, bool *out, struct err *err)
{
    const json_t *field = json_object_get(object, key);
    if (field && !json_is_boolean(field))
        return err_set(err, ERR_FORMAT, "%s: true or false is expected", key);
    *out = json_is_true(field);
    return true;
}

static bool read_hi(const json_t *object, struct client_hi *hi, struct err *err)
{
    if (!read_string(object, "token", 0, CLIENT_TOKEN - 1, hi->token, err) ||
        !read_string(object, "name", 0, MARK_BY - 1, hi->name, err) ||
        !read_string(object, "client", 0, CLIENT_KEY - 1, hi->client, err))
        return false;
    const size_t length = strlen(hi->client);
    const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    if (length > 0 && (length < 8 || strspn(hi->client, allowed) != length))
        return err_set(err, ERR_FORMAT, "client: 8 to 40 letters, digits or dashes are expected");
    const json_t *resume = json_object_get(object, "resume");
    if (!resume || json_is_null(resume))
        return true;
    if (!json_is_object(resume))
        return err_set(err, ERR_FORMAT, "resume: an object or null is expected");
    int64_t tag, last;
    if (!read_integer(resume, "source_tag", 0, UINT16_MAX, &tag, err) ||
        !read_integer(resume, "last_finding", 0, INTEGER_MAX, &last, err))
        return false;
    hi->has_resume = true;
    hi->source_tag = (uint16_t)tag;
    hi->last_finding = (uint64_t)last;
    return true;
}

static bool read_sub(const json_t *object, struct client_sub *sub, struct err *err)
{
    const json_t *wave = json_object_get(object, "wave");
    if (wave && !json_is_null(wave)) {
        int64_t level;
        if (!json_is_object(wave))
            return err_set(err, ERR_FORMAT, "wave: an object or null is expected");
        if (!read_integer(wave, "level", 1, 32, &level, err))
            return false;
        sub->has_wave = true;
        sub->level = (uint8_t)level;
    }
    const json_t *channel = json_object_get(object, "audio_channel");
    int64_t audio_channel = -1;
    if (channel && !json_is_null(channel) &&
        !read_integer(object, "audio_channel", 0, FINDING_CHANNELS - 1, &audio_channel, err))
        return false;
    sub->audio_channel = (int32_t)audio_channel;
    return read_bool(object, "sweeps", &sub->sweeps, err) &&
           read_bool(object, "live", &sub->live, err) &&
           read_bool(object, "audio", &sub->audio, err);
}

static bool read_ack(const json_t *object, struct client_ack *ack, struct err *err)
{
    const json_t *seq = json_object_get(object, "seq");
    if (seq && !json_is_null(seq)) {
        int64_t value, sample = 0;
        if (!read_integer(object, "seq", 0, UINT32_MAX, &value, err))
            return false;
        if (json_is_number(json_object_get(object, "sample")) &&
            !read_integer(object, "sample", 0, INTEGER_MAX, &sample, err))
            return false;
        ack->has_seq = true;
        ack->seq = (uint32_t)value;
        ack->sample = (uint64_t)sample;
    }
    char audio[16];
    if (!read_bool(object, "visible", &ack->is_visible, err) ||
        !read_string(object, "audio", 0, sizeof audio - 1, audio, err))
        return false;
    ack->audio = !strcmp(audio, "on")        ? AUDIO_ON
                 : !strcmp(audio, "blocked") ? AUDIO_BLOCKED
                 : !strcmp(audio, "off")     ? AUDIO_OFF
                                             : AUDIO_UNKNOWN;
    return true;
}

static bool read_sample(const json_t *object, const char *key, uint64_t *out, struct err *err)
{
    int64_t integer;
    if (!read_integer(object, key, 0, INTEGER_MAX, &integer, err))
        return false;
    *out = (uint64_t)integer;
    return true;
}

/* sample, and end_sample where there is one. */
static bool read_label(const json_t *object, struct command *c, struct err *err)
{
    const json_t *end = json_object_get(object, "end_sample");
    c->end_sample = UINT64_MAX;
    return read_string(object, "label", 1, 40, c->text, err) &&
           read_string(object, "channel", 0, 40, c->value, err) &&
           read_sample(object, "sample", &c->sample, err) &&
           (!end || json_is_null(end) || read_sample(object, "end_sample", &c->end_sample, err));
}

/* A list of strings, kept as lines. */
static bool read_sets(const json_t *object, char sets[COMMAND_SETS], struct err *err)
{
    const json_t *list = json_object_get(object, "sets");
    size_t length = 0;
    if (!json_is_array(list))
        return err_set(err, ERR_FORMAT, "sets: a list of section.key=value is expected");
    for (size_t i = 0; i < json_array_size(list); i++) {
        char line[COMMAND_TEXT];
        if (!copy_string(json_array_get(list, i), "sets", 3, sizeof line - 1, line, err))
            return false;
        if (length + strlen(line) + 2 > COMMAND_SETS)
            return err_set(err, ERR_FORMAT, "sets: %d bytes together at most", COMMAND_SETS);
        length += (size_t)sprintf(sets + length, "%s\n", line);
    }
    return true;
}

static bool read_export(const json_t *object, struct command *c, struct err *err)
{
    bool is_identified = false;
    if (!read_string(object, "what", 1, 20, c->text, err) ||
        !read_sample(object, "from", &c->sample, err) ||
        !read_sample(object, "to", &c->end_sample, err) ||
        !read_bool(object, "identified", &is_identified, err))
        return false;
    c->number = is_identified;
    return true;
}

static bool read_op_fields(const json_t *object, struct command *c, struct err *err)
{
    int64_t integer;
    switch (operations[c->op].fields) {
    case FIELDS_NONE:
        return true;
    case FIELDS_NAME:
        return read_string(object, "name", 0, 80, c->text, err);
    case FIELDS_TEXT:
        return read_string(object, "text", 1, MARK_TEXT - 1, c->text, err);
    case FIELDS_KEY:
        return read_string(object, "key", 1, 80, c->text, err);
    case FIELDS_KEY_VALUE:
        return read_string(object, "key", 1, 80, c->text, err) &&
               read_string(object, "value", 0, COMMAND_TEXT - 1, c->value, err);
    case FIELDS_SECONDS:
        return read_number(object, "seconds", 1, 600, &c->number, err);
    case FIELDS_SPEED:
        return read_number(object, "speed", 0.25, 64, &c->number, err);
    case FIELDS_SAMPLE:
        return read_sample(object, "sample", &c->sample, err);
    case FIELDS_STRETCH:
        return read_sample(object, "from", &c->sample, err) &&
               read_sample(object, "to", &c->end_sample, err);
    case FIELDS_LABEL:
        return read_label(object, c, err);
    case FIELDS_LANGUAGE:
        return read_string(object, "language", 2, 2, c->text, err);
    case FIELDS_EXPORT:
        return read_export(object, c, err);
    case FIELDS_AT:
        return read_sample(object, "at", &c->sample, err);
    case FIELDS_SETS:
        return read_sets(object, c->sets, err);
    case FIELDS_BY:
        if (!read_integer(object, "by", -1000, 1000, &integer, err))
            return false;
        if (integer == 0)
            return err_set(err, ERR_FORMAT, "by: 0 is no step");
        c->number = (double)integer;
        return true;
    }
    return true;
}

static bool read_command(const json_t *object, struct command *c, struct err *err)
{
    int64_t id;
    char op[32];
    if (!read_integer(object, "id", 1, INTEGER_MAX, &id, err))
        return false;
    c->id = (uint64_t)id;
    if (!read_string(object, "op", 1, sizeof op - 1, op, err))
        return false;
    for (int i = 0; i < COMMAND_OPS; i++)
        if (!strcmp(op, operations[i].name)) {
            c->op = (enum command_op)i;
            return read_op_fields(object, c, err);
        }
    return err_set(err, ERR_FORMAT, "op: %s is not known", op);
}

static bool read_message(const json_t *object, struct client_message *out, struct err *err)
{
    if (!json_is_object(object))
        return err_set(err, ERR_FORMAT, "a JSON object is expected");
    const char *type = json_string_value(json_object_get(object, "t"));
    if (!type)
        return err_set(err, ERR_FORMAT, "t: the message's type is expected");
    if (!strcmp(type, "hi")) {
        out->type = CLIENT_HI;
        return read_hi(object, &out->hi, err);
    }
    if (!strcmp(type, "sub")) {
        out->type = CLIENT_SUB;
        return read_sub(object, &out->sub, err);
    }
    if (!strcmp(type, "ack")) {
        out->type = CLIENT_ACK;
        return read_ack(object, &out->ack, err);
    }
    if (!strcmp(type, "time")) {
        out->type = CLIENT_TIME;
        return read_number(object, "c0", -1e15, 1e15, &out->time.c0, err);
    }
    if (!strcmp(type, "cmd")) {
        out->type = CLIENT_COMMAND;
        return read_command(object, &out->command, err);
    }
    return true;
}

bool client_message_decode(const char *bytes, size_t size, struct client_message *out,
                           struct err *err)
{
    memset(out, 0, sizeof *out);
    if (size > CLIENT_MESSAGE_MAX)
        return err_set(err, ERR_FORMAT, "message of %zu bytes: at most %d are allowed", size,
                       CLIENT_MESSAGE_MAX);
    json_error_t where;
    json_t *object = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &where);
    if (!object)
        return err_set(err, ERR_FORMAT, "no JSON: %s at byte %d", where.text, where.position);
    const bool is_good = read_message(object, out, err);
    json_decref(object);
    return is_good;
}
