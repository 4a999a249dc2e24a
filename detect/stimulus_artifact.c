/* SPDX-License-Identifier: Apache-2.0 */
/* Recognises the jumps of stimuli. */
#include "detect/stimulus_artifact.h"

#include <math.h>
#include <string.h>

/* A channel jumps where it moves this many times its mean change: ten standard deviations of white
 * noise. */
static const double jump_over = 8.0 * 1.6;
static const double least_uv = 20.0; /* below it no stimulus' artifact is worth the name */

/* Cosine of the angle to the pattern, and how far its size may differ: a stimulator turned to a
 * third is still itself. */
static const double alike = 0.9;
static const double smaller = 0.2, larger = 4.0;

enum {
    QUIET_MS = 3,    /* cautery jumps all the time */
    SETTLE_MS = 200, /* until the noise is known */
    LOCKED = 3,      /* jumps of one pattern, after which others are not believed */
};

void stimulus_artifact_init(struct stimulus_artifact *s, const struct bank_params *params)
{
    memset(s, 0, sizeof *s);
    s->channels = params->channels;
    s->lanes = block_stride(params->channels);
    s->quiet_frames = QUIET_MS * params->rate_hz / 1000;
    s->settle_frames = SETTLE_MS * params->rate_hz / 1000;
    s->last_jump = NO_SAMPLE;
}

void stimulus_artifact_gap(struct stimulus_artifact *s, uint64_t to)
{
    s->started = false;
    s->last_jump = to;
}

/* 1 or -1 where the jump is like the pattern, of its own or of reversed polarity (many stimulators
 * alternate it); 0 where it is not. */
static double matches(const struct jump_pattern *p, const double *step, uint32_t channels)
{
    double product = 0.0, own = 0.0, other = 0.0;
    for (uint32_t c = 0; c < channels; c++) {
        product += p->step_uv[c] * step[c];
        own += p->step_uv[c] * p->step_uv[c];
        other += step[c] * step[c];
    }
    const bool same = fabs(product) > alike * sqrt(own * other) &&
                      other > smaller * smaller * own && other < larger * larger * own;
    return !same ? 0.0 : product > 0.0 ? 1.0 : -1.0;
}

static void follow(struct jump_pattern *p, const double *step, double sign, uint32_t channels)
{
    p->seen++;
    const double share = p->seen < 10 ? 1.0 / p->seen : 0.1;
    for (uint32_t c = 0; c < channels; c++)
        p->step_uv[c] += share * (sign * step[c] - p->step_uv[c]);
}

/* A jump like those before is a stimulus; another one only while nothing is locked, or when it has
 * come back as often itself: the stimulator was turned, or the electrodes moved. */
static bool recognise(struct stimulus_artifact *s, const double *step)
{
    struct jump_pattern *now = &s->pattern[0], *other = &s->pattern[1];
    const double sign = now->seen > 0 ? matches(now, step, s->channels) : 0.0;
    if (sign != 0.0) {
        follow(now, step, sign, s->channels);
        other->seen = 0;
        return true;
    }
    if (now->seen < LOCKED) {
        memset(now, 0, sizeof *now);
        follow(now, step, 1.0, s->channels);
        return true;
    }
    const double again = other->seen > 0 ? matches(other, step, s->channels) : 0.0;
    if (again == 0.0)
        memset(other, 0, sizeof *other);
    follow(other, step, again == 0.0 ? 1.0 : again, s->channels);
    if (other->seen < LOCKED)
        return false;
    *now = *other;
    memset(other, 0, sizeof *other);
    return true;
}

bool stimulus_artifact_frame(struct stimulus_artifact *s, uint64_t index, const double *uv,
                             bool spoiled)
{
    if (!s->started) {
        s->started = true;
        s->first = index;
        memcpy(s->before, uv, sizeof *uv * s->channels);
        return false;
    }
    double step[BANK_CHANNELS];
    uint32_t jumps = 0;
    const bool settled = index - s->first >= s->settle_frames;
    for (uint32_t c = 0; c < s->channels; c++) {
        step[c] = uv[c] - s->before[c];
        s->before[c] = uv[c];
        const double change = fabs(step[c]);
        const double limit = fmax(jump_over * s->noise_uv[c], least_uv);
        jumps += change > limit;
        /* bounded, so that neither stimuli nor cautery teach it */
        const double bounded = settled ? fmin(change, 3.0 * s->noise_uv[c]) : change;
        s->noise_uv[c] += (settled ? 2e-4 : 1e-2) * (bounded - s->noise_uv[c]);
    }
    if (!settled || 2 * jumps < s->channels || jumps == 0)
        return false;
    const bool quiet = s->last_jump == NO_SAMPLE || index - s->last_jump > s->quiet_frames;
    s->last_jump = index;
    return quiet && !spoiled && recognise(s, step);
}
