/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/report_data.h - what a report needs of a case, collected as the sink of a case_run. All of
 * it is bounded but the sweeps' amplitudes, some ten bytes each. One thread. */
#ifndef LSRD_DAEMON_REPORT_DATA_H
#define LSRD_DAEMON_REPORT_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/case_run.h"

enum {
    REPORT_ROWS = 4000,   /* marks, changes, alarms, artifacts: of each */
    REPORT_SWEEPS = 10,   /* last valid ones of a channel, kept whole */
    REPORT_SAMPLES = 4096 /* of one of them */
};

struct report_point {
    uint64_t sample;
    float amplitude_uv;
    bool is_present;
};

/* One channel of one branch. */
struct report_channel {
    uint8_t branch;
    uint16_t channel;
    enum sweep_role role;
    struct report_point *points; /* valid sweeps */
    uint32_t point_count;
    float (*sweeps)[REPORT_SAMPLES]; /* REPORT_SWEEPS of them, written round and round */
    uint32_t sweep_samples;
    double sweep_first_ms; /* of their first sample, after the stimulus */
    uint32_t sweep_count;  /* ever kept */
};

struct report_data {
    const struct montage *montage;
    struct report_channel channels[FINDING_BRANCHES * (FINDING_JUDGED + 1)];
    uint32_t channel_count;
    struct finding *rows; /* everything but sweeps, stimuli and spikes, in order; REPORT_ROWS */
    uint32_t row_count;
    uint32_t rows_left_out;
    struct finding_summary summary;
    bool is_out_of_memory;
};

bool report_data_init(struct report_data *d, const struct montage *montage, struct err *err);
void report_data_fini(struct report_data *d);

/* As a case_run's sink; context is the report_data. */
void report_data_finding(void *context, const struct finding *f, const char *line, size_t length);
void report_data_sweep(void *context, const struct bank_sweep *sweep);

#endif
