/* SPDX-License-Identifier: Apache-2.0 */
/* Sorts by insertion: a run's findings are few, and made nearly in order. */
#include "detect/finding_order.h"

#include <stdbool.h>

static uint32_t channel_key(const struct finding *f)
{
    switch (f->type) {
    case FINDING_ARTIFACT:
        return f->artifact.channel;
    case FINDING_STIMULUS:
        return f->stimulus.branch;
    case FINDING_SWEEP:
        return f->sweep.channel;
    case FINDING_EMG_EVENT:
        return f->emg_event.channels[0];
    case FINDING_ENDPOINT:
        return f->endpoint.branch;
    case FINDING_ALARM:
        return f->alarm.channel;
    case FINDING_CASE:
    case FINDING_MARK:
    case FINDING_SUMMARY:
        break;
    }
    return 0;
}

static bool before(const struct finding *x, const struct finding *y)
{
    if (x->decided_sample != y->decided_sample)
        return x->decided_sample < y->decided_sample;
    if (x->type != y->type)
        return x->type < y->type;
    return channel_key(x) < channel_key(y);
}

void finding_order(const struct finding_list *list, uint32_t *order)
{
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t k = i;
        while (k > 0 && before(&list->items[i], &list->items[order[k - 1]])) {
            order[k] = order[k - 1];
            k--;
        }
        order[k] = i;
    }
}
