/* SPDX-License-Identifier: Apache-2.0 */
/* detect/alarm.h - alarm conditions, in samples: raised and cleared from what was found.
 * How a condition sounds, latches and is silenced is decided elsewhere, on the clock, and never
 * comes back here. An alarm that is raised once more without being cleared has worsened: its
 * priority is higher. Pure, one block of memory without pointers.
 *
 * | id | priority | raised | cleared |
 * | endpoint_reached | information | last branch with a baseline reached | one comes back, is
 * rejected, retaken | | lsr_recurred | medium | three of ten sweeps respond again | acknowledged,
 * or gone again | | stimulus_lost | medium | pulses without current, or silence | current again, or
 * stimulation=off | | electrode_off | medium; low where no endpoint rests on it | implausible for
 * three sweeps, or 3 s | plausible again | | train_time | medium, high | A-train time over its
 * limits | a minute without trains | | neurotonic_discharge | medium | one train over its limit | 5
 * s behind it | | saturated | low | a channel clipped for long, cautery aside | half a second
 * without | | acquisition_lost, recording_stopped | medium | device=lost, recording=stopped | back,
 * resumed | | control_response | low | three of the control's last ten sweeps respond | none of
 * ten does | */
#ifndef LSRD_DETECT_ALARM_H
#define LSRD_DETECT_ALARM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/option.h"
#include "detect/endpoint.h"
#include "detect/run_features.h"
#include "detect/params.h"

struct alarm;

extern const struct option alarm_options[]; /* of struct alarm_params */

size_t alarm_size(const struct bank_params *params);
void alarm_init(struct alarm *a, const struct bank_params *params);
void alarm_mark(struct alarm *a, const struct mark *m, struct finding_list *out);

/* After a run of at least one frame: out holds the run's findings so far (in the order of their
 * making), from which conditions follow. run->look is given exactly where alarm_look_due(). */
void alarm_feed(struct alarm *a, const struct run_features *run, const struct endpoint *endpoint,
                struct finding_list *out);

/* A control's sweep was judged. */
void alarm_control(struct alarm *a, const struct finding_sweep *control, uint64_t at,
                   struct finding_list *out);

/* Whether a run that ends with this sample is one at which what changes slowly is looked at. */
bool alarm_look_due(const struct alarm *a, uint64_t sample);
/* The least distance of two looks. */
uint64_t alarm_look_frames(const struct alarm *a);
/* Whether the look needs to know this channel's electrode: no branch judges it. */
bool alarm_watches(const struct alarm *a, uint32_t channel);

/* The first sample whose run may say something while nothing clips, no look's features change and
 * the endpoint stays as it is. */
uint64_t alarm_due(const struct alarm *a);

#endif
