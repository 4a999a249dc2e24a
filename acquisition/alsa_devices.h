/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/alsa_devices.h - the capture devices of this machine, by names that stay the same when
 * others are plugged in. */
#ifndef LSRD_ACQUISITION_ALSA_DEVICES_H
#define LSRD_ACQUISITION_ALSA_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { ALSA_DEVICES = 64 };

struct alsa_device {
    char pcm[64];      /* `hw:CARD=EMG8,DEV=0`, for device.pcm */
    char name[128];    /* what card and device call themselves */
    char offer[160];   /* `S24_3LE; 20, 48 kHz; 8 channels`; empty: it could not be asked */
    char problem[160]; /* why lsrd cannot use it, or not now; empty: it can */
};

/* Fills at most max; returns how many. Opens each for a moment. */
uint32_t alsa_devices_list(struct alsa_device *list, uint32_t max);

/* The rate to try a device with where nobody named one: 20 kHz, else the next above that it does,
 * else its highest. */
bool alsa_devices_rate(const char *pcm, uint32_t *rate_hz, struct err *err);

#endif
