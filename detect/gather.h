/* SPDX-License-Identifier: Apache-2.0 */
/* detect/gather.h - asks the stages that look at samples for what alarms need of a run. Pure. */
#ifndef LSRD_DETECT_GATHER_H
#define LSRD_DETECT_GATHER_H

#include "detect/alarm.h"
#include "detect/artifact.h"
#include "detect/run_features.h"
#include "detect/free_running.h"
#include "detect/run.h"

/* Sets first_index, frames, cautery, clipped and, where the alarms look, look (filled). The rest is
 * the caller's. */
void gather_run(const struct frame_run *raw, const struct artifact *artifact,
                const struct free_running *free_running, const struct alarm *alarm,
                struct look_features *look, struct run_features *run);

#endif
