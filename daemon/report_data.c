/* SPDX-License-Identifier: Apache-2.0 */
/* Collects a case for its report. */
#include "daemon/report_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool add_channel(struct report_data *d, uint8_t branch, uint16_t channel,
                        enum sweep_role role, struct err *err)
{
    struct report_channel *c = &d->channels[d->channel_count++];
    *c = (struct report_channel){.branch = branch, .channel = channel, .role = role};
    c->sweeps = calloc(REPORT_SWEEPS, sizeof *c->sweeps);
    return c->sweeps ? true : err_set(err, ERR_MEMORY, "a report");
}

bool report_data_init(struct report_data *d, const struct montage *montage, struct err *err)
{
    memset(d, 0, sizeof *d);
    d->montage = montage;
    d->rows = calloc(REPORT_ROWS, sizeof *d->rows);
    bool ok = d->rows ? true : err_set(err, ERR_MEMORY, "a report");
    for (uint32_t b = 0; ok && b < montage->params.branches; b++) {
        const struct bank_branch *branch = &montage->params.branch[b];
        if (branch->direct != FINDING_NO_CHANNEL)
            ok = add_channel(d, (uint8_t)b, branch->direct, SWEEP_DIRECT, err);
        for (uint16_t i = 0; ok && i < branch->lateral_count; i++)
            ok = add_channel(d, (uint8_t)b, branch->lateral[i], SWEEP_LSR, err);
        for (uint32_t i = branch->lateral_count; ok && i < bank_branch_judged(branch); i++)
            ok = add_channel(d, (uint8_t)b, branch->lateral[i], SWEEP_CONTROL, err);
    }
    return ok;
}

void report_data_fini(struct report_data *d)
{
    for (uint32_t i = 0; i < d->channel_count; i++) {
        free(d->channels[i].points);
        free(d->channels[i].sweeps);
    }
    free(d->rows);
    memset(d, 0, sizeof *d);
}

void report_data_finding(void *context, const struct finding *f, const char *line, size_t length)
{
    (void)line;
    (void)length;
    struct report_data *d = context;
    if (f->type == FINDING_SUMMARY)
        d->summary = f->summary;
    if (f->type == FINDING_CASE || f->type == FINDING_SWEEP || f->type == FINDING_STIMULUS ||
        f->type == FINDING_SUMMARY ||
        (f->type == FINDING_EMG_EVENT && f->emg_event.kind == EMG_SPIKE))
        return;
    if (d->row_count < REPORT_ROWS)
        d->rows[d->row_count++] = *f;
    else
        d->rows_left_out++;
}

static struct report_channel *find_channel(struct report_data *d, const struct finding_sweep *v)
{
    for (uint32_t i = 0; i < d->channel_count; i++)
        if (d->channels[i].branch == v->branch && d->channels[i].channel == v->channel &&
            d->channels[i].role == v->role)
            return &d->channels[i];
    return NULL;
}

static void keep_point(struct report_data *d, struct report_channel *c,
                       const struct finding_sweep *v)
{
    if ((c->point_count & (c->point_count - 1)) == 0) { /* capacity: the next power of two */
        const size_t capacity = c->point_count ? 2 * (size_t)c->point_count : 1;
        struct report_point *bigger = realloc(c->points, capacity * sizeof *bigger);
        if (!bigger) {
            d->is_out_of_memory = true;
            return;
        }
        c->points = bigger;
    }
    c->points[c->point_count++] = (struct report_point){.sample = v->stimulus_sample,
                                                        .amplitude_uv = (float)v->amplitude_uv,
                                                        .is_present = v->present == TRISTATE_YES};
}

void report_data_sweep(void *context, const struct bank_sweep *sweep)
{
    struct report_data *d = context;
    const struct finding_sweep *v = &sweep->verdict;
    struct report_channel *c = find_channel(d, v);
    if (!c || v->reason != REASON_NONE || d->is_out_of_memory)
        return;
    if (isfinite(v->amplitude_uv))
        keep_point(d, c, v);
    if (sweep->samples == 0)
        return;
    c->sweep_samples = sweep->samples < REPORT_SAMPLES ? sweep->samples : REPORT_SAMPLES;
    c->sweep_first_ms = ((double)sweep->first_sample - (double)v->stimulus_sample) * 1000 /
                        d->montage->params.rate_hz;
    memcpy(c->sweeps[c->sweep_count++ % REPORT_SWEEPS], sweep->uv,
           c->sweep_samples * sizeof *sweep->uv);
}
