/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/sample_clock.h - how fast a device really samples, by the machine's clock, and whether that is
 * worth a line in the case. Latencies are counted in samples: a clock that runs 1000 ppm off makes
 * 10 ms wrong by 10 us, and an hour by 3.6 s. Pure; the main thread's. */
#ifndef LSRD_DAEMON_SAMPLE_CLOCK_H
#define LSRD_DAEMON_SAMPLE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "base/mark.h"
#include "base/timemap.h"

struct sample_clock { /* caller owns the memory; fields are private to sample_clock.c */
    struct timemap map;
    uint32_t claimed_hz;
    uint64_t origin, next;
    bool has_origin;
    bool is_known;
    double said_ppm; /* as the newest mark has it; 0: nothing was wrong */
};

/* For a new stream of this claimed rate. */
void sample_clock_init(struct sample_clock *c, uint32_t rate_hz);

/* A block as it came from the device, its own indices. True: text is a mark to set, `note=...`. */
bool sample_clock_feed(struct sample_clock *c, const struct sample_block *block,
                       char text[MARK_TEXT]);

/* Off the claimed rate in ppm; NAN until ten seconds were measured. */
double sample_clock_ppm(const struct sample_clock *c);

#endif
