/* SPDX-License-Identifier: Apache-2.0 */
/* Builds small EDF and BDF files byte by byte, good ones and bad ones. */
#ifndef LSRD_TESTS_RECORD_EDF_BYTES_H
#define LSRD_TESTS_RECORD_EDF_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct edf_bytes {
    size_t size;
    unsigned char bytes[1 << 17];
};

static inline void edf_put(struct edf_bytes *b, size_t at, size_t width, const char *text)
{
    memset(b->bytes + at, ' ', width);
    memcpy(b->bytes + at, text, strlen(text) < width ? strlen(text) : width);
}

static inline void edf_put_int(struct edf_bytes *b, size_t at, size_t width, long long value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", value);
    edf_put(b, at, width, text);
}

/* Where a field of signal `index` lies: offset is that within the 256 bytes of one signal. */
static inline size_t edf_at(uint32_t signals, size_t offset, size_t width, uint32_t index)
{
    return 256 + offset * signals + width * index;
}

/* `signals` signals of `samples` samples a record of one second, the last one annotations of 60
 * samples where `reserved` has a plus. */
static inline void edf_make_header(struct edf_bytes *b, const char *reserved, uint32_t signals,
                                   uint32_t samples, int records)
{
    memset(b, 0, sizeof *b);
    const bool is_bdf = reserved[0] == 'B';
    const bool has_annotations = reserved[0] && reserved[3] == '+';
    edf_put(b, 0, 8,
            is_bdf ? "\xff"
                     "BIOSEMI"
                   : "0");
    edf_put(b, 8, 80, "X X X X");
    edf_put(b, 88, 80, "Startdate 01-JAN-2026 X X X");
    edf_put(b, 168, 8, "01.01.26");
    edf_put(b, 176, 8, "09.00.00");
    edf_put_int(b, 184, 8, 256 * (signals + 1));
    edf_put(b, 192, 44, has_annotations ? reserved : "");
    edf_put_int(b, 236, 8, records);
    edf_put(b, 244, 8, "1");
    edf_put_int(b, 252, 4, signals);
    memset(b->bytes + 256, ' ', (size_t)256 * signals);
    for (uint32_t i = 0; i < signals; i++) {
        const bool is_annotations = has_annotations && i == signals - 1;
        char label[24];
        snprintf(label, sizeof label, "S%u", i + 1);
        edf_put(b, edf_at(signals, 0, 16, i), 16,
                is_annotations ? is_bdf ? "BDF Annotations" : "EDF Annotations" : label);
        edf_put(b, edf_at(signals, 96, 8, i), 8, is_annotations ? "" : "uV");
        edf_put(b, edf_at(signals, 104, 8, i), 8, "-1000");
        edf_put(b, edf_at(signals, 112, 8, i), 8, "1000");
        edf_put(b, edf_at(signals, 120, 8, i), 8, is_bdf ? "-8388608" : "-32768");
        edf_put(b, edf_at(signals, 128, 8, i), 8, is_bdf ? "8388607" : "32767");
        edf_put_int(b, edf_at(signals, 216, 8, i), 8, is_annotations ? 60 : samples);
    }
    b->size = (size_t)256 * (signals + 1);
}

/* One record: every signal's samples hold `value`, then the TALs. */
static inline void edf_add_record(struct edf_bytes *b, const char *reserved, uint32_t signals,
                                  uint32_t samples, int value, const void *tals, size_t tal_size)
{
    const bool is_bdf = reserved[0] == 'B';
    const bool has_annotations = reserved[0] && reserved[3] == '+';
    const size_t width = is_bdf ? 3 : 2;
    for (uint32_t i = 0; i < (signals - has_annotations) * samples; i++, b->size += width)
        for (size_t k = 0; k < width; k++)
            b->bytes[b->size + k] = (unsigned char)((uint32_t)value >> (8 * k));
    if (has_annotations) {
        memcpy(b->bytes + b->size, tals, tal_size);
        b->size += 60 * width;
    }
}

static inline void edf_write(const struct edf_bytes *b, const char *path)
{
    FILE *f = fopen(path, "wb");
    fwrite(b->bytes, 1, b->size, f);
    fclose(f);
}

#endif
