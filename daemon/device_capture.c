/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a device and fills a probe. */
#include "daemon/device_capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "acquisition/alsa_devices.h"
#include "config/config.h"

enum {
    MOST_SAMPLES = 16 << 20, /* 64 MB: five seconds of 64 channels at 48 kHz */
    SILENCE_S = 3,           /* without a frame: there is no use in waiting on */
};

static const struct config_rows device_rows[] = { { alsa_options, 0 }, { 0 } };
static const struct config_section device_test_sections[] = {
    { .name = "device", .rows = device_rows, .help = "The device under test." }, { 0 }
};

bool device_test_options(struct device_test *test, const char *pcm,
                         const struct arguments *arguments, struct err *err)
{
    config_defaults(device_test_sections, test);
    snprintf(test->device.pcm.text, sizeof test->device.pcm.text, "%s", pcm);
    uint32_t rate_hz;
    if (!alsa_devices_rate(pcm, &rate_hz, err))
        return false;
    test->device.rate_hz = rate_hz;
    for (uint32_t i = 0; i < arguments->override_count; i++)
        if (!config_set(device_test_sections, test, arguments->overrides[i], err))
            return false;
    return true;
}

bool device_capture_seconds(const char *text, double *seconds, struct err *err)
{
    if (text)
        *seconds = strtod(text, NULL);
    return (*seconds >= 1 && *seconds <= 60) ||
           err_set(err, ERR_USAGE, "--seconds %s: 1 to 60", text);
}

struct source *device_capture_open(const struct device_test *test, struct err *err)
{
    const struct alsa_inputs inputs = { .needed = 0 };
    struct source *s = alsa_source_create(&test->device, &inputs, err);
    if (s && s->ops->start(s, err))
        return s;
    source_destroy(s);
    return NULL;
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Reads until the probe is full, or the device is silent. */
static bool fill(struct source *s, struct probe *probe, struct err *err)
{
    struct sample_block block = { .channels = s->format.channels,
                                  .stride = block_stride(s->format.channels) };
    block.counts = malloc((size_t)BLOCK_FRAMES * block.stride * sizeof(int32_t));
    if (!block.counts)
        return err_set(err, ERR_MEMORY, "a block");
    double last_s = now_s();
    bool goes_on = true;
    while (goes_on && now_s() - last_s < SILENCE_S) {
        const enum read_result r = s->ops->read(s, &block);
        if (r == READ_FORMAT)
            break;
        if (r != READ_BLOCK)
            continue;
        goes_on = probe_feed(probe, &block);
        if (block.frames)
            last_s = now_s();
    }
    free(block.counts);
    return !goes_on ||
           err_set(err, ERR_DEVICE, "no more frames: the device is gone, stuck or another one");
}

struct probe *device_capture(struct source *source, double seconds, struct err *err)
{
    const uint64_t most = MOST_SAMPLES / source->format.channels;
    const double wanted = seconds * source->format.rate_hz;
    struct probe *probe =
        probe_create(&source->format, wanted < (double)most ? (uint64_t)wanted : most, err);
    if (probe && fill(source, probe, err))
        return probe;
    probe_destroy(probe);
    return NULL;
}
