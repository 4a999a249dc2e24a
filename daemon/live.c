/* SPDX-License-Identifier: Apache-2.0 */
/* Wires source, pipeline, recorder, server and alarms to the main thread's loop. */
#include "daemon/live.h"

#include <event2/event.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acquisition/capture.h"
#include "acquisition/waiting.h"
#include "base/log.h"
#include "daemon/activity.h"
#include "daemon/commander.h"
#include "daemon/history.h"
#include "daemon/live_beacon.h"
#include "daemon/live_case.h"
#include "daemon/live_watch.h"
#include "daemon/pipeline.h"
#include "daemon/publisher.h"
#include "daemon/sample_clock.h"
#include "daemon/timing.h"
#include "daemon/steering.h"
#include "web/server.h"

enum {
    STATUS_PERIOD_MS = 250,    /* four a second, as docs/protocol.md says */
    BLOCKS_A_TURN = 64,        /* then commands and timers get their turn */
    REAL_TIME_PRIORITY = 70,   /* above ordinary real-time audio, under the kernel's threads */
};

struct live {
    struct clock *clock;
    struct source *source;
    struct replay *replay;
    const struct live_recorded *recorded;
    struct steering *steering; /* of a recorded case; else NULL */
    bool is_between;           /* blocks come from a place that was left already */
    bool is_resuming;          /* the life that opens begins at a checkpoint */
    const struct settings_origin *origin;
    bool prints_findings;
    struct capture *capture;
    struct server *server;
    struct live_case *case_; /* recorder and alarms */
    struct publisher *publisher;
    struct pipeline *pipeline;
    struct what_if_worker *what_if; /* of a recorded case; else NULL */
    struct commander *commander;
    struct live_beacon *beacon; /* of a live source, where there is a place for it; else NULL */
    struct live_watch *watch;   /* of a replay that a person steers; else NULL */
    bool is_waiting; /* for a device that was not there at the start */
    struct activity activity;
    struct preview *preview;
    struct made_files *files;
    struct publisher_facts facts;
    struct sample_clock sample_clock;
    struct timing timing;
    struct log_ratelimit overruns;
    struct event_base *base;
    struct event *events[8];
    uint32_t event_count;
    bool has_failed;
    struct err failure;
};

static void fill_facts(struct live *l)
{
    live_case_facts(l->case_, &l->facts);
    if (l->recorded)
        l->facts.case_.name = l->recorded->name;
}

/* ---- what the pipeline tells */

static void tell_opened(void *context)
{
    struct live *l = context;
    struct err err;
    if (!l->pipeline)
        return; /* the first life, told once everything stands */
    live_case_open(l->case_, l->pipeline);
    preview_begin(l->preview);
    timing_init(&l->timing);
    activity_begin(&l->activity, pipeline_stream_format(l->pipeline)->rate_hz);
    fill_facts(l);
    commander_facts(l->commander, &l->facts); /* the first greeting says already that it is a replay */
    if (!publisher_open(l->publisher, l->pipeline, &l->facts, l->is_resuming, &err))
        log_error("web", "%s", err.text);
}

static void tell_closed(void *context)
{
    struct live *l = context;
    live_case_close(l->case_);
}

static void tell_block(void *context, const struct sample_block *block)
{
    struct live *l = context;
    live_case_block(l->case_, block);
}

static void tell_mark(void *context, const struct mark *mark)
{
    struct live *l = context;
    live_case_mark(l->case_, mark);
}

static void tell_finding(void *context, const struct finding *finding, const char *line,
                         size_t length)
{
    struct live *l = context;
    live_case_finding(l->case_, finding, line, length);
    publisher_finding(l->publisher, finding, line, length);
    activity_finding(&l->activity, finding);
    if (finding->type == FINDING_ALARM && finding->alarm.id == ALARM_ACQUISITION_LOST)
        l->facts.acquisition = finding->alarm.raised ? ACQUISITION_LOST : ACQUISITION_OK;
    if (l->prints_findings && (l->replay || pipeline_is_case(l->pipeline)))
        fwrite(line, 1, length, stdout);
}

static void tell_sweep(void *context, const struct bank_sweep *sweep)
{
    struct live *l = context;
    publisher_sweep(l->publisher, sweep);
}

