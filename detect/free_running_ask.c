/* SPDX-License-Identifier: Apache-2.0 */
/* What others ask of the free-running EMG. */
#include "detect/free_running_parts.h"

static const double APART_S = 0.02; /* of two discharges; under it they are one burst or train */

/* First frame of the front's ring at or behind from. */
static uint64_t first_kept(const struct free_running *f, uint64_t from)
{
    uint64_t m = from / f->front.step;
    const uint64_t oldest = f->front.next > FRONT_RING ? f->front.next - FRONT_RING : 0;
    m = m > oldest ? m : oldest;
    return m > f->front.first ? m : f->front.first;
}

static bool is_known(const struct free_running *f, uint32_t channel)
{
    return emg_front_works(&f->front) && noise_level_known(&f->channel[channel].noise);
}

bool free_running_active(const struct free_running *f, uint32_t channel, uint64_t from, uint64_t to)
{
    if (!is_known(f, channel))
        return false;
    const float *ring = free_running_ring(f, channel);
    const double limit = free_running_threshold(f, channel) + 1.3 * drill_peak_uv(&f->drill, channel);
    for (uint64_t m = first_kept(f, from); m < to / f->front.step && m < f->front.next; m++)
        if (!f->front.blanked[m % FRONT_RING] && fabs((double)ring[m % FRONT_RING]) > limit)
            return true;
    return false;
}

uint32_t free_running_discharges(const struct free_running *f, uint32_t channel, uint64_t from,
                                 uint64_t to, uint64_t *newest)
{
    /* A drill's tone swells and fades: in a long stretch its peaks would pass for discharges. */
    if (!is_known(f, channel) || drill_peak_uv(&f->drill, channel) > 0.0)
        return 0;
    const float *ring = free_running_ring(f, channel);
    const double limit = free_running_threshold(f, channel);
    const uint64_t apart = (uint64_t)(APART_S * f->front.rate_hz);
    uint32_t count = 0;
    uint64_t last = 0;
    for (uint64_t m = first_kept(f, from); m < to / f->front.step && m < f->front.next; m++) {
        if (f->front.blanked[m % FRONT_RING] || fabs((double)ring[m % FRONT_RING]) <= limit)
            continue;
        count += count == 0 || m - last > apart;
        last = m;
        *newest = m * f->front.step;
    }
    return count;
}

double free_running_train_now_s(const struct free_running *f, uint32_t channel)
{
    const struct emg_channel *e = &f->channel[channel];
    const bool joined = e->run.open && e->run.kind == RUN_TRAIN;
    double points_now = joined ? (double)(e->run.sum.to - e->run.sum.from) : 0.0;
    if (e->cluster_open && e->cluster.has_train)
        points_now +=
            (double)(e->cluster.train.to - (joined ? e->run.sum.to : e->cluster.train.from));
    return points_now / f->front.rate_hz;
}

double free_running_train_s(const struct free_running *f, uint32_t channel)
{
    return f->channel[channel].train_s + free_running_train_now_s(f, channel);
}

struct synchrony_trend free_running_synchrony(const struct free_running *f)
{
    const uint64_t minute = (uint64_t)(60.0 * f->front.rate_hz);
    return synchrony_since(&f->synchrony, f->front.next > minute ? f->front.next - minute : 0);
}

double free_running_noise_uv(const struct free_running *f, uint32_t channel)
{
    const struct noise_level *n = &f->channel[channel].noise;
    return noise_level_known(n) ? noise_level_rms(n) : 0.0;
}

void free_running_mains(struct free_running *f, double hz)
{
    f->mains_hz = hz;
}

bool free_running_drilled(const struct free_running *f)
{
    return drill_heard(&f->drill);
}
