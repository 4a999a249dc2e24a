/* SPDX-License-Identifier: Apache-2.0 */
/* Binds rows to sections, reads files, checks what one row cannot. */
#include "daemon/settings.h"

#include <stdio.h>
#include <string.h>

#include "daemon/montage.h"
#include "detect/alarm.h"
#include "detect/artifact.h"
#include "detect/endpoint.h"
#include "detect/evoked.h"
#include "detect/free_running.h"
#include "detect/stimulus.h"

static const char *const source_names[] = { "alsa", "replay", "patient", NULL };
const char *const channel_sides[] = { "unknown", "left", "right", NULL };
static const char *const polarity_names[] = { "normal", "inverted", NULL };

static const struct option device_options[] = {
    OPTION_CHOICE(struct device_settings, "source", source, source_names, "alsa", 0,
                  "where samples come from"),
    OPTION_PLAIN(struct device_settings, "site", site, "", 0,
                 "ends the name of the case directory, as `or1`; no patient's name"),
    OPTION_PLAIN(struct device_settings, "autostart", autostart, "no", 0,
                 "a case begins with the first frame, without a person's command"),
    OPTION_PLAIN(struct device_settings, "calibration", calibration, "calibration.conf", 0,
                 "what `lsrd calibrate` kept of this device; shown with every case if it is there"),
    { 0 },
};

static const struct option channel_options[] = {
    OPTION_PLAIN(struct channel_settings, "input", input, "", OPTION_FEATURES | OPTION_REQUIRED,
                 "input of the amplifier from 1 on, or a difference as `3 - 4`"),
    OPTION_PLAIN(struct channel_settings, "muscle", muscle, "", 0, "shown with the label"),
    OPTION_CHOICE(struct channel_settings, "side", side, channel_sides, "unknown", 0,
                  "side of the face, shown with the label"),
    OPTION_CHOICE(struct channel_settings, "polarity", polarity, polarity_names, "normal",
                  OPTION_FEATURES, "inverted: the electrodes are swapped"),
    OPTION(struct channel_settings, "scale", scale_uv, UNIT_UV, 1, 1e8, "10 mV", 0,
           "voltage at digital full scale, from the amplifier's data sheet; files bring their own"),
    { 0 },
};

static const struct option trigger_options[] = {
    OPTION_PLAIN(struct trigger_settings, "trigger", trigger, "artifact", OPTION_FEATURES,
                 "label of the input that carries the stimulator's trigger, or `artifact`"),
    { 0 },
};

static const struct option branch_options[] = {
    OPTION_PLAIN(struct branch_settings, "direct", direct, "", OPTION_FEATURES,
                 "channel whose M wave proves the stimulus; without it no endpoint can be reached"),
    OPTION_PLAIN(struct branch_settings, "lateral", lateral, "", OPTION_FEATURES | OPTION_REQUIRED,
                 "channels that are watched for the lateral spread response"),
    OPTION_PLAIN(struct branch_settings, "control", control, "", OPTION_FEATURES | OPTION_EXTRA,
                 "channel on the other side, where nothing may respond: it warns if it does and "
                 "never counts for the endpoint"),
    OPTION_PLAIN(struct branch_settings, "trigger", trigger, "", OPTION_FEATURES,
                 "this branch's own trigger; empty: the one of [stimulus]"),
    { 0 },
};

static const struct option record_options[] = {
    OPTION_PLAIN(struct record_settings, "directory", directory, "cases", 0,
                 "under which every case gets a directory of its own"),
    OPTION_PLAIN(struct record_settings, "profiles", profiles, "profiles", 0,
                 "under which the page keeps montages by name, as `NAME.conf`"),
    { 0 },
};

#define AT(member) offsetof(struct settings, member)

static const struct config_rows device_rows[] = { { device_options, AT(device) },
                                                  { alsa_options, AT(alsa) },
                                                  { patient_options, AT(patient) },
                                                  { 0 } };
static const struct config_rows channel_rows[] = { { channel_options, 0 }, { 0 } };
static const struct config_rows stimulus_rows[] = { { trigger_options, AT(trigger) },
                                                    { stimulus_options, AT(params.stimulus) },
                                                    { 0 } };
static const struct config_rows branch_rows[] = { { branch_options, 0 }, { 0 } };
static const struct config_rows response_rows[] = { { response_options, AT(params.response) },
                                                    { 0 } };
static const struct config_rows artifact_rows[] = { { artifact_options, AT(params.artifact) },
                                                    { 0 } };
static const struct config_rows free_running_rows[] = {
    { free_running_options, AT(params.free_running) }, { 0 }
};
static const struct config_rows endpoint_rows[] = { { endpoint_options, AT(params.endpoint) },
                                                    { 0 } };
static const struct config_rows alarm_rows[] = { { alarm_options, AT(params.alarm) },
                                                 { player_options, AT(sounder) },
                                                 { 0 } };
static const struct config_rows record_rows[] = { { record_options, AT(record) }, { 0 } };
static const struct config_rows web_rows[] = { { web_options, AT(web) }, { 0 } };

