/* SPDX-License-Identifier: Apache-2.0 */
/* tests/amplifier/device.h - the amplifier behind the plug-in: its clock, its frames and its faults, as a
 * function of the time it is asked at. Knows no ALSA.
 *
 * Its frame count begins with the first start and goes on, read or not, open or not, until it is
 * unplugged to return as another. Frame n is frame n modulo the signal's length. */
#ifndef LSRD_TESTS_AMPLIFIER_DEVICE_H
#define LSRD_TESTS_AMPLIFIER_DEVICE_H

#include <stddef.h>

#include "tests/amplifier/description.h"

struct device {
    struct amplifier_description description;
    const unsigned char *map; /* the signal's file; owned */
    size_t map_size;
    const unsigned char *frames; /* inside map */
    uint64_t frame_count;
    size_t sample_bytes;
    size_t frame_bytes;
    bool has_started;
    int64_t zero_ns;     /* monotonic time of frame 0 */
    uint32_t next_fault; /* of those that interrupt: earlier ones are over */
};

/* sample_bytes: of the description's format in memory. False: complaint says why. */
bool device_open(struct device *d, const struct amplifier_description *description,
                 size_t sample_bytes, char complaint[256]);
void device_close(struct device *d);

/* The first call begins the count. */
void device_start(struct device *d, int64_t now_ns);

/* Frames that a reader can see at this time: behind by packets, jitter or while stuck. */
uint64_t device_position(const struct device *d, int64_t now_ns);
/* The same, but for the time while it is stuck: where a start begins. */
uint64_t device_made(const struct device *d, int64_t now_ns);
/* When that many frames can be seen. */
int64_t device_time_of(const struct device *d, uint64_t position);

/* The next xrun, unplug or suspend whose frame has been reached; NULL: none. */
const struct amplifier_fault *device_fault_now(const struct device *d, int64_t now_ns);
/* When the next one will be; INT64_MAX: never. */
int64_t device_next_fault_ns(const struct device *d);
/* When a fault with a length is over. */
int64_t device_fault_end_ns(const struct device *d, const struct amplifier_fault *fault);
void device_fault_is_over(struct device *d);

/* Writes frames from first on, with zero, duplicated and dead stretches in them. */
void device_copy(const struct device *d, uint64_t first, uint64_t count, unsigned char *to);

#endif
