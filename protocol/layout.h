/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/layout.h - where the fields of a binary frame lie; the table of docs/protocol.md, for
 * encoder and decoder alike. Everything is little endian. */
#ifndef LSRD_PROTOCOL_LAYOUT_H
#define LSRD_PROTOCOL_LAYOUT_H

#define PROTOCOL_NAME "lsrd.v1"

enum frame_type {
    FRAME_WAVE_RAW = 1,
    FRAME_WAVE_ENV = 2,
    FRAME_SWEEP = 3,
    FRAME_AUDIO = 4,
    FRAME_BACKFILL_ENV = 5,
    FRAME_TEMPLATE = 6,
};

enum frame_flags {
    FRAME_GAP_BEFORE = 1,
    FRAME_REPLAY = 2,
    FRAME_LAST_OF_BATCH = 16,
};

enum frame_layout {
    FRAME_AT_TYPE = 0,
    FRAME_AT_FLAGS = 1,
    FRAME_AT_HEADER_LENGTH = 2,
    FRAME_AT_SEQUENCE = 4,
    FRAME_AT_FIRST_SAMPLE = 8,
    FRAME_AT_CHANNELS = 16,
    FRAME_AT_COUNT = 18,
    FRAME_AT_LEVEL = 20,
    FRAME_AT_FORMAT = 21,
    FRAME_AT_SOURCE_TAG = 22,
    FRAME_AT_UV_PER_STEP = 24,
    FRAME_AT_MADE_MS = 28,
    FRAME_HEADER = 32,

    /* AUDIO alone */
    AUDIO_AT_SOURCE = 32,
    AUDIO_AT_CHANNEL = 34,
    AUDIO_AT_ZERO = 36,
    AUDIO_HEADER = 40,

    /* SWEEP and TEMPLATE alone */
    SWEEP_AT_STIMULUS = 32,
    SWEEP_AT_PRE_SAMPLES = 40,
    SWEEP_AT_CHANNEL = 42,
    SWEEP_AT_BRANCH = 44,
    SWEEP_AT_ROLE = 45,
    SWEEP_AT_REASON = 46,
    SWEEP_AT_PRESENT = 47,
    SWEEP_AT_AMPLITUDE_UV = 48,
    SWEEP_AT_ONSET_MS = 52,
    SWEEP_AT_SCORE = 56,
    SWEEP_AT_WINDOW_START_MS = 60,
    SWEEP_AT_WINDOW_END_MS = 64,
    SWEEP_AT_ZERO = 68,
    SWEEP_HEADER = 72,
};

enum { FRAME_FORMAT_I16 = 0 };

#endif
