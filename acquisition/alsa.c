/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a device, finds out what went wrong with it, and goes on. */
#include "acquisition/alsa.h"

#include <alsa/asoundlib.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "acquisition/alsa_pcm.h"
#include "base/timemap.h"

enum {
    WAIT_MS = 100,       /* a source's longest wait */
    FAULT_WAIT_MS = 5,   /* between looks at a device in trouble, which poll reports at once */
    DESCRIPTORS = 8,     /* of one PCM; hardware has one */
    CLOCK_ATTEMPTS = 4,  /* to read a clock without being interrupted */
    RESUME_ATTEMPTS = 10 /* a resume may ask for patience; drivers that need more get a restart */
};

static const int64_t ms_ns = 1000000;
static const int64_t prompt_ns = 50000; /* a frame at 20 kHz */
static const int64_t stuck_ns = 500 * 1000000ll; /* periods are at most 100 ms */
static const int64_t backoff_first_ns = 50 * 1000000ll;
static const int64_t backoff_last_ns = 200 * 1000000ll; /* to fail is cheap; a theatre waits */

static const char *const access_names[] = { "auto", "mmap", "read", NULL };

const struct option alsa_options[] = {
    OPTION_PLAIN(struct alsa_options, "pcm", pcm, "default", 0,
                 "ALSA's name of the amplifier, stable as hw:CARD=EMG8; `lsrd devices` lists them"),
    OPTION(struct alsa_options, "rate", rate_hz, UNIT_HZ, ALSA_RATE_MIN, ALSA_RATE_MAX, "20 kHz", 0,
           "frames a second; exactly, because resampling would change latencies"),
    OPTION(struct alsa_options, "channels", channels, UNIT_NONE, 0, ALSA_CHANNELS, "0", 0,
           "inputs to open; 0: as many as the channels need, all without any"),
    OPTION(struct alsa_options, "period", period_s, UNIT_SECONDS, 0.0005, 0.1, "5 ms", 0,
           "frames arrive this often; shorter costs more wake-ups, longer delays every verdict"),
    OPTION(struct alsa_options, "buffer", buffer_s, UNIT_SECONDS, 0.01, 4, "500 ms", 0,
           "how late lsrd may be before frames are lost; 214 ms were seen without real-time rights"),
    OPTION_CHOICE(struct alsa_options, "format", format, alsa_format_names, "auto", 0,
                  "auto: the one that keeps most bits"),
    OPTION_CHOICE(struct alsa_options, "access", access, access_names, "auto", 0,
                  "auto: mapped where the device can, else read"),
    { 0 },
};

struct alsa_source {
    struct source base;
    struct alsa_options options;
    struct alsa_inputs inputs;
    struct alsa_pcm device;
    struct pollfd fds[DESCRIPTORS];
    unsigned fd_count;
    unsigned char *raw; /* where readi() writes: BLOCK_FRAMES frames of ALSA_CHANNELS */
    struct timemap map;
    uint64_t next_index;  /* of the next frame to be read */
    bool is_running;      /* started and not in trouble */
    bool is_aligned;      /* the running stretch's place on the index is known */
    bool is_lost;         /* the mark device=lost is out */
    uint64_t lost_frames; /* not yet marked */
    int64_t last_data_ns; /* or the (re)start */
    int64_t retry_ns, backoff_ns;
};

