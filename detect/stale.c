/* SPDX-License-Identifier: Apache-2.0 */
/* Channels that keep one value, frame by frame; copies, by a number that every frame has. */
#include "detect/stale.h"

#include "detect/lanes.h"

enum {
    ANCHOR = 8,        /* frames between looks for an earlier copy: under any USB packet */
    COPY_VALUES = 64,  /* values that moved and were the same again: at one bit of noise each, chance
                        * takes 2^64 frames */
    COPY_FRAMES = 8,
    COPIES = 8,        /* closed ones that are remembered */
};

/* Five cycles of the mains: whatever is connected to a person moves within one. */
static const double constant_s = 0.1;
/* The longest period that a device can be opened with, twice, because it may be the one before. */
static const double window_s = 0.2;
/* As long as a device may be without data before it counts as lost. */
static const double silent_s = 0.5;

struct stretch {
    uint64_t from, to;
};

struct stale {
    uint32_t rate_hz, channels;
    uint32_t window; /* frames back in which copies are looked for */
    uint32_t mask;   /* of both tables */
    uint64_t first;  /* frame of the newest unbroken stretch */
    uint64_t next;
    bool primed;

    double last[BANK_CHANNELS];
    bool moved[BANK_CHANNELS]; /* within the tick under way */
    uint64_t tick_from, tick_end;
    uint64_t still_from[BANK_CHANNELS]; /* NO_SAMPLE: it moves */
    struct stretch dead[BANK_CHANNELS]; /* the newest that is over; to is 0: none */
    bool was_device;                    /* it was that of all channels */

    uint64_t lag; /* of the copy under way; 0: none */
    uint32_t copy_moves;
    struct stretch copy;
    struct stretch copies[COPIES];
    uint32_t copy_count;

    double weight[BANK_CHANNELS];
    /* Behind the struct: the number of frame n at n & mask, then the newest frame of a number's hash. */
};

static uint32_t table_size(const struct bank_params *p)
{
    uint32_t size = 64;
    while (size < 2.0 * window_s * (double)p->rate_hz)
        size *= 2;
    return size;
}

size_t stale_size(const struct bank_params *params)
{
    return sizeof(struct stale) + 2 * (size_t)table_size(params) * sizeof(uint32_t);
}

/* Weights without a pattern: with one, other values of small steps would add up to the same sum. */
static double weight_of(uint32_t channel)
{
    uint64_t x = (channel + 1) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return 1.0 + (double)(x >> 33) / 2147483648.0;
}

void stale_init(struct stale *s, const struct bank_params *params)
{
    memset(s, 0, stale_size(params));
    s->rate_hz = params->rate_hz;
    s->channels = params->channels;
    s->window = (uint32_t)(window_s * (double)params->rate_hz);
    s->mask = table_size(params) - 1;
    for (uint32_t c = 0; c < BANK_CHANNELS; c++) {
        s->weight[c] = weight_of(c);
        s->still_from[c] = NO_SAMPLE;
    }
}

static uint32_t *numbers(const struct stale *s)
{
    return (uint32_t *)(void *)((unsigned char *)(uintptr_t)s + sizeof *s);
}

static uint32_t number_at(const struct stale *s, uint64_t frame)
{
    return numbers(s)[frame & s->mask];
}

static uint32_t *newest_with(uint32_t *table, uint32_t mask, uint32_t number)
{
    return table + mask + 1 + (number * 2654435761u >> 7 & mask);
}

static uint32_t frames_of(const struct stale *s, double seconds)
{
    return (uint32_t)(seconds * (double)s->rate_hz);
}

static void emit(struct finding_list *out, uint64_t decided, enum artifact_kind kind,
                 uint16_t channel, const struct stretch *where)
{
    finding_emit(out, FINDING_ARTIFACT, decided)->artifact =
        (struct finding_artifact){ .kind = kind,
                                   .channel = channel,
                                   .start_sample = where->from,
                                   .end_sample = where->to };
}

/* ---- copies */

static bool is_proved(const struct stale *s)
{
    return s->lag && s->copy_moves >= COPY_FRAMES && s->copy_moves * s->channels >= COPY_VALUES;
}

