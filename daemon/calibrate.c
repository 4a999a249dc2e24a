/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd calibrate`: measures a device's inputs with a known signal, and keeps what it found. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/calibration.h"
#include "daemon/commands.h"
#include "daemon/device_capture.h"

enum { SHAPE, FREQUENCY, AMPLITUDE, DUTY, SECONDS, FILE_NAME };

static const struct argument_option own_options[] = {
    [SHAPE] = { "signal", true, "sine, or square: a square tells the response at the octaves too" },
    [FREQUENCY] = { "frequency", true, "as set on the generator, as 10Hz" },
    [AMPLITUDE] = { "amplitude", true, "half of peak to peak at the inputs, as 1mV" },
    [DUTY] = { "duty", true, "a square's share spent high, as 20%; other than half tells polarity" },
    [SECONDS] = { "seconds", true, "how long to capture, 1 to 60; 10" },
    [FILE_NAME] = { "output", true, "where the calibration is kept; calibration.conf", 'o' },
    { 0 },
};

struct signal_settings {
    uint32_t shape;
    double hz, amplitude_uv, duty;
};

static const char *const shapes[] = { "sine", "square", NULL };
static const struct option signal_options[] = {
    OPTION_CHOICE(struct signal_settings, "signal", shape, shapes, "sine", 0, "shape"),
    OPTION(struct signal_settings, "frequency", hz, UNIT_HZ, 1, 20000, "100 Hz", 0, "frequency"),
    OPTION(struct signal_settings, "amplitude", amplitude_uv, UNIT_UV, 1, 1e7, "1 mV", 0,
           "half of peak to peak"),
    OPTION(struct signal_settings, "duty", duty, UNIT_RATIO, 0.05, 0.95, "50 %", 0, "share high"),
    { 0 },
};
static const struct config_rows signal_rows[] = { { signal_options, 0 }, { 0 } };
static const struct config_section signal_sections[] = {
    { .name = "calibrate", .rows = signal_rows, .help = "The signal." }, { 0 }
};

static bool read_signal(const struct arguments *a, struct calibrate_signal *signal, struct err *err)
{
    struct signal_settings s;
    config_defaults(signal_sections, &s);
    for (int i = SHAPE; i <= DUTY; i++) {
        char assignment[160];
        if (!a->own[i] && i != DUTY)
            return err_set(err, ERR_USAGE, "--%s is needed: the signal has to be known", own_options[i].name);
        snprintf(assignment, sizeof assignment, "calibrate.%s=%s", own_options[i].name, a->own[i] ? a->own[i] : "");
        if (a->own[i] && !config_set(signal_sections, &s, assignment, err))
            return false;
    }
    *signal = (struct calibrate_signal){ s.shape == 1, s.hz, s.amplitude_uv, s.duty };
    return true;
}

static void print_input(const struct calibrate_input *in, uint32_t number)
{
    static const char *const polarities[] = { "inverted", "unknown", "normal" };
    if (!in->has_signal) {
        printf("%5u  no signal; noise %.2f uV RMS by the scale of 10 mV\n", number, in->noise_uv);
        return;
    }
    printf("%5u  scale %.5g mV  noise %.2f uV RMS  polarity %s%s  delay %+.1f us\n", number,
           in->full_scale_uv / 1000, in->noise_uv, polarities[in->polarity + 1],
           in->is_opposite ? ", opposite to the first" : "", in->delay_s * 1e6);
    printf("       response");
    for (uint32_t k = 0; k < in->response_count; k++)
        printf("%s %.4g Hz %+.2f dB", k ? "," : "", in->response[k].hz, in->response[k].db);
    putchar('\n');
}

static void print_report(const struct calibrate_report *r)
{
    printf("frequency   %.6g Hz by the device's clock\ninput\n", r->hz);
    for (uint32_t i = 0; i < r->inputs; i++)
        print_input(&r->input[i], i + 1);
    printf("\n# for the configuration\n");
    for (uint32_t i = 0; i < r->inputs; i++)
        if (r->input[i].has_signal)
            printf("[channel ...]\ninput = %u\nscale = %.5g mV\n%s", i + 1, r->input[i].full_scale_uv / 1000,
                   r->input[i].polarity < 0 ? "polarity = inverted\n" : "");
}

/* What spoils a calibration is said instead of measured. */
static bool is_usable(struct probe *probe, const struct calibrate_report *r, struct err *err)
{
    struct probe_report *p = calloc(1, sizeof *p);
    if (!p)
        return err_set(err, ERR_MEMORY, "a report");
    probe_finish(probe, p);
    bool is_good = true;
    if (p->lost_frames || p->interruptions)
        is_good = err_set(err, ERR_DEVICE, "frames were lost meanwhile: once more, on a quiet machine");
    for (uint32_t i = 0; is_good && i < r->inputs; i++)
        if (r->input[i].has_signal && p->input[i].clipped)
            is_good = err_set(err, ERR_DEVICE, "input %u is clipped: a smaller amplitude", i + 1);
    if (is_good && r->reference == r->inputs)
        is_good = err_set(err, ERR_DEVICE, "no input has the signal");
    free(p);
    return is_good;
}

static bool keep(const struct calibrate_report *r, const struct calibrate_signal *signal,
                 const char *device, double rate_hz, const char *path, struct err *err)
{
    struct calibration *c = calloc(1, sizeof *c);
    char date[40];
    const time_t now = time(NULL);
    struct tm t;
    gmtime_r(&now, &t);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &t);
    bool is_kept = c ? calibration_read(c, path, err) : err_set(err, ERR_MEMORY, "a calibration");
    if (is_kept) {
        calibration_take(c, device, rate_hz, date, signal, r);
        is_kept = calibration_write(c, path, err);
    }
    free(c);
    if (is_kept)
        printf("\nkept in %s\n", path);
    return is_kept;
}

static bool measure(struct source *s, const char *pcm, double seconds,
                    const struct calibrate_signal *signal, const char *path, struct err *err)
{
    char text[400];
    s->ops->describe(s, text, sizeof text);
    printf("device      %s\n", text);
    fflush(stdout);
    struct probe *probe = device_capture(s, seconds, err);
    struct calibrate_report *r = calloc(1, sizeof *r);
    bool is_done = probe && r;
    if (is_done) {
        uint64_t frames;
        const int32_t *counts = probe_counts(probe, &frames);
        is_done = calibrate(counts, frames, &s->format, signal, r, err) && is_usable(probe, r, err);
    }
    if (is_done)
        print_report(r);
    is_done = is_done && keep(r, signal, pcm, s->format.rate_hz, path, err);
    free(r);
    probe_destroy(probe);
    return is_done;
}

static bool calibrate_device(const struct arguments *a, struct err *err)
{
    const char *pcm = a->operands[0], *path = a->own[FILE_NAME] ? a->own[FILE_NAME] : "calibration.conf";
    struct device_test test;
    struct calibrate_signal signal;
    double seconds = 10;
    if (!read_signal(a, &signal, err) || !device_capture_seconds(a->own[SECONDS], &seconds, err) ||
        !device_test_options(&test, pcm, a, err))
        return false;
    struct source *s = device_capture_open(&test, err);
    const bool is_done = s && measure(s, pcm, seconds, &signal, path, err);
    source_destroy(s);
    return is_done;
}

int command_calibrate(int argc, char **argv)
{
    struct err err = { 0 };
    struct arguments arguments;
    if (!arguments_parse(argc, argv, own_options, &arguments, &err))
        return arguments_fail("calibrate", &err);
    if (arguments.help) {
        arguments_help("calibrate PCM --signal SHAPE --frequency HZ --amplitude UV",
                       "Captures a device while a generator's signal is on some of its inputs, and tells\n"
                       "each one's scale, noise, frequency response, polarity and delay. Kept with date and\n"
                       "device; `lsrd run` finds it by device.calibration and names it with every case.",
                       own_options);
        return 0;
    }
    if (arguments.operand_count != 1) {
        err_set(&err, ERR_USAGE, "name one device; `lsrd devices` lists them");
        return arguments_fail("calibrate", &err);
    }
    return calibrate_device(&arguments, &err) ? 0 : arguments_fail("calibrate", &err);
}
