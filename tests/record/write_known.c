/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a file for other programs to read: write_known FILE. Its samples are those of recorded.h;
 * two holes, marks and findings lie where test_oracles.py expects them. */
#include <stdio.h>

#include "record/writer.h"
#include "tests/record/recorded.h"

enum { RATE = 2000, CHANNELS = 3, LENGTH = 25130 };

static bool feed(struct writer *w, uint64_t first, uint64_t end, struct err *err)
{
    static int32_t counts[100 * CHANNELS];
    bool ok = true;
    for (; ok && first < end; first += 100) {
        const uint32_t n = end - first < 100 ? (uint32_t)(end - first) : 100;
        known_counts(first, n, CHANNELS, counts);
        ok = writer_samples(w, first, n, counts, err);
    }
    return ok;
}

int main(int argc, char **argv)
{
    struct err err = {0};
    static struct stream_format format;
    known_format(&format, RATE, CHANNELS);
    const struct writer_options o = {.path = argc > 1 ? argv[1] : "",
                                     .format = &format,
                                     .start_utc_ns = 1795512600000000000,
                                     .site = "or1",
                                     .version = "0.1.0"};
    struct writer *w = writer_open(&o, file_ops_system(), &err);
    bool ok = w != NULL;
    for (uint64_t i = 0; ok && i < 50; i++) {
        char text[64];
        snprintf(text, sizeof text, "note=\xe6\xa0\x87\xe8\xae\xb0 %llu by=Li",
                 (unsigned long long)i);
        ok = feed(w, i * 200, (i + 1) * 200, &err) && writer_annotate(w, i * 200 + 7, 0, text);
    }
    ok = ok && writer_annotate(w, 5000, 400, "lsrd:emg_event burst CH1") &&
         feed(w, 10101, 20000, &err) && feed(w, 21000, LENGTH, &err) && writer_finish(w, &err);
    writer_close(w);
    if (!ok)
        fprintf(stderr, "%s\n", err.text);
    return ok ? 0 : 1;
}
