/* SPDX-License-Identifier: Apache-2.0 */
/* The free-running path, slot by slot: masked, cleaned, judged. */
#include "detect/free_running_parts.h"

#include "detect/emg_hum.h"

enum {
    LAG_SLOTS = FREE_RUNNING_LAG_MS / FRONT_SLOT_MS,
    HUM_FADES_SLOTS = 100 / FRONT_SLOT_MS, /* as long as a new estimate takes to fade in */
};

static const double SETTLE_S = 0.3;       /* of the filters, after a start or a gap */
static const double DRILL_RATIO = 1.5; /* of the noise, RMS: what is not louder does no harm */
static const double NOISE_JUMP = 1.5;  /* least noise over its usual median: the electrode */

const struct option free_running_options[] = {
    OPTION(struct free_running_params, "threshold", threshold_uv, UNIT_UV, 2.0, 5000.0, "20 uV",
           OPTION_FEATURES,
           "peak to peak of the smallest discharge that counts, however quiet the "
           "channel; needle recordings start to count at 20 uV"),
    OPTION(struct free_running_params, "threshold_ratio", threshold_ratio, UNIT_RATIO, 4.0, 50.0,
           "7", OPTION_FEATURES,
           "peak of the smallest discharge over the channel's noise, RMS; at "
           "7 noise alone makes less than one event in a hundred days"),
    {0},
};

static float *ring_of(struct free_running *f)
{
    return (float *)(void *)((unsigned char *)f + f->ring_at);
}

size_t free_running_size(const struct bank_params *params)
{
    const size_t state = (sizeof(struct free_running) + 63) / 64 * 64;
    return state + (size_t)params->channels * FRONT_RING * sizeof(float);
}

void free_running_init(struct free_running *f, const struct bank_params *params)
{
    memset(f, 0, free_running_size(params));
    f->params = params->free_running;
    f->channels = params->channels;
    f->ring_at = (sizeof *f + 63) / 64 * 64;
    emg_front_init(&f->front, params);
    drill_init(&f->drill, params->channels);
    f->settled = (uint64_t)(SETTLE_S * f->front.rate_hz);
    for (uint32_t c = 0; c < f->channels; c++) {
        noise_level_init(&f->channel[c].noise, f->front.rate_hz, f->front.band_hz);
        f->channel[c].blank_from = NO_SAMPLE;
        f->channel[c].blank_to = NO_SAMPLE;
    }
}

static void mask_channels(struct free_running *f, uint64_t from, uint64_t to,
                          const struct artifact *artifact)
{
    const uint64_t first = from * f->front.step, behind = to * f->front.step;
    for (uint32_t c = 0; c < f->channels; c++) {
        const bool jumped = artifact_noise_ratio(artifact, c) > NOISE_JUMP;
        if (jumped)
            noise_level_relearn(&f->channel[c].noise);
        f->masked[c] = from < f->settled || jumped ||
                       artifact_proved(artifact, c, first, behind) != REASON_NONE;
    }
}

/* Whether a channel that is loud in the slot from `from` on hears hum that is not subtracted yet. */
static bool hums(const struct free_running *f, uint32_t c, uint64_t from)
{
    const uint64_t to = from + f->front.slot_points;
    const uint32_t count = EMG_HUM_MS / FRONT_SLOT_MS * f->front.slot_points;
    if (f->mains_hz <= 0.0 || free_running_is_quiet(f, c, from, to, free_running_threshold(f, c)))
        return false;
    float x[EMG_HUM_MS / FRONT_SLOT_MS * FRONT_SLOT_MAX];
    for (uint32_t i = 0; i < count; i++)
        x[i] = f->front.blanked[(from + i) % FRONT_RING]
                   ? 0.0f
                   : free_running_ring(f, c)[(from + i) % FRONT_RING];
    return emg_hum_is(x, count, f->front.rate_hz, f->mains_hz);
}

