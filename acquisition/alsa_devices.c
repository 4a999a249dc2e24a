/* SPDX-License-Identifier: Apache-2.0 */
/* Walks cards and their capture devices. */
#include "acquisition/alsa_devices.h"

#include <alsa/asoundlib.h>
#include <stdio.h>

#include "acquisition/alsa_pcm.h"

enum { RATE_WANTED = 20000 };

static void examine(struct alsa_device *d)
{
    struct alsa_offer offer;
    struct err err;
    if (!alsa_pcm_ask(d->pcm, &offer, &err)) {
        snprintf(d->problem, sizeof d->problem, "%.*s", (int)sizeof d->problem - 1, err.text);
        return;
    }
    alsa_offer_format(&offer, d->offer, sizeof d->offer);
    const char *complaint = alsa_offer_complaint(&offer);
    if (complaint)
        snprintf(d->problem, sizeof d->problem, "%s", complaint);
}

static void list_card(snd_ctl_t *card, struct alsa_device *list, uint32_t max, uint32_t *count)
{
    snd_ctl_card_info_t *info;
    snd_pcm_info_t *pcm;
    snd_ctl_card_info_alloca(&info);
    snd_pcm_info_alloca(&pcm);
    if (snd_ctl_card_info(card, info) < 0)
        return;
    int device = -1;
    while (*count < max && snd_ctl_pcm_next_device(card, &device) >= 0 && device >= 0) {
        snd_pcm_info_set_device(pcm, (unsigned)device);
        snd_pcm_info_set_subdevice(pcm, 0);
        snd_pcm_info_set_stream(pcm, SND_PCM_STREAM_CAPTURE);
        if (snd_ctl_pcm_info(card, pcm) < 0)
            continue; /* plays only */
        struct alsa_device *d = &list[(*count)++];
        *d = (struct alsa_device){ .pcm = "" };
        snprintf(d->pcm, sizeof d->pcm, "hw:CARD=%s,DEV=%d", snd_ctl_card_info_get_id(info),
                 device);
        snprintf(d->name, sizeof d->name, "%s, %s", snd_ctl_card_info_get_name(info),
                 snd_pcm_info_get_name(pcm));
        examine(d);
    }
}

uint32_t alsa_devices_list(struct alsa_device *list, uint32_t max)
{
    uint32_t count = 0;
    int card = -1;
    while (snd_card_next(&card) >= 0 && card >= 0) {
        char name[32];
        snd_ctl_t *control;
        snprintf(name, sizeof name, "hw:%d", card);
        if (snd_ctl_open(&control, name, SND_CTL_READONLY) < 0)
            continue; /* pulled just now */
        list_card(control, list, max, &count);
        snd_ctl_close(control);
    }
    return count;
}

bool alsa_devices_rate(const char *pcm, uint32_t *rate_hz, struct err *err)
{
    struct alsa_offer offer;
    if (!alsa_pcm_ask(pcm, &offer, err))
        return false;
    *rate_hz = offer.rate_max_hz;
    if (offer.rate_min_hz <= RATE_WANTED && RATE_WANTED <= offer.rate_max_hz)
        *rate_hz = RATE_WANTED;
    for (uint32_t i = offer.rate_count; i-- > 0;)
        if (offer.rates_hz[i] >= RATE_WANTED || i + 1 == offer.rate_count)
            *rate_hz = offer.rates_hz[i];
    return true;
}
