/* SPDX-License-Identifier: Apache-2.0 */
/* Collects a run's features. */
#include "detect/gather.h"

static void gather_clipped(const struct frame_run *raw, const struct artifact *artifact,
                           uint64_t *clipped)
{
    for (uint32_t c = 0; c < raw->channels; c++)
        if (raw->clipped[c] && !artifact_switched_off(artifact, c))
            clipped[c / 64] |= (uint64_t)1 << c % 64;
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
        if (alarm_watches(alarm, i) && !artifact_switched_off(artifact, i) &&
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
        gather_clipped(raw, artifact, run->clipped);
    run->look = NULL;
    if (!alarm_look_due(alarm, now))
        return;
    gather_look(raw, artifact, free_running, alarm, now, look);
    run->look = look;
}
