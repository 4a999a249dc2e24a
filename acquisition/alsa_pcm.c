/* SPDX-License-Identifier: Apache-2.0 */
/* Negotiation with one device. */
#include "acquisition/alsa_pcm.h"

#include <alsa/asoundlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const alsa_format_names[] = { "auto", "S16", "S24_3LE", "S24", "S32", "FLOAT", NULL };

static const snd_pcm_format_t formats[PCM_FORMATS] = {
    [PCM_S16] = SND_PCM_FORMAT_S16_LE,         [PCM_S24_3LE] = SND_PCM_FORMAT_S24_3LE,
    [PCM_S24] = SND_PCM_FORMAT_S24_LE,         [PCM_S32] = SND_PCM_FORMAT_S32_LE,
    [PCM_FLOAT] = SND_PCM_FORMAT_FLOAT_LE,
};

/* The one that keeps most bits; of those with 24, the one that moves fewest bytes. */
static const enum pcm_format preferred[PCM_FORMATS] = { PCM_S24_3LE, PCM_S24, PCM_S32, PCM_FLOAT,
                                                        PCM_S16 };

static const uint32_t usual_rates_hz[] = { 8000,  10000, 11025, 12000, 12500, 16000, 20000, 22050,
                                           24000, 25000, 32000, 44100, 48000, 50000, 64000, 88200,
                                           96000, 100000, 176400, 192000 };

/* What alsa-lib said last on this thread: it would print to stderr, one device at a time and again
 * at every attempt to reopen. The first line of a failure is the cause. */
static _Thread_local char complaint[160];

static void note_complaint(const char *file, int line, const char *function, int error,
                           const char *format, ...) __attribute__((format(printf, 5, 6)));

static void note_complaint(const char *file, int line, const char *function, int error,
                           const char *format, ...)
{
    (void)file, (void)line, (void)function, (void)error;
    if (complaint[0])
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(complaint, sizeof complaint, format, args);
    va_end(args);
}

static bool refuse(struct err *err, int result, const char *pcm, const char *what)
{
    if (complaint[0])
        return err_set(err, ERR_DEVICE, "%s: %s: %s (%s)", pcm, what, snd_strerror(result),
                       complaint);
    return err_set(err, ERR_DEVICE, "%s: %s: %s", pcm, what, snd_strerror(result));
}

static bool open_pcm(snd_pcm_t **pcm, const char *name, snd_pcm_hw_params_t *hw, struct err *err)
{
    snd_lib_error_set_handler(note_complaint);
    complaint[0] = 0;
    int r = snd_pcm_open(pcm, name, SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK);
    if (r < 0) {
        *pcm = NULL;
        return refuse(err, r, name, "cannot be opened");
    }
    r = snd_pcm_hw_params_any(*pcm, hw);
    if (r < 0) {
        snd_pcm_close(*pcm);
        *pcm = NULL;
        return refuse(err, r, name, "has no configuration");
    }
    /* Plug layers may resample; what is recorded must be what the converter made. */
    snd_pcm_hw_params_set_rate_resample(*pcm, hw, 0);
    return true;
}

static void ask(snd_pcm_t *pcm, snd_pcm_hw_params_t *hw, struct alsa_offer *offer)
{
    *offer = (struct alsa_offer){ .formats = 0 };
    for (uint32_t i = 0; i < PCM_FORMATS; i++)
        if (snd_pcm_hw_params_test_format(pcm, hw, formats[i]) == 0)
            offer->formats |= 1u << i;
    size_t length = 0;
    for (int f = 0; f <= SND_PCM_FORMAT_LAST && !offer->formats; f++)
        if (snd_pcm_hw_params_test_format(pcm, hw, (snd_pcm_format_t)f) == 0 &&
            length < sizeof offer->other_formats)
            length += (size_t)snprintf(offer->other_formats + length,
                                       sizeof offer->other_formats - length, "%s%s",
                                       length ? " " : "", snd_pcm_format_name((snd_pcm_format_t)f));
    snd_pcm_hw_params_get_rate_min(hw, &offer->rate_min_hz, NULL);
    snd_pcm_hw_params_get_rate_max(hw, &offer->rate_max_hz, NULL);
    snd_pcm_hw_params_get_channels_min(hw, &offer->channels_min);
    snd_pcm_hw_params_get_channels_max(hw, &offer->channels_max);
    for (size_t i = 0; i < sizeof usual_rates_hz / sizeof usual_rates_hz[0]; i++)
        if (offer->rate_count < 16 &&
            snd_pcm_hw_params_test_rate(pcm, hw, usual_rates_hz[i], 0) == 0)
            offer->rates_hz[offer->rate_count++] = usual_rates_hz[i];
}

