/* SPDX-License-Identifier: Apache-2.0 */
/* What a comparison found, as JSON. */
#include "daemon/comparison.h"

#include "protocol/codes.h"

const char *comparison_what_name(enum comparison_what what)
{
    static const char *const names[] = {"sweep", "event", "endpoint", "alarm"};
    return names[what];
}

const char *comparison_change_name(enum comparison_change change)
{
    static const char *const names[] = {"new", "gone", "earlier", "later", "changed"};
    return names[change];
}

static const char *verdict_name(const struct comparison_item *sweep)
{
    switch ((enum comparison_verdict)sweep->verdict) {
    case VERDICT_LEARNING:
        return "learning";
    case VERDICT_RESPONSE:
        return "response";
    case VERDICT_NONE:
        return "none";
    case VERDICT_NOT_JUDGED:
        break;
    }
    return code_sweep_reason(sweep->reason);
}

const char *comparison_item_name(const struct comparison_item *item)
{
    switch ((enum comparison_what)item->what) {
    case WHAT_SWEEP:
        return verdict_name(item);
    case WHAT_EVENT:
        return code_emg_kind(item->code);
    case WHAT_ENDPOINT:
        return code_endpoint_state(item->code);
    case WHAT_ALARM:
        return code_alarm_id(item->code);
    case WHATS:
        break;
    }
    return "";
}

static void side_json(struct text *out, const char *key, const struct comparison_item *item)
{
    text_key(out, key);
    if (!item) {
        text_raw(out, "null");
        return;
    }
    text_raw(out, "{");
    text_key_string(out, "name", comparison_item_name(item));
    text_key_unsigned(out, "sample", item->start);
    if (item->what == WHAT_ALARM)
        text_key_string(out, "priority", code_alarm_priority(item->verdict));
    if (item->what == WHAT_ENDPOINT)
        text_key_string(out, "reason", code_endpoint_reason(item->reason));
    text_raw(out, "}");
}

static void members_json(const struct finding_context *context,
                         const struct comparison_difference *d, struct text *out)
{
    const struct comparison_item *any = d->was ? d->was : d->now;
    text_key_string(out, "what", comparison_what_name(any->what));
    text_key_string(out, "change", comparison_change_name(d->change));
    if (any->channel < context->channel_count)
        text_key_string(out, "channel", context->labels[any->channel]);
    if (any->branch < context->branch_count)
        text_key_string(out, "branch", context->branches[any->branch]);
    side_json(out, "was", d->was);
    side_json(out, "now", d->now);
    if (d->was && d->now && d->was->start != d->now->start) {
        const double frames = d->now->start > d->was->start
                                  ? (double)(d->now->start - d->was->start)
                                  : -(double)(d->was->start - d->now->start);
        text_key_fixed(out, "by_s", frames / context->rate_hz, 3);
    }
}

void comparison_json(const struct finding_context *context, const struct comparison_difference *d,
                     struct text *out)
{
    text_raw(out, "{");
    text_key_string(out, "type", "difference");
    members_json(context, d, out);
    text_raw(out, "}");
}

void comparison_json_row(const struct finding_context *context, const struct comparison_row *row,
                         struct text *out)
{
    text_raw(out, "{");
    members_json(context, row->first, out);
    text_key_unsigned(out, "count", row->count);
    text_key_unsigned(out, "to_sample", comparison_sample(row->last));
    text_raw(out, "}");
}

void comparison_json_totals(const struct comparison_total *totals, const uint32_t *judged,
                            struct text *out)
{
    static const char *const keys[] = {"sweeps", "events", "endpoints", "alarms"};
    for (int what = 0; what < WHATS; what++) {
        text_key(out, keys[what]);
        text_raw(out, "{");
        text_key_unsigned(out, "was", totals[what].count[SIDE_WAS]);
        text_key_unsigned(out, "now", totals[what].count[SIDE_NOW]);
        for (int change = 0; change < CHANGES; change++)
            text_key_unsigned(out, comparison_change_name((enum comparison_change)change),
                              totals[what].changes[change]);
        if (what == WHAT_SWEEP) {
            text_key_unsigned(out, "judged_was", judged[SIDE_WAS]);
            text_key_unsigned(out, "judged_now", judged[SIDE_NOW]);
        }
        text_raw(out, "}");
    }
}
