/* SPDX-License-Identifier: Apache-2.0 */
/* Cautery, saturation, hum and gaps, decided on the 1 ms grid. */
#include "detect/artifact.h"

#include <math.h>

#include "detect/biquad.h"
#include "detect/fmath.h"
#include "detect/stale.h"

#define PI 3.14159265358979323846

enum {
    MEMORY = 1024, /* ticks remembered, a power of two */
    SURE_OF = 10,  /* cautery: SURE ticks of the last SURE_OF; a stimulus lasts two or three */
    SURE = 8,
    GOES_ON_OF = 6, /* once it is sure, GOES_ON of GOES_ON_OF ticks prolong it */
    GOES_ON = 4,
    SUSPECT = 3,       /* ticks in a row that spoil a sweep before the finding is sure */
    LEARN_TICKS = 300, /* fast start of the noise level */
    GROUP = 100,       /* ticks of one noise ratio */
    CLIP_LONG = 3,     /* ticks in a row: an overload the amplifier has to recover from */
    CLIP_JOIN = 50,    /* ticks without clipping that end a saturation */
    HUM_TICKS = 1000,  /* one second: whole cycles of 50 and of 60 Hz */
    SINE = 100,        /* 20 ticks a cycle of 50 Hz, 50 ticks three cycles of 60 Hz */
    RATE_WIDE = 8000,  /* from here on there is a band above muscle */
};

/* Ten times the noise is far above its own scatter within 1 ms (20 samples: 16 % RMS), and the
 * weakest cautery seen in a facial montage is hundreds of microvolts. */
static const double CAUTERY_RATIO = 10.0;
/* Above 2.5 kHz a large motor-unit potential leaves some 20 uV, open electrodes some 30. */
static const double CAUTERY_UV = 100.0;
/* Where no band above muscle exists, or no second channel, only size is left. */
static const double CAUTERY_UV_BLIND = 1000.0;

struct artifact {
    struct artifact_params params;
    bool off[BANK_CHANNELS]; /* by a person */
    uint32_t rate_hz;
    uint32_t channels, lanes;
    uint32_t needed; /* channels at once that make cautery */
    double floor_uv;
    uint64_t recovery; /* samples */
    struct biquad high_pass;
    bool primed;
    double state[2 * BANK_CHANNELS];

    /* the tick under way */
    uint64_t tick_from, tick_end;
    uint32_t tick_frames;
    double square[BANK_CHANNELS];
    double sum[BANK_CHANNELS];
    bool clipped[BANK_CHANNELS];
    double rms_uv[BANK_CHANNELS]; /* of the newest complete one, wide-band */

    uint64_t ticks; /* complete ones, since the beginning or the last gap */
    bool common[MEMORY];   /* wide-band on enough channels */
    uint64_t memory_end; /* first sample behind the newest complete tick */

    double noise_uv[BANK_CHANNELS]; /* long-term level of one tick's RMS: its median */
    double group_uv[BANK_CHANNELS]; /* least of the group under way; 0: none yet */
    double ratio[BANK_CHANNELS];

    bool in_cautery;
    bool had_cautery;
    uint64_t cautery_from;
    uint64_t cautery_to; /* end of its last tick */

    bool had_clip[BANK_CHANNELS];
    bool had_long_clip[BANK_CHANNELS];
    bool in_clip[BANK_CHANNELS];
    uint32_t clip_run[BANK_CHANNELS];
    uint64_t clip_from[BANK_CHANNELS];
    uint64_t clip_to[BANK_CHANNELS];
    uint64_t long_clip_to[BANK_CHANNELS];

    bool had_gap;
    uint64_t gap_from, gap_to;

    double sine[2][SINE], cosine[2][SINE];
    double hum_cosine[2][BANK_CHANNELS], hum_sine[2][BANK_CHANNELS]; /* this second, either mains */
    uint64_t hum_start; /* of the second under way */
    bool hum_spoiled;
    bool in_hum[BANK_CHANNELS];
    uint32_t hum_seconds[BANK_CHANNELS]; /* in a row that speak for a change */
    uint64_t hum_from[BANK_CHANNELS];
    uint64_t hum_to[BANK_CHANNELS];
};

