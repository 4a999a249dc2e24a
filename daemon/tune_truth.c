/* SPDX-License-Identifier: Apache-2.0 */
/* Labels and simulated truth become the same thing. */
#include "daemon/tune_truth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/labels.h"
#include "protocol/truth_json.h"

enum { TRUTH_BYTES = 256 << 20 };

static uint16_t channel_of(const struct finding_context *context, const char *label)
{
    for (uint32_t i = 0; i < context->channel_count; i++)
        if (strcmp(context->labels[i], label) == 0)
            return (uint16_t)i;
    return TUNE_ANY_CHANNEL;
}

/* ---- simulated */

static char *read_file(const char *path, size_t *size, struct err *err)
{
    FILE *f = fopen(path, "re");
    char *text = NULL;
    long length = -1;
    if (f && fseek(f, 0, SEEK_END) == 0)
        length = ftell(f);
    if (length >= 0 && length < TRUTH_BYTES)
        text = malloc((size_t)length + 1);
    if (text) {
        rewind(f);
        *size = fread(text, 1, (size_t)length, f);
    } else
        err_set(err, ERR_IO, "%s cannot be read", path);
    if (f)
        fclose(f);
    return text;
}

static bool take_simulated(struct tune_truth *t, const struct truth_read *read,
                           const struct finding_context *context, struct err *err)
{
    t->sweeps = calloc(read->sweep_count + 1, sizeof *t->sweeps);
    t->trains = calloc(read->train_count + 1, sizeof *t->trains);
    if (!t->sweeps || !t->trains)
        return err_set(err, ERR_MEMORY, "a truth");
    for (size_t i = 0; i < read->sweep_count; i++)
        t->sweeps[t->sweep_count++] =
            (struct tune_sweep){.stimulus = read->sweeps[i].stimulus,
                                .channel = channel_of(context, read->sweeps[i].channel),
                                .is_present = read->sweeps[i].is_response};
    for (size_t i = 0; i < read->train_count; i++)
        t->trains[t->train_count++] =
            (struct tune_stretch){.from = read->trains[i].start,
                                  .to = read->trains[i].end,
                                  .channel = channel_of(context, read->trains[i].channel)};
    t->knows_trains = true;
    t->knows_endpoint = true;
    t->gone = read->expects_endpoint ? read->gone : UINT64_MAX;
    return true;
}

static bool open_simulated(struct tune_truth *t, const char *path,
                           const struct finding_context *context, struct err *err)
{
    size_t size = 0;
    char *text = read_file(path, &size, err);
    struct truth_read read;
    if (!text)
        return false;
    bool is_read = truth_json_read(text, size, &read, err);
    free(text);
    if (!is_read) {
        char why[160];
        snprintf(why, sizeof why, "%.150s", err->text);
        return err_set(err, ERR_FORMAT, "%.80s: %s", path, why);
    }
    is_read = take_simulated(t, &read, context, err);
    truth_json_free(&read);
    return is_read;
}

/* ---- labelled */

static int by_sample(const void *a, const void *b)
{
    const struct label *x = *(const struct label *const *)a, *y = *(const struct label *const *)b;
    return x->sample < y->sample ? -1 : x->sample > y->sample;
}

static bool is_lsr(const struct label *l)
{
    return l->kind == LABEL_LSR_GONE || l->kind == LABEL_LSR_RETURNED;
}

/* What is said of one channel (or the case) holds until something else is said of it. Before
 * *gone* it was there: else it could not have gone. */
