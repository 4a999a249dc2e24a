/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a stimulus' sweeps out of the signal and measures what surrounds them. */
#include "detect/evoked_parts.h"

#include <math.h>

enum {
    LEVEL_TO = 3,         /* grid points before the stimulus that its artifact cannot reach */
    PULSE_US = 2300,      /* two phases of a millisecond and their last edge; no M wave yet */
    ROUGH_RATE_HZ = 8000, /* under it no band is left above the muscles' */
};

/* RMS of the window's last 5 ms over what it usually is: louder than chance and any slow drift. */
static const double late_over = 3.0;

/* Power of the same 5 ms, their level and slope taken out (hum that changed while the tone hid it, which
 * the noise before the stimulus knows), over the usual, where a tone was taken away: what the fit misses
 * there it misses within the response too. That of one channel's noise exceeds three times its mean once
 * in a thousand; that of the others together scatters by a fifth or two. */
static const double late_missed = 3.0, late_missed_by_all = 1.6;

/* A pulse's own edges change by this share of the steepest one within a sample; tails and M waves
 * do not. */
static const double steep = 0.25;

/* Samples from the stimulus on of one channel, its level before it removed. */
void evoked_cut(struct evoked *e, uint64_t stimulus, uint16_t channel, double *sweep)
{
    const double *ring = evoked_here(e, e->clean_at);
    for (uint32_t i = 0; i < e->window_frames; i++)
        sweep[i] = ring[(size_t)((stimulus + i) % e->ring_frames) * e->lanes + channel] -
                   e->level[channel];
    tone_subtract(&e->tone, channel, e->params.rate_hz, sweep, e->window_frames);
}

/* The value that has `nth` smaller ones before it in order; puts the others on their sides of it. */
static double select_nth(double *values, uint32_t count, uint32_t nth)
{
    for (uint32_t low = 0, high = count - 1; low < high;) {
        const double pivot = values[low + (high - low) / 2];
        uint32_t i = low, k = high;
        for (;;) {
            while (values[i] < pivot)
                i++;
            while (values[k] > pivot)
                k--;
            if (i >= k)
                break;
            const double value = values[i];
            values[i++] = values[k];
            values[k--] = value;
        }
        if (nth <= k)
            high = k;
        else
            low = k + 1;
    }
    return values[nth];
}

/* Median absolute second difference of the window's last 5 ms: the noise that no muscle makes. */
static double roughness(struct evoked *e, const struct evoked_waiting *w, uint32_t channel)
{
    enum { MOST = 256 };
    const uint32_t span = 5 * e->params.rate_hz / 1000, stride = 1 + span / MOST;
    const double *ring = evoked_here(e, e->clean_at);
    const uint64_t end = w->onset.sample + e->window_frames;
    double rough[MOST];
    uint32_t count = 0;
    if (e->params.rate_hz < ROUGH_RATE_HZ)
        return 0.0;
    for (uint64_t i = end - span + 2; i < end && count < MOST; i += stride) {
        const double x = ring[(size_t)(i % e->ring_frames) * e->lanes + channel];
        const double y = ring[(size_t)((i - 1) % e->ring_frames) * e->lanes + channel];
        const double z = ring[(size_t)((i - 2) % e->ring_frames) * e->lanes + channel];
        rough[count++] = fabs(x - 2.0 * y + z);
    }
    return select_nth(rough, count, count / 2);
}

/* Milliseconds from the stimulus to its pulse's last edge on one channel. */
static double pulse_end(struct evoked *e, const struct evoked_waiting *w, uint32_t channel)
{
    const double *ring = evoked_here(e, e->clean_at);
    const uint32_t span = PULSE_US * (e->params.rate_hz / 1000) / 1000;
    double steepest = 0.0, before = 0.0;
    uint32_t last = 0;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i <= span; i++) { /* from the sample before the onset */
            const double v =
                ring[(size_t)((w->onset.sample + i - 1) % e->ring_frames) * e->lanes + channel];
            const double change = i > 0 ? fabs(v - before) : 0.0;
            before = v;
            if (pass == 0)
                steepest = fmax(steepest, change);
            else if (change > steep * steepest)
                last = i - 1;
        }
    return 1e3 * (double)last / (double)e->params.rate_hz;
}

static double rms_before(const struct evoked *e, const double *points, uint32_t channel)
{
    const uint32_t to = e->grid.pre - LEVEL_TO;
    double square = 0.0;
    for (uint32_t p = 0; p < to; p++) {
        const double v = points[(size_t)p * e->lanes + channel];
        square += v * v;
    }
    return sqrt(square / to);
}

/* Removes a channel's level of the 9 ms before the stimulus, and says it. */
static double take_level(const struct evoked *e, double *points, uint32_t channel)
{
    const struct grid *g = &e->grid;
    const uint32_t to = g->pre - LEVEL_TO, from = to - (uint32_t)floor(9.0 / g->step_ms);
    double level = 0.0;
    for (uint32_t p = from; p < to; p++)
        level += points[(size_t)p * e->lanes + channel] / (to - from);
    for (uint32_t p = 0; p < g->pre + g->post; p++)
        points[(size_t)p * e->lanes + channel] -= level;
    return level;
}