const struct option artifact_options[] = {
    OPTION(struct artifact_params, "recovery", recovery_s, UNIT_SECONDS, 0.05, 5.0, "0.4 s",
           OPTION_FEATURES,
           "not judged after cautery or a long saturation: three time constants "
           "of a usual amplifier's recovery"),
    OPTION(struct artifact_params, "hum", hum_uv, UNIT_UV, 5.0, 5000.0, "150 uV", OPTION_FEATURES,
           "mains on one channel, RMS, that is reported; the 2 % that subtraction may leave of it "
           "are as large as an electrode's noise"),
    {0},
};

/* Lies behind the struct, whose size a rate does not change. */
static struct stale *stale_of(const struct artifact *a)
{
    return (struct stale *)(void *)((unsigned char *)(uintptr_t)a + sizeof *a);
}

size_t artifact_size(const struct bank_params *params)
{
    return sizeof(struct artifact) + stale_size(params);
}

void artifact_init(struct artifact *a, const struct bank_params *params)
{
    memset(a, 0, sizeof *a);
    stale_init(stale_of(a), params);
    a->params = params->artifact;
    a->rate_hz = params->rate_hz;
    a->channels = params->channels;
    a->lanes = block_stride(params->channels);
    a->needed = params->channels < 3 ? params->channels : (params->channels + 1) / 2;
    const double rate = (double)params->rate_hz;
    const bool wide = params->rate_hz >= RATE_WIDE;
    a->floor_uv = wide && params->channels > 1 ? CAUTERY_UV : CAUTERY_UV_BLIND;
    a->high_pass = biquad_high_pass(wide ? 2500.0 : 0.3 * rate, 0.70710678118654752, rate);
    a->recovery = (uint64_t)rint(a->params.recovery_s * rate);
    a->tick_end = tick_after(0, a->rate_hz);
    for (uint32_t i = 0; i < SINE; i++) {
        const double turn[2] = {2.0 * PI * (double)(i % 20) / 20.0,
                                2.0 * PI * (double)(3 * i % 50) / 50.0};
        for (uint32_t k = 0; k < 2; k++)
            fmath_sin_cos(turn[k], &a->sine[k][i], &a->cosine[k][i]);
    }
}

static void emit(struct finding_list *out, uint64_t decided, enum artifact_kind kind,
                 uint16_t channel, uint64_t from, uint64_t to)
{
    finding_emit(out, FINDING_ARTIFACT, decided)->artifact = (struct finding_artifact){
        .kind = kind, .channel = channel, .start_sample = from, .end_sample = to};
}

/* ---- cautery */

/* Whether the tick under way, or just complete, is wide-band on enough channels. */
static bool is_common(const struct artifact *a)
{
    const double frames = (double)a->tick_frames;
    uint32_t loud = 0;
    for (uint32_t c = 0; c < a->channels; c++) {
        const double rms = sqrt(a->square[c] / frames);
        loud += (rms > a->floor_uv) & (rms > CAUTERY_RATIO * a->noise_uv[c]);
    }
    return loud >= a->needed;
}

static bool was_common(const struct artifact *a, uint64_t back)
{
    return a->common[(a->ticks - 1 - back) % MEMORY];
}

/* start of the tick that lies back complete ticks before the newest; ticks are even to a sample */
static uint64_t back_start(const struct artifact *a, uint64_t back)
{
    const uint64_t span = (back + 1) * a->rate_hz / 1000;
    return a->memory_end > span ? a->memory_end - span : 0;
}

/* Common ticks among the newest ones; *oldest: how many ticks back the first of them lies. */
static uint32_t common_count(const struct artifact *a, uint64_t ticks, uint64_t *oldest)
{
    const uint64_t known = a->ticks < ticks ? a->ticks : ticks;
    uint32_t count = 0;
    for (uint64_t i = 0; i < known; i++)
        if (was_common(a, i)) {
            count++;
            *oldest = i;
        }
    return count;
}

static void cautery_tick(struct artifact *a, bool common, struct finding_list *out)
{
    uint64_t oldest = 0;
    if (a->in_cautery) {
        /* a stimulus in the recovery is not more cautery */
        if (common && common_count(a, GOES_ON_OF, &oldest) >= GOES_ON)
            a->cautery_to = a->memory_end;
        else if (a->memory_end >= a->cautery_to + a->recovery) {
            a->in_cautery = false;
            emit(out, a->memory_end - 1, ARTIFACT_CAUTERY, FINDING_ALL_CHANNELS, a->cautery_from,
                 a->cautery_to);
        }
        return;
    }
    if (!common || common_count(a, SURE_OF, &oldest) < SURE)
        return;
    a->in_cautery = true;
    a->had_cautery = true;
    a->cautery_from = back_start(a, oldest);
    a->cautery_to = a->memory_end;
}

