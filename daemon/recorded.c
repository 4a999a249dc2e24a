/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a recorded case with its configuration. */
#include "daemon/recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/mapping.h"

static void add_label(struct settings_labels *out, const char *label)
{
    if (!label[0] || strcmp(label, "artifact") == 0)
        return;
    for (uint32_t i = 0; i < out->count; i++)
        if (strcmp(out->labels[i], label) == 0)
            return;
    out->labels[out->count++] = label;
}

static void add_labels(struct settings_labels *out, const struct option_labels *labels)
{
    for (uint32_t i = 0; i < labels->count; i++)
        add_label(out, labels->labels[i]);
}

void recorded_labels(const struct settings *s, struct settings_labels *out)
{
    out->count = 0;
    if (s->channel_count)
        return; /* inputs are mapped by number, so every signal counts */
    add_label(out, s->trigger.trigger.text);
    for (uint32_t i = 0; i < s->branch_count; i++) {
        add_labels(out, &s->branches[i].direct);
        add_labels(out, &s->branches[i].lateral);
        add_label(out, s->branches[i].trigger.text);
    }
}

static struct recording *open_recording(const struct settings *settings, const char *path,
                                        struct err *err)
{
    struct settings_labels labels;
    recorded_labels(settings, &labels);
    const struct recording_options options = { .labels = labels.labels,
                                               .label_count = labels.count };
    return recording_open(path, &options, err);
}

struct recording *recorded_again(const struct recorded *r, const char *path, struct err *err)
{
    return open_recording(&r->settings, path, err);
}

bool recorded_open(struct recorded *r, const char *path, const struct arguments *arguments,
                   struct err *err)
{
    char own_config[4096];
    struct settings_origin origin = { .path = arguments->config,
                                      .override_count = arguments->override_count,
                                      .overrides = arguments->overrides };
    if (!origin.path && mapping_find(path, own_config, sizeof own_config))
        origin.path = own_config;
    if (!settings_load(&r->settings, &origin, err))
        return false;
    r->recording = open_recording(&r->settings, path, err);
    if (!r->recording)
        return false;
    const char *remark;
    for (uint32_t i = 0; (remark = recording_remark(r->recording, i)); i++)
        log_warn("record", "%s: %s", path, remark);
    return montage_build(&r->settings, recording_format(r->recording), &r->montage, err);
}

void recorded_close(struct recorded *r)
{
    recording_close(r->recording);
    r->recording = NULL;
}

bool recorded_feed(struct recorded *r, struct case_run *run, const struct recorded_watch *watch,
                   struct err *err)
{
    const uint32_t stride = block_stride(recording_format(r->recording)->channels);
    struct sample_block *block = calloc(1, sizeof *block);
    int32_t *counts = aligned_alloc(64, (size_t)BLOCK_FRAMES * stride * sizeof *counts);
    enum recording_result result = RECORDING_FAILED;
    if (!block || !counts)
        err_set(err, ERR_MEMORY, "a block of %u channels", stride);
    else
        do {
            block->counts = counts;
            result = recording_read(r->recording, block, err);
            if (result != RECORDING_BLOCK)
                break;
            if (watch && !watch->block(watch->context, block)) {
                err_set(err, ERR_STATE, "stopped");
                break;
            }
            case_run_feed(run, block);
        } while (true);
    free(counts);
    free(block);
    return result == RECORDING_END;
}
