/* SPDX-License-Identifier: Apache-2.0 */
/* Makes signals and recognises their frames. */
#include "tests/acquisition/rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Frames until the signal repeats. */
enum { RIG_LENGTH = 32000 };

static char folder[40];

static int32_t value24(uint64_t frame, uint32_t channel)
{
    /* Steps over 256, so that neighbours differ in 16 bits too. */
    const uint32_t n = (uint32_t)(frame % RIG_LENGTH);
    return (int32_t)((n * (521 + 2 * channel) + channel * 7919) & 0xffffff) + SAMPLE_MIN;
}

int32_t rig_count(const struct rig_amplifier *a, uint64_t frame, uint32_t channel)
{
    const int32_t v = value24(frame, channel);
    return strcmp(a->format, "S16_LE") == 0 ? (int32_t)((uint32_t)v & 0xffffff00u) : v;
}

static void write_sample(FILE *f, const char *format, int32_t v)
{
    const int32_t s16 = v >> 8;
    const int32_t s32 = (int32_t)((uint32_t)v << 8 | 0xa5);
    const float real = (float)v / 8388608.0f;
    if (strcmp(format, "S16_LE") == 0)
        fwrite(&s16, 2, 1, f);
    else if (strcmp(format, "S24_3LE") == 0)
        fwrite(&v, 3, 1, f);
    else if (strcmp(format, "S32_LE") == 0)
        fwrite(&s32, 4, 1, f);
    else if (strcmp(format, "FLOAT_LE") == 0)
        fwrite(&real, 4, 1, f);
    else
        fwrite(&v, 4, 1, f);
}

static void must(bool is_good, const char *what)
{
    if (is_good)
        return;
    perror(what);
    exit(99);
}

const char *rig_amplifier(const char *name, const struct rig_amplifier *a)
{
    static char pcm[256];
    char path[200];
    if (!folder[0]) {
        setenv("ALSA_CONFIG_PATH", "/usr/share/alsa/alsa.conf:" AMPLIFIER_CONF, 1);
        snprintf(folder, sizeof folder, "/tmp/lsrd-rig-XXXXXX");
        must(mkdtemp(folder) != NULL, folder);
    }
    snprintf(path, sizeof path, "%s/%s.raw", folder, name);
    FILE *f = fopen(path, "we");
    must(f != NULL, path);
    for (uint64_t n = 0; n < RIG_LENGTH; n++)
        for (uint32_t c = 0; c < a->channels; c++)
            write_sample(f, a->format, value24(n, c));
    must(fclose(f) == 0, path);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "we");
    must(f != NULL, path);
    fprintf(f, "signal %s.raw\nformat %s\nrate %u\nchannels %u\n%s", name, a->format, a->rate_hz,
            a->channels, a->lines ? a->lines : "");
    must(fclose(f) == 0, path);
    snprintf(pcm, sizeof pcm, "amplifier:%s", path);
    return pcm;
}

void rig_clean(void)
{
    DIR *d = folder[0] ? opendir(folder) : NULL;
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(d), e->d_name, 0);
    if (d)
        closedir(d);
    rmdir(folder);
    folder[0] = 0;
}

struct alsa_options rig_options(const char *pcm, uint32_t rate_hz)
{
    struct alsa_options o = { .rate_hz = rate_hz, .period_s = 0.005, .buffer_s = 0.5 };
    snprintf(o.pcm.text, sizeof o.pcm.text, "%s", pcm);
    return o;
}

void judge_init(struct judge *j, const struct rig_amplifier *a)
{
    *j = (struct judge){ .amplifier = *a };
}

static bool is_frame(const struct judge *j, const int32_t *counts, int64_t frame)
{
    for (uint32_t c = 0; c < j->amplifier.channels; c++)
        if (frame < 0 || counts[c] != rig_count(&j->amplifier, (uint64_t)frame, c))
            return false;
    for (uint32_t c = j->amplifier.channels; c < block_stride(j->amplifier.channels); c++)
        if (counts[c] != 0)
            return false;
    return true;
}

/* Finds the frame at most `reach` from where it is expected. */
static bool find(const struct judge *j, const int32_t *counts, int64_t expected, int64_t reach,
                 int64_t *found)
{
    for (int64_t i = 0; i <= reach; i++) {
        if (is_frame(j, counts, expected - i)) {
            *found = expected - i;
            return true;
        }
        if (is_frame(j, counts, expected + i)) {
            *found = expected + i;
            return true;
        }
    }
    return false;
}

static bool settle(struct judge *j, const struct sample_block *b)
{
    const int64_t expected = j->has_base ? j->base + (int64_t)b->first_index : 0;
    const int64_t reach = j->has_base ? (int64_t)j->amplifier.rate_hz / 20 : RIG_LENGTH;
    int64_t found;
    if (!find(j, b->counts, expected, reach, &found)) {
        fprintf(stderr, "index %llu: no frame near %lld looks like it\n",
                (unsigned long long)b->first_index, (long long)expected);
        return false;
    }
    const int64_t error = j->has_base ? found - expected : 0;
    if (llabs(error) > llabs(j->worst_error))
        j->worst_error = error;
    if (llabs(error) > (int64_t)j->amplifier.rate_hz / 1000) {
        fprintf(stderr, "index %llu: off by %lld frames\n", (unsigned long long)b->first_index,
                (long long)error);
        return false;
    }
    j->base = found - (int64_t)b->first_index;
    j->has_base = true;
    return true;
}

bool judge_take(struct judge *j, const struct sample_block *b)
{
    for (uint32_t i = 0; i < b->mark_count && j->mark_count < RIG_MARKS; i++)
        j->marks[j->mark_count++] = b->marks[i];
    if (b->frames == 0)
        return true;
    if (b->first_index != j->next_index) { /* the index begins at 0: what is lost before the first too */
        j->gaps++;
        j->gap_frames += b->first_index - j->next_index;
    }
    if ((!j->has_base || b->first_index != j->next_index) && !settle(j, b))
        return false;
    for (uint32_t i = 0; i < b->frames; i++) {
        const int64_t frame = j->base + (int64_t)(b->first_index + i);
        if (!is_frame(j, b->counts + (size_t)i * b->stride, frame)) {
            fprintf(stderr, "index %llu: is not frame %lld\n",
                    (unsigned long long)(b->first_index + i), (long long)frame);
            return false;
        }
    }
    j->frames += b->frames;
    j->next_index = b->first_index + b->frames;
    return true;
}

uint32_t judge_count(const struct judge *j, const char *text)
{
    const size_t length = strlen(text);
    const bool is_prefix = length && text[length - 1] == '=';
    uint32_t count = 0;
    for (uint32_t i = 0; i < j->mark_count; i++)
        if (is_prefix ? strncmp(j->marks[i].text, text, length) == 0
                      : strcmp(j->marks[i].text, text) == 0)
            count++;
    return count;
}
