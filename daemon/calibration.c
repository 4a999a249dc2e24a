/* SPDX-License-Identifier: Apache-2.0 */
/* The calibration's file is a configuration of its own: units, ranges and complaints come with it. */
#include "daemon/calibration.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "config/print.h"

/* A sine in here measures the scale; elsewhere the amplifier's filters may have a share. */
static const double band_low_hz = 50, band_high_hz = 500;

static const char *const polarity_names[] = { "unknown", "normal", "inverted", NULL };

static const struct option calibration_options[] = {
    OPTION_PLAIN(struct calibration, "date", date, "", 0, "when, UTC"),
    OPTION_PLAIN(struct calibration, "device", device, "", 0, "of which device"),
    OPTION(struct calibration, "rate", rate_hz, UNIT_HZ, 0, 1e6, "0 Hz", 0, "at which rate"),
    OPTION_PLAIN(struct calibration, "signal", signal, "", 0, "the newest signal"),
    { 0 },
};
static const struct option input_options[] = {
    OPTION(struct calibration_input, "scale", scale_uv, UNIT_UV, 0, 1e9, "0 uV", 0,
           "at digital full scale"),
    OPTION(struct calibration_input, "noise", noise_uv, UNIT_UV, 0, 1e9, "0 uV", 0, "RMS"),
    OPTION_CHOICE(struct calibration_input, "polarity", polarity, polarity_names, "unknown", 0,
                  "unknown where a symmetrical signal did not tell"),
    OPTION(struct calibration_input, "delay", delay_s, UNIT_SECONDS, -1, 1, "0 s", 0,
           "behind the first input that had the signal"),
    OPTION_PLAIN(struct calibration_input, "response", response, "", 0, "relative to the scale"),
    { 0 },
};
static const struct config_rows calibration_rows[] = { { calibration_options, 0 }, { 0 } };
static const struct config_rows input_rows[] = { { input_options, 0 }, { 0 } };
static const struct config_section sections[] = {
    { .name = "calibration", .rows = calibration_rows, .help = "What was measured, and when." },
    { .name = "input",
      .rows = input_rows,
      .help = "One input of the amplifier, from 1.",
      .titled = true,
      .max = CALIBRATION_INPUTS,
      .offset = offsetof(struct calibration, inputs),
      .stride = sizeof(struct calibration_input),
      .count_offset = offsetof(struct calibration, count),
      .title_offset = offsetof(struct calibration_input, input) },
    { 0 },
};

bool calibration_read(struct calibration *c, const char *path, struct err *err)
{
    struct config *file = config_create(sections, c, err);
    if (!file)
        return false;
    bool is_good = access(path, F_OK) != 0 || config_read(file, path, err);
    if (is_good && config_mistake_count(file)) {
        config_mistakes_print(file, stderr);
        is_good = err_set(err, ERR_CONFIG, "%s: mistakes in the calibration", path);
    }
    config_destroy(file);
    return is_good;
}

bool calibration_write(const struct calibration *c, const char *path, struct err *err)
{
    char next[CALIBRATION_LINE + 8];
    snprintf(next, sizeof next, "%.*s.new", CALIBRATION_LINE, path);
    char *text = config_print(sections, c, 0);
    if (!text)
        return err_set(err, ERR_MEMORY, "the calibration's text");
    FILE *f = fopen(next, "we");
    bool is_written = f && fputs(text, f) >= 0 && fflush(f) == 0 && fsync(fileno(f)) == 0;
    if (f && fclose(f) != 0)
        is_written = false;
    free(text);
    if (is_written && rename(next, path) == 0)
        return true;
    return err_set_os(err, ERR_IO, errno, "%s", path);
}

const struct calibration_input *calibration_of(const struct calibration *c, uint32_t input)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (strtoul(c->inputs[i].input, NULL, 10) == input + 1)
            return &c->inputs[i];
    return NULL;
}

static struct calibration_input *entry(struct calibration *c, uint32_t input)
{
    struct calibration_input *in = (struct calibration_input *)(uintptr_t)calibration_of(c, input);
    if (in || c->count == CALIBRATION_INPUTS)
        return in;
    in = &c->inputs[c->count++];
    memset(in, 0, sizeof *in);
    snprintf(in->input, sizeof in->input, "%u", input + 1);
    return in;
}

