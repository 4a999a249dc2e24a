/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/publisher.h - turns what a pipeline tells into items for the web thread: envelopes, sweeps,
 * findings, evidence, status, the snapshot for new browsers. Waveforms are dropped and counted
 * when the ring is more than half full; the other half is kept for findings. Main thread. */
#ifndef LSRD_DAEMON_PUBLISHER_H
#define LSRD_DAEMON_PUBLISHER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/item.h"
#include "base/wake.h"
#include "daemon/pipeline.h"
#include "protocol/message.h"

struct publisher;

/* What the rest of the daemon knows and the page shows; strings live in the owner. */
struct publisher_facts {
    struct message_case case_;
    enum message_acquisition acquisition;
    int64_t newest_ns; /* monotonic, of the newest frame; 0: none */
    uint64_t lost_samples;
    int64_t latency_us; /* sample to decision, of the newest block; -1: unknown */
    const struct message_timing *timing; /* of enum timing_stage */
    const char *calibration; /* of the device, in one line; NULL: none */
    double rate_ppm;    /* the device's clock off its claimed rate; NAN: unknown */
    uint32_t alarm_count;
    const struct message_alarm *alarms;
    struct message_audio audio;
    const char *sounder; /* of this machine: ok, broken, off; NULL: a replay has none */
    const char *control; /* who holds it; NULL: nobody */
    uint32_t display_count;
    const struct message_display *displays;
    const struct message_replay *replay; /* NULL: live */
    uint32_t live_count;                 /* live daemons that a replay sees on this machine */
    const struct live_case_seen *live;
};

/* ring and wake are the web thread's side of the server; they outlive the publisher. */
struct publisher *publisher_create(struct item_ring *ring, struct wake *wake, struct clock *clock,
                                   struct err *err);
void publisher_destroy(struct publisher *p); /* takes NULL */

/* A new life of the bank: clears, sizes the envelopes, sends the snapshot. is_filling: browsers hear
 * of it with publisher_arrive() only, and then of everything since at once. */
bool publisher_open(struct publisher *p, const struct pipeline *pipeline,
                    const struct publisher_facts *facts, bool is_filling, struct err *err);
void publisher_arrive(struct publisher *p, const struct publisher_facts *facts);

/* Amplitudes judged before this life began, for the trend; after publisher_open(). */
void publisher_points(struct publisher *p, uint32_t count,
                      const struct message_trend_point *points);

/* When the frames that come next were taken, monotonic; 0: not known. A waveform carries this time, so
 * that samples which waited somewhere in the daemon are not taken for new ones. Before each block. */
void publisher_captured(struct publisher *p, int64_t captured_ns);

void publisher_finding(struct publisher *p, const struct finding *f, const char *line,
                       size_t length);
void publisher_sweep(struct publisher *p, const struct bank_sweep *sweep);
void publisher_emg(struct publisher *p, const struct bank_output *out, uint32_t stride);

/* Sends the evidence of branches whose sweeps were judged since, and their new templates. After
 * each block. */
void publisher_settle(struct publisher *p);

/* Four times a second; renews the snapshot first where something in it changed. */
void publisher_status(struct publisher *p, const struct publisher_facts *facts);
void publisher_alarms(struct publisher *p, const struct publisher_facts *facts);
/* The answer to one command; error NULL: done; result: JSON or NULL. */
void publisher_reply(struct publisher *p, uint64_t client, uint64_t id, const char *error,
                     const char *result);

const char *publisher_phase(const struct publisher *p); /* NULL: none marked */
uint64_t publisher_dropped(const struct publisher *p);  /* waveform frames */

#endif
