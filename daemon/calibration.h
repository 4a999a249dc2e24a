/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/calibration.h - what `lsrd calibrate` measured and kept: a small file beside the configuration,
 * read at start and named with every case. Main thread. */
#ifndef LSRD_DAEMON_CALIBRATION_H
#define LSRD_DAEMON_CALIBRATION_H

#include "acquisition/calibrate.h"
#include "config/config.h"
#include "daemon/settings.h"

enum { CALIBRATION_INPUTS = BLOCK_CHANNELS, CALIBRATION_LINE = 256 };

enum calibration_polarity { CALIBRATION_UNKNOWN, CALIBRATION_NORMAL, CALIBRATION_INVERTED };

/* [input N] */
struct calibration_input {
    char input[CONFIG_TITLE]; /* its number, from 1 */
    double scale_uv;          /* at digital full scale */
    double noise_uv;          /* RMS */
    uint32_t polarity;        /* enum calibration_polarity */
    double delay_s;           /* behind the first input that had the signal */
    struct option_text response; /* `10 Hz -0.02 dB, 30 Hz +0.00 dB` */
};

struct calibration {
    struct option_text date; /* UTC, as 2026-11-25T22:40:00Z; empty: there is no calibration */
    struct option_text device;
    double rate_hz;
    struct option_text signal; /* the newest one, in words */
    uint32_t count;
    struct calibration_input inputs[CALIBRATION_INPUTS];
};

/* False: the file cannot be read, or has mistakes, which were printed. A file that is not there is an
 * empty calibration. */
bool calibration_read(struct calibration *c, const char *path, struct err *err);
/* Replaces the file at once or not at all. */
bool calibration_write(const struct calibration *c, const char *path, struct err *err);

/* Takes up what a signal told. Another device or rate begins anew. A sine outside the pass band of
 * an input that has a scale adds a point to its response, and leaves the scale. */
void calibration_take(struct calibration *c, const char *device, double rate_hz, const char *date,
                      const struct calibrate_signal *signal, const struct calibrate_report *report);

/* NULL: this input (from 0) has none. */
const struct calibration_input *calibration_of(const struct calibration *c, uint32_t input);

/* Logs each channel whose configured scale or polarity is not the measured one. */
void calibration_compare(const struct calibration *c, const struct settings *settings);

/* In one line: `2026-11-25T22:40:00Z hw:CARD=EMG8: input 1 9.99 mV 1.1 uV, ...`; empty where there is
 * none, or it is another device's. */
void calibration_line(const struct calibration *c, const char *device, char line[CALIBRATION_LINE]);

#endif
