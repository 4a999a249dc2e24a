/* SPDX-License-Identifier: Apache-2.0 */
/* Sound files through libsndfile. */
#include "record/wav.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE_SAMPLES = 16384 };

struct wav_file {
    struct signal_file base; /* first */
    SNDFILE *sound;
    uint32_t channels;
    bool is_float;
    uint64_t position;
    union {
        int whole[SLICE_SAMPLES];
        double real[SLICE_SAMPLES];
    } slice;
};

bool wav_is(const unsigned char *bytes, size_t size)
{
    return size >= 12 && (memcmp(bytes, "RIFF", 4) == 0 || memcmp(bytes, "RF64", 4) == 0 ||
                          memcmp(bytes, "RIFX", 4) == 0 || memcmp(bytes, "riff", 4) == 0);
}

static int32_t count_of(double value)
{
    const double scaled = rint(value * SAMPLE_MAX);
    if (!(scaled > SAMPLE_MIN)) /* not a number, too */
        return scaled <= SAMPLE_MIN ? SAMPLE_MIN : 0;
    return scaled < SAMPLE_MAX ? (int32_t)scaled : SAMPLE_MAX;
}

static bool wav_read(struct signal_file *base, uint64_t first, uint32_t frames, int32_t *counts,
                     uint32_t stride, struct err *err)
{
    struct wav_file *f = (struct wav_file *)base;
    if (first != f->position && sf_seek(f->sound, (sf_count_t)first, SEEK_SET) < 0)
        return err_set(err, ERR_IO, "%s: cannot go to frame %llu: %s", base->name,
                       (unsigned long long)first, sf_strerror(f->sound));
    f->position = first;
    while (frames > 0) {
        const uint32_t most = SLICE_SAMPLES / f->channels;
        const uint32_t wanted = frames < most ? frames : most;
        const sf_count_t n = f->is_float ? sf_readf_double(f->sound, f->slice.real, wanted)
                                         : sf_readf_int(f->sound, f->slice.whole, wanted);
        if (n <= 0)
            return err_set(err, ERR_IO, "%s: ends at frame %llu of %llu", base->name,
                           (unsigned long long)f->position, (unsigned long long)base->frames);
        size_t from = 0;
        for (sf_count_t i = 0; i < n; i++, counts += stride)
            for (uint32_t c = 0; c < f->channels; c++, from++)
                /* libsndfile puts whole numbers of any width into the upper bits of 32. */
                counts[c] = f->is_float ? count_of(f->slice.real[from]) : f->slice.whole[from] >> 8;
        f->position += (uint64_t)n;
        frames -= (uint32_t)n;
    }
    return true;
}

static void wav_close(struct signal_file *base)
{
    struct wav_file *f = (struct wav_file *)base;
    if (f->sound)
        sf_close(f->sound);
    free((char *)f->base.name);
    free(f);
}

static const struct signal_file_ops wav_ops = {.read = wav_read, .close = wav_close};

static bool open_sound(struct wav_file *f, const char *path, SF_INFO *info, struct err *err)
{
    const char *name = f->base.name;
    f->sound = sf_open(path, SFM_READ, info);
    if (!f->sound)
        return err_set(err, ERR_FORMAT, "%s: no sound file that can be read: %s", name,
                       sf_strerror(NULL));
    if (info->channels < 1 || info->channels > BLOCK_CHANNELS)
        return err_set(err, ERR_FORMAT, "%s: %d channels: must be 1 to %d", name, info->channels,
                       BLOCK_CHANNELS);
    if (info->samplerate < 1)
        return err_set(err, ERR_FORMAT, "%s: %d Hz: must be 1 or more", name, info->samplerate);
    if (!info->seekable || info->frames < 1)
        return err_set(err, ERR_FORMAT, "%s: has no frame that can be read", name);
    return true;
}

struct signal_file *wav_open(const char *path, double full_scale_uv, struct stream_format *format,
                             struct err *err)
{
    struct wav_file *f = calloc(1, sizeof *f);
    char *name = strdup(signal_file_name(path));
    if (!f || !name) {
        free(f);
        free(name);
        err_set(err, ERR_MEMORY, "%s", path);
        return NULL;
    }
    f->base.ops = &wav_ops;
    f->base.name = name;
    SF_INFO info = {0};
    if (!open_sound(f, path, &info, err)) {
        wav_close(&f->base);
        return NULL;
    }
    const int coding = info.format & SF_FORMAT_SUBMASK;
    f->is_float = coding == SF_FORMAT_FLOAT || coding == SF_FORMAT_DOUBLE;
    f->channels = (uint32_t)info.channels;
    f->base.frames = (uint64_t)info.frames;
    memset(format, 0, sizeof *format);
    format->rate_hz = (uint32_t)info.samplerate;
    format->channels = f->channels;
    for (uint32_t c = 0; c < f->channels; c++) {
        struct stream_input *input = &format->inputs[c];
        snprintf(input->label, sizeof input->label, "CH%u", c + 1);
        input->physical_min = -full_scale_uv;
        input->physical_max = full_scale_uv;
        input->digital_min = -SAMPLE_MAX; /* so that count 0 is 0 microvolts */
        input->digital_max = SAMPLE_MAX;
        input->is_voltage = true;
    }
    return &f->base;
}
