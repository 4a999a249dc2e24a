/* SPDX-License-Identifier: Apache-2.0 */
/* Collects a run's features. */
#include "detect/gather.h"

/* Whether anything in the eight lanes from channel on was clipped, lane by lane. */
static uint64_t clipped_lanes(const struct frame_run *raw, uint32_t channel)
{
    uint64_t any = 0;
    for (uint32_t i = 0; i < raw->frames; i++) {
        uint64_t lanes;
        memcpy(&lanes, raw->clipped + (size_t)i * raw->stride + channel, sizeof lanes);
        any |= lanes;
    }
    return any;
}

static void gather_clipped(const struct frame_run *raw, uint64_t *clipped)
{
    for (uint32_t i = 0; i < raw->channels; i += BLOCK_LANES) {
        const uint64_t lanes = clipped_lanes(raw, i);
        if (lanes == 0)
            continue;
        uint8_t is_clipped[BLOCK_LANES];
        memcpy(is_clipped, &lanes, sizeof is_clipped);
        for (uint32_t k = 0; k < BLOCK_LANES && i + k < raw->channels; k++)
            if (is_clipped[k])
                clipped[(i + k) / 64] |= (uint64_t)1 << (i + k) % 64;
    }
}

static void gather_look(const struct frame_run *raw, const struct artifact *artifact,
                        const struct free_running *free_running, const struct alarm *alarm,
                        uint64_t now, struct look_features *look)
{
    const uint64_t back = alarm_look_frames(alarm); /* the time since the last look */
    const uint64_t from = now >= back ? now - back : 0;
    memset(look, 0, sizeof *look);
    look->silent = artifact_silent(artifact);
    for (uint32_t i = 0; i < raw->channels; i++) {
        look->train_now_s[i] = free_running_train_now_s(free_running, i);
        look->train_s[i] = free_running_train_s(free_running, i);
        if (alarm_watches(alarm, i) &&
            artifact_masks(artifact, i, from, now + 1) == REASON_ELECTRODE)
            look->electrode_off[i / 64] |= (uint64_t)1 << i % 64;
    }
}

void gather_run(const struct frame_run *raw, const struct artifact *artifact,
                const struct free_running *free_running, const struct alarm *alarm,
                struct look_features *look, struct run_features *run)
{
    const uint64_t now = raw->first_index + raw->frames - 1;
    run->first_index = raw->first_index;
    run->frames = raw->frames;
    run->cautery = artifact_cautery(artifact);
    memset(run->clipped, 0, sizeof run->clipped);
    if (!run->cautery)
        gather_clipped(raw, run->clipped);
    run->look = NULL;
    if (!alarm_look_due(alarm, now))
        return;
    gather_look(raw, artifact, free_running, alarm, now, look);
    run->look = look;
}
