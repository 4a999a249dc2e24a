/* SPDX-License-Identifier: Apache-2.0 */
/* The EMG loudspeaker of the displays. */
#include "daemon/listening.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sound/loudspeaker.h"

static const double hold_spare_s = 0.005; /* a run or two of the bank */
static const double hold_most_s = 0.1;

struct listening {
    listening_send *send;
    void *context;
    bool is_open;
    uint32_t source_count;
    uint16_t sources[LOUDSPEAKER_VOICES];
    uint32_t sequence[LOUDSPEAKER_CHANNELS + 1]; /* the last one is the loudest's */
    struct loudspeaker loudspeaker;
};

struct listening *listening_create(listening_send *send, void *context, struct err *err)
{
    struct listening *l = calloc(1, sizeof *l);
    if (!l) {
        err_set(err, ERR_MEMORY, "loudspeaker");
        return NULL;
    }
    l->send = send;
    l->context = context;
    return l;
}

void listening_destroy(struct listening *l)
{
    free(l);
}

static void send_frame(void *context, const struct loudspeaker_frame *f)
{
    struct listening *l = context;
    const bool is_loudest = f->source == LOUDSPEAKER_LOUDEST;
    const struct frame frame = {
        .type = FRAME_AUDIO,
        .flags = f->is_gap ? FRAME_GAP_BEFORE : 0,
        .sequence = l->sequence[is_loudest ? LOUDSPEAKER_CHANNELS : f->source]++,
        .first_sample = f->first_sample,
        .channels = 1,
        .count = LOUDSPEAKER_FRAME,
        .uv_per_step = LOUDSPEAKER_FULL_SCALE_UV / 32767.0f,
        .audio = { .source = is_loudest ? FRAME_AUDIO_LOUDEST : f->source, .channel = f->channel },
    };
    l->send(l->context, &frame, f->samples);
}

void listening_open(struct listening *l, uint32_t rate_hz, uint32_t channels, double hold_s)
{
    loudspeaker_init(&l->loudspeaker, rate_hz, channels, fmin(hold_s + hold_spare_s, hold_most_s),
                     send_frame, l);
    memset(l->sequence, 0, sizeof l->sequence);
    loudspeaker_want(&l->loudspeaker, l->sources, l->source_count);
    l->is_open = true;
}

static void add_source(struct listening *l, int32_t listens)
{
    const uint16_t source = listens < 0 ? LOUDSPEAKER_LOUDEST : (uint16_t)listens;
    for (uint32_t i = 0; i < l->source_count; i++)
        if (l->sources[i] == source)
            return;
    if (l->source_count < LOUDSPEAKER_VOICES)
        l->sources[l->source_count++] = source;
}

void listening_follow(struct listening *l, uint32_t count, const struct message_display *displays,
                      bool is_real_time)
{
    l->source_count = 0;
    for (uint32_t i = 0; i < count && is_real_time; i++)
        if (displays[i].is_listening)
            add_source(l, displays[i].listens);
    if (l->is_open)
        loudspeaker_want(&l->loudspeaker, l->sources, l->source_count);
}

void listening_stimulus(struct listening *l, uint64_t sample)
{
    loudspeaker_stimulus(&l->loudspeaker, sample);
}

void listening_emg(struct listening *l, const struct bank_output *out, uint32_t stride)
{
    if (l->is_open && l->source_count > 0)
        loudspeaker_feed(&l->loudspeaker, out->emg_first_index, out->emg_uv, out->emg_frames,
                         stride);
}
