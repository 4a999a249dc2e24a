/* SPDX-License-Identifier: Apache-2.0 */
/* detect/emg_group.h - gives clusters of discharges their names. Pure.
 *
 *   spike    one or two discharges, what is shorter than 45 ms (as a heartbeat is), or several too
 *            far apart to be a train
 *   burst    three discharges or more in 45 ms to a second, 15 a second or faster
 *   B train  longer than a second, under 24 firings a second
 *   C train  longer than a second, 24 firings a second or more: an interference pattern
 *   A train  60 to 210 Hz, monomorphic and regular (found by its period, not here)
 *   spasm    shared by muscles (found across channels, not here)
 *
 * The second and the rates are clinical usage (bursts last under a second; B trains have intervals
 * of up to 500 ms; a C train is continuous). After ten intervals
 * in a row that differ by less than 2 % (under 40 Hz), it is a stimulator, not a muscle: what keeps
 * its pace is no event. A run that turns from single firings into interference, or back, for a
 * second or more is divided there. */
#ifndef LSRD_DETECT_EMG_GROUP_H
#define LSRD_DETECT_EMG_GROUP_H

#include "detect/emg_channel.h"
#include "detect/run.h"

/* Where events go and what turns points into frames. */
struct emg_context {
    struct finding_list *out;
    uint64_t decided; /* frame */
    uint32_t step;    /* frames a point */
    double rate_hz;   /* points per second */
};

void emg_sum_start(struct emg_sum *s, const struct discharge *d);
void emg_sum_add(struct emg_sum *s, const struct discharge *d, double rate_hz);
void emg_sum_join(struct emg_sum *s, const struct emg_sum *later);
double emg_sum_rate(const struct emg_sum *s, double rate_hz);   /* discharges per second */
double emg_sum_firing(const struct emg_sum *s, double rate_hz); /* firings per second */

/* A cluster that is no spasm goes into its channel's run; a run it does not belong to is closed.
 * quiet_points: unblanked points between the run's end and the cluster. */
void emg_run_add(struct emg_channel *c, uint16_t number, const struct emg_cluster *cluster,
                 uint32_t quiet_points, const struct emg_context *context);

/* Names the run and gives it out; nothing where none is open. */
void emg_run_close(struct emg_channel *c, uint16_t number, const struct emg_context *context);

/* Unblanked points of quiet after which the open run is over. */
uint32_t emg_run_patience(const struct emg_channel *c, double rate_hz);

/* One event of one or several channels. frequency_hz: NAN where it has none. */
void emg_event_give(const struct emg_context *context, enum emg_kind kind, const uint16_t *channels,
                    uint16_t count, const struct emg_sum *sum, double lead_points,
                    double lag_points, double frequency_hz, double span_uv);

#endif
