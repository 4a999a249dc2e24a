/* SPDX-License-Identifier: Apache-2.0 */
/* Counts events into slots. */
#include "daemon/activity.h"

#include <string.h>

void activity_begin(struct activity *a, uint32_t rate_hz)
{
    memset(a, 0, sizeof *a);
    a->rate_hz = rate_hz;
}

static struct activity_slot *slot_of(struct activity *a, uint64_t sample)
{
    const uint64_t at = sample / (ACTIVITY_SLOT_S * (uint64_t)a->rate_hz);
    const uint32_t slot = at < ACTIVITY_SLOTS ? (uint32_t)at : ACTIVITY_SLOTS - 1;
    for (; a->count <= slot; a->count++)
        a->slots[a->count].train_s = a->count ? a->slots[a->count - 1].train_s : 0.0;
    return &a->slots[slot];
}

void activity_finding(struct activity *a, const struct finding *f)
{
    if (f->type != FINDING_EMG_EVENT)
        return;
    const struct finding_emg_event *e = &f->emg_event;
    slot_of(a, e->start_sample)->events[e->kind]++;
    if (e->kind != EMG_A_TRAIN)
        return;
    /* A train that ends in the next slot counts where it is known: the sum never falls. */
    const struct activity_slot *now = slot_of(a, f->decided_sample);
    const double train_s = (double)(e->end_sample - e->start_sample) / (double)a->rate_hz;
    for (uint32_t i = (uint32_t)(now - a->slots); i < a->count; i++)
        a->slots[i].train_s += train_s;
}

void activity_now(struct activity *a, uint64_t sample, const struct synchrony_trend *synchrony)
{
    slot_of(a, sample)->synchrony = *synchrony;
}

void activity_print(const struct activity *a, uint64_t sample, struct text *t)
{
    text_raw(t, "[");
    for (uint64_t i = sample / (ACTIVITY_SLOT_S * (uint64_t)a->rate_hz); i < a->count; i++) {
        const struct activity_slot *m = &a->slots[i];
        text_next(t);
        text_raw(t, "[");
        text_unsigned(t, i);
        for (int k = 0; k < EMG_KINDS; k++) {
            text_next(t);
            text_unsigned(t, m->events[k]);
        }
        text_next(t);
        text_fixed(t, m->train_s, 3);
        const uint32_t shared[] = {m->synchrony.bursts, m->synchrony.common, m->synchrony.lateral};
        for (size_t k = 0; k < sizeof shared / sizeof *shared; k++) {
            text_next(t);
            text_unsigned(t, shared[k]);
        }
        text_next(t);
        text_fixed(t, m->synchrony.lag_ms, 1);
        text_raw(t, "]");
    }
    text_raw(t, "]");
}
