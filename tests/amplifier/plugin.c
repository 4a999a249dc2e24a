/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual amplifier as an ALSA PCM. `amplifier:FILE` opens the one that FILE describes. It behaves as
 * a sound card of the kernel does: the hardware pointer counts on whether somebody reads or not, an
 * overrun ends the stream where the stop threshold says so, unread data is overwritten, and a card
 * that was pulled is found out by state and POLLERR, not by the return value of avail_update. */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/amplifier/device.h"

enum { DEVICES = 32 };

/* A device outlives its handles: it is there, counting, while nobody has it open. */
struct socket {
    char path[AMPLIFIER_PATH];
    struct device device;
    bool is_open;      /* the device exists */
    bool is_unplugged; /* until back_ns */
    int64_t back_ns;
    int64_t suspended_until_ns;
    char as[AMPLIFIER_PATH];
};

/* Guards all devices: handles are opened from any thread, and a device may change under one. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct socket sockets[DEVICES];

struct handle {
    snd_pcm_ioplug_t io;
    struct socket *socket;
    struct device *device;
    int timer;
    int64_t armed_ns; /* 0: not */
    bool is_running;
    bool is_gone; /* unplugged under this handle: for ever */
    uint64_t start; /* the device's frame that is the stream's frame 0 */
    uint64_t seen;  /* the device's position as last reported */
    snd_pcm_uframes_t avail_min;
    snd_pcm_uframes_t stop_threshold;
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The descriptor is readable from the moment at which this many frames can be read, or at which the
 * next fault strikes: a one-shot timer that is never drained, only set again. */
