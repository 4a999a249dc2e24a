/* SPDX-License-Identifier: Apache-2.0 */
/* tests/bench/load.h - many displays in one epoll loop: they subscribe, acknowledge, and measure
 * how long after its stamp each frame arrives, or after its samples were made. */
#ifndef LSRD_TESTS_BENCH_LOAD_H
#define LSRD_TESTS_BENCH_LOAD_H

#include <stdbool.h>
#include <stdint.h>

enum { STAMPS = 1 << 16, LOAD_STIMULI = 256 };

/* Shared by the two processes: when the frame of a sequence number was due. */
struct stamps {
    _Atomic int64_t ns[STAMPS];
    _Atomic uint32_t port;
    _Atomic bool stop;
    _Atomic int64_t late_ns[STAMPS]; /* of the timer that makes the frames */
    _Atomic uint32_t ticks;
};

struct load_options {
    struct stamps *stamps;
    uint32_t clients;
    uint32_t stalled; /* connect, subscribe, and never read */
    bool is_bare;     /* the server only sends: no handshake, nothing to say */
    bool is_live;     /* raw frames; else envelopes of `level` and sweeps */
    uint8_t level;
    double seconds;
    int server_pid;
    double rate_hz;    /* above 0: no stamps; frame n was made n / rate_hz after origin_ns */
    int64_t origin_ns;
    uint32_t period_frames; /* above 0: a verdict within a period ends a frame early, and such an end
                               is no period's */
};

struct load_times {
    double p50_ms, p99_ms, p999_ms, max_ms;
};

struct load_result {
    uint64_t frames;
    uint64_t gaps; /* frames missing between two that arrived */
    struct load_times newest;  /* a frame's end, or its stamp, to the display */
    struct load_times oldest;  /* with rate_hz: a frame's first sample to the display */
    struct load_times verdict; /* likewise: a sweep's last sample to its finding at the display */
    uint32_t stimuli;          /* at the first display, while measuring */
    uint64_t stimulus[LOAD_STIMULI];
    double mb_per_s;
    double cpu_percent; /* of one core, the server's process */
    long rss_kib;       /* of the server at the end */
};

bool load_run(const struct load_options *options, struct load_result *result);

int64_t load_now_ns(void);

#endif