static int64_t clock_ns(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static void wait_ms(int64_t ms)
{
    poll(NULL, 0, (int)ms);
}

static void describe_inputs(struct alsa_source *a)
{
    struct stream_format *f = &a->base.format;
    memset(f, 0, sizeof *f);
    f->rate_hz = a->device.rate_hz;
    f->channels = a->device.channels;
    for (uint32_t i = 0; i < f->channels; i++) {
        const double asked = a->inputs.full_scale_uv[i];
        const double full_scale_uv = asked > 0 ? asked : 10000;
        struct stream_input *input = &f->inputs[i];
        if (a->inputs.label[i][0])
            memcpy(input->label, a->inputs.label[i], sizeof input->label);
        else
            snprintf(input->label, sizeof input->label, "IN%u", i + 1);
        input->digital_min = SAMPLE_MIN;
        input->digital_max = SAMPLE_MAX;
        input->physical_min = -full_scale_uv;
        input->physical_max = full_scale_uv * (double)SAMPLE_MAX / -(double)SAMPLE_MIN;
        input->is_voltage = true;
        stream_input_round(input); /* so that file and detectors agree */
    }
}

static bool open_device(struct alsa_source *a, bool is_relaxed, struct err *err)
{
    const struct alsa_options *o = &a->options;
    const struct alsa_wish wish = {
        .pcm = o->pcm.text,
        .format = o->format == 0 || is_relaxed ? (uint32_t)ALSA_ANY_FORMAT : o->format - 1,
        .rate_hz = (uint32_t)(o->rate_hz + 0.5),
        .channels = o->channels,
        .channels_needed = a->inputs.needed,
        .period_s = o->period_s,
        .buffer_s = o->buffer_s,
        .access = o->access,
        .is_relaxed = is_relaxed,
    };
    if (!alsa_pcm_open(&a->device, &wish, err))
        return false;
    const int count = snd_pcm_poll_descriptors_count(a->device.pcm);
    if (count < 1 || count > DESCRIPTORS ||
        snd_pcm_poll_descriptors(a->device.pcm, a->fds, (unsigned)count) != count) {
        alsa_pcm_close(&a->device);
        return err_set(err, ERR_DEVICE, "%s: cannot be waited for", o->pcm.text);
    }
    a->fd_count = (unsigned)count;
    return true;
}

/* Starts a stretch whose place on the index its first frames will tell. */
static int start_stretch(struct alsa_source *a)
{
    int r = snd_pcm_prepare(a->device.pcm);
    if (r >= 0)
        r = snd_pcm_start(a->device.pcm);
    a->is_running = r >= 0;
    a->is_aligned = false;
    return r;
}

static bool alsa_start(struct source *s, struct err *err)
{
    struct alsa_source *a = (struct alsa_source *)s;
    if (!a->raw) /* it may be started again after it failed */
        a->raw = calloc(BLOCK_FRAMES, ALSA_CHANNELS * sizeof(int32_t));
    if (!a->raw)
        return err_set(err, ERR_MEMORY, "%s", a->options.pcm.text);
    if (!open_device(a, false, err))
        return false;
    describe_inputs(a);
    timemap_init(&a->map, a->device.rate_hz);
    a->last_data_ns = monotonic_ns();
    const int r = start_stretch(a);
    if (r >= 0)
        return true;
    alsa_pcm_close(&a->device);
    return err_set(err, ERR_DEVICE, "%s: cannot be started: %s", a->options.pcm.text,
                   snd_strerror(r));
}

static void put_mark(struct alsa_source *a, struct sample_block *out, const char *text)
{
    mark_set(&out->marks[out->mark_count++], a->next_index, text, "system");
}

static void begin_block(const struct alsa_source *a, struct sample_block *out)
{
    out->first_index = a->next_index;
    out->frames = 0;
    out->mark_count = 0;
    out->captured_ns = monotonic_ns();
}

static void lose_frames(struct alsa_source *a, uint64_t frames)
{
    a->next_index += frames;
    a->lost_frames += frames;
}

static enum read_result lose(struct alsa_source *a, struct sample_block *out)
{
    alsa_pcm_close(&a->device);
    a->is_running = false;
    a->backoff_ns = backoff_first_ns;
    a->retry_ns = monotonic_ns() + a->backoff_ns;
    if (a->is_lost)
        return READ_TIMEOUT; /* it came back without data: nobody was told that it was back */
    a->is_lost = true;
    begin_block(a, out);
    put_mark(a, out, "device=lost");
    return READ_BLOCK;
}

static bool is_gone(int r)
{
    return r == -ENODEV || r == -EBADFD || r == -ENXIO || r == -ENOENT;
}

/* An overrun, a suspend or another trouble from which a device recovers. */
static enum read_result restart(struct alsa_source *a, struct sample_block *out)
{
    for (int i = 0; i < RESUME_ATTEMPTS &&
                    snd_pcm_state(a->device.pcm) == SND_PCM_STATE_SUSPENDED &&
                    snd_pcm_resume(a->device.pcm) == -EAGAIN;
         i++)
        wait_ms(FAULT_WAIT_MS);
    /* Resumed or not, what was lost meanwhile is unknown: a new stretch measures it. */
    snd_pcm_drop(a->device.pcm);
    const int r = start_stretch(a);
    if (r >= 0)
        return READ_TIMEOUT;
    if (is_gone(r) || monotonic_ns() - a->last_data_ns > stuck_ns)
        return lose(a, out);
    wait_ms(FAULT_WAIT_MS);
    return READ_TIMEOUT;
}

static enum read_result reopen(struct alsa_source *a)
{
    const int64_t now = monotonic_ns();
    if (now < a->retry_ns) {
        const int64_t ms = (a->retry_ns - now + ms_ns - 1) / ms_ns;
        wait_ms(ms < WAIT_MS ? ms : WAIT_MS);
        return READ_TIMEOUT;
    }
    struct err ignored; /* the device is known to be away; the mark says so */
    if (!(open_device(a, false, &ignored) || open_device(a, true, &ignored)) ||
        start_stretch(a) < 0) {
        alsa_pcm_close(&a->device);
        a->backoff_ns = a->backoff_ns * 2 < backoff_last_ns ? a->backoff_ns * 2 : backoff_last_ns;
        a->retry_ns = monotonic_ns() + a->backoff_ns;
        return READ_TIMEOUT;
    }
    a->last_data_ns = monotonic_ns();
    if (a->device.rate_hz == a->base.format.rate_hz &&
        a->device.channels == a->base.format.channels)
        return READ_TIMEOUT;
    describe_inputs(a);
    timemap_init(&a->map, a->device.rate_hz);
    a->next_index = 0;
    a->lost_frames = 0;
    return READ_FORMAT;
}

/* Hardware's pointer moves at interrupts and carries its time stamp. */
static int observe_hardware(struct alsa_source *a, snd_pcm_uframes_t *avail, int64_t *time_ns)
{
    snd_htimestamp_t stamp = { 0 };
    const int r = snd_pcm_htimestamp(a->device.pcm, avail, &stamp);
    const int64_t now = monotonic_ns();
    *time_ns = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
    if (*time_ns > now || now - *time_ns > stuck_ns)
        *time_ns = now; /* no stamp, or another clock's: now is late, but never early */
    return r;
}

/* Software's moves whenever it is asked; snd_pcm_htimestamp() would wait until it stands still. We
 * may be interrupted between question and clock: of a few, the answer that took least counts. */
static int observe_software(struct alsa_source *a, snd_pcm_uframes_t *avail, int64_t *time_ns)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < CLOCK_ATTEMPTS && least > prompt_ns; i++) {
        const int64_t before = monotonic_ns();
        const snd_pcm_sframes_t r = snd_pcm_avail_update(a->device.pcm);
        const int64_t after = monotonic_ns();
        if (r < 0)
            return (int)r;
        if (after - before >= least)
            continue;
        least = after - before;
        *avail = (snd_pcm_uframes_t)r;
        *time_ns = after;
    }
    return 0;
}