/* The long-term level is a median by steps: activity moves it little, a lasting change by a factor e
 * in ten seconds. */
static void learn_noise(struct artifact *a)
{
    const double step = a->ticks <= LEARN_TICKS ? 0.05 : 0.0001;
    const double up = 1.0 + step, down = 1.0 / (1.0 + step);
    for (uint32_t c = 0; c < a->lanes; c++) {
        const double rms = a->rms_uv[c], level = a->noise_uv[c], least = a->group_uv[c];
        a->noise_uv[c] = level > 0.0 ? level * (rms > level ? up : down) : rms;
        a->group_uv[c] = least > 0.0 && least <= rms ? least : rms;
    }
}

static void start_noise(struct artifact *a)
{
    for (uint32_t c = 0; c < a->lanes; c++)
        a->noise_uv[c] = a->noise_uv[c] > 0.0 ? a->noise_uv[c] : a->rms_uv[c];
}

static void noise_tick(struct artifact *a, bool common)
{
    const double frames = (double)a->tick_frames;
    for (uint32_t c = 0; c < a->lanes; c++)
        a->rms_uv[c] = sqrt(a->square[c] / frames);
    if (common)
        start_noise(a); /* cautery says nothing of the electrode */
    else
        learn_noise(a);
    if (a->ticks % GROUP != 0)
        return;
    for (uint32_t c = 0; c < a->channels; c++) {
        if (a->group_uv[c] > 0.0 && a->noise_uv[c] > 0.0)
            a->ratio[c] = a->group_uv[c] / a->noise_uv[c];
        a->group_uv[c] = 0.0;
    }
}

/* ---- saturation */

static void clip_close(struct artifact *a, uint32_t c, uint64_t decided, struct finding_list *out)
{
    a->in_clip[c] = false;
    const bool in_cautery = a->had_cautery && a->clip_from[c] < a->cautery_to + a->recovery &&
                            a->clip_to[c] > a->cautery_from;
    if (!in_cautery)
        emit(out, decided, ARTIFACT_SATURATION, (uint16_t)c, a->clip_from[c], a->clip_to[c]);
}

static void clip_tick(struct artifact *a, uint32_t c, struct finding_list *out)
{
    if (a->clipped[c]) {
        if (a->clip_run[c] == 0 && !a->in_clip[c])
            a->clip_from[c] = a->tick_from;
        a->clip_run[c]++;
        a->had_clip[c] = true;
        a->clip_to[c] = a->memory_end;
        if (a->clip_run[c] >= CLIP_LONG) {
            a->in_clip[c] = true;
            a->had_long_clip[c] = true;
        }
        if (a->in_clip[c])
            a->long_clip_to[c] = a->memory_end;
        return;
    }
    a->clip_run[c] = 0;
    if (a->in_clip[c] && a->memory_end >= a->clip_to[c] + (uint64_t)CLIP_JOIN * a->rate_hz / 1000)
        clip_close(a, c, a->memory_end - 1, out);
}

/* ---- hum */

static void hum_close(struct artifact *a, uint32_t c, uint64_t decided, struct finding_list *out)
{
    a->in_hum[c] = false;
    emit(out, decided, ARTIFACT_HUM, (uint16_t)c, a->hum_from[c], a->hum_to[c]);
}

static double hum_rms(const struct artifact *a, uint32_t c)
{
    double largest = 0.0;
    for (uint32_t k = 0; k < 2; k++) {
        const double cosine = a->hum_cosine[k][c], sine = a->hum_sine[k][c];
        const double amplitude = 2.0 / HUM_TICKS * sqrt(cosine * cosine + sine * sine);
        largest = fmax(largest, amplitude);
    }
    return largest / sqrt(2.0);
}

/* Two seconds in a row start it, two under 70 % of the limit end it. */
static void hum_judge(struct artifact *a, uint32_t c, struct finding_list *out)
{
    const double rms = hum_rms(a, c);
    const bool speaks = a->in_hum[c] ? rms < 0.7 * a->params.hum_uv : rms > a->params.hum_uv;
    a->hum_seconds[c] = speaks ? a->hum_seconds[c] + 1 : 0;
    if (!a->in_hum[c] && a->hum_seconds[c] == 1)
        a->hum_from[c] = a->hum_start;
    if (a->in_hum[c] ? !speaks : a->hum_seconds[c] > 0)
        a->hum_to[c] = a->memory_end;
    if (a->hum_seconds[c] < 2)
        return;
    a->hum_seconds[c] = 0;
    if (a->in_hum[c])
        hum_close(a, c, a->memory_end - 1, out);
    else
        a->in_hum[c] = true;
}