const struct config_section settings_sections[] = {
    { .name = "device", .rows = device_rows, .help = "Where samples come from." },
    { .name = "channel",
      .rows = channel_rows,
      .help = "A channel and its electrodes; without any, every voltage input is a channel.",
      .titled = true,
      .max = SETTINGS_CHANNELS,
      .offset = AT(channels),
      .stride = sizeof(struct channel_settings),
      .count_offset = AT(channel_count),
      .title_offset = offsetof(struct channel_settings, label),
      .example = "[channel MENT]\ninput  = 3\nmuscle = mentalis\nscale  = 10 mV\n" },
    { .name = "stimulus", .rows = stimulus_rows, .help = "How a stimulus is found." },
    { .name = "branch",
      .rows = branch_rows,
      .help = "A stimulated branch: where it answers directly, where the spread is watched.",
      .titled = true,
      .max = SETTINGS_BRANCHES,
      .offset = AT(branches),
      .stride = sizeof(struct branch_settings),
      .count_offset = AT(branch_count),
      .title_offset = offsetof(struct branch_settings, name),
      .example = "[branch zygomatic]\ndirect  = OOC\nlateral = MENT, OOR\n" },
    { .name = "response", .rows = response_rows, .help = "When a sweep holds a response." },
    { .name = "free_running",
      .rows = free_running_rows,
      .help = "What counts as activity of the muscles themselves." },
    { .name = "artifact", .rows = artifact_rows, .help = "When a channel cannot be judged." },
    { .name = "endpoint",
      .rows = endpoint_rows,
      .help = "When the response counts as gone, and what has to be proved for it." },
    { .name = "alarm", .rows = alarm_rows, .help = "When somebody is called, and how." },
    { .name = "record", .rows = record_rows, .help = "Where cases are kept." },
    { .name = "web", .rows = web_rows, .help = "Who may look, and how." },
    { 0 },
};

static void check_channels(struct config *c, struct settings *s)
{
    for (uint32_t i = 0; i < s->channel_count; i++) {
        struct channel_settings *channel = &s->channels[i];
        uint16_t plus, minus;
        if (!montage_parse_input(channel->input.text, &plus, &minus))
            config_mistake_add(c, &channel->input,
                               "an input from 1 to %d, or a difference as `3 - 4`", BLOCK_CHANNELS);
    }
}

static bool has_channel(const struct settings *s, const char *label)
{
    for (uint32_t i = 0; i < s->channel_count; i++)
        if (strcmp(s->channels[i].label, label) == 0)
            return true;
    return s->channel_count == 0; /* the source's own labels, known only when it is open */
}

static void check_labels(struct config *c, const struct settings *s,
                         const struct option_labels *labels)
{
    for (uint32_t i = 0; i < labels->count; i++)
        if (!has_channel(s, labels->labels[i]))
            config_mistake_add(c, labels, "there is no [channel %s]", labels->labels[i]);
}

static bool has_label(const struct option_labels *labels, const char *label)
{
    for (uint32_t i = 0; i < labels->count; i++)
        if (strcmp(labels->labels[i], label) == 0)
            return true;
    return false;
}

static void check_branches(struct config *c, struct settings *s)
{
    for (uint32_t i = 0; i < s->branch_count; i++) {
        struct branch_settings *b = &s->branches[i];
        if (b->direct.count > 1)
            config_mistake_add(c, &b->direct, "one channel, not %u", b->direct.count);
        if (b->control.count > 1)
            config_mistake_add(c, &b->control, "one channel, not %u", b->control.count);
        check_labels(c, s, &b->direct);
        check_labels(c, s, &b->lateral);
        check_labels(c, s, &b->control);
        for (uint32_t k = 0; k < b->lateral.count; k++)
            if (b->direct.count && strcmp(b->lateral.labels[k], b->direct.labels[0]) == 0)
                config_mistake_add(c, &b->lateral, "%s is the direct channel",
                                   b->lateral.labels[k]);
        if (b->control.count && (has_label(&b->direct, b->control.labels[0]) ||
                                 has_label(&b->lateral, b->control.labels[0])))
            config_mistake_add(c, &b->control, "%s is judged on this branch already",
                               b->control.labels[0]);
    }
}

void settings_check_montage(struct config *c, struct settings *settings)
{
    check_channels(c, settings);
    check_branches(c, settings);
}

bool settings_load(struct settings *settings, const struct settings_origin *origin, struct err *err)
{
    struct config *c = config_create(settings_sections, settings, err);
    if (!c)
        return false;
    if (origin->path && !config_read(c, origin->path, err)) {
        config_destroy(c);
        return false;
    }
    for (uint32_t i = 0; i < origin->override_count; i++)
        config_override(c, origin->overrides[i]);
    config_finish(c);
    settings_check_montage(c, settings);
    struct err web_err;
    if (!web_params_check(&settings->web, &web_err))
        config_mistake_add(c, &settings->web.address, "%s", web_err.text);
    const size_t mistakes = config_mistake_count(c);
    if (mistakes) {
        config_mistakes_print(c, stderr);
        err_set(err, ERR_CONFIG, "%zu mistake%s in the configuration", mistakes,
                mistakes == 1 ? "" : "s");
    }
    config_destroy(c);
    return mistakes == 0;
}
