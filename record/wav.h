/* SPDX-License-Identifier: Apache-2.0 */
/* record/wav.h - WAV files (and what else libsndfile reads) as recordings: 24-bit counts, no
 * annotations. Internal to record/. */
#ifndef LSRD_RECORD_WAV_H
#define LSRD_RECORD_WAV_H

#include "record/signal_file.h"

/* Digital full scale is full_scale_uv microvolts. Channels are labelled CH1, CH2, ... */
struct signal_file *wav_open(const char *path, double full_scale_uv, struct stream_format *format,
                             struct err *err);

/* Whether a file's first bytes say that libsndfile should have it. */
bool wav_is(const unsigned char *bytes, size_t size);

#endif