static void forget_hum(struct artifact *a)
{
    memset(a->hum_sine, 0, sizeof a->hum_sine);
    memset(a->hum_cosine, 0, sizeof a->hum_cosine);
    a->hum_spoiled = false;
}

static void hum_tick(struct artifact *a, bool spoiled, struct finding_list *out)
{
    const uint32_t phase = (uint32_t)(a->ticks % HUM_TICKS);
    if (phase == 0)
        a->hum_start = a->tick_from;
    a->hum_spoiled |= spoiled;
    const double scale = 1.0 / (double)a->tick_frames;
    for (uint32_t k = 0; k < 2; k++) {
        const double sine = a->sine[k][phase % SINE], cosine = a->cosine[k][phase % SINE];
        double *sines = a->hum_sine[k], *cosines = a->hum_cosine[k];
        for (uint32_t c = 0; c < a->lanes; c++) {
            const double mean = a->sum[c] * scale;
            sines[c] += sine * mean;
            cosines[c] += cosine * mean;
        }
    }
    if (phase != HUM_TICKS - 1)
        return;
    for (uint32_t c = 0; c < a->channels; c++)
        if (!a->hum_spoiled)
            hum_judge(a, c, out);
    forget_hum(a);
}

/* ---- ticks */

static void start_tick(struct artifact *a, uint64_t from)
{
    a->tick_from = from;
    a->tick_end = tick_after(from, a->rate_hz);
    a->tick_frames = 0;
    for (uint32_t c = 0; c < a->lanes; c++) {
        a->clipped[c] = false;
        a->square[c] = 0.0;
        a->sum[c] = 0.0;
    }
}

static void finish_tick(struct artifact *a, struct finding_list *out)
{
    const bool common = is_common(a);
    bool any_clipped = false;
    for (uint32_t c = 0; c < a->channels; c++)
        any_clipped |= a->clipped[c];
    a->memory_end = a->tick_from + a->tick_frames;
    hum_tick(a, common || any_clipped, out);
    a->common[a->ticks % MEMORY] = common;
    a->ticks++;
    noise_tick(a, common);
    cautery_tick(a, common, out);
    for (uint32_t c = 0; c < a->channels; c++)
        clip_tick(a, c, out);
}

/* Filters a run and adds it up, eight lanes at a time. */
static void add_eight(const struct biquad *q, double *state, const double *uv, uint32_t frames,
                      uint32_t stride, double *sum, double *square)
{
    const struct biquad high_pass = *q;
    lane_part s1[LANE_PARTS], s2[LANE_PARTS], s[LANE_PARTS], qs[LANE_PARTS];
    for (int p = 0; p < LANE_PARTS; p++) {
        s1[p] = lanes_load(state, p);
        s2[p] = lanes_load(state + stride, p);
        s[p] = lanes_load(sum, p);
        qs[p] = lanes_load(square, p);
    }
    for (uint32_t i = 0; i < frames; i++, uv += stride)
        for (int p = 0; p < LANE_PARTS; p++) {
            const lane_part v = lanes_load(uv, p);
            const lane_part fast = biquad_step(&high_pass, &s1[p], &s2[p], v);
            s[p] += v;
            qs[p] += fast * fast;
        }
    for (int p = 0; p < LANE_PARTS; p++) {
        lanes_store(state, p, s1[p]);
        lanes_store(state + stride, p, s2[p]);
        lanes_store(sum, p, s[p]);
        lanes_store(square, p, qs[p]);
    }
}

void artifact_feed(struct artifact *a, const struct frame_run *raw, struct finding_list *out)
{
    if (!a->primed) {
        biquad_settle(&a->high_pass, a->state, raw->uv, raw->stride);
        a->primed = true;
    }
    stale_feed(stale_of(a), raw, out);
    if (a->tick_frames == 0)
        start_tick(a, raw->first_index);
    for (uint32_t lane = 0; lane < raw->stride; lane += BLOCK_LANES)
        add_eight(&a->high_pass, a->state + lane, raw->uv + lane, raw->frames, raw->stride,
                  a->sum + lane, a->square + lane);
    for (uint32_t c = 0; c < raw->channels; c++)
        a->clipped[c] |= raw->clipped[c] != 0;
    a->tick_frames += raw->frames;
    if (raw->first_index + raw->frames == a->tick_end) {
        finish_tick(a, out);
        a->tick_frames = 0;
    }
}

