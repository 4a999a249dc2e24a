/* SPDX-License-Identifier: Apache-2.0 */
/* Carries out commands. */
#include "daemon/commander.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/answers.h"
#include "daemon/keep.h"
#include "daemon/lesson.h"
#include "daemon/mapping.h"
#include "daemon/options_json.h"
#include "daemon/overview.h"
#include "daemon/profiles.h"
#include "detect/channel_mark.h"
#include "detect/marks.h"
#include "protocol/codes.h"

enum { COMMANDER_WAITING = 64, COMMANDER_RESULT = 256 * 1024 };

#define SETUP_NOTE "note=set-up " /* how the page tells of the check before a case */

struct waiting {
    uint64_t client;
    uint64_t id;
    uint64_t marks; /* answered when so many are written */
};

struct commander {
    struct commander_parts parts;
    uint32_t waiting_count;
    struct waiting waiting[COMMANDER_WAITING];
    struct server_displays displays;
    struct message_display shown[SERVER_CLIENTS];
    struct message_replay replay;
    struct settings next;  /* a configuration being tried */
    char setup[MARK_TEXT]; /* the note that tells of the check before the next case; "": none */
    char result[COMMANDER_RESULT];
};

struct commander *commander_create(const struct commander_parts *parts, struct err *err)
{
    struct commander *c = calloc(1, sizeof *c);
    if (!c) {
        err_set(err, ERR_MEMORY, "commands");
        return NULL;
    }
    c->parts = *parts;
    return c;
}

void commander_destroy(struct commander *c)
{
    free(c);
}

/* ---- operations: each returns false with err for the person */

static bool start_case(struct commander *c, const struct command *command, struct err *err)
{
    if (pipeline_is_case(c->parts.pipeline))
        return err_set(err, ERR_STATE, "a case is running: end it first");
    if (c->parts.replay)
        return err_set(err, ERR_STATE, "a replay is not recorded");
    live_case_next(c->parts.case_, command->text, command->by);
    if (!pipeline_mark(c->parts.pipeline, "case=start", command->by, err))
        return false;
    /* What was looked at before the case belongs to its record, and so does that nobody looked. */
    const char *note = c->setup[0] ? c->setup : SETUP_NOTE "check skipped";
    const bool is_noted = pipeline_mark(c->parts.pipeline, note, command->by, err);
    c->setup[0] = 0;
    return is_noted;
}

static bool end_case(struct commander *c, const struct command *command, struct err *err)
{
    if (!pipeline_is_case(c->parts.pipeline))
        return err_set(err, ERR_STATE, "no case is running");
    return live_case_note_timing(c->parts.timing, c->parts.pipeline, err) &&
           pipeline_mark(c->parts.pipeline, "case=end", command->by, err);
}

/* A person may say what happened in theatre; what a device or the recorder did is not for a person
 * to say. */
static bool mark(struct commander *c, const struct command *command, struct err *err)
{
    struct mark m;
    if (c->parts.replay)
        return err_set(err, ERR_STATE, "what was recorded is not changed: use a label");
    mark_set(&m, 0, command->text, command->by);
    const char *complaint = mark_complaint(&m);
    if (complaint)
        return err_set(err, ERR_USAGE, "%s", complaint);
    const struct mark_meaning meaning = mark_read(&m);
    switch (meaning.kind) {
    case MARK_CHANNEL_OFF:
    case MARK_CHANNEL_ON:
        if (channel_mark_find(&m, &meaning, &pipeline_montage(c->parts.pipeline)->params) ==
            FINDING_NO_CHANNEL)
            return err_set(err, ERR_USAGE, "%.60s: no channel of this name", command->text);
        return pipeline_mark(c->parts.pipeline, command->text, command->by, err);
    case MARK_DEVICE:
    case MARK_RECORDING:
    case MARK_OVERRUN:
    case MARK_SET:
    case MARK_CASE:
    case MARK_ACK:
        return err_set(err, ERR_USAGE, "%.40s is not for a person to mark", command->text);
    default:
        if (!pipeline_is_case(c->parts.pipeline) &&
            strncmp(command->text, SETUP_NOTE, sizeof SETUP_NOTE - 1) == 0)
            snprintf(c->setup, sizeof c->setup, "%.*s", MARK_TEXT - 1, command->text);
        return pipeline_mark(c->parts.pipeline, command->text, command->by, err);
    }
}

