/* SPDX-License-Identifier: Apache-2.0 */
/* Why a sweep cannot be judged. */
#include "detect/evoked_parts.h"

enum {
    PULSE_MS = 3,         /* a pulse of 1 ms and its millisecond of rounding are over */
    QUIET_MS = 45,        /* before the stimulus the muscle must be at rest */
    TRAIN_BACK_MS = 800,  /* two discharges so far back at most are a train ... */
    TRAIN_PAUSE_MS = 250, /* ... that runs on, if the last was so short ago */
    AFTER_MS = 150,       /* after-activity is over behind a stimulus */
};

/* Whether the muscle discharges again and again of itself, slowly enough that a sweep falls between
 * two discharges and yet may catch one: a B train. The time behind a stimulus is left out, because
 * after-activity belongs to the response. */
static bool train_runs(const struct evoked *e, uint16_t channel, uint64_t at,
                       const struct free_running *f)
{
    const uint64_t ms = e->params.rate_hz / 1000, back = TRAIN_BACK_MS * ms;
    const uint64_t oldest = at > back ? at - back : 0;
    uint64_t to = at, newest = 0;
    uint32_t discharges = 0;
    for (uint32_t i = 1; i <= EVOKED_ONSETS && to > oldest; i++) {
        const uint64_t onset = e->onsets[(e->onset_next + EVOKED_ONSETS - i) % EVOKED_ONSETS];
        if (onset >= at && onset != NO_SAMPLE)
            continue;
        const uint64_t free_from = onset == NO_SAMPLE ? 0 : onset + AFTER_MS * ms;
        const uint64_t from = free_from > oldest ? free_from : oldest;
        uint64_t seen = newest;
        if (from < to)
            discharges += free_running_discharges(f, channel, from, to, &seen);
        newest = seen > newest ? seen : newest;
        to = onset == NO_SAMPLE ? 0 : onset;
    }
    return discharges >= 2 && at - newest < TRAIN_PAUSE_MS * ms;
}

/* What the artifact stage holds against the sweep. A pulse that clips by itself for a millisecond
 * or two, or whose edges are as steep as cautery, is no suspicion against what comes behind it. */
static enum sweep_reason masked_by(const struct evoked *e, const struct evoked_waiting *w,
                                   uint16_t channel, const struct artifact *artifact)
{
    const uint64_t ms = e->params.rate_hz / 1000, at = w->onset.sample;
    const uint64_t from = at - 5 * ms, to = at + e->window_frames, pulse_to = at + PULSE_MS * ms;
    const enum sweep_reason whole = artifact_masks(artifact, channel, from, to);
    if (whole == REASON_NONE || artifact_proved(artifact, channel, from, to) != REASON_NONE)
        return whole;
    const enum sweep_reason before = artifact_masks(artifact, channel, from, at - ms);
    return before != REASON_NONE ? before : artifact_masks(artifact, channel, pulse_to, to);
}

enum sweep_reason evoked_reason(const struct evoked *e, const struct evoked_waiting *w,
                                uint16_t channel, const struct evoked_context *x)
{
    const uint64_t rate = e->params.rate_hz, at = w->onset.sample;
    const uint64_t quiet = QUIET_MS * rate / 1000;
    if (w->spoiled)
        return REASON_GAP;
    if (!e->can_judge)
        return REASON_RATE;
    if (at < e->before_frames)
        return REASON_SETTLING;
    if (at - e->before_frames < e->from)
        return REASON_GAP;
    const enum sweep_reason masked = masked_by(e, w, channel, x->artifact);
    if (masked != REASON_NONE)
        return masked;
    if (!hum_settled(x->hum))
        return REASON_SETTLING;
    if (e->electrodes.fault[channel])
        return REASON_ELECTRODE;
    if (e->everywhere || e->missed[channel])
        return REASON_ARTIFACT;
    if (free_running_active(x->free_running, channel, at > quiet ? at - quiet : 0,
                            at + e->window_frames) ||
        train_runs(e, channel, at, x->free_running))
        return REASON_ACTIVITY;
    return REASON_NONE;
}