static void end_copy(struct stale *s, uint64_t decided, struct finding_list *out)
{
    if (is_proved(s)) {
        s->copies[s->copy_count++ % COPIES] = s->copy;
        emit(out, decided, ARTIFACT_GAP, FINDING_ALL_CHANNELS, &s->copy);
    }
    s->lag = 0;
    s->copy_moves = 0;
}

static bool is_same(const struct stale *s, uint64_t frame)
{
    return frame >= s->first + s->lag && number_at(s, frame) == number_at(s, frame - s->lag);
}

static uint32_t moves_at(const struct stale *s, uint64_t frame)
{
    return frame > s->first && number_at(s, frame) != number_at(s, frame - 1);
}

/* A frame like this one was there before: how far back do the frames before them agree? */
static void begin_copy(struct stale *s, uint64_t frame, uint64_t earlier)
{
    s->lag = frame - earlier;
    s->copy = (struct stretch){ frame, frame + 1 };
    s->copy_moves = 1;
    while (frame - s->copy.from < ANCHOR && is_same(s, s->copy.from - 1)) {
        s->copy.from--;
        s->copy_moves += moves_at(s, s->copy.from);
    }
}

static void look_back(struct stale *s, uint64_t frame, uint32_t number)
{
    const uint32_t back = (uint32_t)frame - *newest_with(numbers(s), s->mask, number);
    if (back == 0 || back > s->window || back > frame - s->first || !moves_at(s, frame))
        return;
    if (number_at(s, frame - back) == number)
        begin_copy(s, frame, frame - back);
}

/* While a copy may be under way, or where the look for one is due. */
static void follow_copy(struct stale *s, uint64_t frame, uint32_t number, struct finding_list *out)
{
    if (s->lag && !is_same(s, frame))
        end_copy(s, frame, out);
    if (s->lag) {
        s->copy.to = frame + 1;
        s->copy_moves += s->copy_moves < COPY_VALUES ? moves_at(s, frame) : 0;
    } else if (frame % ANCHOR == 0) {
        look_back(s, frame, number);
    }
}

/* ---- channels that keep their value */

static bool is_dead(const struct stale *s, uint32_t c)
{
    return s->still_from[c] != NO_SAMPLE &&
           s->next - s->still_from[c] >= frames_of(s, constant_s);
}

static bool are_all_dead(const struct stale *s)
{
    for (uint32_t c = 0; c < s->channels; c++)
        if (!is_dead(s, c))
            return false;
    return s->channels > 1;
}

/* `is_over` says which channels move again. All of them at once were the device, not electrodes. */
static void end_dead(struct stale *s, const bool *is_over, uint64_t end, struct finding_list *out)
{
    const bool is_device = are_all_dead(s);
    s->was_device = is_device;
    for (uint32_t c = 0; c < s->channels; c++) {
        if (!is_over[c] || !is_dead(s, c))
            continue;
        s->dead[c] = (struct stretch){ s->still_from[c], end };
        if (!is_device)
            emit(out, end, ARTIFACT_ELECTRODE, (uint16_t)c, &s->dead[c]);
        else if (c == 0)
            emit(out, end, ARTIFACT_GAP, FINDING_ALL_CHANNELS, &s->dead[c]);
    }
    for (uint32_t c = 0; c < s->channels; c++)
        if (is_over[c])
            s->still_from[c] = NO_SAMPLE;
}

static void finish_tick(struct stale *s, struct finding_list *out)
{
    bool any = false;
    for (uint32_t c = 0; c < s->channels; c++)
        any |= s->moved[c];
    if (any)
        end_dead(s, s->moved, s->tick_from, out);
    for (uint32_t c = 0; c < s->channels; c++)
        if (!s->moved[c] && s->still_from[c] == NO_SAMPLE)
            s->still_from[c] = s->tick_from;
    memset(s->moved, 0, sizeof s->moved);
}

/* ---- frames */

