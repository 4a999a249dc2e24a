/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/metrics.h - the status as plain text for a monitoring system, in Prometheus' exposition format
 * 0.0.4. No names: neither of people nor of cases. Pure. */
#ifndef LSRD_PROTOCOL_METRICS_H
#define LSRD_PROTOCOL_METRICS_H

#include "protocol/message.h"

void metrics_print(struct text *t, const struct message_status *status);

#endif
