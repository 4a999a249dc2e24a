/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a label at the start of a mark's value. */
#include "detect/channel_mark.h"

#include <string.h>

uint16_t channel_mark_find(const struct mark *m, const struct mark_meaning *meaning,
                           const struct bank_params *params)
{
    if (meaning->kind != MARK_CHANNEL_OFF && meaning->kind != MARK_CHANNEL_ON)
        return FINDING_NO_CHANNEL;
    const char *value = m->text + meaning->value.at;
    uint16_t found = FINDING_NO_CHANNEL;
    size_t longest = 0;
    for (uint32_t c = 0; c < params->channels; c++) {
        const size_t length = strlen(params->channel[c].label);
        if (length <= longest || length > meaning->value.length ||
            strncmp(value, params->channel[c].label, length) != 0 ||
            (length < meaning->value.length && value[length] != ' '))
            continue;
        longest = length;
        found = (uint16_t)c;
    }
    return found;
}