static void tell_emg(void *context, const struct bank_output *out, uint32_t stride)
{
    struct live *l = context;
    publisher_emg(l->publisher, out, stride);
}

static void tell_features(void *context, const struct run_features *run)
{
    struct live *l = context;
    preview_take(l->preview, run);
}

static const struct pipeline_listener listener_ops = {
    .opened = tell_opened,
    .closed = tell_closed,
    .block = tell_block,
    .mark = tell_mark,
    .run = { .finding = tell_finding, .sweep = tell_sweep, .emg = tell_emg, .features = tell_features },
};

/* ---- the loop */

static void stop_with(struct live *l, const struct err *err)
{
    l->failure = *err;
    l->has_failed = true;
    event_base_loopbreak(l->base);
}

/* A storm of them is one line in ten seconds; each stands in the case. */
static void note_overrun(struct live *l, const char *frames)
{
    const uint32_t suppressed = l->overruns.suppressed;
    if (log_ratelimit_pass(&l->overruns, l->clock->now_ns(l->clock), 10000000000, 1))
        log_warn("source", "overrun: lost_frames=%s more_before=%u", frames, suppressed);
}

static void note_device(struct live *l, const struct sample_block *block)
{
    for (uint32_t i = 0; i < block->mark_count; i++) {
        const char *value;
        if (mark_is(&block->marks[i], "overrun", &value))
            note_overrun(l, value);
        if (!mark_is(&block->marks[i], "device", &value))
            continue;
        const bool is_lost = strncmp(value, "lost", 4) == 0;
        l->facts.acquisition = is_lost ? ACQUISITION_LOST : ACQUISITION_OK;
        log_warn("source", "device=%s", is_lost ? "lost" : "back");
    }
}

/* ---- a recorded case: to another place */

static bool arrive(struct live *l, struct err *err)
{
    const void *state;
    struct case_index_place place;
    l->is_between = !steering_arrive(l->steering, &state, &place);
    if (l->is_between)
        return true;
    l->facts.acquisition = ACQUISITION_OK;
    l->is_resuming = true;
    const bool ok = pipeline_resume(l->pipeline, state, place.sample, err);
    l->is_resuming = false;
    const struct history history = { .index = l->recorded->index,
                                     .pipeline = l->pipeline,
                                     .case_ = l->case_,
                                     .publisher = l->publisher,
                                     .activity = &l->activity };
    if (ok)
        history_tell(&history, &place);
    return ok;
}

static void follow(struct live *l, uint64_t behind)
{
    if (!l->steering || !steering_passed(l->steering, behind))
        return;
    alarm_signals_changed(live_case_alarms(l->case_));
    publisher_settle(l->publisher);
    fill_facts(l);
    publisher_arrive(l->publisher, &l->facts);
}

static bool take_block(struct live *l, struct sample_block *block)
{
    struct err err;
    const uint64_t behind = block->first_index + block->frames;
    if (l->is_between)
        return true;
    note_device(l, block);
    if (block->frames && l->facts.acquisition == ACQUISITION_NONE)
        l->facts.acquisition = ACQUISITION_OK;
    const int64_t captured_ns = block->captured_ns;
    if (block->frames)
        l->facts.newest_ns = captured_ns ? captured_ns : l->clock->now_ns(l->clock);
    publisher_captured(l->publisher, captured_ns);
    char text[MARK_TEXT];
    const bool is_news = l->source->live && sample_clock_feed(&l->sample_clock, block, text);
    if (!pipeline_take(l->pipeline, block, &err) ||
        (is_news && !pipeline_mark(l->pipeline, text, "system", &err))) {
        stop_with(l, &err);
        return false;
    }
    if (is_news)
        log_warn("source", "clock: %s", text);
    /* At the sample where it changed. */
    if (!live_case_tell_recording(l->case_, l->pipeline, &err)) {
        stop_with(l, &err);
        return false;
    }
    l->facts.rate_ppm = sample_clock_ppm(&l->sample_clock);
    if (captured_ns) {
        l->facts.latency_us = (l->clock->now_ns(l->clock) - captured_ns) / 1000;
        timing_note(&l->timing, TIMING_DECISION, l->facts.latency_us);
    }
    follow(l, behind);
    return true;
}

