/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/message.h - builders of the server's JSON messages from plain structs. Each writes one
 * object without a newline; check text_ok() afterwards. Pure; any thread. Strings are read during
 * the call only; NULL prints null. */
#ifndef LSRD_PROTOCOL_MESSAGE_H
#define LSRD_PROTOCOL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/finding.h"
#include "base/mark.h"
#include "protocol/finding_json.h"
#include "protocol/live_notice.h"
#include "protocol/text.h"

/* What an ITEM_MESSAGE is, in the item's `stream`: the server keeps the newest of the kinds that
 * replace their predecessor, and queues the others. */
enum message_kind {
    MESSAGE_QUEUED = 0, /* alarms and whatever must not be lost */
    MESSAGE_STATUS,     /* the newest replaces the last */
    MESSAGE_METRICS,    /* for GET /metrics; the newest replaces the last */
    MESSAGE_EVIDENCE,   /* likewise for each branch: the item's `level` */
    MESSAGE_POINTS,     /* struct message_trend_point, several: for the server's trend */
};

enum message_recording { RECORDING_NO, RECORDING_YES, RECORDING_STOPPED };
enum message_acquisition { ACQUISITION_NONE, ACQUISITION_OK, ACQUISITION_LOST };

struct message_case {
    bool is_open;
    const char *name;  /* of its directory */
    const char *title; /* as a person gave it; NULL: none */
    enum message_recording recording;
    int64_t started_utc_ms; /* 0: null */
    uint64_t samples;
    double free_s; /* how long the disk lasts; NAN: unknown */
};

struct message_channel {
    const char *label;
    const char *muscle; /* NULL: not given */
    const char *side;   /* likewise */
};

struct message_alarm {
    const char *key;
    enum alarm_id id;
    enum alarm_priority priority;
    const char *state; /* active, acknowledged, latched */
    uint64_t raised_sample;
    int64_t raised_utc_ms;
    int64_t cleared_utc_ms; /* 0: null */
    const char *channel;    /* label, or NULL */
    const char *branch;     /* name, or NULL */
    const char *acked_by;   /* NULL: nobody */
    int64_t acked_utc_ms;
};

struct message_audio {
    const char *state;     /* on, paused, off */
    int64_t until_mono_ms; /* 0: null */
    const char *by;
    uint32_t reminders; /* that the sound is off, so far */
};

/* One branch's evidence as it stands. */
struct message_evidence {
    const struct finding_context *context;
    const struct finding_endpoint *endpoint;
    uint64_t since_sample; /* of the state */
};

/* The complete state for a new browser. The server adds what belongs to each browser or moment:
 * you, last_finding, mono_ms, utc_ms. */
struct message_hello {
    const char *build;
    uint16_t source_tag;
    bool is_replay;
    const char *source; /* alsa, patient, replay */
    const char *site;
    const char *calibration; /* of the device, in one line; NULL: none */
    uint32_t rate_hz;
    uint32_t channel_count;
    const struct message_channel *channels;
    uint32_t branch_count;
    const struct message_branch {
        const char *name;
        uint16_t direct;  /* channel index; FINDING_NO_CHANNEL: null */
        uint16_t control; /* likewise; FINDING_NO_CHANNEL: not printed */
        uint32_t lateral_count;
        const uint16_t *lateral;
    } * branches;
    uint8_t first_level;
    uint8_t levels;
    double window_low_ms;
    double window_high_ms;
    struct message_band {
        double low_hz;  /* 0: none */
        double high_hz; /* 0: none */
    } filter_free, filter_evoked;
    double hum_hz; /* 0: none */
    double endpoint_hold_s;
    struct message_case case_;
    const char *phase; /* NULL: none marked */
    uint32_t said_count;
    const struct mark *said; /* that stand, in the order of marking */
    uint32_t alarm_count;
    const struct message_alarm *alarms;
    struct message_audio audio;
    uint32_t evidence_count;
    const struct message_evidence *evidence;
};

struct message_display {
    const char *name;
    const char *role;
    const char *audio;
    bool is_listening;
    int32_t listens; /* to which channel's sound; -1: the loudest */
    bool is_visible;
    int64_t painted_age_ms; /* -1: never painted */
};

struct message_replay {
    bool is_playing;
    double speed;
    uint64_t position;
    uint64_t length;
    uint64_t indexed;  /* samples of it that the overview knows */
    bool is_indexed;   /* all there are */
    uint64_t seeks_to; /* UINT64_MAX: no seek under way */
    uint64_t loop_from, loop_to; /* equal: no loop */
    uint32_t labels;   /* how often they changed */
};

/* Microseconds from a sample's arrival; -1: not known. */
struct message_timing {
    int64_t newest_us; /* the worst since the last status */
    int64_t worst_us;  /* of the case */
};

struct message_status {
    int64_t mono_ms;
    int64_t utc_ms;
    uint64_t newest_sample;
    int64_t newest_mono_ms;
    enum message_acquisition acquisition;
    struct message_case case_;
    const char *phase;
    bool is_stimulation_on;
    const char *control; /* holder's name, or NULL */
    uint32_t display_count;
    const struct message_display *displays;
    uint64_t lost_samples;
    int64_t latency_us;                  /* -1: null */
    struct message_timing decision, socket, paint;
    double rate_ppm;                     /* of the device's clock; NAN: null */
    const char *sounder;                 /* of the machine: ok, broken, off; NULL: null */
    const struct message_replay *replay; /* NULL: no replay */
    uint32_t live_count;                 /* live daemons of which a replay knows */
    const struct live_case_seen *live;
};

struct message_trend_point {
    uint64_t stimulus_sample;
    uint16_t channel;
    uint8_t branch;
    enum sweep_role role;
    enum tristate present;
    bool is_valid;
    double amplitude_uv;
    double onset_ms; /* NAN: nothing present */
};

/* The members of a list: sample, text, by (null where nobody is known). */
void message_mark(struct text *t, const struct mark *m);
void message_hello(struct text *t, const struct message_hello *hello);
void message_status(struct text *t, const struct message_status *status);
void message_evidence(struct text *t, const struct message_evidence *evidence);
void message_alarms(struct text *t, uint32_t count, const struct message_alarm *alarms,
                    const struct message_audio *audio);
void message_trend(struct text *t, uint32_t count, const struct message_trend_point *points);

/* error: NULL means done. result: JSON text, or NULL. */
void message_reply(struct text *t, uint64_t id, const char *error, const char *result);

void message_finding(struct text *t, uint64_t id, const char *line, size_t length);
void message_control(struct text *t, const char *holder, bool is_yours);
void message_time(struct text *t, double c0, double s1, double s2);
void message_bye(struct text *t, const char *reason, const char *line);

#endif