static bool acknowledge(struct commander *c, const struct command *command, struct err *err)
{
    enum alarm_id id;
    char text[MARK_TEXT];
    if (!alarm_signals_ack(live_case_alarms(c->parts.case_), command->text, command->by, &id, err))
        return false;
    if (c->parts.replay)
        return true; /* seen on the page; the recorded case has its own answers */
    snprintf(text, sizeof text, "ack=%s", code_alarm_id(id));
    return pipeline_mark(c->parts.pipeline, text, command->by, err);
}

/* Its overview and its checkpoints are of the settings that the case has. */
static bool refuse_in_replay(const struct commander *c, struct err *err)
{
    if (!c->parts.steering)
        return true;
    return err_set(err, ERR_STATE, "a replay keeps its settings: \"what if\" tries others");
}

static bool set_option(struct commander *c, const struct command *command, struct err *err)
{
    char assignment[2 * COMMAND_TEXT + 2];
    snprintf(assignment, sizeof assignment, "%s=%s", command->text, command->value);
    c->next = *pipeline_settings(c->parts.pipeline);
    return refuse_in_replay(c, err) && config_set(settings_sections, &c->next, assignment, err) &&
           pipeline_configure(c->parts.pipeline, &c->next, command->by, err);
}

static bool use_profile(struct commander *c, const struct command *command, struct err *err)
{
    if (pipeline_is_case(c->parts.pipeline))
        return err_set(err, ERR_STATE,
                       "a montage takes effect at the next case: end this one first");
    c->next = *pipeline_settings(c->parts.pipeline);
    return profiles_use(&c->next, command->text, err) &&
           pipeline_configure(c->parts.pipeline, &c->next, command->by, err);
}

bool commander_reload(struct commander *c, const char *by, struct err *err)
{
    return refuse_in_replay(c, err) && settings_load(&c->next, c->parts.origin, err) &&
           pipeline_configure(c->parts.pipeline, &c->next, by, err);
}

static bool steer_replay(struct commander *c, const struct command *command, struct err *err)
{
    struct steering *steering = c->parts.steering;
    if (!steering)
        return err_set(err, ERR_STATE, "%s",
                       c->parts.replay ? "this replay runs through to its end"
                                       : "this is a live source, not a replay");
    switch (command->op) {
    case COMMAND_REPLAY_PLAY:
        steering_play(steering);
        return true;
    case COMMAND_REPLAY_PAUSE:
        steering_pause(steering);
        return true;
    case COMMAND_REPLAY_SPEED:
        replay_set_speed(c->parts.replay, command->number);
        return true;
    case COMMAND_REPLAY_SEEK:
        steering_seek(steering, command->sample);
        return true;
    case COMMAND_REPLAY_LOOP:
        return steering_loop(steering, command->sample, command->end_sample, err);
    default:
        return steering_step(steering, (int)command->number, err);
    }
}

/* ---- what a recorded case has beside its samples */

