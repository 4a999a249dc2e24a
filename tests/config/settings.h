/* SPDX-License-Identifier: Apache-2.0 */
/* A small program's settings, as the tests of config/ read them. */
#ifndef LSRD_TESTS_CONFIG_SETTINGS_H
#define LSRD_TESTS_CONFIG_SETTINGS_H

#include "config/table.h"

enum { TEST_CHANNELS = 3 };

struct test_device {
    uint32_t source;
    struct option_text pcm;
    uint32_t rate_hz;
};

struct test_patient {
    uint32_t seed;
};

struct test_response {
    struct option_range window;
    double min_amplitude_uv;
    bool is_strict;
    double share;
    struct option_labels beside;
};

struct test_channel {
    char label[CONFIG_TITLE];
    struct option_text input;
    double scale_uv;
    struct option_labels near;
};

struct test_settings {
    struct test_device device;
    struct test_patient patient;
    struct test_response response;
    uint32_t channels;
    struct test_channel channel[TEST_CHANNELS];
};

static const char *const test_sources[] = { "alsa", "replay", "patient", NULL };

/* clang-format off */
static const struct option test_device_options[] = {
    OPTION_CHOICE(struct test_device, "source", source, test_sources, "alsa", 0, "where from"),
    OPTION_PLAIN(struct test_device, "pcm", pcm, "default", 0, "name of the device"),
    OPTION(struct test_device, "rate", rate_hz, UNIT_HZ, 8000, 192000, "20 kHz", 0, "frames"),
    { 0 }
};
static const struct option test_patient_options[] = {
    OPTION(struct test_patient, "seed", seed, UNIT_NONE, 0, 4294967295.0, "1", 0, "of the dice"),
    { 0 }
};
static const struct option test_response_options[] = {
    OPTION(struct test_response, "window", window, UNIT_SECONDS, 0.001, 0.2, "6 ms .. 25 ms",
           OPTION_FEATURES | OPTION_LIVE, "searched until learned"),
    OPTION(struct test_response, "min_amplitude", min_amplitude_uv, UNIT_UV, 1, 10000, "20 uV",
           OPTION_JUDGEMENT | OPTION_LIVE, "smallest response"),
    OPTION_PLAIN(struct test_response, "strict", is_strict, "no", OPTION_LIVE, "whether strict"),
    OPTION(struct test_response, "share", share, UNIT_RATIO, 0, 1, "50 %", OPTION_JUDGEMENT, "of"),
    OPTION_PLAIN(struct test_response, "beside", beside, "", OPTION_FEATURES | OPTION_EXTRA, "others"),
    { 0 }
};
static const struct option test_channel_options[] = {
    OPTION_PLAIN(struct test_channel, "input", input, "", OPTION_REQUIRED | OPTION_FEATURES,
                 "number of the input, from 1"),
    OPTION(struct test_channel, "scale", scale_uv, UNIT_UV, 1, 1e7, "10 mV", OPTION_FEATURES,
           "at digital full scale"),
    OPTION_PLAIN(struct test_channel, "near", near, "", 0, "its neighbours"),
    { 0 }
};
/* clang-format on */

static const struct config_rows test_device_rows[] = {
    { test_device_options, offsetof(struct test_settings, device) },
    { test_patient_options, offsetof(struct test_settings, patient) },
    { 0 }
};
static const struct config_rows test_response_rows[] = {
    { test_response_options, offsetof(struct test_settings, response) }, { 0 }
};
static const struct config_rows test_channel_rows[] = { { test_channel_options, 0 }, { 0 } };

static const struct config_section test_sections[] = {
    { .name = "device", .rows = test_device_rows, .help = "Where samples come from." },
    { .name = "response", .rows = test_response_rows, .help = "What a response is." },
    { .name = "channel",
      .rows = test_channel_rows,
      .help = "One muscle channel.",
      .titled = true,
      .max = TEST_CHANNELS,
      .offset = offsetof(struct test_settings, channel),
      .stride = sizeof(struct test_channel),
      .count_offset = offsetof(struct test_settings, channels),
      .title_offset = offsetof(struct test_channel, label),
      .example = "[channel MENT]\ninput = 3\n" },
    { 0 }
};

#endif
