/* SPDX-License-Identifier: Apache-2.0 */
/* detect/hum.h - mains hum estimated by least squares on quiet stretches and subtracted: no notch,
 * nothing that rings. Pure, one block of memory. */
#ifndef LSRD_DETECT_HUM_H
#define LSRD_DETECT_HUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detect/artifact.h"
#include "detect/params.h"
#include "detect/run.h"

struct hum;

size_t hum_size(const struct bank_params *params);
void hum_init(struct hum *h, const struct bank_params *params);

/* Writes raw minus the hum estimated so far to clean (frames x stride), then learns from the run
 * where it is quiet: outside blank (a stimulus) and of what artifact masks. */
void hum_feed(struct hum *h, const struct frame_run *raw, struct stimulus_blank blank,
              const struct artifact *artifact, double *clean);

/* Whether an estimate is in use. */
bool hum_settled(const struct hum *h);

void hum_gap(struct hum *h, uint64_t to);

#endif