static bool add_label(struct commander *c, const struct command *command, struct err *err)
{
    struct label label = {.sample = command->sample, .end_sample = command->end_sample};
    const struct finding_context *context = &pipeline_montage(c->parts.pipeline)->context;
    bool is_known = command->value[0] == 0;
    if (!label_kind_find(command->text, &label.kind))
        return err_set(err, ERR_USAGE, "label: lsr_gone, lsr_returned, true_train or artifact");
    for (uint32_t i = 0; i < context->channel_count && !is_known; i++)
        is_known = strcmp(context->labels[i], command->value) == 0;
    if (!is_known)
        return err_set(err, ERR_USAGE, "%.40s: no channel of this case", command->value);
    if (label.end_sample < label.sample ||
        label.sample > recording_info(replay_recording(c->parts.replay))->length)
        return err_set(err, ERR_USAGE, "a label lies within the case, its end behind its start");
    snprintf(label.channel, sizeof label.channel, "%.*s", (int)sizeof label.channel - 1,
             command->value);
    return labels_add(c->parts.recorded->labels, &label, command->by, err);
}

static bool about_recording(struct commander *c, const struct command *command, struct err *err)
{
    const struct live_recorded *r = c->parts.recorded;
    const struct finding_context *context = &pipeline_montage(c->parts.pipeline)->context;
    if (!r)
        return err_set(err, ERR_STATE, "this is for a recorded case");
    switch (command->op) {
    case COMMAND_LABEL:
        return add_label(c, command, err);
    case COMMAND_LABEL_UNDO:
        return labels_retract(r->labels, (uint32_t)command->sample, command->by, err);
    case COMMAND_LABELS:
        return overview_labels_json(r->labels, c->result, sizeof c->result) ||
               err_set(err, ERR_MEMORY, "more labels than a message holds");
    default:
        return overview_json(r->index, context, c->result, sizeof c->result) ||
               err_set(err, ERR_MEMORY, "more findings than a message holds");
    }
}

/* The replayed case, or the last one that was recorded here. */
static bool make_file(struct commander *c, const struct command *command, struct err *err)
{
    const struct live_recorded *r = c->parts.recorded;
    const char *path = r ? r->path : live_case_last(c->parts.case_);
    if (!r && pipeline_is_case(c->parts.pipeline))
        return err_set(err, ERR_STATE, "the case is still running: end it first");
    if (!path)
        return err_set(err, ERR_STATE, "no case was recorded since lsrd started");
    return made_files_start(c->parts.files, command, path,
                            pipeline_stream_format(c->parts.pipeline)->rate_hz,
                            r ? r->arguments : NULL, err);
}

/* Remembered beside the file, which is then opened anew with it. */
static bool map_channels(struct commander *c, const struct command *command, struct err *err)
{
    const struct live_recorded *r = c->parts.recorded;
    static struct montage montage; /* 100 kB: not on the stack */
    char line[COMMAND_TEXT];
    if (!r)
        return err_set(err, ERR_STATE, "this is for a recorded file");
    if (r->arguments->config)
        return err_set(err, ERR_STATE, "%s says what the channels are", r->arguments->config);
    c->next = *pipeline_settings(c->parts.pipeline);
    c->next.branch_count = 0; /* the page names all of them */
    for (const char *at = command->sets; *at; at += strcspn(at, "\n") + 1) {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        if (!config_set(settings_sections, &c->next, line, err))
            return false;
    }
    if (!montage_build(&c->next, pipeline_stream_format(c->parts.pipeline), &montage, err) ||
        !mapping_remember(r->path, &c->next, err))
        return false;
    *r->next_lesson = LESSON_AGAIN;
    return true;
}

static bool open_lesson(struct commander *c, const struct command *command, struct err *err)
{
    if (!c->parts.recorded)
        return err_set(err, ERR_STATE, "the course is for `lsrd replay --course`");
    if (command->sample < 1 || command->sample > LESSONS)
        return err_set(err, ERR_USAGE, "lesson: 1 to %d", LESSONS);
    *c->parts.recorded->next_lesson = (uint32_t)command->sample;
    return true;
}

