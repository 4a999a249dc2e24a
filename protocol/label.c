/* SPDX-License-Identifier: Apache-2.0 */
/* A label as a line of JSON, and back. */
#include "protocol/label.h"

#include <string.h>

#include <jansson.h>

static const char *const names[LABEL_KINDS] = {"lsr_gone", "lsr_returned", "true_train",
                                               "artifact"};

const char *label_kind_name(enum label_kind kind)
{
    return names[kind];
}

bool label_kind_find(const char *name, enum label_kind *kind)
{
    for (int i = 0; i < LABEL_KINDS; i++)
        if (strcmp(names[i], name) == 0) {
            *kind = (enum label_kind)i;
            return true;
        }
    return false;
}

void label_encode(struct text *t, const struct label *l)
{
    text_raw(t, "{");
    text_key_unsigned(t, "sample", l->sample);
    text_key(t, "end_sample");
    if (l->end_sample == LABEL_NO_END)
        text_raw(t, "null");
    else
        text_unsigned(t, l->end_sample);
    text_key_string(t, "label", names[l->kind]);
    text_key_string(t, "channel", l->channel[0] ? l->channel : NULL);
    text_key_string(t, "by", l->by);
    text_key_string(t, "utc", l->utc);
    if (l->retracted_by[0])
        text_key_string(t, "retracted_by", l->retracted_by);
    text_raw(t, "}");
}

static bool take_string(const json_t *o, const char *key, char *out, size_t size, struct err *err)
{
    const json_t *field = json_object_get(o, key);
    out[0] = 0;
    if (!field || json_is_null(field))
        return true;
    if (!json_is_string(field) || json_string_length(field) >= size)
        return err_set(err, ERR_FORMAT, "%s: must be a string of less than %zu bytes", key, size);
    memcpy(out, json_string_value(field), json_string_length(field) + 1);
    return true;
}

static bool take_sample(const json_t *field, const char *key, uint64_t *out, struct err *err)
{
    if (!json_is_integer(field) || json_integer_value(field) < 0)
        return err_set(err, ERR_FORMAT, "%s: must be a sample, 0 or more", key);
    *out = (uint64_t)json_integer_value(field);
    return true;
}

static bool take(const json_t *o, struct label *l, struct err *err)
{
    char name[24];
    const json_t *end = json_object_get(o, "end_sample");
    if (!json_is_object(o))
        return err_set(err, ERR_FORMAT, "must be a JSON object");
    l->end_sample = LABEL_NO_END;
    if (!take_sample(json_object_get(o, "sample"), "sample", &l->sample, err) ||
        (end && !json_is_null(end) && !take_sample(end, "end_sample", &l->end_sample, err)) ||
        !take_string(o, "label", name, sizeof name, err) ||
        !take_string(o, "channel", l->channel, sizeof l->channel, err) ||
        !take_string(o, "by", l->by, sizeof l->by, err) ||
        !take_string(o, "utc", l->utc, sizeof l->utc, err) ||
        !take_string(o, "retracted_by", l->retracted_by, sizeof l->retracted_by, err))
        return false;
    if (l->end_sample < l->sample)
        return err_set(err, ERR_FORMAT, "end_sample: must not be before sample");
    return label_kind_find(name, &l->kind) ||
           err_set(err, ERR_FORMAT,
                   "label %s: must be lsr_gone, lsr_returned, true_train or artifact", name);
}

bool label_decode(const char *line, size_t size, struct label *l, struct err *err)
{
    memset(l, 0, sizeof *l);
    json_error_t where;
    json_t *o = json_loadb(line, size, 0, &where);
    if (!o)
        return err_set(err, ERR_FORMAT, "no JSON: %s", where.text);
    const bool ok = take(o, l, err);
    json_decref(o);
    return ok;
}

bool label_is_same(const struct label *a, const struct label *b)
{
    return a->sample == b->sample && a->end_sample == b->end_sample && a->kind == b->kind &&
           strcmp(a->channel, b->channel) == 0 && strcmp(a->by, b->by) == 0;
}
