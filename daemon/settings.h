/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/settings.h - the whole configuration as plain structs, and the one table of its sections.
 * The rows of an option stand beside the code that uses it; here they are bound to sections. */
#ifndef LSRD_DAEMON_SETTINGS_H
#define LSRD_DAEMON_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "acquisition/alsa.h"
#include "acquisition/patient.h"
#include "base/err.h"
#include "config/config.h"
#include "detect/params.h"
#include "sound/player_alsa.h"
#include "web/options.h"

enum { SETTINGS_CHANNELS = 64, SETTINGS_BRANCHES = BANK_BRANCHES };

enum device_source { DEVICE_ALSA, DEVICE_REPLAY, DEVICE_PATIENT };

struct device_settings {
    uint32_t source;         /* enum device_source */
    struct option_text site; /* ends the name of the case directory */
    bool autostart;          /* a case begins with the first frame */
    struct option_text calibration; /* the file that `lsrd calibrate` keeps */
};

/* [channel LABEL] */
struct channel_settings {
    char label[CONFIG_TITLE];
    struct option_text input; /* `3`, or `3 - 4`: inputs count from 1 */
    struct option_text muscle;
    uint32_t side;
    uint32_t polarity; /* 0 normal, 1 inverted */
    double scale_uv;   /* at digital full scale, of a device that has no scale of its own */
};

/* [stimulus], beside the detector's own rows */
struct trigger_settings {
    struct option_text trigger; /* a label, or `artifact` */
};

/* [branch NAME] */
struct branch_settings {
    char name[CONFIG_TITLE];
    struct option_labels direct; /* none or one */
    struct option_labels lateral;
    struct option_labels control; /* none or one */
    struct option_text trigger; /* empty: the one of [stimulus] */
};

struct record_settings {
    struct option_text directory; /* under which cases are made */
    struct option_text profiles;  /* under which montages are kept by name */
};

struct settings {
    struct device_settings device;
    struct alsa_options alsa;       /* in [device] too */
    struct patient_options patient; /* in [device] too */
    uint32_t channel_count;
    struct channel_settings channels[SETTINGS_CHANNELS];
    struct trigger_settings trigger;
    uint32_t branch_count;
    struct branch_settings branches[SETTINGS_BRANCHES];
    struct bank_params params; /* its parameter structs only; the montage fills the rest */
    struct record_settings record;
    struct web_params web;
    struct player_options sounder;
};

/* The names behind channel_settings.side, for the page. */
extern const char *const channel_sides[];

/* Every section and option of lsrd. */
extern const struct config_section settings_sections[];

/* Where a configuration comes from: a file (NULL: defaults), then overrides. */
struct settings_origin {
    const char *path;
    uint32_t override_count;
    const char *const *overrides; /* section.key=value */
};

/* Cross-checks of channels and branches, for who reads these sections alone. */
void settings_check_montage(struct config *c, struct settings *settings);

/* Reads, checks and cross-checks. False: every mistake has been printed to stderr, or err says
 * that the file cannot be read; err always holds one line that sums it up. */
bool settings_load(struct settings *settings, const struct settings_origin *origin,
                   struct err *err);

#endif
