/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a comparison side by side. */
#include "daemon/comparison_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sweeps closer than this belong together: the slowest stimulators give one in two seconds. */
static const double together_s = 10.0;

/* Sweeps of one channel that change alike. */
struct stretch {
    const struct comparison_difference *first, *last;
    uint32_t count;
    bool told;
};

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

static void print_stretch(const struct finding_context *context, const struct stretch *s, FILE *out)
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

static bool is_alike(const struct comparison_difference *x, const struct comparison_difference *y)
{
    return any_of(x)->channel == any_of(y)->channel && any_of(x)->branch == any_of(y)->branch &&
           x->change == y->change && strcmp(name_of(x->was), name_of(y->was)) == 0 &&
           strcmp(name_of(x->now), name_of(y->now)) == 0;
}

/* How far the stretch that begins here goes; told[]: differences that a stretch has taken. */
static struct stretch stretch_from(const struct finding_context *context,
                                   const struct comparison_difference *list, size_t count,
                                   size_t from, bool *told)
{
    struct stretch s = {.first = &list[from], .last = &list[from]};
    for (size_t i = from; i < count; i++) {
        const double apart = (double)(comparison_sample(&list[i]) - comparison_sample(s.last));
        if (apart > together_s * context->rate_hz)
            break;
        if (told[i] || any_of(&list[i])->what != WHAT_SWEEP || !is_alike(s.first, &list[i]))
            continue;
        told[i] = true;
        s.last = &list[i];
        s.count++;
    }
    return s;
}

void comparison_text_print(const struct finding_context *context, const struct comparison *c,
                           FILE *out)
{
    size_t count;
    const struct comparison_difference *list = comparison_differences(c, &count);
    bool *told = calloc(count + 1, sizeof *told);
    if (count)
        fprintf(out, "%8s  %-22s %-32s %s\n", "at", "", "as monitored", "now");
    for (size_t i = 0; told && i < count; i++) {
        if (told[i])
            continue;
        if (any_of(&list[i])->what != WHAT_SWEEP) {
            print_one(context, &list[i], out);
            continue;
        }
        const struct stretch s = stretch_from(context, list, count, i, told);
        print_stretch(context, &s, out);
    }
    free(told);
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