/* The device that a case was to begin with has come. */
static bool begin_waited(struct live *l, struct err *err)
{
    const bool was_waiting = l->is_waiting;
    l->is_waiting = false;
    return !was_waiting || !pipeline_settings(l->pipeline)->device.autostart ||
           pipeline_mark(l->pipeline, "case=start", "system", err);
}

static bool take_event(struct live *l, enum capture_event event, struct sample_block *block)
{
    struct err err;
    switch (event) {
    case CAPTURE_BLOCK:
        return take_block(l, block);
    case CAPTURE_FORMAT:
        if (l->steering) {
            if (arrive(l, &err))
                return true;
            stop_with(l, &err);
            return false;
        }
        log_warn("source", "format changed: rate_hz=%u channels=%u",
                 capture_format(l->capture)->rate_hz, capture_format(l->capture)->channels);
        sample_clock_init(&l->sample_clock, capture_format(l->capture)->rate_hz);
        if (pipeline_format(l->pipeline, capture_format(l->capture), &err) && begin_waited(l, &err))
            return true;
        stop_with(l, &err);
        return false;
    case CAPTURE_END:
        log_info("source", "the end of the recording");
        event_base_loopbreak(l->base);
        return false;
    default:
        stop_with(l, capture_failure(l->capture));
        return false;
    }
}

static void settle(struct live *l)
{
    publisher_settle(l->publisher);
    if (l->steering && steering_is_filling(l->steering))
        return; /* what comes before the place is told with it */
    if (alarm_signals_changed(live_case_alarms(l->case_))) {
        live_case_sound(l->case_);
        fill_facts(l);
        live_beacon_tell(l->beacon, &l->facts);
        publisher_alarms(l->publisher, &l->facts);
    }
    if (l->prints_findings)
        fflush(stdout);
}

static void on_capture(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct live *l = context;
    struct sample_block block;
    capture_wake_clear(l->capture);
    int taken = 0;
    enum capture_event event = CAPTURE_NOTHING;
    while (taken < BLOCKS_A_TURN &&
           (event = capture_peek(l->capture, &block)) != CAPTURE_NOTHING) {
        const bool goes_on = take_event(l, event, &block);
        capture_release(l->capture);
        taken++;
        if (!goes_on)
            return;
    }
    if (taken)
        settle(l);
    /* More waits: by its descriptor, so that signals, commands and timers have their turn first.
     * An event made active here is handled before the loop looks at anything else: a processor
     * that falls behind would hear nobody. */
    if (event != CAPTURE_NOTHING)
        capture_wake_again(l->capture);
}

static void on_command(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct live *l = context;
    wake_clear(server_command_wake(l->server));
    struct item *item;
    while ((item = item_ring_peek(server_commands(l->server)))) {
        struct command command;
        memcpy(&command, item->bytes, sizeof command);
        item_ring_release(server_commands(l->server));
        commander_take(l->commander, &command);
    }
    if (l->recorded && *l->recorded->next_lesson)
        event_base_loopbreak(l->base);
    settle(l);
}

static void on_what_if(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct live *l = context;
    what_if_worker_tick(l->what_if, false);
}

static void settle_timing(struct live *l)
{
    int64_t socket_us, paint_us;
    server_timing(l->server, &socket_us, &paint_us);
    timing_note(&l->timing, TIMING_SOCKET, socket_us);
    timing_note(&l->timing, TIMING_PAINT, paint_us);
    timing_settle(&l->timing);
}

static void look_at_live_cases(struct live *l)
{
    if (!l->watch)
        return;
    live_watch_look(l->watch);
    l->facts.live = live_watch_list(l->watch, &l->facts.live_count);
}