/* Grid points of all channels, levels removed; sizes of artifact and noise. */
void evoked_measure(struct evoked *e, const struct evoked_waiting *w,
                    const struct artifact *artifact)
{
    const struct grid *g = &e->grid;
    double *points = evoked_here(e, e->points_at);
    const double *ring = evoked_here(e, e->clean_at);
    grid_sweep(g, evoked_here(e, e->tables_at), ring, e->ring_frames, e->lanes, w->onset.sample,
               points);
    const uint32_t first_ms = e->params.rate_hz / 1000;
    e->sizes.channels = e->params.channels;
    e->sizes.pulse_end_ms = 0.0;
    for (uint32_t c = 0; c < e->params.channels; c++) {
        const double level = take_level(e, points, c);
        const double end_ms = pulse_end(e, w, c);
        e->sizes.pulse_end_ms = fmax(e->sizes.pulse_end_ms, end_ms);
        double low = 0.0, high = 0.0;
        for (uint32_t i = 0; i < first_ms; i++) {
            const double v =
                ring[(size_t)((w->onset.sample + i) % e->ring_frames) * e->lanes + c] - level;
            low = fmin(low, v);
            high = fmax(high, v);
        }
        e->level[c] = level;
        e->sizes.artifact_uv[c] = high - low;
        e->sizes.noise_uv[c] = rms_before(e, points, c);
        /* the stimulus itself looks like cautery: only what is sure counts here */
        e->sizes.off[c] = artifact_switched_off(artifact, c);
        e->sizes.masked[c] = artifact_proved(artifact, c, w->onset.sample,
                                             w->onset.sample + first_ms) != REASON_NONE;
        e->sizes.rough_uv[c] = roughness(e, w, c);
    }
}

/* To where, after the stimulus, this branch's responses reach. */
static double response_end_ms(const struct evoked *e, uint8_t branch)
{
    const struct evoked_branch *s = &e->branch[branch];
    double end = 0.0;
    for (uint32_t k = 0; k < e->params.branch[branch].lateral_count; k++) {
        const struct presence *p = &s->lateral[k].presence;
        if (s->lateral[k].learned && s->lateral[k].elicited)
            end = fmax(end, (e->grid.low + p->support_to) * e->grid.step_ms);
    }
    const double last = (e->grid.post - 1) * e->grid.step_ms;
    /* unknown: two thirds of the window; always some of it is left to fit a tone to */
    return end > 0.0 ? fmin(end, last - 3.0) : last * 2.0 / 3.0;
}

static double rms_late(const struct evoked *e, const double *points, uint32_t c)
{
    const struct grid *g = &e->grid;
    const uint32_t late = (uint32_t)floor(5.0 / g->step_ms), all = g->pre + g->post;
    double square = 0.0;
    for (uint32_t p = all - late; p < all; p++) {
        const double v = points[(size_t)p * e->lanes + c];
        square += v * v;
    }
    return sqrt(square / late);
}

/* The same as a power, without level and slope. */
static double power_left(const struct evoked *e, const double *points, uint32_t c)
{
    const struct grid *g = &e->grid;
    const uint32_t late = (uint32_t)floor(5.0 / g->step_ms), all = g->pre + g->post;
    double square = 0.0, sum = 0.0, slope = 0.0, span = 0.0;
    for (uint32_t i = 0; i < late; i++) {
        const double v = points[(size_t)(all - late + i) * e->lanes + c];
        const double at = (double)i - 0.5 * (late - 1);
        square += v * v;
        sum += v;
        slope += at * v;
        span += at * at;
    }
    return (square - sum * sum / late - slope * slope / span) / (late - 2);
}

/* A drill's tone goes before anything is judged; what begins within the window on half of the
 * channels at once spoils it. */
void evoked_clear_tone(struct evoked *e, const struct evoked_waiting *w)
{
    const struct electrode *usual = &e->branch[w->onset.branch].electrode;
    double *points = evoked_here(e, e->points_at);
    memset(&e->tone, 0, sizeof e->tone);
    e->everywhere = false;
    if (usual->learned)
        tone_remove(&e->tone, &e->grid, points, e->params.channels, e->lanes, usual->noise_uv,
                    e->sizes.noise_uv, response_end_ms(e, w->onset.branch));
    if (e->tone.found)
        for (uint32_t c = 0; c < e->params.channels; c++) {
            /* the 9 ms held no whole number of its turns */
            e->level[c] += take_level(e, points, c);
            e->sizes.noise_uv[c] = rms_before(e, points, c);
        }
    uint32_t loud = 0, others = 0;
    double all = 0.0;
    memset(e->missed, 0, sizeof e->missed);
    for (uint32_t c = 0; c < e->params.channels; c++) {
        e->sizes.late_uv[c] = rms_late(e, points, c);
        const double usually = fmax(fmax(usual->noise_uv[c], usual->late_uv[c]), 1.0);
        const double over = e->sizes.late_uv[c] / usually;
        loud += over > late_over;
        if (!e->tone.found)
            continue;
        const double left = power_left(e, points, c) / (usually * usually);
        e->missed[c] = left > late_missed;
        all += e->missed[c] ? 0.0 : left;
        others += !e->missed[c];
    }
    e->everywhere = usual->learned &&
                    ((e->params.channels > 2 && 2 * loud >= e->params.channels) ||
                     (e->tone.found && all > late_missed_by_all * others));
}

void evoked_column(struct evoked *e, uint16_t channel, double *sweep)
{
    const double *points = evoked_here(e, e->points_at);
    for (uint32_t p = 0; p < e->grid.pre + e->grid.post; p++)
        sweep[p] = points[(size_t)p * e->lanes + channel];
}