/* What goes on stays as it is; the answer is in c->result. */
static bool answer(struct commander *c, const struct command *command, struct err *err)
{
    struct text t;
    text_init(&t, c->result, sizeof c->result);
    switch (command->op) {
    case COMMAND_OPTIONS:
        options_json(&t, pipeline_settings(c->parts.pipeline));
        break;
    case COMMAND_ALARM_LOG:
        live_case_print_alarms(c->parts.case_, &t);
        break;
    case COMMAND_QUALITY:
        answer_quality(&t, c->parts.pipeline);
        break;
    case COMMAND_ACTIVITY:
        answer_activity(&t, c->parts.pipeline, c->parts.activity, command->sample);
        break;
    case COMMAND_CASE_LAST:
        profiles_compare_last(pipeline_settings(c->parts.pipeline), &t);
        break;
    case COMMAND_PROFILES:
        profiles_list(pipeline_settings(c->parts.pipeline), &t);
        break;
    case COMMAND_DEVICE:
        answer_device(&t, pipeline_settings(c->parts.pipeline), c->parts.source,
                      *c->parts.is_waiting);
        break;
    case COMMAND_PREVIEW:
        if (!preview_print(c->parts.preview, c->parts.pipeline, command->text, command->value, &t,
                           err))
            return false;
        break;
    case COMMAND_KEEP:
        if (!keep_default(pipeline_settings(c->parts.pipeline), c->parts.origin, command->text, &t,
                          err))
            return false;
        break;
    default:
        break;
    }
    return text_ok(&t) || err_set(err, ERR_MEMORY, "more than a message holds");
}

static bool carry_out(struct commander *c, const struct command *command, struct err *err)
{
    switch (command->op) {
    case COMMAND_CASE_START:
        return start_case(c, command, err);
    case COMMAND_CASE_END:
        return end_case(c, command, err);
    case COMMAND_MARK:
        return mark(c, command, err);
    case COMMAND_ACK:
        return acknowledge(c, command, err);
    case COMMAND_AUDIO_PAUSE:
        return alarm_signals_pause(live_case_alarms(c->parts.case_), (uint32_t)command->number,
                                   command->by, err);
    case COMMAND_AUDIO_RESUME:
        alarm_signals_resume(live_case_alarms(c->parts.case_), command->by);
        return true;
    case COMMAND_AUDIO_OFF:
        alarm_signals_off(live_case_alarms(c->parts.case_), command->by);
        return true;
    case COMMAND_SET:
        return set_option(c, command, err);
    case COMMAND_PROFILE_USE:
        return use_profile(c, command, err);
    case COMMAND_PROFILE_KEEP:
        return profiles_keep(pipeline_settings(c->parts.pipeline), command->text, err);
    case COMMAND_RELOAD:
        return commander_reload(c, command->by, err);
    case COMMAND_OPTIONS:
    case COMMAND_ALARM_LOG:
    case COMMAND_QUALITY:
    case COMMAND_ACTIVITY:
    case COMMAND_CASE_LAST:
    case COMMAND_PROFILES:
    case COMMAND_DEVICE:
    case COMMAND_PREVIEW:
    case COMMAND_KEEP:
        return answer(c, command, err);
    case COMMAND_REPLAY_PLAY:
    case COMMAND_REPLAY_PAUSE:
    case COMMAND_REPLAY_SPEED:
    case COMMAND_REPLAY_SEEK:
    case COMMAND_REPLAY_STEP:
    case COMMAND_REPLAY_LOOP:
        return steer_replay(c, command, err);
    case COMMAND_REPORT:
    case COMMAND_EXPORT:
        return make_file(c, command, err);
    case COMMAND_MAP:
        return map_channels(c, command, err);
    case COMMAND_COURSE:
        return open_lesson(c, command, err);
    case COMMAND_OVERVIEW:
    case COMMAND_LABELS:
    case COMMAND_LABEL:
    case COMMAND_LABEL_UNDO:
        return about_recording(c, command, err);
    case COMMAND_WHAT_IF:
        return err_set(err, ERR_STATE, "this is for a recorded case");
    default:
        return err_set(err, ERR_USAGE, "%s is not for the daemon", command_op_name(command->op));
    }
}

