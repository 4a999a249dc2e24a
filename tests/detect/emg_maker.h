/* SPDX-License-Identifier: Apache-2.0 */
/* tests/detect/emg_maker.h - EMG with known events for the detectors' tests, and a run of the
 * artifact and free-running stages over it. Shares no constant with detect/. */
#ifndef LSRD_TESTS_DETECT_EMG_MAKER_H
#define LSRD_TESTS_DETECT_EMG_MAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/finding.h"

enum { MAKER_CHANNELS = 5, MAKER_STRIDE = 8 };

struct maker {
    uint32_t rate_hz;
    double seconds;
    uint64_t frames;
    double *uv; /* frames x MAKER_STRIDE */
    uint32_t random;
    double clip_uv;                          /* converter's end; 0: none */
    uint64_t gap_from, gap_to;               /* these frames are lost; equal: none */
    double blank_from_s[64], blank_to_s[64]; /* stretches that belong to stimuli */
    uint32_t blanks;
};

/* Gaussian noise of noise_uv RMS (to 9 kHz) on every channel. */
struct maker maker_new(uint32_t rate_hz, double seconds, double noise_uv, uint32_t seed);
void maker_free(struct maker *m);

double maker_uniform(struct maker *m); /* 0 to 1 */
double maker_normal(struct maker *m);

/* One motor-unit potential, biphasic, peak to peak uv, its middle at at_s; width_ms between peaks.
 */
void maker_potential(struct maker *m, int channel, double at_s, double uv, double width_ms);
/* count potentials hz apart, intervals scattered by scatter (share of the interval). */
double maker_train(struct maker *m, int channel, double at_s, double hz, double scatter, int count,
                   double uv, double width_ms);
void maker_tone(struct maker *m, int channel, double from_s, double to_s, double hz, double uv,
                double phase);
void maker_noise(struct maker *m, int channel, double from_s, double to_s, double rms_uv);
/* Broad noise on all channels, then a decay of 0.12 s. */
void maker_cautery(struct maker *m, double from_s, double to_s, double rms_uv);
void maker_stimulus(struct maker *m, double at_s, double artifact_uv);

struct maker_result {
    uint32_t count;
    struct finding items[2000];
    double train_s[MAKER_CHANNELS];
    uint32_t bursts, common, lateral; /* of the last minute */
    double lag_ms;
    uint32_t discharges[MAKER_CHANNELS]; /* in the last 0.8 s */
    uint64_t discharged[MAKER_CHANNELS]; /* the newest of them */
};

/* Feeds everything; a run never crosses a tick, and split frames at most are fed at once (0: a
 * tick). Caller frees. */
struct maker_result *maker_run(const struct maker *m, uint32_t split);

/* How many events of a kind (EMG_KINDS: of any) a channel has (MAKER_CHANNELS: any). */
uint32_t maker_events(const struct maker_result *r, enum emg_kind kind, uint32_t channel);
const struct finding_emg_event *maker_event(const struct maker_result *r, enum emg_kind kind,
                                            uint32_t number);
uint32_t maker_artifacts(const struct maker_result *r, enum artifact_kind kind);
const struct finding_artifact *maker_artifact(const struct maker_result *r, enum artifact_kind kind,
                                              uint32_t number);
void maker_print(const struct maker *m, const struct maker_result *r);

#endif
