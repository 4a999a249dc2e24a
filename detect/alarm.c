/* SPDX-License-Identifier: Apache-2.0 */
/* Alarm conditions. */
#include "detect/alarm.h"

struct alarm {
    uint64_t last_sample;
};

size_t alarm_size(const struct bank_params *params)
{
    (void)params;
    return sizeof(struct alarm);
}

void alarm_init(struct alarm *a, const struct bank_params *params)
{
    (void)params;
    memset(a, 0, sizeof *a);
}

void alarm_mark(struct alarm *a, const struct mark *m, struct finding_list *out)
{
    (void)out;
    a->last_sample = m->sample;
}

void alarm_feed(struct alarm *a, uint64_t last_sample, const struct frame_run *raw,
                const struct endpoint *endpoint, struct finding_list *out)
{
    (void)raw;
    (void)endpoint;
    (void)out;
    a->last_sample = last_sample;
}
