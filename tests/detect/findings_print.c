/* SPDX-License-Identifier: Apache-2.0 */
/* All that the detectors find in a signal, to the last bit, for a comparison between processors:
 *   findings_print make FILE    the tests' patient, 25 s with an LSR, as counts
 *   findings_print print FILE   findings of these counts, byte by byte, and a sum of the free-running path
 * The counts go through a file because the C library's sine may differ between processors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/bank.h"
#include "tests/detect/patient.h"

enum { FRAMES_A_BLOCK = 100, FINDINGS = 64 };

static int make(const char *path)
{
    struct patient p = patient_usual();
    p.seconds = 25.0;
    uint64_t frames = 0;
    int32_t *counts = patient_make(&p, &frames);
    FILE *file = fopen(path, "wb");
    const bool is_written = file && fwrite(counts, 8 * sizeof *counts, frames, file) == frames;
    free(counts);
    return file && fclose(file) == 0 && is_written ? 0 : 1;
}

static void print_bytes(const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        printf("%02x", ((const unsigned char *)bytes)[i]);
    putchar('\n');
}

static int print(const char *path)
{
    FILE *file = fopen(path, "rb");
    const struct patient p = patient_usual();
    const struct bank_params params = patient_params(&p);
    struct bank *b = bank_init(aligned_alloc(64, (bank_size(&params) + 63) / 64 * 64), &params);
    struct bank_output *out = calloc(1, sizeof *out);
    struct finding *items = calloc(FINDINGS, sizeof *items);
    float *emg_uv = calloc((size_t)BLOCK_FRAMES * 8, sizeof *emg_uv);
    if (!file || !b || !out || !items || !emg_uv)
        return 1;
    int32_t counts[8 * FRAMES_A_BLOCK];
    uint64_t sum = 14695981039346656037u; /* FNV-1a */
    uint64_t at = 0;
    for (bool done = false; !done;) {
        out->findings = (struct finding_list){.capacity = FINDINGS, .items = items};
        out->emg_uv = emg_uv;
        uint32_t taken = 0, marks = 0;
        const size_t frames = fread(counts, 8 * sizeof *counts, FRAMES_A_BLOCK, file);
        struct sample_block block = {.first_index = at, .frames = (uint32_t)frames,
                                     .channels = PATIENT_INPUTS, .stride = 8, .counts = counts};
        if (frames > 0)
            taken = bank_feed(b, &block, &marks, out);
        else
            done = bank_finish(b, out);
        at += taken;
        fseek(file, -(long)((frames - taken) * 8 * sizeof *counts), SEEK_CUR);
        for (uint32_t i = 0; i < out->findings.count; i++)
            print_bytes(&items[i], sizeof items[i]);
        const unsigned char *bytes = (const unsigned char *)emg_uv;
        for (size_t i = 0; i < (size_t)out->emg_frames * 8 * sizeof *emg_uv; i++)
            sum = (sum ^ bytes[i]) * 1099511628211u;
    }
    printf("free-running path %016llx\n", (unsigned long long)sum);
    free(emg_uv);
    free(items);
    free(out);
    free(b);
    return fclose(file);
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "make"))
        return make(argv[2]);
    if (argc == 3 && !strcmp(argv[1], "print"))
        return print(argv[2]);
    fprintf(stderr, "findings_print: make FILE, or print FILE\n");
    return 2;
}
