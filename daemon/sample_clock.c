/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the line of base/timemap. */
#include "daemon/sample_clock.h"

#include <math.h>
#include <stdio.h>

/* A line through ten seconds of packets of 1 ms is good to some 20 ppm. */
static const double known_s = 10;
/* Crystals are within 100 ppm, over all temperatures; what is beyond three times that lies. */
static const double wrong_ppm = 300;
static const double right_ppm = 200; /* a border that a measurement cannot straddle */
static const double changed_ppm = 200;

void sample_clock_init(struct sample_clock *c, uint32_t rate_hz)
{
    *c = (struct sample_clock){ .claimed_hz = rate_hz };
    timemap_init(&c->map, rate_hz);
}

double sample_clock_ppm(const struct sample_clock *c)
{
    return c->is_known ? (timemap_rate_hz(&c->map) / c->claimed_hz - 1) * 1e6 : (double)NAN;
}

static bool is_news(const struct sample_clock *c, double ppm)
{
    if (c->said_ppm != 0)
        return fabs(ppm) < right_ppm || fabs(ppm - c->said_ppm) > changed_ppm;
    return fabs(ppm) > wrong_ppm;
}

bool sample_clock_feed(struct sample_clock *c, const struct sample_block *block,
                       char text[MARK_TEXT])
{
    if (block->frames == 0 || block->captured_ns == 0)
        return false;
    const uint64_t end = block->first_index + block->frames;
    if (!c->has_origin || block->first_index > c->next + c->claimed_hz) {
        timemap_init(&c->map, c->claimed_hz); /* an outage may be sleep, which this clock leaves out */
        c->origin = end;
    }
    c->has_origin = true;
    c->next = end;
    timemap_feed(&c->map, end, block->captured_ns);
    c->is_known = (double)(end - c->origin) > known_s * c->claimed_hz;
    const double ppm = sample_clock_ppm(c);
    if (!c->is_known || !is_news(c, ppm))
        return false;
    c->said_ppm = fabs(ppm) < right_ppm ? 0 : ppm;
    snprintf(text, MARK_TEXT, "note=the device samples at %.1f Hz: %+.0f ppm of the %u Hz it claims",
             timemap_rate_hz(&c->map), ppm, c->claimed_hz);
    return true;
}