static void rearm(struct handle *h, uint64_t read_to)
{
    int64_t due = 0; /* disarmed */
    if (h->is_running) {
        due = device_time_of(h->device, h->start + read_to + h->avail_min);
        const int64_t fault = device_next_fault_ns(h->device);
        if (fault < due)
            due = fault;
    }
    if (due == h->armed_ns)
        return;
    h->armed_ns = due;
    const struct itimerspec when = { .it_value = { due / 1000000000, due % 1000000000 } };
    timerfd_settime(h->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void unplug(struct handle *h, const struct amplifier_fault *fault)
{
    h->is_gone = true;
    h->socket->is_unplugged = true;
    h->socket->back_ns = device_fault_end_ns(h->device, fault);
    memcpy(h->socket->as, fault->as, sizeof fault->as);
    device_fault_is_over(h->device);
    snd_pcm_ioplug_set_state(&h->io, SND_PCM_STATE_DISCONNECTED);
}

/* Negative: the stream was interrupted. A negative pointer makes any state XRUN, hence the states
 * that are set here and a pointer that stands still. */
static int strike(struct handle *h, int64_t now)
{
    const struct amplifier_fault *fault = device_fault_now(h->device, now);
    if (!fault)
        return 0;
    if (fault->kind == FAULT_XRUN) {
        device_fault_is_over(h->device);
        return -EPIPE;
    }
    if (fault->kind == FAULT_UNPLUG) {
        unplug(h, fault);
    } else {
        h->socket->suspended_until_ns = device_fault_end_ns(h->device, fault);
        device_fault_is_over(h->device);
        snd_pcm_ioplug_set_state(&h->io, SND_PCM_STATE_SUSPENDED);
    }
    return 0;
}

static bool is_interrupted(const struct handle *h)
{
    return h->is_gone || h->io.state == SND_PCM_STATE_SUSPENDED ||
           h->io.state == SND_PCM_STATE_DISCONNECTED;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static snd_pcm_sframes_t point(struct handle *h)
{
    if (!h->is_running)
        return 0;
    const int64_t now = now_ns();
    if (!is_interrupted(h) && strike(h, now) < 0)
        return -EPIPE;
    if (!is_interrupted(h))
        h->seen = later(h->seen, device_position(h->device, now));
    const uint64_t hardware = h->seen - h->start;
    if (hardware - h->io.appl_ptr >= h->stop_threshold)
        return -EPIPE;
    rearm(h, h->io.appl_ptr);
    return (snd_pcm_sframes_t)hardware;
}

static snd_pcm_sframes_t amplifier_pointer(snd_pcm_ioplug_t *io)
{
    pthread_mutex_lock(&lock);
    const snd_pcm_sframes_t result = point(io->private_data);
    pthread_mutex_unlock(&lock);
    return result;
}

static int amplifier_start(snd_pcm_ioplug_t *io)
{
    struct handle *h = io->private_data;
    pthread_mutex_lock(&lock);
    const int64_t now = now_ns();
    if (!h->is_gone) {
        device_start(h->device, now);
        h->is_running = true;
        h->start = h->seen = device_made(h->device, now);
        rearm(h, 0);
    }
    pthread_mutex_unlock(&lock);
    return h->is_gone ? -ENODEV : 0;
}

static int amplifier_stop(snd_pcm_ioplug_t *io)
{
    struct handle *h = io->private_data;
    h->is_running = false;
    rearm(h, 0);
    return 0;
}

static int amplifier_prepare(snd_pcm_ioplug_t *io)
{
    struct handle *h = io->private_data;
    if (h->is_gone)
        return -ENODEV;
    if (now_ns() < h->socket->suspended_until_ns)
        return -ESTRPIPE;
    h->is_running = false;
    rearm(h, 0);
    return 0;
}

/* What lies at these frames of the buffer now: the frames themselves, or those that overwrote them. */
static void copy_buffered(struct handle *h, uint64_t first, uint64_t count, unsigned char *to)
{
    const uint64_t size = h->io.buffer_size;
    for (uint64_t i = 0; i < count;) {
        uint64_t frame = first + i, n = count - i;
        if (h->seen - frame > size) {
            const uint64_t laps = (h->seen - frame - 1) / size;
            const uint64_t same = (h->seen - frame - 1) % size + 1;
            n = n < same ? n : same;
            frame += laps * size;
        }
        device_copy(h->device, frame, n, to + i * h->device->frame_bytes);
        i += n;
    }
}

static snd_pcm_sframes_t amplifier_transfer(snd_pcm_ioplug_t *io,
                                            const snd_pcm_channel_area_t *areas,
                                            snd_pcm_uframes_t offset, snd_pcm_uframes_t size)
{
    struct handle *h = io->private_data;
    if (io->state == SND_PCM_STATE_DISCONNECTED)
        return -ENODEV;
    if (io->state == SND_PCM_STATE_SUSPENDED)
        return -ESTRPIPE;
    unsigned char *to =
        (unsigned char *)areas->addr + (areas->first + (size_t)areas->step * offset) / 8;
    pthread_mutex_lock(&lock);
    copy_buffered(h, h->start + io->appl_ptr, size, to);
    rearm(h, io->appl_ptr + size);
    pthread_mutex_unlock(&lock);
    return (snd_pcm_sframes_t)size;
}

static int amplifier_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned count,
                                  unsigned short *revents)
{
    struct handle *h = io->private_data;
    (void)count;
    *revents = 0;
    if (!(fds[0].revents & POLLIN))
        return 0;
    pthread_mutex_lock(&lock);
    const bool strikes = device_fault_now(h->device, now_ns()) != NULL;
    pthread_mutex_unlock(&lock);
    *revents = POLLIN;
    if (strikes || is_interrupted(h) || io->state == SND_PCM_STATE_XRUN)
        *revents |= POLLERR;
    return 0;
}

static int amplifier_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
    struct handle *h = io->private_data;
    snd_pcm_sw_params_get_avail_min(params, &h->avail_min);
    snd_pcm_sw_params_get_stop_threshold(params, &h->stop_threshold);
    return 0;
}

static int amplifier_hw_params(snd_pcm_ioplug_t *io, snd_pcm_hw_params_t *params)
{
    struct handle *h = io->private_data;
    (void)params;
    h->avail_min = io->period_size;
    h->stop_threshold = io->buffer_size;
    return 0;
}

static int amplifier_close(snd_pcm_ioplug_t *io)
{
    struct handle *h = io->private_data;
    close(h->timer);
    free(h);
    return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = amplifier_start,
    .stop = amplifier_stop,
    .pointer = amplifier_pointer,
    .transfer = amplifier_transfer,
    .close = amplifier_close,
    .hw_params = amplifier_hw_params,
    .sw_params = amplifier_sw_params,
    .prepare = amplifier_prepare,
    .poll_revents = amplifier_poll_revents,
};

static int make_device(struct socket *s, const char *path)
{
    char complaint[256];
    struct amplifier_description *description = malloc(sizeof *description);
    int result = -ENOMEM;
    if (description) {
        result = -EINVAL;
        const bool is_read = amplifier_description_read(description, path, complaint);
        const snd_pcm_format_t format =
            is_read ? snd_pcm_format_value(description->format) : SND_PCM_FORMAT_UNKNOWN;
        if (is_read && format == SND_PCM_FORMAT_UNKNOWN)
            SNDERR("%s: %s: no such format", path, description->format);
        else if (is_read && device_open(&s->device, description,
                                        (size_t)snd_pcm_format_physical_width(format) / 8,
                                        complaint))
            result = 0;
        else
            SNDERR("%s", complaint);
    }
    free(description);
    s->is_open = result == 0;
    return result;
}

/* What stands in the socket now. */
static int look_up(const char *path, struct socket **out)
{
    struct socket *s = sockets;
    while (s < sockets + DEVICES && s->path[0] && strcmp(s->path, path) != 0)
        s++;
    if (s == sockets + DEVICES)
        return -ENOMEM;
    snprintf(s->path, sizeof s->path, "%s", path);
    *out = s;
    if (s->is_unplugged) {
        if (now_ns() < s->back_ns)
            return -ENODEV;
        s->is_unplugged = false;
        if (s->as[0]) {
            device_close(&s->device);
            return make_device(s, s->as);
        }
    }
    return s->is_open ? 0 : make_device(s, path);
}

static int constrain(struct handle *h)
{
    const struct amplifier_description *d = &h->device->description;
    const unsigned accesses[] = { SND_PCM_ACCESS_MMAP_INTERLEAVED, SND_PCM_ACCESS_RW_INTERLEAVED };
    const unsigned format = (unsigned)snd_pcm_format_value(d->format);
    const unsigned frame = (unsigned)h->device->frame_bytes;
    snd_pcm_ioplug_t *io = &h->io;
    int r = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, accesses);
    if (r >= 0)
        r = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, &format);
    if (r >= 0)
        r = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_RATE, 1, &d->rate_hz);
    if (r >= 0)
        r = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_CHANNELS, 1, &d->channels);
    if (r >= 0)
        r = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, frame * 8,
                                            frame * 65536);
    if (r >= 0)
        r = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, frame * 16,
                                            frame * 262144);
    return r >= 0 ? snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 1024) : r;
}