bool alsa_pcm_ask(const char *name, struct alsa_offer *offer, struct err *err)
{
    snd_pcm_t *pcm;
    snd_pcm_hw_params_t *hw;
    snd_pcm_hw_params_alloca(&hw);
    if (!open_pcm(&pcm, name, hw, err))
        return false;
    ask(pcm, hw, offer);
    snd_pcm_close(pcm);
    return true;
}

static void append(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
    const size_t length = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + length, size - length, format, args);
    va_end(args);
}

void alsa_offer_format(const struct alsa_offer *o, char *text, size_t size)
{
    text[0] = 0;
    const char *between = "";
    for (uint32_t i = 0; i < PCM_FORMATS; i++) {
        if (o->formats & 1u << i) {
            append(text, size, "%s%s", between, alsa_format_names[i + 1]);
            between = " ";
        }
    }
    append(text, size, "%s; ", o->other_formats);
    for (uint32_t i = 0; i < o->rate_count; i++)
        append(text, size, "%s%g", i ? ", " : "", o->rates_hz[i] / 1000.0);
    if (o->rate_count == 0)
        append(text, size, "%g to %g", o->rate_min_hz / 1000.0, o->rate_max_hz / 1000.0);
    append(text, size, " kHz; ");
    if (o->channels_min == o->channels_max)
        append(text, size, "%u channel%s", o->channels_min, o->channels_min == 1 ? "" : "s");
    else
        append(text, size, "%u to %u channels", o->channels_min, o->channels_max);
}

const char *alsa_offer_complaint(const struct alsa_offer *o)
{
    if (!o->formats)
        return "no format that lsrd takes: S16, S24_3LE, S24, S32 or FLOAT, little-endian";
    if (o->rate_max_hz < ALSA_RATE_MIN || o->rate_min_hz > ALSA_RATE_MAX)
        return "no rate from 8 to 192 kHz";
    if (o->channels_min > ALSA_CHANNELS)
        return "more than 64 channels, and no fewer";
    return NULL;
}

static bool refuse_wish(struct err *err, snd_pcm_t *pcm, const struct alsa_wish *wish,
                        const char *wished)
{
    snd_pcm_hw_params_t *hw;
    snd_pcm_hw_params_alloca(&hw);
    char text[160] = "nothing";
    struct alsa_offer offer;
    if (snd_pcm_hw_params_any(pcm, hw) >= 0) {
        snd_pcm_hw_params_set_rate_resample(pcm, hw, 0);
        ask(pcm, hw, &offer);
        alsa_offer_format(&offer, text, sizeof text);
    }
    return err_set(err, ERR_CONFIG, "%s does not do %s; it offers %s", wish->pcm, wished, text);
}

static bool choose_access(struct alsa_pcm *p, snd_pcm_hw_params_t *hw, const struct alsa_wish *wish,
                          struct err *err)
{
    p->is_mmap = wish->access != ALSA_ACCESS_READ &&
                 snd_pcm_hw_params_set_access(p->pcm, hw, SND_PCM_ACCESS_MMAP_INTERLEAVED) >= 0;
    if (p->is_mmap)
        return true;
    if (wish->access != ALSA_ACCESS_MMAP &&
        snd_pcm_hw_params_set_access(p->pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED) >= 0)
        return true;
    return refuse_wish(err, p->pcm, wish,
                       wish->access == ALSA_ACCESS_MMAP ? "mapped access" : "interleaved frames");
}

static bool choose_format(struct alsa_pcm *p, snd_pcm_hw_params_t *hw, const struct alsa_wish *wish,
                          struct err *err)
{
    for (uint32_t i = 0; i < PCM_FORMATS; i++) {
        const enum pcm_format format =
            wish->format == ALSA_ANY_FORMAT ? preferred[i] : (enum pcm_format)wish->format;
        if (snd_pcm_hw_params_set_format(p->pcm, hw, formats[format]) >= 0) {
            p->format = format;
            return true;
        }
    }
    return refuse_wish(err, p->pcm, wish,
                       wish->format == ALSA_ANY_FORMAT ? "S16, S24_3LE, S24, S32 or FLOAT"
                                                       : alsa_format_names[wish->format + 1]);
}

static bool choose_channels(struct alsa_pcm *p, snd_pcm_hw_params_t *hw,
                            const struct alsa_wish *wish, struct err *err)
{
    unsigned most = ALSA_CHANNELS;
    unsigned count = wish->channels ? wish->channels : wish->channels_needed;
    int r = snd_pcm_hw_params_set_channels_max(p->pcm, hw, &most);
    if (r >= 0 && wish->channels && !wish->is_relaxed)
        r = snd_pcm_hw_params_set_channels(p->pcm, hw, count);
    else if (r >= 0 && count && !wish->is_relaxed)
        r = snd_pcm_hw_params_set_channels_min(p->pcm, hw, &count);
    if (r >= 0 && count)
        r = snd_pcm_hw_params_set_channels_near(p->pcm, hw, &count);
    else if (r >= 0)
        r = snd_pcm_hw_params_set_channels_last(p->pcm, hw, &count);
    if (r < 0) {
        char wished[48];
        snprintf(wished, sizeof wished, "%u channels",
                 wish->channels ? wish->channels : wish->channels_needed);
        return refuse_wish(err, p->pcm, wish, wished);
    }
    p->channels = count;
    return true;
}

