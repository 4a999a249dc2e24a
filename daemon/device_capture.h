/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/device_capture.h - some seconds of a capture device, opened as it is: what `lsrd devices test` and
 * `lsrd calibrate` look at. */
#ifndef LSRD_DAEMON_DEVICE_CAPTURE_H
#define LSRD_DAEMON_DEVICE_CAPTURE_H

#include "acquisition/alsa.h"
#include "acquisition/probe.h"
#include "daemon/arguments.h"

/* A capture needs nothing but the device. */
struct device_test {
    struct alsa_options device;
};

/* Takes the device's name, its own best rate, and --set device.KEY=VALUE. */
bool device_test_options(struct device_test *test, const char *pcm,
                         const struct arguments *arguments, struct err *err);

/* `--seconds`: 1 to 60. text may be NULL. */
bool device_capture_seconds(const char *text, double *seconds, struct err *err);

/* Opens and starts; NULL: err says why. Destroy it with source_destroy(). */
struct source *device_capture_open(const struct device_test *test, struct err *err);

/* Reads so many seconds, or as many as fit into 64 MB; prints nothing. NULL: the device fell silent,
 * went away or became another. Destroy it with probe_destroy(). */
struct probe *device_capture(struct source *source, double seconds, struct err *err);

#endif
