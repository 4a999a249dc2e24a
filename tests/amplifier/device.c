/* SPDX-License-Identifier: Apache-2.0 */
/* The amplifier's clock and content. */
#include "tests/amplifier/device.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Leaves frames and map_size at the samples of a WAV file, or at all of a raw one. */
static size_t find_samples(struct device *d)
{
    const unsigned char *p = d->map, *end = d->map + d->map_size;
    d->frames = d->map;
    if (d->map_size < 12 || memcmp(p, "RIFF", 4) != 0)
        return d->map_size;
    for (p += 12; p + 8 <= end;) {
        const size_t size = p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16 | (size_t)p[7] << 24;
        if (memcmp(p, "data", 4) == 0) {
            d->frames = p + 8;
            return size < (size_t)(end - d->frames) ? size : (size_t)(end - d->frames);
        }
        p += 8 + size + (size & 1);
    }
    return 0;
}

bool device_open(struct device *d, const struct amplifier_description *description,
                 size_t sample_bytes, char complaint[256])
{
    *d = (struct device){ .description = *description,
                          .sample_bytes = sample_bytes,
                          .frame_bytes = sample_bytes * description->channels };
    const int fd = open(description->signal, O_RDONLY | O_CLOEXEC);
    struct stat st = { .st_size = 0 };
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
        d->map_size = (size_t)st.st_size;
        d->map = mmap(NULL, d->map_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    }
    const int reason = errno;
    if (fd >= 0)
        close(fd);
    if (!d->map || d->map == MAP_FAILED) {
        d->map = NULL;
        snprintf(complaint, 256, "%.200s: %s", description->signal,
                 fd < 0 ? strerror(reason) : "empty");
        return false;
    }
    d->frame_count = find_samples(d) / d->frame_bytes;
    if (d->frame_count == 0) {
        snprintf(complaint, 256, "%.200s: no frame in it", description->signal);
        device_close(d);
        return false;
    }
    return true;
}

void device_close(struct device *d)
{
    if (d->map)
        munmap((void *)(uintptr_t)d->map, d->map_size);
    d->map = NULL;
}

void device_start(struct device *d, int64_t now_ns)
{
    if (d->has_started)
        return;
    d->has_started = true;
    d->zero_ns = now_ns;
    FILE *told = d->description.started[0] ? fopen(d->description.started, "we") : NULL;
    if (told) {
        fprintf(told, "%lld\n", (long long)now_ns);
        fclose(told);
    }
}

static double true_rate_hz(const struct device *d)
{
    return d->description.rate_hz * (1 + d->description.ppm * 1e-6) * d->description.speed;
}

/* How late packet k is, in frames: the same in every run. */
static double jitter_of(const struct device *d, uint64_t k)
{
    uint64_t x = (k + 1) * 0x9e3779b97f4a7c15u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return (double)(x & 0xffff) / 65536.0 * d->description.jitter;
}

/* The time, in frames, at which packet k can be seen. */
static double packet_due(const struct device *d, uint64_t k)
{
    return (double)(k * d->description.packet) + jitter_of(d, k);
}

static uint64_t delivered(const struct device *d, double elapsed_frames)
{
    if (elapsed_frames < 0)
        return 0;
    uint64_t k = (uint64_t)elapsed_frames / d->description.packet;
    if (k > 0 && packet_due(d, k) > elapsed_frames)
        k--;
    return k * d->description.packet;
}

uint64_t device_made(const struct device *d, int64_t now_ns)
{
    if (!d->has_started)
        return 0;
    return delivered(d, (double)(now_ns - d->zero_ns) * 1e-9 * true_rate_hz(d));
}

uint64_t device_position(const struct device *d, int64_t now_ns)
{
    const uint64_t position = device_made(d, now_ns);
    for (uint32_t i = 0; i < d->description.fault_count; i++) {
        const struct amplifier_fault *f = &d->description.faults[i];
        if (f->kind == FAULT_STUCK && position > f->frame && position < f->frame + f->length)
            return f->frame;
    }
    return position;
}

static int64_t time_of(const struct device *d, double elapsed_frames)
{
    return d->zero_ns + (int64_t)ceil(elapsed_frames / true_rate_hz(d) * 1e9);
}

int64_t device_time_of(const struct device *d, uint64_t position)
{
    if (!d->has_started)
        return INT64_MAX;
    for (uint32_t i = 0; i < d->description.fault_count; i++) {
        const struct amplifier_fault *f = &d->description.faults[i];
        if (f->kind == FAULT_STUCK && position > f->frame && position < f->frame + f->length)
            position = f->frame + f->length;
    }
    const uint64_t packet = d->description.packet;
    return time_of(d, packet_due(d, (position + packet - 1) / packet));
}

static const struct amplifier_fault *next_interruption(const struct device *d)
{
    for (uint32_t i = d->next_fault; i < d->description.fault_count; i++) {
        const struct amplifier_fault *f = &d->description.faults[i];
        if (f->kind == FAULT_XRUN || f->kind == FAULT_UNPLUG || f->kind == FAULT_SUSPEND)
            return f;
    }
    return NULL;
}

int64_t device_next_fault_ns(const struct device *d)
{
    const struct amplifier_fault *f = d->has_started ? next_interruption(d) : NULL;
    return f ? time_of(d, (double)f->frame) : INT64_MAX;
}

const struct amplifier_fault *device_fault_now(const struct device *d, int64_t now_ns)
{
    return device_next_fault_ns(d) <= now_ns ? next_interruption(d) : NULL;
}

int64_t device_fault_end_ns(const struct device *d, const struct amplifier_fault *fault)
{
    return time_of(d, (double)(fault->frame + fault->length));
}

void device_fault_is_over(struct device *d)
{
    const struct amplifier_fault *f = next_interruption(d);
    if (f)
        d->next_fault = (uint32_t)(f - d->description.faults) + 1;
}

static const unsigned char *frame_at(const struct device *d, uint64_t n)
{
    return d->frames + n % d->frame_count * d->frame_bytes;
}

static void copy_frame(const struct device *d, uint64_t n, unsigned char *to)
{
    const struct amplifier_description *a = &d->description;
    memcpy(to, frame_at(d, n), d->frame_bytes);
    for (uint32_t i = 0; i < a->fault_count && a->faults[i].frame <= n; i++) {
        const struct amplifier_fault *f = &a->faults[i];
        if (n >= f->frame + f->length)
            continue;
        const size_t at = f->channel * d->sample_bytes;
        if (f->kind == FAULT_ZERO)
            memset(to, 0, d->frame_bytes);
        else if (f->kind == FAULT_DUPLICATE)
            memcpy(to, frame_at(d, n - f->length), d->frame_bytes);
        else if (f->kind == FAULT_DEAD)
            memcpy(to + at, frame_at(d, f->frame) + at, d->sample_bytes);
    }
}

void device_copy(const struct device *d, uint64_t first, uint64_t count, unsigned char *to)
{
    for (uint64_t i = 0; i < count; i++)
        copy_frame(d, first + i, to + i * d->frame_bytes);
}