/* A drill's end becomes a finding as soon as a slot runs without it. */
static void report_drill(struct free_running *f, uint64_t slot, const struct emg_context *x)
{
    if (!f->drill.on || drill_runs(&f->drill, slot))
        return;
    f->drill.on = false;
    finding_emit(x->out, FINDING_ARTIFACT, x->decided)->artifact = (struct finding_artifact){
        .kind = ARTIFACT_DRILL,
        .channel = FINDING_ALL_CHANNELS,
        .start_sample = f->drill.from * f->front.step,
        .end_sample = f->drill.to * f->front.step,
    };
}

static void look_for_drill(struct free_running *f)
{
    for (; f->front.next >= (f->window + 1) * f->front.slot_points; f->window++) {
        double loud_uv[BANK_CHANNELS];
        for (uint32_t c = 0; c < f->channels; c++)
            loud_uv[c] = DRILL_RATIO * free_running_noise_uv(f, c);
        drill_look(&f->drill, &f->front, ring_of(f), f->window, loud_uv);
    }
}

static void judge_slot(struct free_running *f, const struct artifact *artifact,
                       const struct emg_context *x)
{
    const uint64_t from = f->slot * f->front.slot_points;
    const uint64_t to = from + f->front.slot_points;
    drill_clean(&f->drill, &f->front, ring_of(f), f->slot);
    report_drill(f, f->slot, x);
    mask_channels(f, from, to, artifact);
    for (uint32_t c = 0; c < f->channels; c++) {
        struct emg_channel *e = &f->channel[c];
        if (noise_level_known(&e->noise) && hums(f, c, from))
            f->hums_to[c] = f->slot + 1 + HUM_FADES_SLOTS;
        f->masked[c] = f->masked[c] || f->slot < f->hums_to[c];
        if (from >= f->settled && !(f->masked[c] && artifact_cautery(artifact)))
            free_running_learn_noise(f, c, from, to);
        if (f->masked[c] || !noise_level_known(&e->noise)) {
            free_running_close(f, c, x);
            e->quiet = 0;
        } else {
            free_running_scan(f, c, from, to, x);
        }
    }
    for (uint32_t c = 0; c < f->channels; c++)
        if (!f->masked[c])
            free_running_follow_period(f, c, to);
    for (uint32_t c = 0; c < f->channels; c++)
        if (f->channel[c].has_pending && !free_running_awaits(f, c))
            free_running_give_spasm(f, c, x);
    f->slot++;
}

static struct emg_context context(const struct free_running *f, uint64_t decided,
                                  struct finding_list *out)
{
    return (struct emg_context){
        .out = out, .decided = decided, .step = f->front.step, .rate_hz = f->front.rate_hz};
}

void free_running_feed(struct free_running *f, const struct frame_run *clean,
                       struct stimulus_blank blank, const struct artifact *artifact,
                       struct finding_list *out)
{
    if (!emg_front_works(&f->front))
        return;
    emg_front_feed(&f->front, clean, blank, ring_of(f));
    look_for_drill(f);
    while (f->front.next >= (f->slot + 1 + LAG_SLOTS) * f->front.slot_points) {
        const struct emg_context x = context(f, clean->first_index + clean->frames - 1, out);
        judge_slot(f, artifact, &x);
    }
}

void free_running_finish(struct free_running *f, uint64_t end, struct finding_list *out)
{
    const struct emg_context x = context(f, end, out);
    for (uint32_t c = 0; c < f->channels; c++)
        free_running_close(f, c, &x);
    report_drill(f, UINT64_MAX - 1, &x);
}

void free_running_gap(struct free_running *f, uint64_t from, uint64_t to, struct finding_list *out)
{
    free_running_finish(f, from, out);
    emg_front_gap(&f->front, to);
    if (!emg_front_works(&f->front))
        return;
    f->slot = f->front.first / f->front.slot_points + 1;
    f->window = f->slot + 1;
    drill_init(&f->drill, f->channels);
    f->settled = f->front.first + free_running_points(f, SETTLE_S);
    for (uint32_t c = 0; c < f->channels; c++) {
        f->channel[c].quiet = 0;
        f->channel[c].row = 0;
        f->channel[c].blank_from = NO_SAMPLE;
        f->channel[c].blank_to = NO_SAMPLE;
    }
}