static void add_response(struct calibration_input *in, double hz, double db)
{
    const size_t length = strlen(in->response.text);
    char point[40];
    const int n = snprintf(point, sizeof point, "%s%.4g Hz %+.2f dB", length ? ", " : "", hz,
                           fabs(db) < 0.005 ? 0.0 : db);
    if (length + (size_t)n < sizeof in->response.text)
        memcpy(in->response.text + length, point, (size_t)n + 1);
}

static void take_input(struct calibration_input *in, const struct calibrate_signal *signal,
                       double hz, const struct calibrate_input *from)
{
    const bool is_band = signal->is_square || (hz >= band_low_hz && hz <= band_high_hz);
    in->noise_uv = from->noise_uv;
    in->delay_s = from->delay_s;
    if (from->polarity)
        in->polarity = from->polarity > 0 ? CALIBRATION_NORMAL : CALIBRATION_INVERTED;
    if (!is_band && in->scale_uv > 0) { /* fewer counts a volt: a larger full scale */
        add_response(in, hz, 20 * log10(in->scale_uv / from->full_scale_uv));
        return;
    }
    in->scale_uv = from->full_scale_uv;
    in->response.text[0] = 0;
    for (uint32_t k = 0; k < from->response_count; k++)
        add_response(in, from->response[k].hz, from->response[k].db);
}

void calibration_take(struct calibration *c, const char *device, double rate_hz, const char *date,
                      const struct calibrate_signal *signal, const struct calibrate_report *report)
{
    if (strcmp(c->device.text, device) != 0 || fabs(c->rate_hz - rate_hz) > 0.5)
        memset(c, 0, sizeof *c);
    snprintf(c->device.text, sizeof c->device.text, "%s", device);
    snprintf(c->date.text, sizeof c->date.text, "%s", date);
    snprintf(c->signal.text, sizeof c->signal.text, "%s of %g uV at %.6g Hz",
             signal->is_square ? "square" : "sine", signal->amplitude_uv, report->hz);
    c->rate_hz = rate_hz;
    for (uint32_t i = 0; i < report->inputs; i++) {
        struct calibration_input *in = report->input[i].has_signal ? entry(c, i) : NULL;
        if (in)
            take_input(in, signal, report->hz, &report->input[i]);
    }
}

/* A thousandth is what a calibration is good for; ten of them no amplifier drifts. */
static const double scale_share = 0.01;

static void compare_input(const struct channel_settings *channel, const struct calibration_input *in)
{
    if (fabs(channel->scale_uv / in->scale_uv - 1) > scale_share)
        log_warn("calibration", "channel=%s scale=%g mV measured=%g mV", channel->label,
                 channel->scale_uv / 1000, in->scale_uv / 1000);
    if (in->polarity != CALIBRATION_UNKNOWN &&
        (in->polarity == CALIBRATION_INVERTED) != (channel->polarity == 1))
        log_warn("calibration", "channel=%s polarity is not the measured one, %s", channel->label,
                 polarity_names[in->polarity]);
}

void calibration_compare(const struct calibration *c, const struct settings *settings)
{
    if (strcmp(c->device.text, settings->alsa.pcm.text) != 0)
        return;
    for (uint32_t i = 0; i < settings->channel_count; i++) {
        const unsigned long input = strtoul(settings->channels[i].input.text, NULL, 10);
        const struct calibration_input *in = input ? calibration_of(c, (uint32_t)input - 1) : NULL;
        if (in && in->scale_uv > 0 && !strchr(settings->channels[i].input.text, '-'))
            compare_input(&settings->channels[i], in);
    }
}

void calibration_line(const struct calibration *c, const char *device, char line[CALIBRATION_LINE])
{
    line[0] = 0;
    if (!c->date.text[0] || strcmp(c->device.text, device) != 0)
        return;
    int at = snprintf(line, CALIBRATION_LINE, "%.40s %.80s:", c->date.text, c->device.text);
    for (uint32_t i = 0; i < c->count; i++) {
        char part[80];
        const int n = snprintf(part, sizeof part, "%s input %s %.4g mV, noise %.2g uV", i ? ";" : "",
                               c->inputs[i].input, c->inputs[i].scale_uv / 1000, c->inputs[i].noise_uv);
        if (at + n + 5 > CALIBRATION_LINE) {
            snprintf(line + at, (size_t)(CALIBRATION_LINE - at), " ...");
            return;
        }
        memcpy(line + at, part, (size_t)n + 1);
        at += n;
    }
}