static int create(snd_pcm_t **pcm, const char *name, struct socket *s, int mode)
{
    struct handle *h = calloc(1, sizeof *h);
    if (!h)
        return -ENOMEM;
    h->socket = s;
    h->device = &s->device;
    h->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    h->io = (snd_pcm_ioplug_t){ .version = SND_PCM_IOPLUG_VERSION,
                                .name = "virtual amplifier",
                                .callback = &callbacks,
                                .private_data = h,
                                .poll_fd = h->timer,
                                .poll_events = POLLIN,
                                .flags = SND_PCM_IOPLUG_FLAG_MONOTONIC |
                                         SND_PCM_IOPLUG_FLAG_BOUNDARY_WA };
    int result = h->timer < 0 ? -errno
                              : snd_pcm_ioplug_create(&h->io, name, SND_PCM_STREAM_CAPTURE, mode);
    if (result < 0) {
        if (h->timer >= 0)
            close(h->timer);
        free(h);
        return result;
    }
    result = constrain(h);
    if (result < 0)
        snd_pcm_ioplug_delete(&h->io);
    else
        *pcm = h->io.pcm;
    return result;
}

int _snd_pcm_amplifier_open(snd_pcm_t **pcm, const char *name, snd_config_t *root,
                            snd_config_t *conf, snd_pcm_stream_t stream, int mode);

SND_PCM_PLUGIN_DEFINE_FUNC(amplifier)
{
    (void)root;
    const char *path = NULL;
    snd_config_t *node;
    if (snd_config_search(conf, "file", &node) < 0 || snd_config_get_string(node, &path) < 0) {
        SNDERR("amplifier: `file` names no description");
        return -EINVAL;
    }
    if (stream != SND_PCM_STREAM_CAPTURE)
        return -ENODEV;
    pthread_mutex_lock(&lock);
    struct socket *s;
    int result = look_up(path, &s);
    if (result == 0)
        result = create(pcmp, name, s, mode);
    pthread_mutex_unlock(&lock);
    return result;
}

SND_PCM_PLUGIN_SYMBOL(amplifier)
