/* SPDX-License-Identifier: Apache-2.0 */
/* Carries out commands. */
#include "daemon/commander.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/options_json.h"
#include "detect/marks.h"
#include "protocol/codes.h"

enum { COMMANDER_WAITING = 64, COMMANDER_RESULT = 256 * 1024, COMMANDER_STIMULI = 1024 };

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
    uint32_t steps_left;     /* stimuli until a replay pauses; 0: not stepping */
    uint32_t stimulus_count; /* of this life; the newest COMMANDER_STIMULI are kept */
    uint64_t stimuli[COMMANDER_STIMULI];
    struct settings next; /* a configuration being tried */
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
    return pipeline_mark(c->parts.pipeline, "case=start", command->by, err);
}

static bool end_case(struct commander *c, const struct command *command, struct err *err)
{
    if (!pipeline_is_case(c->parts.pipeline))
        return err_set(err, ERR_STATE, "no case is running");
    return pipeline_mark(c->parts.pipeline, "case=end", command->by, err);
}

/* A person may say what happened in theatre; what a device or the recorder did is not for a person
 * to say. */
static bool mark(struct commander *c, const struct command *command, struct err *err)
{
    struct mark m;
    mark_set(&m, 0, command->text, command->by);
    const char *complaint = mark_complaint(&m);
    if (complaint)
        return err_set(err, ERR_USAGE, "%s", complaint);
    switch (mark_read(&m).kind) {
    case MARK_DEVICE:
    case MARK_RECORDING:
    case MARK_OVERRUN:
    case MARK_SET:
    case MARK_CASE:
    case MARK_ACK:
        return err_set(err, ERR_USAGE, "%.40s is not for a person to mark", command->text);
    default:
        return pipeline_mark(c->parts.pipeline, command->text, command->by, err);
    }
}

static bool acknowledge(struct commander *c, const struct command *command, struct err *err)
{
    enum alarm_id id;
    char text[MARK_TEXT];
    if (!alarm_signals_ack(live_case_alarms(c->parts.case_), command->text, command->by, &id, err))
        return false;
    snprintf(text, sizeof text, "ack=%s", code_alarm_id(id));
    return pipeline_mark(c->parts.pipeline, text, command->by, err);
}

static bool set_option(struct commander *c, const struct command *command, struct err *err)
{
    char assignment[2 * COMMAND_TEXT + 2];
    snprintf(assignment, sizeof assignment, "%s=%s", command->text, command->value);
    c->next = *pipeline_settings(c->parts.pipeline);
    return config_set(settings_sections, &c->next, assignment, err) &&
           pipeline_configure(c->parts.pipeline, &c->next, command->by, err);
}

bool commander_reload(struct commander *c, const char *by, struct err *err)
{
    return settings_load(&c->next, c->parts.origin, err) &&
           pipeline_configure(c->parts.pipeline, &c->next, by, err);
}

/* Forward: on to the next stimuli. Back: behind the last stimulus that is so many before. */
static bool step_replay(struct commander *c, int by, struct err *err)
{
    if (by > 0) {
        c->steps_left = (uint32_t)by;
        replay_set_paused(c->parts.replay, false);
        return true;
    }
    const uint32_t back = (uint32_t)-by;
    if (back >= c->stimulus_count || back >= COMMANDER_STIMULI)
        return err_set(err, ERR_STATE, "no stimulus is known so far back: seek instead");
    const uint64_t sample =
        c->stimuli[(c->stimulus_count - 1 - back) % COMMANDER_STIMULI];
    replay_set_paused(c->parts.replay, true);
    replay_seek(c->parts.replay, 0, sample);
    return true;
}

void commander_stimulus(struct commander *c, uint64_t decided_sample)
{
    c->stimuli[c->stimulus_count++ % COMMANDER_STIMULI] = decided_sample + 1;
    if (c->steps_left && --c->steps_left == 0)
        replay_set_paused(c->parts.replay, true);
}

void commander_forget(struct commander *c)
{
    c->stimulus_count = 0;
}

static bool steer_replay(struct commander *c, const struct command *command, struct err *err)
{
    struct replay *replay = c->parts.replay;
    if (!replay)
        return err_set(err, ERR_STATE, "this is a live source, not a replay");
    switch (command->op) {
    case COMMAND_REPLAY_PLAY:
        replay_set_paused(replay, false);
        return true;
    case COMMAND_REPLAY_PAUSE:
        replay_set_paused(replay, true);
        return true;
    case COMMAND_REPLAY_SPEED:
        replay_set_speed(replay, command->number);
        return true;
    case COMMAND_REPLAY_SEEK:
        replay_seek(replay, 0, command->sample); /* the detectors' state is built from the start */
        return true;
    default:
        return step_replay(c, (int)command->number, err);
    }
}

static bool list_options(struct commander *c, struct err *err)
{
    return options_json(pipeline_settings(c->parts.pipeline), c->result, sizeof c->result) ||
           err_set(err, ERR_MEMORY, "more options than a message holds");
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
    case COMMAND_RELOAD:
        return commander_reload(c, command->by, err);
    case COMMAND_OPTIONS:
        return list_options(c, err);
    case COMMAND_REPLAY_PLAY:
    case COMMAND_REPLAY_PAUSE:
    case COMMAND_REPLAY_SPEED:
    case COMMAND_REPLAY_SEEK:
    case COMMAND_REPLAY_STEP:
        return steer_replay(c, command, err);
    default:
        return err_set(err, ERR_USAGE, "%s is not for the daemon", command_op_name(command->op));
    }
}

void commander_take(struct commander *c, const struct command *command)
{
    struct err err = { 0 };
    const uint64_t before = live_case_marks(c->parts.case_);
    if (c->waiting_count == COMMANDER_WAITING)
        err_set(&err, ERR_STATE, "the recorder is late: nothing was done, try again");
    const bool is_done = c->waiting_count < COMMANDER_WAITING && carry_out(c, command, &err);
    const uint64_t after = live_case_marks(c->parts.case_);
    if (!is_done) {
        publisher_reply(c->parts.publisher, command->client, command->id, err.text, NULL);
    } else if (after == before) {
        publisher_reply(c->parts.publisher, command->client, command->id, NULL,
                        command->op == COMMAND_OPTIONS ? c->result : NULL);
    } else {
        c->waiting[c->waiting_count++] =
            (struct waiting){ .client = command->client, .id = command->id, .marks = after };
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

void commander_facts(struct commander *c, struct publisher_facts *facts)
{
    static const char *const audio_names[] = { "unknown", "on", "blocked", "off" };
    server_displays(c->parts.server, &c->displays);
    for (uint32_t i = 0; i < c->displays.count; i++) {
        const struct server_display *d = &c->displays.items[i];
        c->shown[i] = (struct message_display){ .name = d->name,
                                                .role = role_name(d->role),
                                                .audio = audio_names[d->audio],
                                                .is_visible = d->is_visible,
                                                .painted_age_ms = d->painted_age_ms };
    }
    facts->display_count = c->displays.count;
    facts->displays = c->shown;
    facts->control = c->displays.has_control ? c->displays.control : NULL;
    facts->replay = NULL;
    if (c->parts.replay) {
        const struct replay_position at = replay_position(c->parts.replay);
        c->replay = (struct message_replay){ .is_playing = !at.is_paused,
                                             .speed = at.speed,
                                             .position = at.sample,
                                             .length = at.length };
        facts->replay = &c->replay;
    }
}
