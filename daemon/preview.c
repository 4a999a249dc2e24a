/* SPDX-License-Identifier: Apache-2.0 */
/* Judges remembered features under a mark that was never made. */
#include "daemon/preview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/compare.h"
#include "detect/judgement.h"
#include "protocol/codes.h"

enum { PREVIEW_SCRATCH = 64 }; /* findings that one mark can make: a few a branch */

struct remembered {
    uint32_t count; /* ever */
    struct stimulus_features stimuli[PREVIEW_SWEEPS];
};

struct preview {
    struct remembered branch[FINDING_BRANCHES];
    struct settings next;
    struct finding scratch[PREVIEW_SCRATCH];
};

struct preview *preview_create(struct err *err)
{
    struct preview *p = calloc(1, sizeof *p);
    if (!p)
        err_set(err, ERR_MEMORY, "preview of thresholds");
    return p;
}

void preview_destroy(struct preview *p)
{
    free(p);
}

void preview_begin(struct preview *p)
{
    for (uint32_t i = 0; i < FINDING_BRANCHES; i++)
        p->branch[i].count = 0;
}

void preview_take(struct preview *p, const struct run_features *run)
{
    for (uint32_t i = 0; i < run->stimulus_count; i++) {
        struct remembered *r = &p->branch[run->stimuli[i].stimulus.branch];
        r->stimuli[r->count++ % PREVIEW_SWEEPS] = run->stimuli[i];
    }
}

/* ---- the mark that was never made */

static struct judgement *copy_judgement(const struct pipeline *pipeline, struct err *err)
{
    const size_t size = judgement_size(&pipeline_montage(pipeline)->params);
    struct judgement *copy = aligned_alloc(64, size);
    if (!copy)
        err_set(err, ERR_MEMORY, "preview of thresholds");
    else
        memcpy((void *)copy, bank_judgement(case_run_bank(pipeline_run(pipeline))), size);
    return copy;
}

static void propose(struct preview *p, const struct pipeline *pipeline,
                    const struct config_difference *change, struct judgement *judgement)
{
    char text[MARK_TEXT] = "set=";
    char assignment[512];
    struct mark mark;
    struct finding_list out = { .items = p->scratch, .capacity = PREVIEW_SCRATCH };
    config_difference_format(change, assignment, sizeof assignment);
    strncat(text, assignment, sizeof text - strlen(text) - 1);
    mark_set(&mark, case_run_next_index(pipeline_run(pipeline)), text, "preview");
    judgement_mark(judgement, &mark, &out);
}

/* ---- what it would say */

struct counts {
    uint32_t judged, now, then;
};

static struct counts count_channel(const struct remembered *r, uint32_t lateral,
                                   const struct response_params *now,
                                   const struct response_params *then)
{
    struct counts c = { 0 };
    const uint32_t kept = r->count < PREVIEW_SWEEPS ? r->count : PREVIEW_SWEEPS;
    for (uint32_t i = 0; i < kept; i++) {
        if (lateral >= r->stimuli[i].lateral_count)
            continue;
        struct finding_sweep is, would;
        lateral_verdict(&r->stimuli[i].lateral[lateral], now, &is);
        lateral_verdict(&r->stimuli[i].lateral[lateral], then, &would);
        if (is.present == TRISTATE_UNKNOWN)
            continue;
        c.judged++;
        c.now += is.present == TRISTATE_YES;
        c.then += would.present == TRISTATE_YES;
    }
    return c;
}

static void print_sweeps(struct text *t, const struct preview *p, const struct bank_params *params,
                         const struct judgement *now, const struct judgement *then)
{
    text_key(t, "sweeps");
    text_raw(t, "[");
    for (uint32_t b = 0; b < params->branches; b++)
        for (uint32_t k = 0; k < params->branch[b].lateral_count; k++) {
            const struct counts c = count_channel(&p->branch[b], k, judgement_response(now),
                                                  judgement_response(then));
            text_next(t);
            text_raw(t, "{");
            text_key_string(t, "branch", params->branch[b].name);
            text_key_string(t, "channel", params->channel[params->branch[b].lateral[k]].label);
            text_key_unsigned(t, "judged", c.judged);
            text_key_unsigned(t, "now", c.now);
            text_key_unsigned(t, "then", c.then);
            text_raw(t, "}");
        }
    text_raw(t, "]");
}

static uint32_t held(const struct finding_endpoint *e, uint32_t *required)
{
    uint32_t n = 0;
    *required = 0;
    for (uint32_t i = 0; i < e->evidence.check_count; i++) {
        if (!e->evidence.checks[i].required)
            continue;
        (*required)++;
        n += e->evidence.checks[i].ok;
    }
    return n;
}

static void print_branches(struct text *t, const struct bank_params *params,
                           const struct judgement *now, const struct judgement *then)
{
    text_key(t, "branches");
    text_raw(t, "[");
    for (uint8_t b = 0; b < params->branches; b++) {
        const struct finding_endpoint is = endpoint_evidence(judgement_endpoint(now), b);
        const struct finding_endpoint would = endpoint_evidence(judgement_endpoint(then), b);
        uint32_t required, then_required;
        text_next(t);
        text_raw(t, "{");
        text_key_string(t, "branch", params->branch[b].name);
        text_key_string(t, "state", code_endpoint_state(is.state));
        text_key_string(t, "then_state", code_endpoint_state(would.state));
        text_key_unsigned(t, "held", held(&is, &required));
        text_key_unsigned(t, "then_held", held(&would, &then_required));
        text_key_unsigned(t, "required", then_required);
        text_raw(t, "}");
    }
    text_raw(t, "]");
}

bool preview_print(struct preview *p, const struct pipeline *pipeline, const char *key,
                   const char *value, struct text *t, struct err *err)
{
    char assignment[512];
    struct config_difference change;
    snprintf(assignment, sizeof assignment, "%.240s=%.255s", key, value);
    p->next = *pipeline_settings(pipeline);
    if (!config_set(settings_sections, &p->next, assignment, err))
        return false;
    const size_t count =
        config_compare(settings_sections, pipeline_settings(pipeline), &p->next, &change, 1);
    if (count != 1)
        return err_set(err, ERR_USAGE, "%s: this is its value", key);
    if (!config_difference_is_live(&change))
        return err_set(err, ERR_USAGE, "%s takes effect at the next case", key);
    struct judgement *then = copy_judgement(pipeline, err);
    if (!then)
        return false;
    propose(p, pipeline, &change, then);
    const struct bank_params *params = &pipeline_montage(pipeline)->params;
    const struct judgement *now = bank_judgement(case_run_bank(pipeline_run(pipeline)));
    text_raw(t, "{");
    text_key_string(t, "key", key);
    text_key_string(t, "was", change.from);
    text_key_string(t, "value", change.to);
    print_sweeps(t, p, params, now, then);
    print_branches(t, params, now, then);
    text_raw(t, "}");
    free(then);
    return true;
}
