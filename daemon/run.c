/* SPDX-License-Identifier: Apache-2.0 */
/* `lsrd run` and `lsrd replay`: make the source, then the daemon around it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acquisition/replay.h"
#include "base/log.h"
#include "daemon/arguments.h"
#include "daemon/commands.h"
#include "daemon/lesson.h"
#include "daemon/live.h"
#include "daemon/mapping.h"
#include "daemon/recorded.h"
#include "daemon/sources.h"

enum { RUN_FINDINGS };
enum { REPLAY_FINDINGS, REPLAY_SPEED, REPLAY_FROM, REPLAY_REMEMBER, REPLAY_COURSE };

static const struct argument_option run_options[] = {
    [RUN_FINDINGS] = { "findings", true, "`-`: prints the journal of the running case" },
    { 0 },
};

static const struct argument_option replay_command_options[] = {
    [REPLAY_FINDINGS] = { "findings", true, "`-`: prints the journal of the replay" },
    [REPLAY_SPEED] = { "speed", true, "0.25 to 20; 0: as fast as possible, then ends" },
    [REPLAY_FROM] = { "from", true, "minutes:seconds from the start" },
    [REPLAY_REMEMBER] = { "remember", false,
                          "keeps what --set says of the channels in FILE.lsrd.conf" },
    [REPLAY_COURSE] = { "course", false, "the ten lessons of the course; no case is named" },
    { 0 },
};

static bool wants_findings(const char *value, bool *wants, struct err *err)
{
    *wants = value != NULL;
    if (value && strcmp(value, "-") != 0)
        return err_set(err, ERR_USAGE, "--findings %s: only `-`, standard output", value);
    return true;
}

static bool run_daemon(const struct live_options *options, struct err *err)
{
    struct live *live = live_create(options, err);
    if (!live)
        return false;
    const bool is_fine = live_run(live, err);
    live_destroy(live);
    return is_fine;
}

static bool run(const struct arguments *arguments, struct settings *settings, struct err *err)
{
    const struct settings_origin origin = { .path = arguments->config,
                                            .override_count = arguments->override_count,
                                            .overrides = arguments->overrides };
    struct live_options options = { .settings = settings,
                                    .origin = &origin,
                                    .clock = clock_system() };
    if (!wants_findings(arguments->own[RUN_FINDINGS], &options.prints_findings, err) ||
        !settings_load(settings, &origin, err))
        return false;
    options.source = source_make(settings, options.clock, err);
    return options.source && run_daemon(&options, err);
}

int command_run(int argc, char **argv)
{
    struct err err = { 0 };
    struct arguments arguments;
    if (!arguments_parse(argc, argv, run_options, &arguments, &err))
        return arguments_fail("run", &err);
    if (arguments.help) {
        arguments_help("run",
                       "Watches the configured source and serves the page. A case begins by a\n"
                       "person's command, or at once with device.autostart.",
                       run_options);
        return 0;
    }
    if (arguments.operand_count) {
        err_set(&err, ERR_USAGE, "%s: run takes no operand; a recorded case is for replay",
                arguments.operands[0]);
        return arguments_fail("run", &err);
    }
    struct settings *settings = calloc(1, sizeof *settings);
    if (!settings)
        err_set(&err, ERR_MEMORY, "settings");
    const bool is_fine = settings && run(&arguments, settings, &err);
    free(settings);
    return is_fine ? 0 : arguments_fail("run", &err);
}

static bool parse_pace(const struct arguments *arguments, uint32_t rate_hz,
                       struct replay_options *options, uint64_t *target, struct err *err)
{
    const char *speed = arguments->own[REPLAY_SPEED];
    const char *from = arguments->own[REPLAY_FROM];
    options->speed = 1;
    options->waits_at_end = true;
    if (speed) {
        char *end;
        options->speed = strtod(speed, &end);
        if (end == speed || *end ||
            (options->speed != 0 &&
             !(options->speed >= REPLAY_SPEED_MIN && options->speed <= REPLAY_SPEED_MAX)))
            return err_set(err, ERR_USAGE, "--speed %s: %g to %g, or 0", speed, REPLAY_SPEED_MIN,
                           REPLAY_SPEED_MAX);
        options->waits_at_end = options->speed != 0;
    }
    double seconds = 0;
    if (from && !arguments_time(from, &seconds))
        return err_set(err, ERR_USAGE, "--from %s: seconds, or minutes:seconds", from);
    *target = (uint64_t)rint(seconds * rate_hz);
    return true;
}

/* What a person steers by; not for a replay that runs through as fast as it is read. */
static bool open_beside(struct live_recorded *beside, const struct recorded *recorded,
                        struct err *err)
{
    const char *path = beside->path;
    const char *slash = strrchr(path, '/');
    beside->name = slash && slash[1] ? slash + 1 : path;
    beside->labels = labels_open(path, clock_system(), err);
    if (beside->labels)
        beside->index = case_index_create(recorded, path, err);
    return beside->index != NULL;
}