/* Whether a result goes with the answer. */
static bool is_query(enum command_op op)
{
    return op == COMMAND_OPTIONS || op == COMMAND_ALARM_LOG || op == COMMAND_QUALITY ||
           op == COMMAND_ACTIVITY || op == COMMAND_DEVICE || op == COMMAND_CASE_LAST ||
           op == COMMAND_PROFILES || op == COMMAND_PREVIEW || op == COMMAND_KEEP ||
           op == COMMAND_OVERVIEW || op == COMMAND_LABELS;
}

void commander_take(struct commander *c, const struct command *command)
{
    struct err err = {0};
    const uint64_t before = live_case_marks(c->parts.case_);
    if (command->op == COMMAND_WHAT_IF && c->parts.what_if) {
        what_if_worker_ask(c->parts.what_if, command); /* and it answers */
        return;
    }
    if (c->waiting_count == COMMANDER_WAITING)
        err_set(&err, ERR_STATE, "the recorder is late: nothing was done, try again");
    const bool is_done = c->waiting_count < COMMANDER_WAITING && carry_out(c, command, &err);
    const uint64_t after = live_case_marks(c->parts.case_);
    if (is_done && (command->op == COMMAND_REPORT || command->op == COMMAND_EXPORT))
        return; /* answered when the file is there */
    if (!is_done) {
        publisher_reply(c->parts.publisher, command->client, command->id, err.text, NULL);
    } else if (after == before) {
        publisher_reply(c->parts.publisher, command->client, command->id, NULL,
                        is_query(command->op) ? c->result : NULL);
    } else {
        c->waiting[c->waiting_count++] =
            (struct waiting){.client = command->client, .id = command->id, .marks = after};
        commander_tick(c);
    }
}

void commander_tick(struct commander *c)
{
    uint32_t answered = 0;
    while (answered < c->waiting_count &&
           live_case_is_written(c->parts.case_, c->waiting[answered].marks)) {
        publisher_reply(c->parts.publisher, c->waiting[answered].client, c->waiting[answered].id,
                        NULL, NULL);
        answered++;
    }
    c->waiting_count -= answered;
    memmove(c->waiting, c->waiting + answered, c->waiting_count * sizeof *c->waiting);
}

static void tell_steering(struct commander *c)
{
    const struct steering_facts s = steering_facts(c->parts.steering);
    const struct case_index_progress p = case_index_progress(c->parts.recorded->index, NULL);
    c->replay.indexed = p.done;
    c->replay.is_indexed = p.is_complete;
    c->replay.seeks_to = s.seeks_to;
    c->replay.loop_from = s.loop_from;
    c->replay.loop_to = s.loop_to;
    c->replay.labels = labels_version(c->parts.recorded->labels);
}

void commander_facts(struct commander *c, struct publisher_facts *facts)
{
    static const char *const audio_names[] = {"unknown", "on", "blocked", "off"};
    server_displays(c->parts.server, &c->displays);
    for (uint32_t i = 0; i < c->displays.count; i++) {
        const struct server_display *d = &c->displays.items[i];
        c->shown[i] = (struct message_display){.name = d->name,
                                               .role = role_name(d->role),
                                               .audio = audio_names[d->audio],
                                               .is_listening = d->is_listening,
                                               .listens = d->listens,
                                               .is_visible = d->is_visible,
                                               .painted_age_ms = d->painted_age_ms};
    }
    facts->display_count = c->displays.count;
    facts->displays = c->shown;
    facts->control = c->displays.has_control ? c->displays.control : NULL;
    facts->replay = NULL;
    if (c->parts.replay) {
        const struct replay_position at = replay_position(c->parts.replay);
        c->replay = (struct message_replay){.is_playing = !at.is_paused,
                                            .speed = at.speed,
                                            .position = at.sample,
                                            .length = at.length,
                                            .seeks_to = UINT64_MAX};
        if (c->parts.steering)
            tell_steering(c);
        facts->replay = &c->replay;
    }
}
