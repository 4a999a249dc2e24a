/* SPDX-License-Identifier: Apache-2.0 */
/* Drives the bank over blocks and drains its output. */
#include "daemon/case_run.h"

#include <stdlib.h>
#include <string.h>

enum { RUN_FINDINGS = 256 }; /* drained as often as it is full; any size gives the same journal */

struct case_run {
    struct montage montage;
    struct case_run_sink sink;
    struct bank *bank; /* the memory it lives in */
    float *emg_uv;
    uint32_t emg_stride;
    uint64_t next_index;
    struct bank_output out;
    struct finding findings[RUN_FINDINGS];
    char line[FINDING_LINE];
};

static void begin(struct case_run *r, const struct montage *montage)
{
    r->montage = *montage;
    r->next_index = 0;
    memset(r->bank, 0, bank_size(&montage->params)); /* touched now, not while frames flow */
    r->bank = bank_init(r->bank, &r->montage.params);
}

struct case_run *case_run_create(const struct montage *montage, const struct case_run_sink *sink,
                                 struct err *err)
{
    struct case_run *r = calloc(1, sizeof *r);
    const size_t size = bank_size(&montage->params);
    if (!r || size == 0) {
        free(r);
        if (size == 0)
            err_set(err, ERR_CONFIG, "no detectors can be made for %u channels at %u Hz",
                    montage->params.channels, montage->params.rate_hz);
        else
            err_set(err, ERR_MEMORY, "detectors");
        return NULL;
    }
    r->sink = *sink;
    r->emg_stride = block_stride(montage->params.channels);
    r->bank = aligned_alloc(64, (size + 63) / 64 * 64);
    r->emg_uv = calloc((size_t)BLOCK_FRAMES * r->emg_stride, sizeof *r->emg_uv);
    if (!r->bank || !r->emg_uv) {
        case_run_destroy(r);
        err_set(err, ERR_MEMORY, "detectors of %zu bytes", size);
        return NULL;
    }
    begin(r, montage);
    return r;
}

bool case_run_reuse(struct case_run *r, const struct montage *montage)
{
    if (bank_size(&montage->params) != bank_size(&r->montage.params) ||
        block_stride(montage->params.channels) != r->emg_stride)
        return false;
    begin(r, montage);
    return true;
}

void case_run_destroy(struct case_run *r)
{
    if (!r)
        return;
    free(r->bank);
    free(r->emg_uv);
    free(r);
}

void case_run_restore(struct case_run *r, const void *state, uint64_t at)
{
    memcpy(r->bank, state, bank_size(&r->montage.params));
    r->next_index = at;
}

static void prepare_output(struct case_run *r)
{
    r->out.findings = (struct finding_list){ .capacity = RUN_FINDINGS, .items = r->findings };
    r->out.emg_uv = r->sink.emg ? r->emg_uv : NULL;
    r->out.emg_frames = 0;
    r->out.sweep_count = 0;
    r->out.features =
        (struct features_sink){ .context = r->sink.context, .take = r->sink.features };
}

static void drain_output(struct case_run *r)
{
    for (uint32_t i = 0; i < r->out.findings.count && r->sink.finding; i++) {
        const struct finding *f = &r->findings[i];
        const size_t length = finding_json_line(&r->montage.context, f, r->line);
        r->sink.finding(r->sink.context, f, r->line, length);
    }
    for (uint32_t i = 0; i < r->out.sweep_count && r->sink.sweep; i++)
        r->sink.sweep(r->sink.context, &r->out.sweeps[i]);
    if (r->out.emg_frames && r->sink.emg)
        r->sink.emg(r->sink.context, &r->out, r->emg_stride);
}

void case_run_feed(struct case_run *r, const struct sample_block *block)
{
    struct sample_block rest = *block;
    for (;;) {
        prepare_output(r);
        uint32_t marks_taken = 0;
        const uint32_t frames = bank_feed(r->bank, &rest, &marks_taken, &r->out);
        r->next_index = rest.first_index + frames;
        drain_output(r);
        rest.first_index += frames;
        rest.frames -= frames;
        rest.counts += (size_t)frames * rest.stride;
        rest.mark_count -= marks_taken;
        memmove(rest.marks, rest.marks + marks_taken, rest.mark_count * sizeof *rest.marks);
        if (rest.frames == 0 && rest.mark_count == 0)
            return;
    }
}

void case_run_mark(struct case_run *r, const char *text, const char *by)
{
    struct sample_block block = { .first_index = r->next_index,
                                  .channels = r->montage.params.inputs,
                                  .stride = block_stride(r->montage.params.inputs),
                                  .mark_count = 1 };
    mark_set(&block.marks[0], r->next_index, text, by);
    case_run_feed(r, &block);
}

void case_run_finish(struct case_run *r)
{
    bool is_done;
    do {
        prepare_output(r);
        is_done = bank_finish(r->bank, &r->out);
        drain_output(r);
    } while (!is_done);
}

uint64_t case_run_next_index(const struct case_run *r)
{
    return r->next_index;
}

const struct bank *case_run_bank(const struct case_run *r)
{
    return r->bank;
}

const struct finding_context *case_run_context(const struct case_run *r)
{
    return &r->montage.context;
}
