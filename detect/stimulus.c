/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the onsets of stimuli on trigger inputs. */
#include "detect/stimulus.h"

#include <math.h>

struct trigger {
    bool started;
    bool high;
    double idle;  /* the level it rests at, counts */
    double noise; /* mean absolute change a sample, counts */
    double peak;  /* typical excursion of a pulse, counts; 0: none seen */
    uint64_t last_onset;
};

struct stimulus {
    struct stimulus_params params;
    uint32_t rate_hz;
    uint32_t branches;
    uint32_t refractory_frames;
    uint8_t branch_now; /* stimulated where only the artifact shows it */
    bool has_trigger[BANK_BRANCHES];
    struct trigger trigger[BANK_BRANCHES];
};

const struct option stimulus_options[] = {
    OPTION(struct stimulus_params, "threshold", threshold_ratio, UNIT_RATIO, 0.05, 0.95, "50 %",
           OPTION_FEATURES, "share of the trigger pulse's own height at which it counts; half is "
                            "farthest from both levels"),
    OPTION(struct stimulus_params, "refractory", refractory_s, UNIT_SECONDS, 0.001, 1.0, "30 ms",
           OPTION_FEATURES, "a second edge within this time is the same stimulus; longer than any "
                            "train of pulses given for one response, shorter than 1 / 30 Hz"),
    { 0 },
};

size_t stimulus_size(const struct bank_params *params)
{
    (void)params;
    return sizeof(struct stimulus);
}

void stimulus_init(struct stimulus *s, const struct bank_params *params)
{
    memset(s, 0, sizeof *s);
    s->params = params->stimulus;
    s->rate_hz = params->rate_hz;
    s->branches = params->branches;
    s->refractory_frames =
        (uint32_t)rint(params->stimulus.refractory_s * (double)params->rate_hz);
    for (uint32_t b = 0; b < params->branches; b++) {
        s->has_trigger[b] = params->branch[b].trigger != BANK_NO_INPUT;
        s->trigger[b].last_onset = NO_SAMPLE;
    }
}

/* The resting level follows slowly, so that a drifting or inverted trigger works unasked; a pulse
 * is what leaves it by half of the usual height. Whether this sample begins one. */
static bool trigger_step(struct trigger *t, double count, double ratio)
{
    if (!t->started) {
        t->started = true;
        t->idle = count;
        t->noise = 0.0;
        return false;
    }
    const double away = fabs(count - t->idle);
    const double floor_counts = 12.0 * t->noise + 0.5;
    const double limit = t->peak > 0.0 ? fmax(ratio * t->peak, floor_counts) : floor_counts;
    const bool high = away > limit;
    const bool edge = high && !t->high;
    if (high)
        t->peak = t->peak > 0.0 ? t->peak + 0.02 * (away - t->peak) : away;
    else {
        t->idle += 1e-3 * (count - t->idle);
        t->noise += 1e-3 * (away - t->noise);
    }
    t->high = high;
    return edge;
}

void stimulus_feed(struct stimulus *s, const struct frame_run *raw, const int32_t *triggers,
                   const struct artifact *artifact, struct stimulus_onsets *onsets)
{
    (void)artifact;
    onsets->count = 0;
    for (uint32_t i = 0; i < raw->frames; i++)
        for (uint32_t b = 0; b < s->branches; b++) {
            if (!s->has_trigger[b])
                continue;
            struct trigger *t = &s->trigger[b];
            if (!trigger_step(t, (double)triggers[(size_t)i * BANK_BRANCHES + b],
                              s->params.threshold_ratio))
                continue;
            const uint64_t at = raw->first_index + i;
            if (t->last_onset != NO_SAMPLE && at - t->last_onset < s->refractory_frames)
                continue;
            if (onsets->count == STIMULUS_PER_RUN)
                continue;
            t->last_onset = at;
            onsets->items[onsets->count++] = (struct stimulus_onset){
                .sample = at, .branch = (uint8_t)b, .source = STIMULUS_FROM_TRIGGER
            };
        }
}

void stimulus_gap(struct stimulus *s, uint64_t to)
{
    (void)to;
    for (uint32_t b = 0; b < s->branches; b++)
        s->trigger[b].high = true; /* a pulse under way is not a new one */
}

void stimulus_branch(struct stimulus *s, uint8_t branch)
{
    if (branch < s->branches)
        s->branch_now = branch;
}
