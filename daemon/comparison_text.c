/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a comparison side by side. */
#include "daemon/comparison_text.h"

#include <math.h>

static void format_time(const struct finding_context *context, uint64_t sample, char *out,
                        size_t size)
{
    const double seconds = (double)sample / context->rate_hz;
    const int minutes = (int)(seconds / 60);
    snprintf(out, size, "%d:%04.1f", minutes, floor((seconds - minutes * 60) * 10) / 10);
}

static const char *where(const struct finding_context *context, const struct comparison_item *item)
{
    if (item->channel < context->channel_count)
        return context->labels[item->channel];
    return item->branch < context->branch_count ? context->branches[item->branch] : "";
}

static const struct comparison_item *any_of(const struct comparison_difference *d)
{
    return d->was ? d->was : d->now;
}

static const char *name_of(const struct comparison_item *item)
{
    return item ? comparison_item_name(item) : "-";
}

/* `reached at 1:32.1`, or `-`. */
static void format_side(const struct finding_context *context, const struct comparison_item *item,
                        char *out, size_t size)
{
    char time[24];
    if (!item) {
        snprintf(out, size, "-");
        return;
    }
    format_time(context, item->start, time, sizeof time);
    snprintf(out, size, "%s at %s", comparison_item_name(item), time);
}

static void print_one(const struct finding_context *context, const struct comparison_difference *d,
                      FILE *out)
{
    const struct comparison_item *any = any_of(d);
    char time[24], was[64], now[64], by[32] = "";
    format_time(context, comparison_sample(d), time, sizeof time);
    format_side(context, d->was, was, sizeof was);
    format_side(context, d->now, now, sizeof now);
    if (d->was && d->now)
        snprintf(by, sizeof by, " by %.2f s",
                 fabs((double)d->now->start - (double)d->was->start) / context->rate_hz);
    fprintf(out, "%8s  %-9s %-12s %-32s %-32s %s%s\n", time,
            comparison_what_name((enum comparison_what)any->what), where(context, any), was, now,
            comparison_change_name(d->change), by);
}

static void print_sweeps(const struct finding_context *context, const struct comparison_row *s, FILE *out)
{
    const struct comparison_item *any = any_of(s->first);
    char time[24], was[64], now[64];
    format_time(context, comparison_sample(s->first), time, sizeof time);
    snprintf(was, sizeof was, "%s", name_of(s->first->was));
    snprintf(now, sizeof now, "%s", name_of(s->first->now));
    fprintf(out, "%8s  %-9s %-12s %-32s %-32s %s", time, s->count > 1 ? "sweeps" : "sweep",
            where(context, any), was, now, comparison_change_name(s->first->change));
    if (s->count > 1) {
        format_time(context, comparison_sample(s->last), time, sizeof time);
        fprintf(out, ", %u to %s", s->count, time);
    }
    fputc('\n', out);
}

void comparison_text_print(const struct finding_context *context, const struct comparison *c,
                           FILE *out)
{
    size_t count;
    const struct comparison_row *rows = comparison_rows(c, &count);
    if (count)
        fprintf(out, "%8s  %-22s %-32s %s\n", "at", "", "as monitored", "now");
    for (size_t i = 0; i < count; i++)
        if (any_of(rows[i].first)->what == WHAT_SWEEP)
            print_sweeps(context, &rows[i], out);
        else
            print_one(context, rows[i].first, out);
}

void comparison_text_totals(const struct comparison_total *totals, const uint32_t *judged,
                            FILE *out)
{
    static const char *const names[] = {"sweeps with a response", "events", "changes of the endpoint",
                                        "alarms"};
    fprintf(out, "%-24s %12s %8s %8s %8s %8s %8s %8s\n", "", "as monitored", "now", "new", "gone",
            "earlier", "later", "changed");
    fprintf(out, "%-24s %12u %8u\n", "sweeps judged", judged[SIDE_WAS], judged[SIDE_NOW]);
    for (int what = 0; what < WHATS; what++) {
        const struct comparison_total *t = &totals[what];
        fprintf(out, "%-24s %12u %8u", names[what], t->count[SIDE_WAS], t->count[SIDE_NOW]);
        for (int change = 0; change < CHANGES; change++)
            fprintf(out, " %8u", t->changes[change]);
        fputc('\n', out);
    }
}