static bool replay(const struct arguments *arguments, struct recorded *recorded,
                   struct live_recorded *beside, struct err *err)
{
    struct live_options options = { .settings = &recorded->settings,
                                    .clock = clock_system() };
    const struct settings_origin origin = { .path = arguments->config,
                                            .override_count = arguments->override_count,
                                            .overrides = arguments->overrides };
    struct replay_options pace = { 0 };
    uint64_t target = 0;
    if (!wants_findings(arguments->own[REPLAY_FINDINGS], &options.prints_findings, err) ||
        !recorded_open(recorded, beside->path, arguments, err) ||
        !parse_pace(arguments, recording_format(recorded->recording)->rate_hz, &pace, &target,
                    err) ||
        (arguments->own[REPLAY_REMEMBER] &&
         !mapping_remember(beside->path, &recorded->settings, err)))
        return false;
    recorded->settings.device.source = DEVICE_REPLAY;
    options.origin = &origin;
    if (pace.waits_at_end && !open_beside(beside, recorded, err))
        return false;
    options.replay = replay_create(recorded->recording, &pace, options.clock, err);
    recorded->recording = NULL;
    if (!options.replay)
        return false;
    beside->from = target;
    if (pace.waits_at_end)
        options.recorded = beside;
    else if (target)
        replay_seek(options.replay, 0, target);
    options.source = replay_source(options.replay);
    return run_daemon(&options, err);
}

static bool replay_one(const struct arguments *arguments, const char *path, uint32_t *next_lesson,
                       struct err *err)
{
    struct recorded *recorded = calloc(1, sizeof *recorded);
    struct live_recorded beside = { .path = path,
                                    .arguments = arguments,
                                    .next_lesson = next_lesson };
    if (!recorded)
        return err_set(err, ERR_MEMORY, "a recorded case");
    const bool is_fine = replay(arguments, recorded, &beside, err);
    case_index_destroy(beside.index);
    labels_close(beside.labels);
    recorded_close(recorded);
    free(recorded);
    return is_fine;
}

/* One after the other, as somebody goes through the course. */
static bool replay_all(const struct arguments *arguments, bool is_course, struct err *err)
{
    char lesson_path[4096];
    uint32_t lesson = is_course ? 1 : LESSON_NONE;
    const char *path = is_course ? lesson_path : arguments->operands[0];
    do {
        const bool is_lesson = lesson != LESSON_NONE && lesson != LESSON_AGAIN;
        if (is_lesson && !lesson_make(lesson, lesson_path, sizeof lesson_path, err))
            return false;
        path = is_lesson ? lesson_path : path;
        lesson = LESSON_NONE;
        if (!replay_one(arguments, path, &lesson, err))
            return false;
    } while (lesson != LESSON_NONE);
    return true;
}

int command_replay(int argc, char **argv)
{
    struct err err = { 0 };
    struct arguments arguments;
    if (!arguments_parse(argc, argv, replay_command_options, &arguments, &err))
        return arguments_fail("replay", &err);
    if (arguments.help) {
        arguments_help("replay CASE",
                       "Plays a recorded case on the page, as it was monitored. CASE is a BDF, EDF\n"
                       "or WAV file, or a case directory with its own lsrd.conf. --course plays\n"
                       "simulated lessons instead; the page leads through them.",
                       replay_command_options);
        return 0;
    }
    const bool is_course = arguments.own[REPLAY_COURSE] != NULL;
    if (arguments.operand_count != (is_course ? 0 : 1)) {
        err_set(&err, ERR_USAGE, "name one file or case directory, or --course; try --help");
        return arguments_fail("replay", &err);
    }
    return replay_all(&arguments, is_course, &err) ? 0 : arguments_fail("replay", &err);
}
