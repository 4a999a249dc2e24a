/* SPDX-License-Identifier: Apache-2.0 */
/* base/timemap.h - sample clock against system clock: which frame existed when, and the true rate.
 * Pure: no I/O, no clock, no allocation. One thread per map.
 *
 * Observations say that a number of frames existed by a time. They are late by scheduling and by
 * whole USB packets, never early, so the earliest of each second counts, and a line of least squares
 * through those of the last minute gives offset and rate. */
#ifndef LSRD_BASE_TIMEMAP_H
#define LSRD_BASE_TIMEMAP_H

#include <stdbool.h>
#include <stdint.h>

enum { TIMEMAP_SECONDS = 64 };

struct timemap_point {
    double frames;  /* since the origin */
    double late_ns; /* observed minus nominal time of that frame, since the origin */
};

struct timemap { /* caller owns the memory; fields are private to timemap.c */
    double nominal_hz;
    bool has_origin;
    uint64_t origin_index;
    int64_t origin_ns;
    int64_t second_ns;          /* when the current second began */
    struct timemap_point best;  /* the earliest of the current second */
    uint32_t count;             /* seconds that were finished */
    struct timemap_point points[TIMEMAP_SECONDS];
    double offset_ns, slope_ns; /* late_ns = offset_ns + slope_ns * frames */
};

/* nominal_hz: frames per second as the device claims, above 0. */
void timemap_init(struct timemap *m, double nominal_hz);

/* index frames had been made by time_ns. Both ascend; the index may jump where the time did. */
void timemap_feed(struct timemap *m, uint64_t index, int64_t time_ns);

/* False: nothing was fed yet, and the next three may not be asked. */
bool timemap_is_ready(const struct timemap *m);

/* When the frame was made. */
int64_t timemap_time_ns(const struct timemap *m, uint64_t index);

/* How many frames had been made by then; not below 0. */
uint64_t timemap_index(const struct timemap *m, int64_t time_ns);

/* Frames per second; the nominal rate for the first seconds. */
double timemap_rate_hz(const struct timemap *m);

#endif