void artifact_gap(struct artifact *a, uint64_t from, uint64_t to, struct finding_list *out)
{
    artifact_finish(a, from, out);
    stale_gap(stale_of(a), to);
    emit(out, to, ARTIFACT_GAP, FINDING_ALL_CHANNELS, from, to);
    a->had_gap = true;
    a->gap_from = from;
    a->gap_to = to;
    a->primed = false;
    a->tick_frames = 0;
    a->ticks = 0;
    memset(a->group_uv, 0, sizeof a->group_uv);
    forget_hum(a);
}

/* ---- questions */

/* How many of the newest ticks, the one under way as number 0, begin before sample to. */
static bool suspect_between(const struct artifact *a, uint64_t from, uint64_t to)
{
    uint32_t row = 0;
    bool at_end = true; /* the row reaches the interval's last frame */
    const bool part = 4 * (uint64_t)a->tick_frames * 1000 >= a->rate_hz && a->tick_from < to;
    if (part) {
        row = is_common(a);
        at_end = row > 0;
    }
    const uint64_t known = a->ticks < MEMORY ? a->ticks : MEMORY;
    for (uint64_t i = 0; i < known; i++) {
        const uint64_t start = back_start(a, i);
        if (start + a->rate_hz / 1000 <= from)
            break;
        if (start >= to)
            continue;
        if (!was_common(a, i)) {
            row = 0;
            at_end = false;
            continue;
        }
        row++;
        if (row >= SUSPECT || (at_end && row >= SUSPECT - 1))
            return true;
    }
    return false;
}

enum sweep_reason artifact_proved(const struct artifact *a, uint32_t channel, uint64_t from,
                                  uint64_t to)
{
    if (a->off[channel])
        return REASON_ELECTRODE;
    if (a->had_gap && a->gap_to > from && a->gap_from < to)
        return REASON_GAP;
    if (a->had_cautery && a->cautery_to + a->recovery > from && a->cautery_from < to)
        return REASON_ARTIFACT;
    if (a->had_long_clip[channel] && a->long_clip_to[channel] + a->recovery > from &&
        a->clip_from[channel] < to)
        return REASON_SATURATED;
    return stale_reason(stale_of(a), channel, from, to);
}

enum sweep_reason artifact_masks(const struct artifact *a, uint32_t channel, uint64_t from,
                                 uint64_t to)
{
    const enum sweep_reason proved = artifact_proved(a, channel, from, to);
    if (proved != REASON_NONE)
        return proved;
    if (suspect_between(a, from, to))
        return REASON_ARTIFACT;
    if (a->clipped[channel] && a->tick_frames > 0 && a->tick_from < to)
        return REASON_SATURATED;
    if (a->had_clip[channel] && a->clip_to[channel] > from && a->clip_from[channel] < to)
        return REASON_SATURATED;
    return REASON_NONE;
}

void artifact_switch(struct artifact *a, uint32_t channel, bool off)
{
    a->off[channel] = off;
}

bool artifact_switched_off(const struct artifact *a, uint32_t channel)
{
    return a->off[channel];
}

bool artifact_cautery(const struct artifact *a)
{
    return a->in_cautery;
}

bool artifact_silent(const struct artifact *a)
{
    return stale_is_silent(stale_of(a));
}

double artifact_noise_ratio(const struct artifact *a, uint32_t channel)
{
    return a->rate_hz >= RATE_WIDE ? a->ratio[channel] : 0.0;
}

void artifact_finish(struct artifact *a, uint64_t end, struct finding_list *out)
{
    stale_finish(stale_of(a), end, out);
    if (a->in_cautery) {
        emit(out, end, ARTIFACT_CAUTERY, FINDING_ALL_CHANNELS, a->cautery_from, a->cautery_to);
        a->in_cautery = false;
    }
    for (uint32_t c = 0; c < a->channels; c++) {
        if (a->in_clip[c])
            clip_close(a, c, end, out);
        if (a->in_hum[c])
            hum_close(a, c, end, out);
        a->hum_seconds[c] = 0;
    }
}