/* What a clock that also counts while the machine sleeps is ahead of the monotonic one. */
static int64_t slept_ns(void)
{
    int64_t least = INT64_MAX, slept = 0;
    for (int i = 0; i < CLOCK_ATTEMPTS && least > prompt_ns; i++) {
        const int64_t before = monotonic_ns();
        const int64_t boot = clock_ns(CLOCK_BOOTTIME);
        const int64_t took = monotonic_ns() - before;
        if (took >= least)
            continue;
        least = took;
        slept = boot - before;
    }
    return slept;
}

/* Frames that can be read, and the time at which they were that many, sleep included. */
static int observe(struct alsa_source *a, snd_pcm_uframes_t *avail, int64_t *time_ns)
{
    const int r = snd_pcm_type(a->device.pcm) == SND_PCM_TYPE_HW
                      ? observe_hardware(a, avail, time_ns)
                      : observe_software(a, avail, time_ns);
    if (r >= 0)
        *time_ns += slept_ns();
    return r;
}

/* A stretch has brought its first frames: where are they on the index? */
static void align(struct alsa_source *a, snd_pcm_uframes_t avail, int64_t time_ns)
{
    a->is_aligned = true;
    if (!timemap_is_ready(&a->map))
        return;
    const uint64_t made = timemap_index(&a->map, time_ns);
    if (made > a->next_index + avail)
        lose_frames(a, made - avail - a->next_index);
}

static snd_pcm_sframes_t fetch(struct alsa_source *a, snd_pcm_uframes_t frames, int32_t *counts)
{
    const struct alsa_pcm *d = &a->device;
    if (!d->is_mmap) {
        const snd_pcm_sframes_t got = snd_pcm_readi(d->pcm, a->raw, frames);
        if (got > 0)
            pcm_to_counts(d->format, a->raw, (uint32_t)got, d->channels, counts);
        return got;
    }
    const snd_pcm_channel_area_t *areas;
    snd_pcm_uframes_t offset;
    const int r = snd_pcm_mmap_begin(d->pcm, &areas, &offset, &frames);
    if (r < 0)
        return r;
    const unsigned char *from =
        (const unsigned char *)areas->addr + (areas->first + areas->step * offset) / 8;
    pcm_to_counts(d->format, from, (uint32_t)frames, d->channels, counts);
    return snd_pcm_mmap_commit(d->pcm, offset, frames);
}

/* The reader was so late that the oldest frames are overwritten: half a buffer is kept, because the
 * device goes on writing while we read. */
static void skip_overwritten(struct alsa_source *a, snd_pcm_uframes_t *avail)
{
    if (*avail <= a->device.buffer_frames)
        return;
    const snd_pcm_sframes_t skipped =
        snd_pcm_forward(a->device.pcm, *avail - a->device.buffer_frames / 2);
    if (skipped > 0) {
        lose_frames(a, (uint64_t)skipped);
        *avail -= (snd_pcm_uframes_t)skipped;
    }
}