static void on_status(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    struct live *l = context;
    struct err err;
    if (l->steering)
        steering_tick(l->steering);
    alarm_signals_tick(live_case_alarms(l->case_));
    if (!live_case_tell_recording(l->case_, l->pipeline, &err)) /* no frames may come */
        stop_with(l, &err);
    commander_tick(l->commander);
    if (l->what_if)
        what_if_worker_tick(l->what_if, true);
    settle(l);
    const struct case_run *run = pipeline_run(l->pipeline);
    const struct synchrony_trend synchrony = bank_synchrony(case_run_bank(run));
    activity_now(&l->activity, case_run_next_index(run), &synchrony);
    settle_timing(l);
    l->facts.lost_samples = capture_counters(l->capture).lost_frames;
    fill_facts(l);
    live_beacon_tell(l->beacon, &l->facts);
    look_at_live_cases(l);
    commander_facts(l->commander, &l->facts);
    publisher_status(l->publisher, &l->facts);
}

static void on_stop(evutil_socket_t signal_number, short what, void *context)
{
    (void)what;
    struct live *l = context;
    log_info("daemon", "stopping: signal=%d", (int)signal_number);
    event_base_loopbreak(l->base);
}

static void on_reload(evutil_socket_t signal_number, short what, void *context)
{
    (void)signal_number;
    (void)what;
    struct live *l = context;
    struct err err;
    if (!commander_reload(l->commander, "system", &err))
        log_error("config", "%s: the configuration stays as it was", err.text);
}

static bool add_event(struct live *l, evutil_socket_t fd, short what, event_callback_fn callback,
                      const struct timeval *period, struct err *err)
{
    struct event *event = event_new(l->base, fd, what | EV_PERSIST, callback, l);
    if (!event || event_add(event, period) != 0)
        return err_set(err, ERR_MEMORY, "events");
    l->events[l->event_count++] = event;
    return true;
}

static bool add_events(struct live *l, struct err *err)
{
    const struct timeval period = { .tv_usec = STATUS_PERIOD_MS * 1000 };
    return add_event(l, capture_wake_fd(l->capture), EV_READ, on_capture, NULL, err) &&
           add_event(l, server_command_wake(l->server)->fd, EV_READ, on_command, NULL, err) &&
           add_event(l, -1, 0, on_status, &period, err) &&
           (!l->what_if ||
            add_event(l, what_if_worker_fd(l->what_if), EV_READ, on_what_if, NULL, err)) &&
           add_event(l, SIGINT, EV_SIGNAL, on_stop, NULL, err) &&
           add_event(l, SIGTERM, EV_SIGNAL, on_stop, NULL, err) &&
           add_event(l, SIGHUP, EV_SIGNAL, on_reload, NULL, err);
}

/* ---- life */

static bool create_parts(struct live *l, const struct settings *settings, struct err *err)
{
    const struct capture_options capture = { .ring_s = 2, .priority = REAL_TIME_PRIORITY };
    l->server = server_create(&settings->web, l->clock, err);
    l->case_ = l->server ? live_case_create(settings, l->source->live, l->clock, err) : NULL;
    if (!l->case_)
        return false;
    l->publisher = publisher_create(server_item_ring(l->server), server_wake(l->server), l->clock,
                                    err);
    l->capture = capture_create(l->source, &capture, err);
    l->preview = preview_create(err);
    l->base = event_base_new();
    if (!l->publisher || !l->capture || !l->preview || !l->base)
        return l->base ? false : err_set(err, ERR_MEMORY, "event loop");
    return true;
}

static void log_source(const struct source *s)
{
    const char *problem = waiting_source_problem(s);
    if (problem) {
        log_warn("source", "waits for its device: %s", problem);
        return;
    }
    char text[400] = "";
    if (s->ops->describe)
        s->ops->describe(s, text, sizeof text);
    log_info("source", "started: rate_hz=%u channels=%u %s %s", s->format.rate_hz,
             s->format.channels, s->ops->name, text);
}

static bool steer(struct live *l, struct err *err)
{
    if (!l->recorded)
        return true;
    l->steering = steering_create(l->replay, l->recorded->index,
                                  bank_size(&pipeline_montage(l->pipeline)->params),
                                  l->source->format.rate_hz, err);
    if (l->steering && l->recorded->from)
        steering_seek(l->steering, l->recorded->from);
    return l->steering != NULL;
}

static void reply_what_if(void *context, uint64_t client, uint64_t id, const char *error,
                          const char *result)
{
    struct live *l = context;
    publisher_reply(l->publisher, client, id, error, result);
}

