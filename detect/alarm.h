/* SPDX-License-Identifier: Apache-2.0 */
/* detect/alarm.h - alarm conditions, in samples: raised and cleared from what was found. */
#ifndef LSRD_DETECT_ALARM_H
#define LSRD_DETECT_ALARM_H

#include <stddef.h>
#include <stdint.h>

#include "detect/endpoint.h"
#include "detect/params.h"
#include "detect/run.h"

struct alarm;

size_t alarm_size(const struct bank_params *params);
void alarm_init(struct alarm *a, const struct bank_params *params);
void alarm_mark(struct alarm *a, const struct mark *m, struct finding_list *out);

/* After the frames of a run: out holds the run's findings so far (in the order of their making),
 * from which conditions follow; last_sample is the run's last frame. */
void alarm_feed(struct alarm *a, uint64_t last_sample, const struct frame_run *raw,
                const struct endpoint *endpoint, struct finding_list *out);

#endif
