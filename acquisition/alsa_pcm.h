/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/alsa_pcm.h - opens one ALSA capture device and agrees with it on format, rate, channels,
 * period and buffer; says what it offers where it refuses. Internal to acquisition/alsa*. */
#ifndef LSRD_ACQUISITION_ALSA_PCM_H
#define LSRD_ACQUISITION_ALSA_PCM_H

#include <stdbool.h>
#include <stdint.h>

#include "acquisition/convert.h"
#include "base/err.h"

enum {
    ALSA_CHANNELS = 64,
    ALSA_RATE_MIN = 8000,
    ALSA_RATE_MAX = 192000,
    ALSA_ANY_FORMAT = PCM_FORMATS,
};

enum alsa_access { ALSA_ACCESS_AUTO, ALSA_ACCESS_MMAP, ALSA_ACCESS_READ };

struct alsa_wish {
    const char *pcm;
    uint32_t format;          /* enum pcm_format, or ALSA_ANY_FORMAT: the one that keeps most bits */
    uint32_t rate_hz;         /* exactly this; no resampling */
    uint32_t channels;        /* exactly this many; 0: the fewest that hold channels_needed */
    uint32_t channels_needed; /* 0 (with channels 0): all it has, up to ALSA_CHANNELS */
    double period_s, buffer_s; /* the nearest that the device can do */
    uint32_t access;          /* enum alsa_access */
    bool is_relaxed; /* a device that came back: the nearest rate and channel count will do */
};

struct alsa_pcm {
    struct _snd_pcm *pcm; /* NULL: not open */
    enum pcm_format format;
    uint32_t rate_hz;
    uint32_t channels;
    uint32_t period_frames;
    uint32_t buffer_frames;
    bool is_mmap;
};

/* What a device can do. */
struct alsa_offer {
    uint32_t formats; /* bit 1 << enum pcm_format */
    uint32_t rate_min_hz, rate_max_hz;
    uint32_t rate_count;
    uint32_t rates_hz[16]; /* of the usual rates, those it does exactly */
    uint32_t channels_min, channels_max;
    char other_formats[64]; /* names of those that lsrd does not take, with blanks between */
};

/* Opens and configures; not started. False: err names the device, what was wished and what it
 * offers. Allocates; not for the time while frames flow. */
bool alsa_pcm_open(struct alsa_pcm *p, const struct alsa_wish *wish, struct err *err);
void alsa_pcm_close(struct alsa_pcm *p); /* copes with one that is not open */

/* Opens, asks, closes. */
bool alsa_pcm_ask(const char *pcm, struct alsa_offer *offer, struct err *err);
/* `S32 S16; 44.1, 48 and 96 kHz; 2 channels` */
void alsa_offer_format(const struct alsa_offer *offer, char *text, size_t size);
/* Why no recording is possible with it, whatever the configuration; NULL: it can be used. */
const char *alsa_offer_complaint(const struct alsa_offer *offer);

/* `S16`, `S24_3LE`, ...; also for ALSA_ANY_FORMAT: `auto`. NULL-terminated, auto first: index is
 * enum pcm_format + 1. */
extern const char *const alsa_format_names[];

#endif
