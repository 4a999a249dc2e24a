/* SPDX-License-Identifier: Apache-2.0 */
/* Alarm conditions. */
#include "detect/alarm.h"

#include "detect/live_option.h"
#include "detect/marks.h"

enum {
    LOOKS_HZ = 20, /* how often what changes slowly is looked at */
    /* A control's responses are counted as a recurrence's are: in so many of its last sweeps, where
     * one that cannot be judged holds none. */
    CONTROL_SWEEPS = 10,
    CONTROL_RESPONSES = 3,
};

static const double train_quiet_s = 60.0;    /* without a train, train time is no longer news */
static const double discharge_quiet_s = 5.0; /* behind a long train */
static const double clip_pause_s = 0.5;
static const double electrode_s = 3.0;

/* clang-format off */
const struct option alarm_options[] = {
    OPTION(struct alarm_params, "train_medium", train_medium_s, UNIT_SECONDS, 0.1, 60, "0.5 s", OPTION_JUDGEMENT | OPTION_LIVE,
           "A-train time in total from which it is a medium alarm; 0.5 s went with transient weakness"),
    OPTION(struct alarm_params, "train_high", train_high_s, UNIT_SECONDS, 1, 600, "10 s", OPTION_JUDGEMENT | OPTION_LIVE,
           "A-train time in total from which it is a high alarm; 10 s went with lasting weakness"),
    OPTION(struct alarm_params, "discharge", discharge_s, UNIT_SECONDS, 0.2, 60, "1 s", OPTION_JUDGEMENT | OPTION_LIVE,
           "length of one train that is a neurotonic discharge"),
    OPTION(struct alarm_params, "saturated", saturated_s, UNIT_SECONDS, 1, 600, "10 s", OPTION_JUDGEMENT | OPTION_LIVE,
           "time a channel may be clipped before somebody is told"),
    { 0 },
};
/* clang-format on */

struct alarm_channel {
    uint64_t clipped_from; /* NO_SAMPLE: not clipped */
    uint64_t clipped_last;
    uint64_t
        off_from; /* NO_SAMPLE: electrode plausible, as far as the signal between stimuli says */
    uint64_t discharge_last; /* newest frame of a long train */
    bool saturated;
    bool discharge;
    bool electrode;
};

struct alarm {
    struct alarm_params params;
    uint32_t rate_hz;
    uint32_t channels;
    uint32_t branches;
    bool reached;
    bool recurred[BANK_BRANCHES];
    bool stimulus[BANK_BRANCHES];
    bool control[BANK_BRANCHES];
    uint32_t control_responses[BANK_BRANCHES]; /* a bit a sweep, the newest lowest */
    bool away; /* the device, by its mark */
    bool acquisition;
    bool recording;
    bool in_branch[BANK_CHANNELS];
    enum alarm_priority train; /* PRIORITY_INFORMATION: not raised */
    double train_before_s;     /* of the case, when it was last cleared */
    uint64_t train_last;       /* newest frame of any train */
    uint64_t looked;
    uint64_t electrodes_off[FEATURES_WORDS]; /* as the endpoint last said */
    struct alarm_channel channel[BANK_CHANNELS];
};

size_t alarm_size(const struct bank_params *params)
{
    (void)params;
    return sizeof(struct alarm);
}

void alarm_init(struct alarm *a, const struct bank_params *params)
{
    memset(a, 0, sizeof *a);
    a->params = params->alarm;
    a->rate_hz = params->rate_hz;
    a->channels = params->channels;
    a->branches = params->branches;
    for (uint32_t c = 0; c < BANK_CHANNELS; c++) {
        a->channel[c].clipped_from = NO_SAMPLE;
        a->channel[c].off_from = NO_SAMPLE;
    }
    for (uint32_t i = 0; i < params->branches; i++) {
        const struct bank_branch *b = &params->branch[i];
        if (b->direct != FINDING_NO_CHANNEL)
            a->in_branch[b->direct] = true;
        for (uint32_t k = 0; k < b->lateral_count; k++)
            a->in_branch[b->lateral[k]] = true;
    }
}

static uint64_t frames(const struct alarm *a, double seconds)
{
    return (uint64_t)(seconds * (double)a->rate_hz);
}

static void emit(struct finding_list *out, uint64_t at, struct finding_alarm said)
{
    finding_emit(out, FINDING_ALARM, at)->alarm = said;
}

/* Says a change and remembers it. */
static void follow(bool *is, bool should, uint64_t at, struct finding_alarm said,
                   struct finding_list *out)
{
    if (*is == should)
        return;
    *is = should;
    said.raised = should;
    emit(out, at, said);
}

static void follow_case(bool *is, bool should, enum alarm_id id, enum alarm_priority priority,
                        uint64_t at, struct finding_list *out)
{
    follow(is, should, at,
           (struct finding_alarm){.id = id,
                                  .priority = priority,
                                  .channel = FINDING_NO_CHANNEL,
                                  .branch = FINDING_NO_BRANCH},
           out);
}

