/* SPDX-License-Identifier: Apache-2.0 */
/* detect/finding_order.h - the order in which one run's findings are printed: decided sample, type,
 * channel; equals keep the order of their making. Pure. */
#ifndef LSRD_DETECT_FINDING_ORDER_H
#define LSRD_DETECT_FINDING_ORDER_H

#include <stdint.h>

#include "base/finding.h"

/* order: list->count indices into list->items, filled. */
void finding_order(const struct finding_list *list, uint32_t *order);

#endif
