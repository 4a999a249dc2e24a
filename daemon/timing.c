/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the worst. */
#include "daemon/timing.h"

#include <stdio.h>

void timing_init(struct timing *t)
{
    for (int i = 0; i < TIMING_STAGES; i++) {
        t->shown[i] = (struct message_timing){ -1, -1 };
        t->running_us[i] = -1;
    }
}

void timing_note(struct timing *t, enum timing_stage stage, int64_t us)
{
    if (us > t->running_us[stage])
        t->running_us[stage] = us;
}

void timing_settle(struct timing *t)
{
    for (int i = 0; i < TIMING_STAGES; i++) {
        struct message_timing *shown = &t->shown[i];
        shown->newest_us = t->running_us[i];
        if (shown->newest_us > shown->worst_us)
            shown->worst_us = shown->newest_us;
        t->running_us[i] = -1;
    }
}

bool timing_line(const struct timing *t, char *text, size_t size)
{
    static const char *const names[] = { "decision", "socket", "painted" };
    int at = snprintf(text, size, "note=latency, worst of the case:");
    bool is_any = false;
    for (int i = 0; i < TIMING_STAGES; i++) {
        if (t->shown[i].worst_us < 0)
            continue;
        at += snprintf(text + at, size - (size_t)at, "%s sample to %s %.1f ms", is_any ? "," : "",
                       names[i], (double)t->shown[i].worst_us / 1000);
        is_any = true;
    }
    return is_any;
}