static void follow_branch(bool *is, bool should, enum alarm_id id, enum alarm_priority priority,
                          uint32_t branch, uint64_t at, struct finding_list *out)
{
    follow(is, should, at,
           (struct finding_alarm){.id = id,
                                  .priority = priority,
                                  .channel = FINDING_NO_CHANNEL,
                                  .branch = (uint8_t)branch},
           out);
}

static void follow_channel(bool *is, bool should, enum alarm_id id, enum alarm_priority priority,
                           uint32_t channel, uint64_t at, struct finding_list *out)
{
    follow(is, should, at,
           (struct finding_alarm){.id = id,
                                  .priority = priority,
                                  .channel = (uint16_t)channel,
                                  .branch = FINDING_NO_BRANCH},
           out);
}

/* Gone, or there with nothing new: both mean that nobody watches the muscles. */
static void watch_acquisition(struct alarm *a, bool silent, uint64_t at, struct finding_list *out)
{
    follow_case(&a->acquisition, a->away || silent, ALARM_ACQUISITION_LOST, PRIORITY_MEDIUM, at,
                out);
}

void alarm_mark(struct alarm *a, const struct mark *m, struct finding_list *out)
{
    const struct mark_meaning meaning = mark_read(m);
    if (meaning.kind == MARK_DEVICE) {
        a->away = !meaning.on;
        watch_acquisition(a, false, m->sample, out);
    } else if (meaning.kind == MARK_RECORDING)
        follow_case(&a->recording, !meaning.on, ALARM_RECORDING_STOPPED, PRIORITY_MEDIUM, m->sample,
                    out);
    else if (meaning.kind == MARK_SET)
        live_option_set(alarm_options, "alarm", &a->params, m, &meaning);
}

/* ---- trains */

static void set_train(struct alarm *a, enum alarm_priority priority, bool raised, uint64_t at,
                      struct finding_list *out)
{
    a->train = raised ? priority : PRIORITY_INFORMATION;
    emit(out, at,
         (struct finding_alarm){.id = ALARM_TRAIN_TIME,
                                .priority = priority,
                                .raised = raised,
                                .channel = FINDING_NO_CHANNEL,
                                .branch = FINDING_NO_BRANCH});
}

static void watch_train_time(struct alarm *a, double total_s, bool under_way, uint64_t now,
                             struct finding_list *out)
{
    if (under_way)
        a->train_last = now;
    const enum alarm_priority level =
        total_s > a->params.train_high_s ? PRIORITY_HIGH : PRIORITY_MEDIUM;
    if (total_s - a->train_before_s > a->params.train_medium_s && level > a->train)
        set_train(a, level, true, now, out);
    if (a->train == PRIORITY_INFORMATION || now - a->train_last <= frames(a, train_quiet_s))
        return;
    set_train(a, a->train, false, now, out);
    a->train_before_s = total_s;
}

static void watch_discharge(struct alarm *a, uint32_t channel, double length_s, uint64_t now,
                            struct finding_list *out)
{
    struct alarm_channel *c = &a->channel[channel];
    if (length_s > 0.0 && (c->discharge || length_s > a->params.discharge_s))
        c->discharge_last = now;
    else if (!c->discharge || now - c->discharge_last <= frames(a, discharge_quiet_s))
        return;
    follow_channel(&c->discharge, length_s > 0.0, ALARM_NEUROTONIC_DISCHARGE, PRIORITY_MEDIUM,
                   channel, now, out);
}

static void watch_trains(struct alarm *a, uint64_t now, const struct look_features *look,
                         struct finding_list *out)
{
    double total_s = 0.0;
    bool under_way = false;
    for (uint32_t i = 0; i < a->channels; i++) {
        const double now_s = look->train_now_s[i];
        total_s += look->train_s[i];
        under_way = under_way || now_s > 0.0;
        watch_discharge(a, i, now_s, now, out);
    }
    watch_train_time(a, total_s, under_way, now, out);
}

/* ---- the endpoint's conditions */

static void take_endpoint(struct alarm *a, const struct finding *f, const struct endpoint *endpoint,
                          struct finding_list *out)
{
    const uint32_t branch = f->endpoint.branch;
    if (f->endpoint.state == ENDPOINT_REACHED && endpoint_case_reached(endpoint))
        follow_case(&a->reached, true, ALARM_ENDPOINT_REACHED, PRIORITY_INFORMATION,
                    f->decided_sample, out);
    else if (f->endpoint.state == ENDPOINT_RECURRED)
        follow_branch(&a->recurred[branch], true, ALARM_LSR_RECURRED, PRIORITY_MEDIUM, branch,
                      f->decided_sample, out);
}

static void watch_endpoint(struct alarm *a, uint64_t now, const struct endpoint *endpoint,
                           struct finding_list *out)
{
    if (a->reached && !endpoint_case_announced(endpoint))
        follow_case(&a->reached, false, ALARM_ENDPOINT_REACHED, PRIORITY_INFORMATION, now, out);
    for (uint32_t i = 0; i < a->branches; i++) {
        follow_branch(&a->stimulus[i], endpoint_stimulus_lost(endpoint, (uint8_t)i),
                      ALARM_STIMULUS_LOST, PRIORITY_MEDIUM, i, now, out);
        if (a->recurred[i] && !endpoint_recurred(endpoint, (uint8_t)i))
            follow_branch(&a->recurred[i], false, ALARM_LSR_RECURRED, PRIORITY_MEDIUM, i, now, out);
    }
}

