/* SPDX-License-Identifier: Apache-2.0 */
/* The recording of a case and the signals of its alarms. */
#include "daemon/live_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "config/print.h"
#include "daemon/alarm_log.h"
#include "daemon/alarm_signals.h"
#include "daemon/calibration.h"
#include "daemon/sounder.h"
#include "record/recorder.h"

struct live_case {
    struct clock *clock;
    struct recorder *recorder; /* NULL: nothing is recorded */
    bool is_case;
    bool was_stopped; /* as last told to the pipeline */
    uint64_t marks;   /* handed to the recorder since it was made */
    uint64_t samples;
    int64_t started_utc_ns;
    char name[CASE_TEXT];
    char by[CASE_TEXT];
    char next_name[CASE_TEXT];
    char next_by[CASE_TEXT];
    char path[CASE_PATH];
    char last[CASE_PATH];
    bool has_lost_line;
    struct alarm_signals *signals;
    char calibration[CALIBRATION_LINE];
    struct sounder *sounder; /* NULL: a replay makes no sound here */
    struct message_alarm alarms[ALARM_SIGNALS_MAX];
    struct alarm_log log;
};

static void log_alarm(void *context, const char *line, size_t length)
{
    struct live_case *c = context;
    alarm_log_add(&c->log, line, length);
    if (c->recorder && c->is_case)
        recorder_alarm(c->recorder, line, length);
}

/* A device that was measured is named with every case; a scale that differs is said. */
static bool read_calibration(struct live_case *c, const struct settings *settings, struct err *err)
{
    struct calibration *calibration = calloc(1, sizeof *calibration);
    if (!calibration)
        return err_set(err, ERR_MEMORY, "calibration");
    const bool is_read = settings->device.source != DEVICE_ALSA ||
                         calibration_read(calibration, settings->device.calibration.text, err);
    if (is_read) {
        calibration_line(calibration, settings->alsa.pcm.text, c->calibration);
        calibration_compare(calibration, settings);
    }
    free(calibration);
    return is_read;
}

struct live_case *live_case_create(const struct settings *settings, bool records,
                                   struct clock *clock, struct err *err)
{
    struct live_case *c = calloc(1, sizeof *c);
    if (!c) {
        err_set(err, ERR_MEMORY, "case");
        return NULL;
    }
    c->clock = clock;
    c->signals = alarm_signals_create(clock, log_alarm, c, err);
    const struct recorder_options options = { .directory = settings->record.directory.text };
    if (c->signals && records)
        c->recorder = recorder_create(&options, clock, err);
    if (c->recorder)
        c->sounder = sounder_create(&settings->sounder, err);
    if (!c->signals || (records && !c->sounder) || (records && !read_calibration(c, settings, err))) {
        live_case_destroy(c);
        return NULL;
    }
    return c;
}

void live_case_destroy(struct live_case *c)
{
    if (!c)
        return;
    sounder_destroy(c->sounder);
    recorder_destroy(c->recorder);
    alarm_signals_destroy(c->signals);
    free(c);
}

void live_case_next(struct live_case *c, const char *name, const char *by)
{
    snprintf(c->next_name, sizeof c->next_name, "%s", name);
    snprintf(c->next_by, sizeof c->next_by, "%s", by);
}

/* ---- recording */

static void open_recording(struct live_case *c, const struct pipeline *pipeline)
{
    char *config = config_print(settings_sections, pipeline_settings(pipeline), 0);
    const size_t size = config ? strlen(config) : 0;
    struct case_opening *opening = calloc(1, sizeof *opening + size);
    if (!config || !opening) {
        log_error("record", "no memory to open the case");
    } else {
        const struct settings *settings = pipeline_settings(pipeline);
        opening->start_utc_ns = c->started_utc_ns;
        snprintf(opening->name, sizeof opening->name, "%.*s", CASE_TEXT - 1,
                 c->name[0] ? c->name : settings->device.site.text);
        snprintf(opening->site, sizeof opening->site, "%.*s", CASE_TEXT - 1,
                 settings->device.site.text);
        snprintf(opening->by, sizeof opening->by, "%s", c->by);
        snprintf(opening->version, sizeof opening->version, "%s", LSRD_VERSION);
        snprintf(opening->config_sha256, sizeof opening->config_sha256, "%s",
                 pipeline_montage(pipeline)->context.config_sha256);
        snprintf(opening->calibration, sizeof opening->calibration, "%s", c->calibration);
        opening->format = *pipeline_stream_format(pipeline);
        opening->config_size = (uint32_t)size;
        memcpy(opening->config, config, size);
        if (!recorder_open_case(c->recorder, opening))
            log_error("record", "the recorder is late: this case is not recorded");
    }
    free(opening);
    free(config);
}

void live_case_open(struct live_case *c, const struct pipeline *pipeline)
{
    alarm_signals_open(c->signals, &pipeline_montage(pipeline)->context);
    c->is_case = pipeline_is_case(pipeline);
    c->was_stopped = false;
    c->samples = 0;
    c->started_utc_ns = c->clock->utc_ns(c->clock);
    c->name[0] = c->by[0] = 0;
    if (!c->is_case)
        return;
    memcpy(c->name, c->next_name, sizeof c->name);
    memcpy(c->by, c->next_by, sizeof c->by);
    c->next_name[0] = c->next_by[0] = 0;
    if (!c->recorder)
        return;
    log_info("case", "started: rate_hz=%u channels=%u",
             pipeline_stream_format(pipeline)->rate_hz, pipeline_montage(pipeline)->params.channels);
    open_recording(c, pipeline);
}

