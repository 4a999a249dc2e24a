/* SPDX-License-Identifier: Apache-2.0 */
/* Watches what has to be proved before an absent response means anything: current flowed, the
 * muscle answered, the electrodes are on, the amplifier was free. */
#include "detect/endpoint_parts.h"

#include <math.h>

enum {
    WITHHOLD_AFTER = 2, /* bad in a row: one alone may be a chance; the screen must be quick */
    ALARM_AFTER = 3,    /* bad in a row: calling somebody needs more */
    GOOD_AGAIN = 3,     /* good in a row that end a fault */
    DELIVERY_WINDOW = 10,
    DELIVERY_MISSING = 3, /* of the window: a loose cable */
};

/* A slow stimulator brings its second bad sweep as late as a quick one its third. */
static bool long_enough(uint32_t bad, uint64_t since, uint64_t now, uint32_t rate_hz)
{
    return bad >= ALARM_AFTER ||
           (bad >= WITHHOLD_AFTER && (double)(now - since) >= 0.9 * (double)rate_hz);
}

/* The M wave trembles by some 3 % a sweep, the median of five by 1.25 x 3 % / sqrt(5) = 1.7 %: without
 * a margin of three such deviations the state would flicker where it crosses the limit. A wider one
 * costs seconds where a relaxant wears off slowly. */
static const double m_margin = 1.05;

void proof_init(struct endpoint_proof *p)
{
    memset(p, 0, sizeof *p);
}

void proof_forget_m(struct endpoint_proof *p)
{
    p->m_filled = 0;
    p->m_next = 0;
    proof_set(p, CAUSE_M_WAVE, false);
}

void proof_set(struct endpoint_proof *p, enum endpoint_cause cause, bool is_so)
{
    p->causes = is_so ? p->causes | cause : p->causes & ~(uint32_t)cause;
}