static bool choose_rate(struct alsa_pcm *p, snd_pcm_hw_params_t *hw, const struct alsa_wish *wish,
                        struct err *err)
{
    unsigned rate = wish->rate_hz;
    const int r = wish->is_relaxed ? snd_pcm_hw_params_set_rate_near(p->pcm, hw, &rate, NULL)
                                   : snd_pcm_hw_params_set_rate(p->pcm, hw, rate, 0);
    if (r < 0 || rate < ALSA_RATE_MIN || rate > ALSA_RATE_MAX) {
        char wished[48];
        snprintf(wished, sizeof wished, "%g kHz", wish->rate_hz / 1000.0);
        return refuse_wish(err, p->pcm, wish, wished);
    }
    p->rate_hz = rate;
    return true;
}

static bool choose_sizes(struct alsa_pcm *p, snd_pcm_hw_params_t *hw, const struct alsa_wish *wish,
                         struct err *err)
{
    snd_pcm_uframes_t period = (snd_pcm_uframes_t)(wish->period_s * p->rate_hz + 0.5);
    snd_pcm_uframes_t buffer = (snd_pcm_uframes_t)(wish->buffer_s * p->rate_hz + 0.5);
    int r = snd_pcm_hw_params_set_period_size_near(p->pcm, hw, &period, NULL);
    if (r >= 0)
        r = snd_pcm_hw_params_set_buffer_size_near(p->pcm, hw, &buffer);
    if (r >= 0)
        r = snd_pcm_hw_params(p->pcm, hw);
    if (r < 0)
        return refuse(err, r, wish->pcm, "no period and buffer fit");
    snd_pcm_hw_params_get_period_size(hw, &period, NULL);
    snd_pcm_hw_params_get_buffer_size(hw, &buffer);
    p->period_frames = (uint32_t)period;
    p->buffer_frames = (uint32_t)buffer;
    return true;
}

/* The device is started by hand and never stops by itself: when we are late, its pointer goes on
 * counting, and so we know to the frame what was overwritten. */
static bool choose_software(struct alsa_pcm *p, const struct alsa_wish *wish, struct err *err)
{
    snd_pcm_sw_params_t *sw;
    snd_pcm_sw_params_alloca(&sw);
    snd_pcm_uframes_t boundary = 0;
    int r = snd_pcm_sw_params_current(p->pcm, sw);
    if (r >= 0)
        r = snd_pcm_sw_params_get_boundary(sw, &boundary);
    if (r >= 0)
        r = snd_pcm_sw_params_set_start_threshold(p->pcm, sw, boundary);
    if (r >= 0)
        r = snd_pcm_sw_params_set_stop_threshold(p->pcm, sw, boundary);
    if (r >= 0)
        r = snd_pcm_sw_params_set_avail_min(p->pcm, sw, p->period_frames);
    if (r >= 0)
        r = snd_pcm_sw_params_set_tstamp_mode(p->pcm, sw, SND_PCM_TSTAMP_ENABLE);
    if (r >= 0)
        r = snd_pcm_sw_params_set_tstamp_type(p->pcm, sw, SND_PCM_TSTAMP_TYPE_MONOTONIC);
    if (r >= 0)
        r = snd_pcm_sw_params(p->pcm, sw);
    return r >= 0 || refuse(err, r, wish->pcm, "refuses its software parameters");
}

bool alsa_pcm_open(struct alsa_pcm *p, const struct alsa_wish *wish, struct err *err)
{
    *p = (struct alsa_pcm){ .pcm = NULL };
    snd_pcm_hw_params_t *hw;
    snd_pcm_hw_params_alloca(&hw);
    if (open_pcm(&p->pcm, wish->pcm, hw, err) && choose_access(p, hw, wish, err) &&
        choose_format(p, hw, wish, err) && choose_rate(p, hw, wish, err) &&
        choose_channels(p, hw, wish, err) && choose_sizes(p, hw, wish, err) &&
        choose_software(p, wish, err))
        return true;
    alsa_pcm_close(p);
    return false;
}

void alsa_pcm_close(struct alsa_pcm *p)
{
    if (p->pcm)
        snd_pcm_close(p->pcm);
    p->pcm = NULL;
}