void alarm_control(struct alarm *a, const struct finding_sweep *control, uint64_t at,
                   struct finding_list *out)
{
    uint32_t *kept = &a->control_responses[control->branch];
    *kept = (*kept << 1 | (control->present == TRISTATE_YES)) & ((1u << CONTROL_SWEEPS) - 1);
    uint32_t responses = 0;
    for (uint32_t rest = *kept; rest; rest &= rest - 1)
        responses++;
    bool *is = &a->control[control->branch];
    follow_branch(is, *is ? responses > 0 : responses >= CONTROL_RESPONSES, ALARM_CONTROL_RESPONSE,
                  PRIORITY_LOW, control->branch, at, out);
}

/* ---- channels */

/* Whether the channel's electrode has been implausible between stimuli for long enough. */
static bool is_off_for_long(const struct alarm *a, struct alarm_channel *c, bool is_off,
                            uint64_t now)
{
    if (!is_off) {
        c->off_from = NO_SAMPLE;
        return false;
    }
    if (c->off_from == NO_SAMPLE)
        c->off_from = now;
    return now - c->off_from >= frames(a, electrode_s);
}

static void watch_endpoint_electrodes(struct alarm *a, uint64_t now,
                                      const struct endpoint *endpoint, struct finding_list *out)
{
    const uint64_t *off = endpoint_electrodes_off(endpoint);
    if (memcmp(off, a->electrodes_off, sizeof a->electrodes_off) == 0)
        return;
    memcpy(a->electrodes_off, off, sizeof a->electrodes_off);
    for (uint32_t i = 0; i < a->channels; i++)
        if (a->in_branch[i])
            follow_channel(&a->channel[i].electrode, off[i / 64] >> i % 64 & 1, ALARM_ELECTRODE_OFF,
                           PRIORITY_MEDIUM, i, now, out);
}

static void watch_other_electrodes(struct alarm *a, uint64_t now, const struct look_features *look,
                                   struct finding_list *out)
{
    for (uint32_t i = 0; i < a->channels; i++) {
        struct alarm_channel *c = &a->channel[i];
        const bool is_off = look->electrode_off[i / 64] >> i % 64 & 1;
        if (!a->in_branch[i])
            follow_channel(&c->electrode, is_off_for_long(a, c, is_off, now), ALARM_ELECTRODE_OFF,
                           PRIORITY_LOW, i, now, out);
    }
}

/* Cautery clips for minutes at a time; it is known, and asks for nothing. */
static void watch_saturation(struct alarm *a, uint64_t now, const struct run_features *run,
                             struct finding_list *out)
{
    for (uint32_t i = 0; i < a->channels; i++) {
        struct alarm_channel *c = &a->channel[i];
        if (!run->cautery && run->clipped[i / 64] >> i % 64 & 1) {
            if (c->clipped_from == NO_SAMPLE)
                c->clipped_from = run->first_index;
            c->clipped_last = now;
        } else if (c->clipped_from != NO_SAMPLE &&
                   (run->cautery || now - c->clipped_last > frames(a, clip_pause_s)))
            c->clipped_from = NO_SAMPLE;
        const bool long_enough = c->clipped_from != NO_SAMPLE &&
                                 now - c->clipped_from > frames(a, a->params.saturated_s);
        follow_channel(&c->saturated, long_enough, ALARM_SATURATED, PRIORITY_LOW, i, now, out);
    }
}

uint64_t alarm_look_frames(const struct alarm *a)
{
    return a->rate_hz / LOOKS_HZ;
}

bool alarm_look_due(const struct alarm *a, uint64_t sample)
{
    return sample - a->looked >= alarm_look_frames(a);
}

bool alarm_watches(const struct alarm *a, uint32_t channel)
{
    return !a->in_branch[channel];
}

uint64_t alarm_due(const struct alarm *a)
{
    for (uint32_t i = 0; i < a->channels; i++)
        if (a->channel[i].clipped_from != NO_SAMPLE)
            return 0;
    return a->looked + alarm_look_frames(a);
}

void alarm_feed(struct alarm *a, const struct run_features *run, const struct endpoint *endpoint,
                struct finding_list *out)
{
    const uint64_t now = run->first_index + run->frames - 1;
    const uint32_t found = out->count;
    for (uint32_t i = 0; i < found; i++) {
        const struct finding f = out->items[i];
        if (f.type == FINDING_ENDPOINT)
            take_endpoint(a, &f, endpoint, out);
    }
    watch_endpoint(a, now, endpoint, out);
    watch_endpoint_electrodes(a, now, endpoint, out);
    watch_saturation(a, now, run, out);
    if (!run->look)
        return;
    a->looked = now;
    watch_acquisition(a, run->look->silent, now, out);
    watch_trains(a, now, run->look, out);
    watch_other_electrodes(a, now, run->look, out);
}