static void take_lsr(struct tune_truth *t, const struct label *const *sorted, uint32_t count,
                     uint32_t at, const struct finding_context *context, uint64_t length)
{
    const struct label *l = sorted[at];
    const uint16_t channel = l->channel[0] ? channel_of(context, l->channel) : TUNE_ANY_CHANNEL;
    bool is_first = true;
    uint64_t to = length;
    for (uint32_t i = 0; i < at; i++)
        is_first = is_first && !(is_lsr(sorted[i]) && strcmp(sorted[i]->channel, l->channel) == 0);
    for (uint32_t i = at + 1; i < count && to == length; i++)
        if (is_lsr(sorted[i]) && strcmp(sorted[i]->channel, l->channel) == 0)
            to = sorted[i]->sample;
    const bool is_gone = l->kind == LABEL_LSR_GONE;
    if (is_first && is_gone)
        t->stretches[t->stretch_count++] = (struct tune_stretch){
            .from = 0, .to = l->sample, .channel = channel, .is_present = true};
    t->stretches[t->stretch_count++] = (struct tune_stretch){
        .from = l->sample, .to = to, .channel = channel, .is_present = !is_gone};
    if (!l->channel[0])
        t->gone = is_gone ? l->sample : UINT64_MAX;
    t->knows_endpoint = true;
}

static struct tune_stretch stretch_of(const struct label *l, const struct finding_context *context)
{
    return (struct tune_stretch){
        .from = l->sample,
        .to = l->end_sample == LABEL_NO_END ? l->sample + 1 : l->end_sample,
        .channel = l->channel[0] ? channel_of(context, l->channel) : TUNE_ANY_CHANNEL};
}

static bool take_labels(struct tune_truth *t, const struct label *list, uint32_t count,
                        const struct finding_context *context, uint64_t length, struct err *err)
{
    const struct label **sorted = calloc(count, sizeof *sorted);
    t->stretches = calloc(2 * (size_t)count, sizeof *t->stretches);
    t->trains = calloc(count, sizeof *t->trains);
    t->artifacts = calloc(count, sizeof *t->artifacts);
    const bool has_memory = sorted && t->stretches && t->trains && t->artifacts;
    for (uint32_t i = 0; has_memory && i < count; i++)
        sorted[i] = &list[i];
    if (has_memory)
        qsort(sorted, count, sizeof *sorted, by_sample);
    for (uint32_t i = 0; has_memory && i < count; i++)
        switch (sorted[i]->kind) {
        case LABEL_TRUE_TRAIN:
            t->trains[t->train_count++] = stretch_of(sorted[i], context);
            t->knows_trains = true;
            break;
        case LABEL_ARTIFACT:
            t->artifacts[t->artifact_count++] = stretch_of(sorted[i], context);
            break;
        default:
            take_lsr(t, sorted, count, i, context, length);
        }
    free(sorted);
    return has_memory || err_set(err, ERR_MEMORY, "labels");
}

static bool open_labelled(struct tune_truth *t, const char *path,
                          const struct finding_context *context, uint64_t length, struct err *err)
{
    struct labels *labels = labels_open(path, clock_system(), err);
    uint32_t count = 0;
    if (!labels)
        return false;
    const struct label *list = labels_list(labels, &count);
    const bool is_taken =
        count ? take_labels(t, list, count, context, length, err)
              : err_set(err, ERR_USAGE, "%s: no labels, and no %s.truth.json", path, path);
    labels_close(labels);
    return is_taken;
}

/* `case` or `case.bdf`: case.truth.json. */
static void truth_beside(const char *path, char *out, size_t size)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    if (length > 4 && path[length - 4] == '.')
        length -= 4;
    snprintf(out, size, "%.*s.truth.json", (int)length, path);
}

bool tune_truth_open(struct tune_truth *t, const char *path, const char *truth_path,
                     const struct finding_context *context, uint64_t length, struct err *err)
{
    char beside[4096];
    memset(t, 0, sizeof *t);
    t->gone = UINT64_MAX;
    truth_beside(path, beside, sizeof beside);
    if (!truth_path && access(beside, R_OK) == 0)
        truth_path = beside;
    const bool is_open = truth_path ? open_simulated(t, truth_path, context, err)
                                    : open_labelled(t, path, context, length, err);
    if (!is_open)
        tune_truth_close(t);
    return is_open;
}

void tune_truth_close(struct tune_truth *t)
{
    free(t->sweeps);
    free(t->stretches);
    free(t->trains);
    free(t->artifacts);
    memset(t, 0, sizeof *t);
}
