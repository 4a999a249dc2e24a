/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the onsets of stimuli on trigger inputs, or by their artifact. */
#include "detect/stimulus.h"

#include <math.h>

#include "detect/stimulus_artifact.h"

/* Of the resting level, a run: one second at 1 ms runs. */
static const double FOLLOW = 1e-3;

static const char *const edge_names[] = { "any", "rising", "falling", NULL };

struct trigger {
    bool started;
    bool high;
    double idle;  /* the level it rests at, counts */
    double noise; /* mean absolute distance from it, counts */
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
    bool by_artifact; /* a branch has no trigger */
    struct stimulus_artifact artifact;
    uint64_t last_by_artifact;
};

const struct option stimulus_options[] = {
    OPTION(struct stimulus_params, "threshold", threshold_ratio, UNIT_RATIO, 0.05, 0.95, "50 %",
           OPTION_FEATURES, "share of the trigger pulse's own height at which it counts; half is "
                            "farthest from both levels"),
    OPTION(struct stimulus_params, "refractory", refractory_s, UNIT_SECONDS, 0.001, 1.0, "30 ms",
           OPTION_FEATURES, "a second edge within this time is the same stimulus; longer than any "
                            "train of pulses given for one response, shorter than 1 / 30 Hz"),
    OPTION_CHOICE(struct stimulus_params, "edge", edge, edge_names, "any", OPTION_FEATURES,
                  "which way a trigger's pulse leaves its rest; any finds out by itself, but through a "
                  "capacitor the end of a long pulse looks like another"),
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
        if (!s->has_trigger[b] && !s->by_artifact) {
            s->by_artifact = true;
            s->branch_now = (uint8_t)b;
        }
    }
    stimulus_artifact_init(&s->artifact, params);
    s->last_by_artifact = NO_SAMPLE;
}

/* What leaves the resting level by half of the usual height is a pulse. */
static double trigger_limit(const struct trigger *t, double ratio)
{
    const double floor_counts = 12.0 * t->noise + 0.5;
    return t->peak > 0.0 ? fmax(ratio * t->peak, floor_counts) : floor_counts;
}

/* The resting level follows slowly, once a run, so that a drifting or inverted trigger works
 * unasked. */
static void trigger_follow(struct trigger *t, double count)
{
    if (t->high)
        return;
    const double away = fabs(count - t->idle);
    t->idle += FOLLOW * (count - t->idle);
    t->noise += FOLLOW * (away - t->noise);
}

static double excursion(enum stimulus_edge edge, double away)
{
    return edge == EDGE_RISING ? away : edge == EDGE_FALLING ? -away : fabs(away);
}

/* Whether this sample begins a pulse. */
static bool trigger_step(struct trigger *t, enum stimulus_edge edge_wanted, double count, double limit)
{
    const double away = excursion(edge_wanted, count - t->idle);
    const bool edge = away > limit && !t->high;
    if (away > limit)
        t->peak = t->peak > 0.0 ? t->peak + 0.02 * (away - t->peak) : away;
    t->high = away > limit;
    return edge;
}

static void add(struct stimulus_onsets *onsets, uint64_t at, uint8_t branch,
                enum stimulus_source source)
{
    if (onsets->count < STIMULUS_PER_RUN)
        onsets->items[onsets->count++] =
            (struct stimulus_onset){ .sample = at, .branch = branch, .source = source };
}

static bool rests(const struct stimulus *s, uint64_t last, uint64_t at)
{
    return last == NO_SAMPLE || at - last >= s->refractory_frames;
}

static void feed_trigger(struct stimulus *s, uint32_t branch, const struct frame_run *raw,
                         const int32_t *counts, struct stimulus_onsets *onsets)
{
    struct trigger *t = &s->trigger[branch];
    if (!t->started) {
        t->started = true;
        t->idle = (double)counts[0];
    }
    const double limit = trigger_limit(t, s->params.threshold_ratio);
    for (uint32_t i = 0; i < raw->frames; i++) {
        const uint64_t at = raw->first_index + i;
        if (!trigger_step(t, (enum stimulus_edge)s->params.edge, (double)counts[(size_t)i * BANK_BRANCHES], limit) ||
            !rests(s, t->last_onset, at))
            continue;
        t->last_onset = at;
        add(onsets, at, (uint8_t)branch, STIMULUS_FROM_TRIGGER);
    }
    trigger_follow(t, (double)counts[(size_t)(raw->frames - 1) * BANK_BRANCHES]);
}

void stimulus_feed(struct stimulus *s, const struct frame_run *raw, const int32_t *triggers,
                   const struct artifact *artifact, struct stimulus_onsets *onsets)
{
    onsets->count = 0;
    for (uint32_t b = 0; b < s->branches; b++)
        if (s->has_trigger[b])
            feed_trigger(s, b, raw, triggers + b, onsets);
    if (!s->by_artifact)
        return;
    const bool spoiled = artifact_cautery(artifact);
    for (uint32_t i = 0; i < raw->frames; i++) {
        const uint64_t at = raw->first_index + i;
        if (!stimulus_artifact_frame(&s->artifact, at, raw->uv + (size_t)i * raw->stride,
                                     spoiled) ||
            !rests(s, s->last_by_artifact, at))
            continue;
        s->last_by_artifact = at;
        add(onsets, at, s->branch_now, STIMULUS_FROM_ARTIFACT);
    }
}

void stimulus_gap(struct stimulus *s, uint64_t to)
{
    for (uint32_t b = 0; b < s->branches; b++)
        s->trigger[b].high = true; /* a pulse under way is not a new one */
    stimulus_artifact_gap(&s->artifact, to);
}

void stimulus_branch(struct stimulus *s, uint8_t branch)
{
    if (branch < s->branches && !s->has_trigger[branch])
        s->branch_now = branch;
}