static bool is_recording(const struct live_case *c)
{
    return c->recorder && c->is_case;
}

void live_case_close(struct live_case *c)
{
    if (is_recording(c))
        log_info("case", "ended: samples=%llu", (unsigned long long)c->samples);
    if (is_recording(c)) {
        recorder_case_path(c->recorder, c->last, sizeof c->last);
        if (!recorder_close_case(c->recorder, c->samples))
            log_error("record", "the recorder is late: the case is closed with the next one");
    }
    c->is_case = false;
}

void live_case_block(struct live_case *c, const struct sample_block *block)
{
    if (block->frames)
        c->samples = block->first_index + block->frames;
    if (is_recording(c) && block->frames)
        recorder_samples(c->recorder, block); /* dropped: a hole in the file, counted there */
}

static void note_lost_line(struct live_case *c)
{
    if (!c->has_lost_line)
        log_error("record", "the recorder is late: lines are missing in the journal");
    c->has_lost_line = true;
}

void live_case_mark(struct live_case *c, const struct mark *mark)
{
    if (!is_recording(c))
        return;
    if (recorder_mark(c->recorder, mark))
        c->marks++;
    else
        note_lost_line(c);
}

void live_case_finding(struct live_case *c, const struct finding *f, const char *line,
                       size_t length)
{
    alarm_signals_take(c->signals, f);
    if (is_recording(c) &&
        !recorder_finding(c->recorder, f->type, f->decided_sample, line, length))
        note_lost_line(c);
}

bool live_case_tell_recording(struct live_case *c, struct pipeline *pipeline, struct err *err)
{
    if (!is_recording(c))
        return true;
    const struct recorder_status status = recorder_status(c->recorder);
    const bool is_stopped = status.state == RECORDER_STOPPED;
    if (is_stopped == c->was_stopped)
        return true;
    c->was_stopped = is_stopped;
    if (is_stopped)
        log_warn("record", "recording=stopped error=%s", strerror(status.os_errno));
    else
        log_info("record", "recording=resumed");
    return pipeline_mark(pipeline, is_stopped ? "recording=stopped" : "recording=resumed", "system",
                         err);
}

bool live_case_note_timing(const struct timing *timing, struct pipeline *pipeline, struct err *err)
{
    char text[MARK_TEXT];
    if (!pipeline_is_case(pipeline) || !timing_line(timing, text, sizeof text))
        return true;
    return pipeline_mark(pipeline, text, "system", err);
}

uint64_t live_case_marks(const struct live_case *c)
{
    return c->marks;
}

bool live_case_is_written(const struct live_case *c, uint64_t marks)
{
    return !c->recorder || recorder_status(c->recorder).marks_written >= marks;
}

const char *live_case_last(const struct live_case *c)
{
    return c->last[0] ? c->last : NULL;
}

static const char *shown_name(struct live_case *c)
{
    if (is_recording(c)) {
        recorder_case_path(c->recorder, c->path, sizeof c->path);
        const char *slash = strrchr(c->path, '/');
        if (c->path[0])
            return slash ? slash + 1 : c->path;
    }
    return c->name[0] ? c->name : NULL;
}

static enum message_recording recording_state(const struct live_case *c)
{
    if (!is_recording(c))
        return RECORDING_NO;
    return recorder_status(c->recorder).state == RECORDER_STOPPED ? RECORDING_STOPPED
                                                                 : RECORDING_YES;
}

struct alarm_signals *live_case_alarms(struct live_case *c)
{
    return c->signals;
}

void live_case_print_alarms(struct live_case *c, struct text *t)
{
    text_raw(t, "{");
    text_key(t, "sounder");
    if (c->sounder) {
        char why[160];
        text_raw(t, "{");
        text_key(t, "state");
        text_string(t, sounder_state(c->sounder, why, sizeof why));
        text_key(t, "why");
        text_string(t, why);
        text_raw(t, "}");
    } else {
        text_raw(t, "null");
    }
    text_key(t, "lines");
    alarm_log_print(&c->log, t);
    text_raw(t, "}");
}

void live_case_sound(struct live_case *c)
{
    if (c->sounder)
        sounder_follow(c->sounder, alarm_signals_sound(c->signals));
}

void live_case_facts(struct live_case *c, struct publisher_facts *facts)
{
    double free_s = NAN;
    if (c->recorder && recorder_status(c->recorder).free_s >= 0)
        free_s = (double)recorder_status(c->recorder).free_s;
    facts->case_ = (struct message_case){
        .is_open = c->is_case,
        .name = shown_name(c),
        .title = c->is_case && c->name[0] ? c->name : NULL,
        .recording = recording_state(c),
        .started_utc_ms = c->is_case ? c->started_utc_ns / 1000000 : 0,
        .samples = c->samples,
        .free_s = free_s,
    };
    facts->calibration = c->calibration[0] ? c->calibration : NULL;
    facts->alarm_count = alarm_signals_list(c->signals, c->alarms);
    facts->alarms = c->alarms;
    facts->audio = alarm_signals_audio(c->signals);
    char why[160];
    facts->sounder = c->sounder ? sounder_state(c->sounder, why, sizeof why) : NULL;
}