static bool make_what_if(struct live *l, struct err *err)
{
    const struct what_if_reply reply = { .context = l, .reply = reply_what_if };
    if (l->recorded)
        l->what_if = what_if_worker_create(l->recorded->path, l->origin, &reply, err);
    return !l->recorded || l->what_if;
}

/* A live daemon tells, a replay listens. A live one goes on where there is nowhere to tell. */
static bool meet_others(struct live *l, const struct settings *settings, struct err *err)
{
    if (l->recorded) {
        l->watch = live_watch_create(l->clock, err);
        return l->watch != NULL;
    }
    if (!l->source->live)
        return true;
    l->beacon = live_beacon_create(settings, server_port(l->server), l->clock, err);
    if (!l->beacon)
        log_warn("live", "replays on this machine do not hear of alarms: %s", err->text);
    return true;
}

/* The source's format is known once it runs. */
static bool start_parts(struct live *l, const struct settings *settings, struct err *err)
{
    struct pipeline_listener listener = listener_ops;
    listener.context = l;
    if (!capture_start(l->capture, err))
        return false;
    log_source(l->source);
    sample_clock_init(&l->sample_clock, l->source->format.rate_hz);
    l->is_waiting = waiting_source_problem(l->source) != NULL;
    l->pipeline = pipeline_create(settings, &l->source->format,
                                  settings->device.autostart && !l->is_waiting, &listener, err);
    l->files = made_files_create(l->base, l->server, l->publisher, err);
    if (!l->pipeline || !l->files || !steer(l, err) || !make_what_if(l, err))
        return false;
    const struct commander_parts parts = { .pipeline = l->pipeline,
                                           .publisher = l->publisher,
                                           .case_ = l->case_,
                                           .server = l->server,
                                           .replay = l->replay,
                                           .steering = l->steering,
                                           .recorded = l->recorded,
                                           .activity = &l->activity,
                                           .what_if = l->what_if,
                                           .preview = l->preview,
                                           .source = l->source,
                                           .is_waiting = &l->is_waiting,
                                           .timing = &l->timing,
                                           .files = l->files,
                                           .origin = l->origin };
    l->commander = commander_create(&parts, err);
    if (!l->commander || !meet_others(l, settings, err) || !add_events(l, err))
        return false;
    tell_opened(l);
    return server_start(l->server, err);
}

struct live *live_create(const struct live_options *options, struct err *err)
{
    struct live *l = calloc(1, sizeof *l);
    if (!l) {
        source_destroy(options->source);
        err_set(err, ERR_MEMORY, "daemon");
        return NULL;
    }
    l->clock = options->clock;
    l->source = options->source;
    l->replay = options->replay;
    l->recorded = options->recorded;
    l->origin = options->origin;
    l->prints_findings = options->prints_findings;
    l->facts.latency_us = -1;
    l->facts.timing = l->timing.shown;
    timing_init(&l->timing);
    l->facts.rate_ppm = NAN;
    if (!create_parts(l, options->settings, err) || !start_parts(l, options->settings, err)) {
        live_destroy(l);
        return NULL;
    }
    return l;
}

bool live_run(struct live *l, struct err *err)
{
    event_base_dispatch(l->base);
    if (!l->has_failed && live_case_note_timing(&l->timing, l->pipeline, err))
        pipeline_finish(l->pipeline);
    if (l->prints_findings)
        fflush(stdout);
    if (l->has_failed)
        *err = l->failure;
    return !l->has_failed;
}

void live_destroy(struct live *l)
{
    if (!l)
        return;
    if (l->server)
        server_stop(l->server);
    for (uint32_t i = 0; i < l->event_count; i++)
        event_free(l->events[i]);
    live_beacon_destroy(l->beacon);
    live_watch_destroy(l->watch);
    commander_destroy(l->commander);
    what_if_worker_destroy(l->what_if);
    made_files_destroy(l->files);
    steering_destroy(l->steering);
    pipeline_destroy(l->pipeline);
    if (l->base)
        event_base_free(l->base);
    capture_destroy(l->capture);
    publisher_destroy(l->publisher);
    preview_destroy(l->preview);
    live_case_destroy(l->case_);
    server_destroy(l->server);
    source_destroy(l->source);
    free(l);
}
