/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd devices`: what can be captured from, and how good it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acquisition/alsa_devices.h"
#include "daemon/commands.h"
#include "daemon/device_capture.h"

static int list_devices(void)
{
    struct alsa_device *list = calloc(ALSA_DEVICES, sizeof *list);
    if (!list) {
        const struct err err = { .code = ERR_MEMORY, .text = "the list of devices" };
        return arguments_fail("devices", &err);
    }
    const uint32_t count = alsa_devices_list(list, ALSA_DEVICES);
    for (uint32_t i = 0; i < count; i++) {
        const struct alsa_device *d = &list[i];
        printf("%s\n    %s\n", d->pcm, d->name);
        if (d->offer[0])
            printf("    %s\n", d->offer);
        if (d->problem[0])
            printf("    cannot be used: %s\n", d->problem);
        else
            printf("    can be used: pcm = %s\n", d->pcm);
    }
    if (count == 0)
        printf("no capture device; `lsrd devices test PCM` tries one by its name in ALSA's "
               "configuration\n");
    free(list);
    return 0;
}

static void print_clock(const struct probe_report *r, const struct stream_format *f)
{
    printf("captured    %llu frames (%.1f s), %u interruption%s, %llu frames lost\n",
           (unsigned long long)r->frames, (double)r->frames / f->rate_hz, r->interruptions,
           r->interruptions == 1 ? "" : "s", (unsigned long long)r->lost_frames);
    if (r->rate_hz > 0)
        printf("rate        %.2f Hz measured, %+.0f ppm of %u Hz\n", r->rate_hz,
               (r->rate_hz / f->rate_hz - 1) * 1e6, f->rate_hz);
    printf("arrival     %.2f ms late in the median, %.2f ms at 99 %%, %.2f ms at most\n",
           r->late_p50_us / 1000, r->late_p99_us / 1000, r->late_max_us / 1000);
    if (r->repeated_blocks)
        printf("repeated    %u periods are copies of the ones before: a fault of device or driver\n",
               r->repeated_blocks);
}

static void print_remarks(const struct probe_input *in, uint32_t number)
{
    if (in->is_constant)
        printf("  constant: not connected, or stuck");
    else if (in->same_as != number)
        printf("  same samples as input %u", in->same_as + 1);
    if (in->clipped)
        printf("  %llu samples clipped", (unsigned long long)in->clipped);
    if (in->pulses)
        printf("  trigger: %u pulses, %.2f Hz", in->pulses, in->pulse_rate_hz);
}

static void print_inputs(const struct probe_report *r)
{
    printf("input       mean uV    noise uV      hum uV    lowest uV   highest uV\n");
    for (uint32_t i = 0; i < r->inputs; i++) {
        const struct probe_input *in = &r->input[i];
        printf("%5u  %12.1f %11.2f %8.2f@%u %12.1f %12.1f", i + 1, in->mean_uv, in->noise_uv,
               in->hum_uv, in->hum_hz, in->low_uv, in->high_uv);
        print_remarks(in, i);
        putchar('\n');
    }
}

static void print_config(const struct probe_report *r, const struct stream_format *f,
                         const char *pcm)
{
    uint32_t trigger = 0, number = 0;
    printf("\n# for the configuration; name the channels after their muscles\n[device]\n"
           "source   = alsa\npcm      = %s\nrate     = %g kHz\nchannels = %u\n",
           pcm, f->rate_hz / 1000.0, f->channels);
    for (uint32_t i = 0; i < r->inputs; i++) {
        if (r->input[i].pulses && !trigger) {
            trigger = i + 1;
            printf("\n[channel STIM]\ninput = %u\n", i + 1);
        } else if (!r->input[i].is_constant && r->input[i].same_as == i) {
            printf("\n[channel EMG%u]\ninput = %u\nscale = 10 mV   # at full scale, from the data sheet\n",
                   ++number, i + 1);
        }
    }
    printf("\n[stimulus]\ntrigger = %s\n", trigger ? "STIM" : "artifact");
}

static bool report(struct source *s, const struct alsa_options *options, double seconds,
                   struct err *err)
{
    char text[400];
    s->ops->describe(s, text, sizeof text);
    printf("device      %s\n", text);
    fflush(stdout);
    struct probe *probe = device_capture(s, seconds, err);
    struct probe_report *r = calloc(1, sizeof *r);
    if (probe && !r)
        err_set(err, ERR_MEMORY, "a report");
    const bool is_done = probe && r;
    if (is_done) {
        probe_finish(probe, r);
        print_clock(r, &s->format);
        print_inputs(r);
        print_config(r, &s->format, options->pcm.text);
    }
    free(r);
    probe_destroy(probe);
    return is_done;
}

static bool test_device(const struct arguments *arguments, struct err *err)
{
    struct device_test test;
    double seconds = 5;
    if (!device_test_options(&test, arguments->operands[1], arguments, err) ||
        !device_capture_seconds(arguments->own[0], &seconds, err))
        return false;
    struct source *s = device_capture_open(&test, err);
    const bool is_done = s && report(s, &test.device, seconds, err);
    source_destroy(s);
    return is_done;
}

int command_devices(int argc, char **argv)
{
    static const struct argument_option own[] = {
        { .name = "seconds", .has_value = true, .help = "how long to capture, 1 to 60; 5" }, { 0 }
    };
    struct err err = { 0 };
    struct arguments arguments;
    if (!arguments_parse(argc, argv, own, &arguments, &err))
        return arguments_fail("devices", &err);
    if (arguments.help) {
        arguments_help("devices [test PCM]",
                       "Lists capture devices with stable names, what they offer, and whether lsrd can "
                       "use them.\ntest captures a few seconds and reports rate, jitter, noise, hum, "
                       "clipping, dead and\nduplicated inputs, a trigger, and what to write into the "
                       "configuration;\n--set device.rate=48kHz and the like choose how it is opened.",
                       own);
        return 0;
    }
    if (arguments.operand_count == 0)
        return list_devices();
    if (arguments.operand_count == 2 && strcmp(arguments.operands[0], "test") == 0)
        return test_device(&arguments, &err) ? 0 : arguments_fail("devices", &err);
    err_set(&err, ERR_USAGE, "%s: `lsrd devices`, or `lsrd devices test PCM`",
            arguments.operands[0]);
    return arguments_fail("devices", &err);
}