/* Whether the device came round while we copied the oldest frames of an almost full buffer. */
static bool is_torn(struct alsa_source *a, snd_pcm_uframes_t avail_before, uint64_t frames)
{
    if (avail_before <= a->device.buffer_frames / 2)
        return false;
    const snd_pcm_sframes_t avail = snd_pcm_avail_update(a->device.pcm);
    return avail < 0 || (uint64_t)avail + frames > a->device.buffer_frames;
}

/* What happened before these frames. */
static void put_pending_mark(struct alsa_source *a, struct sample_block *out)
{
    char text[48];
    snprintf(text, sizeof text, "overrun=%llu", (unsigned long long)a->lost_frames);
    if (a->is_lost)
        put_mark(a, out, "device=back"); /* the jump of the index is the outage */
    else if (a->lost_frames)
        put_mark(a, out, text);
    a->is_lost = false;
    a->lost_frames = 0;
}

static enum read_result take(struct alsa_source *a, struct sample_block *out)
{
    snd_pcm_uframes_t avail;
    int64_t time_ns = 0;
    if (observe(a, &avail, &time_ns) < 0)
        return restart(a, out);
    if (!a->is_aligned)
        align(a, avail, time_ns);
    timemap_feed(&a->map, a->next_index + avail, time_ns);
    skip_overwritten(a, &avail);
    begin_block(a, out);
    const snd_pcm_sframes_t got = fetch(a, avail < BLOCK_FRAMES ? avail : BLOCK_FRAMES, out->counts);
    if (got < 0)
        return got == -EAGAIN ? READ_TIMEOUT : is_gone((int)got) ? lose(a, out) : restart(a, out);
    if (is_torn(a, avail, (uint64_t)got)) {
        lose_frames(a, (uint64_t)got);
        return READ_TIMEOUT;
    }
    put_pending_mark(a, out);
    out->frames = (uint32_t)got;
    a->next_index += (uint64_t)got;
    a->last_data_ns = out->captured_ns;
    return READ_BLOCK;
}

/* The return value of avail_update alone does not tell: it is 0 or more for a device that is gone
 * or asleep, so the state is asked for each time. */
static enum read_result alsa_read(struct source *s, struct sample_block *out)
{
    struct alsa_source *a = (struct alsa_source *)s;
    if (!a->device.pcm)
        return reopen(a);
    if (!a->is_running)
        return restart(a, out);
    const int woken = poll(a->fds, a->fd_count, WAIT_MS);
    const snd_pcm_sframes_t avail = snd_pcm_avail_update(a->device.pcm);
    const snd_pcm_state_t state = snd_pcm_state(a->device.pcm);
    if (state == SND_PCM_STATE_DISCONNECTED || is_gone((int)avail))
        return lose(a, out);
    if (avail < 0 || state != SND_PCM_STATE_RUNNING)
        return restart(a, out);
    if (avail > 0)
        return take(a, out);
    if (monotonic_ns() - a->last_data_ns > stuck_ns)
        return lose(a, out);
    if (woken)
        wait_ms(FAULT_WAIT_MS); /* for nothing: poll would return at once again */
    return READ_TIMEOUT;
}

static void alsa_destroy(struct source *s)
{
    struct alsa_source *a = (struct alsa_source *)s;
    alsa_pcm_close(&a->device);
    free(a->raw);
    free(a);
}

static void alsa_describe(const struct source *s, char *text, size_t size)
{
    const struct alsa_source *a = (const struct alsa_source *)s;
    const struct alsa_pcm *d = &a->device;
    snprintf(text, size, "%s: %s, %g kHz, %u channels, period %g ms, buffer %g ms, %s",
             a->options.pcm.text, alsa_format_names[d->format + 1], d->rate_hz / 1000.0, d->channels,
             d->period_frames * 1000.0 / d->rate_hz, d->buffer_frames * 1000.0 / d->rate_hz,
             d->is_mmap ? "mapped" : "read");
}

static const struct source_ops alsa_ops = { .name = "alsa",
                                            .start = alsa_start,
                                            .read = alsa_read,
                                            .destroy = alsa_destroy,
                                            .describe = alsa_describe };

struct source *alsa_source_create(const struct alsa_options *options,
                                  const struct alsa_inputs *inputs, struct err *err)
{
    struct alsa_source *a = calloc(1, sizeof *a);
    if (!a) {
        err_set(err, ERR_MEMORY, "%s", options->pcm.text);
        return NULL;
    }
    a->base.ops = &alsa_ops;
    a->base.live = true;
    a->options = *options;
    a->inputs = *inputs;
    return &a->base;
}

double alsa_source_rate_hz(const struct source *s)
{
    return timemap_rate_hz(&((const struct alsa_source *)s)->map);
}
