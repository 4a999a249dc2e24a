/* SPDX-License-Identifier: Apache-2.0 */
/* Saturation and gaps: what a single frame proves. */
#include "detect/artifact.h"

enum { RECOVERY_MS = 400 }; /* an amplifier's recovery from overload */

struct artifact {
    uint32_t rate_hz;
    uint64_t clear_from[BANK_CHANNELS]; /* first sample that may be judged again */
    uint64_t gap_to;
    bool had_gap;
    bool had_clip[BANK_CHANNELS];
};

size_t artifact_size(const struct bank_params *params)
{
    (void)params;
    return sizeof(struct artifact);
}

void artifact_init(struct artifact *a, const struct bank_params *params)
{
    memset(a, 0, sizeof *a);
    a->rate_hz = params->rate_hz;
}

void artifact_feed(struct artifact *a, const struct frame_run *raw, struct finding_list *out)
{
    (void)out;
    for (uint32_t i = 0; i < raw->frames; i++)
        for (uint32_t c = 0; c < raw->channels; c++)
            if (raw->clipped[(size_t)i * raw->stride + c]) {
                a->had_clip[c] = true;
                a->clear_from[c] =
                    raw->first_index + i + (uint64_t)RECOVERY_MS * a->rate_hz / 1000;
            }
}

void artifact_gap(struct artifact *a, uint64_t from, uint64_t to, struct finding_list *out)
{
    struct finding *f = finding_emit(out, FINDING_ARTIFACT, to);
    f->artifact = (struct finding_artifact){ .kind = ARTIFACT_GAP,
                                             .channel = FINDING_ALL_CHANNELS,
                                             .start_sample = from,
                                             .end_sample = to };
    a->had_gap = true;
    a->gap_to = to;
}

enum sweep_reason artifact_masks(const struct artifact *a, uint32_t channel, uint64_t from,
                                 uint64_t to)
{
    (void)to;
    if (a->had_gap && a->gap_to > from)
        return REASON_GAP;
    if (a->had_clip[channel] && a->clear_from[channel] > from)
        return REASON_SATURATED;
    return REASON_NONE;
}

void artifact_finish(struct artifact *a, uint64_t end, struct finding_list *out)
{
    (void)a;
    (void)end;
    (void)out;
}