/* Eight lanes' shares of the numbers of a run's frames, and which of them moved in it. */
static void look_eight(const double *uv, uint32_t frames, uint32_t stride, const double *weight,
                       double *last, bool *moved, double (*share)[BLOCK_LANES])
{
    for (int p = 0; p < LANE_PARTS; p++) {
        const lane_part w = lanes_load(weight, p);
        lane_part before = lanes_load(last, p);
        lane_mask changed = {0};
        for (uint32_t i = 0; i < frames; i++) {
            const lane_part now = lanes_load(uv + (size_t)i * stride, p);
            changed |= now != before;
            lanes_store(share[i], p, lanes_load(share[i], p) + now * w);
            before = now;
        }
        lanes_store(last, p, before);
        for (int k = 0; k < LANE_WIDTH; k++)
            moved[p * LANE_WIDTH + k] |= changed[k] != 0;
    }
}

static void look(const struct frame_run *raw, const double *weight, double *last, bool *moved,
                 double *sums)
{
    double share[TICK_FRAMES_MOST][BLOCK_LANES];
    memset(share, 0, raw->frames * sizeof *share);
    for (uint32_t lane = 0; lane < raw->stride; lane += BLOCK_LANES)
        look_eight(raw->uv + lane, raw->frames, raw->stride, weight + lane, last + lane,
                   moved + lane, share);
    for (uint32_t i = 0; i < raw->frames; i++) {
        const double *s = share[i];
        sums[i] = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    }
}

static uint32_t fold(double sum)
{
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    return (uint32_t)(bits * 0x9e3779b97f4a7c15u >> 32);
}

static void begin(struct stale *s, uint64_t index)
{
    s->primed = true;
    s->first = index;
    s->tick_from = index;
    s->tick_end = tick_after(index, s->rate_hz);
    memset(s->moved, 1, sizeof s->moved); /* before the first frame anything may have been */
}

void stale_feed(struct stale *s, const struct frame_run *raw, struct finding_list *out)
{
    double sums[TICK_FRAMES_MOST];
    uint32_t *const table = numbers(s);
    const uint32_t mask = s->mask;
    if (!s->primed)
        begin(s, raw->first_index);
    look(raw, s->weight, s->last, s->moved, sums);
    for (uint32_t i = 0; i < raw->frames; i++) {
        const uint64_t frame = raw->first_index + i;
        const uint32_t number = fold(sums[i]);
        table[frame & mask] = number;
        if (s->lag || frame % ANCHOR == 0)
            follow_copy(s, frame, number, out);
        *newest_with(table, mask, number) = (uint32_t)frame;
    }
    for (uint32_t c = 0; c < raw->channels; c++)
        s->moved[c] |= raw->clipped[c] != 0;
    s->next = raw->first_index + raw->frames;
    if (s->next != s->tick_end)
        return;
    finish_tick(s, out);
    s->tick_from = s->next;
    s->tick_end = tick_after(s->next, s->rate_hz);
}

void stale_finish(struct stale *s, uint64_t end, struct finding_list *out)
{
    bool all[BANK_CHANNELS];
    memset(all, 1, sizeof all);
    end_copy(s, end, out);
    end_dead(s, all, s->next, out);
}

void stale_gap(struct stale *s, uint64_t to)
{
    s->first = s->next = to;
    s->primed = false;
}

/* ---- questions */

static bool overlaps(const struct stretch *s, uint64_t from, uint64_t to)
{
    return s->to > from && s->from < to;
}

enum sweep_reason stale_reason(const struct stale *s, uint32_t channel, uint64_t from, uint64_t to)
{
    if (is_proved(s) && overlaps(&s->copy, from, to))
        return REASON_GAP;
    for (uint32_t i = 0; i < s->copy_count && i < COPIES; i++)
        if (overlaps(&s->copies[i], from, to))
            return REASON_GAP;
    const struct stretch now = { s->still_from[channel], s->next };
    if (is_dead(s, channel) && overlaps(&now, from, to))
        return are_all_dead(s) ? REASON_GAP : REASON_ELECTRODE;
    if (overlaps(&s->dead[channel], from, to))
        return s->was_device ? REASON_GAP : REASON_ELECTRODE;
    return REASON_NONE;
}

bool stale_is_silent(const struct stale *s)
{
    const uint64_t limit = frames_of(s, silent_s);
    if (is_proved(s) && s->copy.to - s->copy.from >= limit)
        return true;
    return are_all_dead(s) && s->next - s->still_from[0] >= limit;
}
