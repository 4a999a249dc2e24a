/* SPDX-License-Identifier: Apache-2.0 */
/* One gauge or counter after the other. */
#include "protocol/metrics.h"

#include <math.h>

static void head(struct text *t, const char *name, const char *type, const char *help)
{
    text_raw(t, "# HELP lsrd_");
    text_raw(t, name);
    text_raw(t, " ");
    text_raw(t, help);
    text_raw(t, "\n# TYPE lsrd_");
    text_raw(t, name);
    text_raw(t, " ");
    text_raw(t, type);
    text_raw(t, "\n");
}

static void sample(struct text *t, const char *name, const char *labels, double value, int digits)
{
    text_raw(t, "lsrd_");
    text_raw(t, name);
    text_raw(t, labels);
    text_raw(t, " ");
    if (isnan(value))
        text_raw(t, "NaN");
    else
        text_fixed(t, value, digits);
    text_raw(t, "\n");
}

static void one(struct text *t, const char *name, const char *type, const char *help, double value,
                int digits)
{
    head(t, name, type, help);
    sample(t, name, "", value, digits);
}

static double seconds(int64_t us)
{
    return us < 0 ? (double)NAN : (double)us * 1e-6;
}

static void latency(struct text *t, const struct message_status *s)
{
    static const char *const newest[] = { "{stage=\"decision\"}", "{stage=\"socket\"}",
                                          "{stage=\"paint\"}" };
    const struct message_timing *const stages[] = { &s->decision, &s->socket, &s->paint };
    head(t, "latency_seconds", "gauge", "from a sample's arrival to this stage, worst of the last 0.25 s");
    for (int i = 0; i < 3; i++)
        sample(t, "latency_seconds", newest[i], seconds(stages[i]->newest_us), 6);
    head(t, "latency_worst_seconds", "gauge", "the same, worst of the case");
    for (int i = 0; i < 3; i++)
        sample(t, "latency_worst_seconds", newest[i], seconds(stages[i]->worst_us), 6);
}

void metrics_print(struct text *t, const struct message_status *s)
{
    one(t, "samples_total", "counter", "newest sample of the case", (double)s->newest_sample, 0);
    one(t, "samples_lost_total", "counter", "samples dropped because the daemon was late",
        (double)s->lost_samples, 0);
    one(t, "acquisition_ok", "gauge", "1 while samples come", s->acquisition == ACQUISITION_OK, 0);
    one(t, "case_open", "gauge", "1 while a case runs", s->case_.is_open, 0);
    one(t, "recording_ok", "gauge", "1 while it is recorded", s->case_.recording == RECORDING_YES, 0);
    one(t, "disk_seconds", "gauge", "how long the disk lasts", s->case_.free_s, 0);
    one(t, "displays", "gauge", "browsers that look", s->display_count, 0);
    one(t, "clock_error_ppm", "gauge", "the device's clock against the machine's", s->rate_ppm, 0);
    latency(t, s);
}
