/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a simulated case's truth with jansson. */
#include "protocol/truth_json.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define INDEX_MAX 9e15 /* below it every index is a double */

static void copy_label(char out[STREAM_LABEL], const char *label)
{
    const size_t length = strnlen(label, STREAM_LABEL - 1);
    memcpy(out, label, length);
    out[length] = 0;
}

static size_t count_responses(const json_t *stimuli)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(stimuli); i++)
        count += json_object_size(json_object_get(json_array_get(stimuli, i), "lsr"));
    return count;
}

static bool read_index(const json_t *object, const char *key, uint64_t *index, struct err *err)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return err_set(err, ERR_FORMAT, "%s of a stimulus or an event: must be a sample's index", key);
    *index = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_stimulus(const json_t *stimulus, struct truth_read *out, struct err *err)
{
    const char *channel;
    json_t *response;
    uint64_t sample;
    if (!read_index(stimulus, "sample", &sample, err))
        return false;
    json_object_foreach(json_object_get(stimulus, "lsr"), channel, response)
    {
        struct truth_sweep *s = &out->sweeps[out->sweep_count++];
        s->stimulus = sample;
        s->is_response = json_number_value(json_object_get(response, "p2p_uv")) > 0.0;
        copy_label(s->channel, channel);
    }
    return true;
}

static bool read_event(const json_t *event, struct truth_read *out, struct err *err)
{
    const char *kind = json_string_value(json_object_get(event, "kind"));
    const char *channel = json_string_value(json_object_get(event, "channel"));
    if (!kind || !channel || strcmp(kind, "a_train") != 0)
        return true;
    struct truth_train *t = &out->trains[out->train_count++];
    copy_label(t->channel, channel);
    if (!read_index(event, "start", &t->start, err) || !read_index(event, "end", &t->end, err))
        return false;
    return t->start <= t->end || err_set(err, ERR_FORMAT, "an event ends before it starts");
}

static int by_stimulus(const void *a, const void *b)
{
    const struct truth_sweep *x = a;
    const struct truth_sweep *y = b;
    if (x->stimulus != y->stimulus)
        return x->stimulus < y->stimulus ? -1 : 1;
    return strcmp(x->channel, y->channel);
}

static bool read_expected(const json_t *expect, double rate_hz, struct truth_read *out,
                          struct err *err)
{
    const double gone = json_number_value(json_object_get(expect, "lsr_gone_s")) * rate_hz;
    if (!(gone >= 0 && gone < INDEX_MAX))
        return err_set(err, ERR_FORMAT, "lsr_gone_s: must be a time within a case");
    out->expects_endpoint = json_is_true(json_object_get(expect, "endpoint"));
    out->gone = (uint64_t)gone;
    return true;
}

static bool read_truth(const json_t *root, struct truth_read *out, struct err *err)
{
    const json_t *stimuli = json_object_get(root, "stimuli");
    const json_t *events = json_object_get(root, "events");
    const json_t *expect = json_object_get(root, "expect");
    const double rate_hz = json_number_value(json_object_get(root, "fs"));
    if (!json_is_array(stimuli) || !(rate_hz > 0.0))
        return err_set(err, ERR_FORMAT, "no truth of a simulated case: stimuli and fs are missing");
    out->sweeps = calloc(count_responses(stimuli) + 1, sizeof *out->sweeps);
    out->trains = calloc(json_array_size(events) + 1, sizeof *out->trains);
    if (!out->sweeps || !out->trains)
        return err_set(err, ERR_MEMORY, "a truth");
    bool ok = true;
    for (size_t i = 0; ok && i < json_array_size(stimuli); i++)
        ok = read_stimulus(json_array_get(stimuli, i), out, err);
    for (size_t i = 0; ok && i < json_array_size(events); i++)
        ok = read_event(json_array_get(events, i), out, err);
    qsort(out->sweeps, out->sweep_count, sizeof *out->sweeps, by_stimulus);
    return ok && read_expected(expect, rate_hz, out, err);
}

bool truth_json_read(const char *text, size_t size, struct truth_read *out, struct err *err)
{
    json_error_t where;
    json_t *root = json_loadb(text, size, 0, &where);
    memset(out, 0, sizeof *out);
    if (!root)
        return err_set(err, ERR_FORMAT, "no JSON: %s in line %d", where.text, where.line);
    const bool is_read = read_truth(root, out, err);
    json_decref(root);
    if (!is_read)
        truth_json_free(out);
    return is_read;
}

void truth_json_free(struct truth_read *t)
{
    free(t->sweeps);
    free(t->trains);
    memset(t, 0, sizeof *t);
}