double proof_m_ratio(const struct endpoint_proof *p)
{
    double sorted[PROOF_M];
    for (uint32_t i = 0; i < p->m_filled; i++) {
        uint32_t k = i;
        for (; k > 0 && sorted[k - 1] > p->m_ratio[i]; k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = p->m_ratio[i];
    }
    return p->m_filled ? sorted[p->m_filled / 2] : FINDING_UNKNOWN;
}

static uint32_t missing_deliveries(const struct endpoint_proof *p)
{
    uint32_t n = 0;
    for (uint32_t bits = p->deliveries; bits; bits &= bits - 1)
        n++;
    return n;
}

static void watch_stimulus(struct endpoint_proof *p, uint32_t rate_hz,
                           const struct judged_stimulus *s)
{
    if (s->delivered == TRISTATE_UNKNOWN)
        return;
    const bool missing = s->delivered == TRISTATE_NO;
    p->deliveries = (p->deliveries << 1 | missing) & ((1u << DELIVERY_WINDOW) - 1);
    if (!missing) {
        p->undelivered = 0;
        if (++p->delivered >= WITHHOLD_AFTER) {
            p->stimulus_alarm = false;
            if (missing_deliveries(p) < DELIVERY_MISSING)
                proof_set(p, CAUSE_STIMULUS, false);
        }
        return;
    }
    p->delivered = 0;
    if (p->undelivered++ == 0)
        p->undelivered_since = s->stimulus_sample;
    if (p->undelivered >= WITHHOLD_AFTER || missing_deliveries(p) >= DELIVERY_MISSING)
        proof_set(p, CAUSE_STIMULUS, true);
    if (long_enough(p->undelivered, p->undelivered_since, s->stimulus_sample, rate_hz))
        p->stimulus_alarm = true;
}

static void watch_m_wave(struct endpoint_proof *p, const struct bank_params *params,
                         const struct judged_stimulus *s)
{
    if (!s->has_direct || s->direct_reason != REASON_NONE || s->delivered == TRISTATE_NO)
        return;
    const double ratio = s->m_uv / s->m_baseline_uv;
    if (isnan(ratio))
        return;
    p->m_ratio[p->m_next] = ratio;
    p->m_next = (p->m_next + 1) % PROOF_M;
    if (p->m_filled < PROOF_M)
        p->m_filled++;
    const double median = proof_m_ratio(p);
    const double limit = params->endpoint.min_m_ratio;
    if (p->m_filled == PROOF_M && median < limit)
        proof_set(p, CAUSE_M_WAVE, true);
    else if (median >= fmin(1.0, limit * m_margin))
        proof_set(p, CAUSE_M_WAVE, false);
}

static void watch_electrode(struct proof_channel *c, uint32_t rate_hz, enum sweep_reason reason,
                            uint64_t at)
{
    if (reason == REASON_ELECTRODE) {
        c->good = 0;
        if (c->bad++ == 0)
            c->bad_since = at;
        c->off = c->off || c->bad >= WITHHOLD_AFTER;
        c->alarm = c->alarm || long_enough(c->bad, c->bad_since, at, rate_hz);
    } else if (reason == REASON_NONE) {
        c->bad = 0;
        if (++c->good >= GOOD_AGAIN) {
            c->off = false;
            c->alarm = false;
        }
    }
}

/* Before the baseline is known every lateral channel may be the one that matters. */
static bool is_needed(const struct judged_stimulus *s, uint32_t lateral)
{
    return s->learned ? s->lateral[lateral].elicited : true;
}

static void watch_electrodes(struct endpoint_proof *p, uint32_t rate_hz,
                             const struct judged_stimulus *s)
{
    uint32_t off = 0, needed = 0;
    for (uint32_t i = 0; i < s->lateral_count; i++) {
        struct proof_channel *c = &p->channel[i];
        watch_electrode(c, rate_hz, s->lateral[i].sweep.reason, s->stimulus_sample);
        c->needed = is_needed(s, i);
        needed += c->needed;
        off += c->needed && c->off;
    }
    struct proof_channel *direct = &p->channel[PROOF_DIRECT];
    direct->needed = s->has_direct;
    if (s->has_direct)
        watch_electrode(direct, rate_hz, s->direct_reason, s->stimulus_sample);
    /* A learned baseline needs all that it was learned from; the search can go on with the rest. */
    const bool blind = s->learned ? off > 0 : needed > 0 && off == needed;
    proof_set(p, CAUSE_ELECTRODE, blind || (s->has_direct && direct->off));
}

static void watch_saturation(struct endpoint_proof *p, uint32_t rate_hz,
                             const struct judged_stimulus *s)
{
    bool clipped = s->has_direct && s->direct_reason == REASON_SATURATED;
    for (uint32_t i = 0; i < s->lateral_count; i++)
        clipped = clipped || (is_needed(s, i) && s->lateral[i].sweep.reason == REASON_SATURATED);
    if (!clipped) {
        p->clipped = 0;
        proof_set(p, CAUSE_SATURATION, false);
        return;
    }
    if (p->clipped++ == 0)
        p->clipped_since = s->stimulus_sample;
    if (long_enough(p->clipped, p->clipped_since, s->stimulus_sample, rate_hz))
        proof_set(p, CAUSE_SATURATION, true);
}

void proof_sweep(struct endpoint_proof *p, const struct bank_params *params,
                 const struct judged_stimulus *s)
{
    watch_stimulus(p, params->rate_hz, s);
    watch_m_wave(p, params, s);
    watch_electrodes(p, params->rate_hz, s);
    watch_saturation(p, params->rate_hz, s);
}

enum endpoint_reason proof_reason(uint32_t causes)
{
    static const struct {
        enum endpoint_cause cause;
        enum endpoint_reason reason;
    } rows[] = {
        {CAUSE_ACQUISITION, ENDPOINT_BECAUSE_ACQUISITION},
        {CAUSE_STIMULATION, ENDPOINT_BECAUSE_STIMULATION},
        {CAUSE_STIMULUS, ENDPOINT_BECAUSE_STIMULUS},
        {CAUSE_ELECTRODE, ENDPOINT_BECAUSE_ELECTRODE},
        {CAUSE_CAUTERY, ENDPOINT_BECAUSE_CAUTERY},
        {CAUSE_SATURATION, ENDPOINT_BECAUSE_SATURATION},
        {CAUSE_M_WAVE, ENDPOINT_BECAUSE_M_WAVE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (causes & rows[i].cause)
            return rows[i].reason;
    return ENDPOINT_BECAUSE_RELAXANT;
}
