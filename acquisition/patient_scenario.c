/* SPDX-License-Identifier: Apache-2.0 */
/* Reads scenarios: the rows of their files, and the checks across them. */
#include "acquisition/patient_scenario.h"

#include <string.h>

#include "config/value.h"

const char *const patient_event_names[] = {
    "spike", "burst", "a_train", "b_train", "c_train",    "spasm",  "random", "cautery",
    "drill", "open",  "bridged", "shifted", "saturation", "outage", NULL, /* what follows is never
                                                                             read */
};

/* clang-format off */
#define S struct scenario
static const struct option scenario_options[] = {
    OPTION_PLAIN(S, "title", title, "", 0, "name of the operation"),
    OPTION_PLAIN(S, "says", says, "", 0, "what it shows, in one line"),
    OPTION(S, "duration", duration_s, UNIT_SECONDS, 1, 86400, "300 s", 0, "length of the case"),
    OPTION_PLAIN(S, "loops", loops, "no", 0, "whether another case follows, with the next seed"),
    OPTION(S, "pause", pause_s, UNIT_SECONDS, 0.1, 600, "8 s", 0, "quiet time between two cases"),
    OPTION(S, "rate", rate_hz, UNIT_HZ, 1000, 192000, "20 kHz", 0, "frames per second"),
    OPTION(S, "full_scale", full_scale_uv, UNIT_UV, 100, 1e6, "10 mV", 0, "of the amplifier"),
    OPTION(S, "mains", mains_hz, UNIT_HZ, 40, 70, "50 Hz", 0, "of the hum"),
    OPTION(S, "mains_error", mains_error, UNIT_RATIO, 0, 0.01, "0.02 %", 0,
           "standard deviation of the mains frequency between cases"),
    OPTION(S, "drift", drift_uv, UNIT_UV, 0, 10000, "60 uV", 0, "slow wander, peak to peak"),
    OPTION(S, "leak", leak, UNIT_RATIO, 0, 0.5, "3 %", 0,
           "share of a discharge that a neighbour's electrodes pick up"),
    { 0 }
};
static const struct option stimulator_options[] = {
    OPTION_PLAIN(S, "trigger", trigger, "STIM", 0, "label of the trigger channel; empty: none"),
    OPTION(S, "jitter", jitter, UNIT_RATIO, 0, 0.5, "1 %", 0, "of the interval"),
    OPTION(S, "width", width_s, UNIT_SECONDS, 0.00005, 0.002, "200 us", 0, "of the pulse, all phases"),
    OPTION_PLAIN(S, "alternates", alternates, "no", 0, "whether polarity alternates"),
    OPTION_PLAIN(S, "delivered", delivered_text, "", 0,
                 "timeline of the current that arrives, of what it should be"),
    OPTION(S, "tail", tail_share, UNIT_RATIO, 0, 1, "3 % .. 15 %", 0, "of the artifact's peak"),
    OPTION(S, "tail_time", tail_s, UNIT_SECONDS, 0.0001, 0.02, "0.6 ms .. 1.6 ms", 0,
           "the tail's fast time constant"),
    OPTION(S, "slow_share", slow_share, UNIT_RATIO, 0, 1, "0 % .. 12 %", 0, "of the tail"),
    OPTION(S, "slow_ratio", slow_ratio, UNIT_NONE, 1, 20, "3", 0,
           "the slow time constant over the fast one"),
    { 0 }
};
static const struct option m_options[] = {
    OPTION(S, "amplitude", m_uv, UNIT_UV, 1, 20000, "900 uV .. 2.6 mV", 0, "in the direct muscle"),
    OPTION(S, "latency", m_latency_s, UNIT_SECONDS, 0.0005, 0.02, "2.8 ms .. 4.2 ms", 0,
           "its onset"),
    OPTION(S, "cv", m_cv, UNIT_RATIO, 0, 0.5, "3 %", 0, "spread from sweep to sweep"),
    OPTION_PLAIN(S, "level", m_text, "", 0, "timeline of its amplitude"),
    OPTION(S, "f_wave", f_wave_chance, UNIT_RATIO, 0, 1, "0 %", 0,
           "share of sweeps with an F wave in the direct muscle, at 12 to 20 ms"),
    OPTION(S, "blink", blink_uv, UNIT_UV, 0, 2000, "0 uV", 0, "amplitude of a blink reflex, R1"),
    OPTION(S, "blink_chance", blink_chance, UNIT_RATIO, 0, 1, "80 %", 0, "of a sweep to have it"),
    OPTION_PLAIN(S, "blink_muscle", blink_text, "OOC", 0, "where the blink reflex is seen"),
    { 0 }
};
static const struct option lsr_options[] = {
    OPTION_PLAIN(S, "level", lsr_text, "", 0, "timeline of the response, all muscles"),
    OPTION_PLAIN(S, "dropout", dropout_text, "", 0, "timeline of the share of sweeps without it"),
    OPTION(S, "cv", lsr_cv, UNIT_RATIO, 0, 1, "18 %", 0, "spread from sweep to sweep"),
    OPTION(S, "spread", lsr_spread_s, UNIT_SECONDS, 0.0003, 0.015, "4 ms", 0,
           "over which its motor units follow the first"),
    OPTION(S, "jitter", lsr_jitter_s, UNIT_SECONDS, 0, 0.003, "0.05 ms .. 0.25 ms", 0,
           "of one motor unit's latency"),
    OPTION(S, "firing", lsr_firing, UNIT_RATIO, 0, 1, "75 % .. 100 %", 0,
           "chance of a motor unit to take part"),
    OPTION(S, "threshold", lsr_threshold, UNIT_RATIO, 0, 1, "60 %", 0,
           "current below which there is no response"),
    OPTION(S, "after_activity", after_activity, UNIT_RATIO, 0, 1, "0 %", 0,
           "share of responses that are followed by after-activity"),
    { 0 }
};
static const struct option relaxant_options[] = {
    OPTION_PLAIN(S, "level", relaxant_text, "", 0,
                 "timeline of the share of muscle fibres that still answer"),
    { 0 }
};
static const struct option expect_options[] = {
    OPTION_PLAIN(S, "endpoint", expects_endpoint, "no", 0, "whether the endpoint is reached"),
    OPTION_PLAIN(S, "not_elicited", expects_not_elicited, "no", 0, "whether there is no LSR"),
    OPTION(S, "lsr_gone", lsr_gone_s, UNIT_SECONDS, 0, 86400, "0 s", 0, "when it goes; 0: never"),
    OPTION(S, "stimulus_lost", stimulus_lost_s, UNIT_SECONDS, 0, 86400, "0 s", 0, "0: never"),
    OPTION(S, "electrode_off", electrode_off_s, UNIT_SECONDS, 0, 86400, "0 s", 0, "0: never"),
    OPTION(S, "withheld", withheld_s, UNIT_SECONDS, 0, 86400, "0 s", 0, "0: never"),
    OPTION(S, "early_loss", early_loss_s, UNIT_SECONDS, 0, 86400, "0 s", 0, "0: never"),
    { 0 }
};
#undef S
#define M struct scenario_muscle
static const struct option muscle_options[] = {
    OPTION_PLAIN(M, "facial", is_facial, "yes", 0, "whether the facial nerve drives it"),
    OPTION(M, "latency", latency_s, UNIT_SECONDS, 0, 0.05, "0 s", 0,
           "mean onset of its LSR; 0: as published for its label"),
    OPTION(M, "latency_sd", latency_sd_s, UNIT_SECONDS, 0, 0.01, "1.1 ms", 0,
           "spread between patients"),
    OPTION(M, "lsr", lsr_uv, UNIT_UV, 1, 5000, "90 uV .. 260 uV", 0, "mean amplitude of its LSR"),
    OPTION_PLAIN(M, "lsr_level", lsr_text, "", 0, "timeline of its LSR alone"),
    OPTION(M, "noise", noise_uv, UNIT_UV, 0.1, 500, "2 uV .. 5 uV", 0, "rms"),
    OPTION(M, "hum", hum_uv, UNIT_UV, 0, 2000, "2 uV .. 12 uV", 0, "amplitude of the hum"),
    OPTION(M, "artifact", artifact_uv, UNIT_UV, 0, 50000, "400 uV .. 3.5 mV", 0,
           "peak of the stimulus artifact"),
    OPTION(M, "spread", spread, UNIT_RATIO, 0, 1, "0 % .. 3 %", 0,
           "share of the M wave that arrives here by volume conduction"),
    { 0 }
};
#undef M
#define B struct scenario_branch
static const struct option branch_options[] = {
    OPTION_PLAIN(B, "direct", direct, "", 0, "muscle of the M wave; empty: none is recorded"),
    OPTION_PLAIN(B, "lateral", lateral, "", OPTION_REQUIRED, "muscles of the LSR"),
    OPTION_PLAIN(B, "trigger", trigger, "", 0, "own trigger channel; empty: the stimulator's"),
    OPTION(B, "rate", rate_hz, UNIT_HZ, 0.1, 50, "3 Hz", 0, "of the stimuli"),
    OPTION(B, "start", start_s, UNIT_SECONDS, 0.1, 86400, "2 s", 0, "of the first stimulus"),
    OPTION_PLAIN(B, "on", on_text, "", 0, "timeline: stimulated while above 50 %"),
    { 0 }
};
#undef B
#define E struct scenario_event
static const struct option event_options[] = {
    OPTION_CHOICE(E, "kind", kind, patient_event_names, "", OPTION_REQUIRED, "what happens"),
    OPTION(E, "at", at_s, UNIT_SECONDS, 0, 86400, "", OPTION_REQUIRED, "when it begins"),
    OPTION(E, "for", for_s, UNIT_SECONDS, 0, 86400, "0 s", 0, "how long; 0: drawn"),
    OPTION(E, "frequency", hz, UNIT_HZ, 0, 1000, "0 Hz", 0, "of a train or drill; 0: drawn"),
    OPTION(E, "amplitude", uv, UNIT_UV, 0, 100000, "0 uV", 0, "peak to peak; 0: drawn"),
    OPTION(E, "level", level, UNIT_RATIO, 0, 1, "30 %", 0, "what a shifted electrode still sees"),
    OPTION(E, "every", every_s, UNIT_SECONDS, 0.1, 3600, "6 s", 0, "mean pause of random events"),
    OPTION_PLAIN(E, "keeps", keeps, "no", 0, "whether a loose electrode still sees its muscle"),
    OPTION_PLAIN(E, "channels", channels, "", 0, "muscles; empty: drawn, or all for artifacts"),
    OPTION_PLAIN(E, "kinds", kinds, "spike, burst, a_train", 0, "of random events"),
    { 0 }
};
#undef E
static const struct option mark_options[] = {
    OPTION(struct scenario_mark, "at", at_s, UNIT_SECONDS, 0, 86400, "", OPTION_REQUIRED, "when"),
    OPTION_PLAIN(struct scenario_mark, "text", text, "", OPTION_REQUIRED, "as a person enters it"),
    OPTION_PLAIN(struct scenario_mark, "by", by, "theatre", 0, "who enters it"),
    { 0 }
};

static const struct config_rows scenario_rows[] = { { scenario_options, 0 }, { 0 } };
static const struct config_rows stimulator_rows[] = { { stimulator_options, 0 }, { 0 } };
static const struct config_rows m_rows[] = { { m_options, 0 }, { 0 } };
static const struct config_rows lsr_rows[] = { { lsr_options, 0 }, { 0 } };
static const struct config_rows relaxant_rows[] = { { relaxant_options, 0 }, { 0 } };
static const struct config_rows expect_rows[] = { { expect_options, 0 }, { 0 } };
static const struct config_rows muscle_rows[] = { { muscle_options, 0 }, { 0 } };
static const struct config_rows branch_rows[] = { { branch_options, 0 }, { 0 } };
static const struct config_rows event_rows[] = { { event_options, 0 }, { 0 } };
static const struct config_rows mark_rows[] = { { mark_options, 0 }, { 0 } };

#define TITLED(name_, rows_, type_, array_, count_, title_, max_)                                   \
    { .name = (name_), .rows = (rows_), .titled = true, .max = (max_),                              \
      .offset = offsetof(struct scenario, array_), .stride = sizeof(type_),                         \
      .count_offset = offsetof(struct scenario, count_), .title_offset = offsetof(type_, title_) }

const struct config_section scenario_sections[] = {
    { .name = "scenario", .rows = scenario_rows },
    { .name = "stimulator", .rows = stimulator_rows },
    { .name = "m_wave", .rows = m_rows },
    { .name = "lsr", .rows = lsr_rows },
    { .name = "relaxant", .rows = relaxant_rows },
    { .name = "expect", .rows = expect_rows },
    TITLED("muscle", muscle_rows, struct scenario_muscle, muscle, muscles, label, SCENARIO_MUSCLES),
    TITLED("branch", branch_rows, struct scenario_branch, branch, branches, name,
           SCENARIO_BRANCHES),
    TITLED("event", event_rows, struct scenario_event, event, events, name, SCENARIO_EVENTS),
    TITLED("mark", mark_rows, struct scenario_mark, mark, marks, name, SCENARIO_MARKS),
    { 0 }
};
/* clang-format on */

double timeline_at(const struct timeline *t, double at_s)
{
    if (t->count == 0)
        return t->constant;
    if (at_s <= t->at_s[0])
        return t->value[0];
    for (uint32_t i = 1; i < t->count; i++) {
        if (at_s < t->at_s[i]) {
            const double share = (at_s - t->at_s[i - 1]) / (t->at_s[i] - t->at_s[i - 1]);
            return t->value[i - 1] + share * (t->value[i] - t->value[i - 1]);
        }
    }
    return t->value[t->count - 1];
}

int scenario_muscle_find(const struct scenario *s, const char *label)
{
    for (uint32_t i = 0; i < s->muscles; i++)
        if (strcmp(s->muscle[i].label, label) == 0)
            return (int)i;
    return -1;
}

/* One point `120 s 100 %`: the value is what stands behind the time's unit. */
static bool parse_point(char *point, double *at_s, double *value, char *complaint)
{
    static const struct option time_row = {
        .type = OPTION_DOUBLE, .unit = UNIT_SECONDS, .max = 86400};
    static const struct option value_row = {.type = OPTION_DOUBLE, .unit = UNIT_RATIO, .max = 10};
    /* Words: number, unit, number, unit; a unit may stick to its number. */
    char *word[5];
    int words = 0;
    for (char *rest = NULL, *w = strtok_r(point, " \t", &rest); w && words < 5;
         w = strtok_r(NULL, " \t", &rest))
        word[words++] = w;
    if (words < 2 || words > 4) {
        snprintf(complaint, VALUE_COMPLAINT, "a timeline is `TIME VALUE, TIME VALUE`");
        return false;
    }
    char time_text[64], value_text[64];
    const bool time_is_apart = word[1][0] >= 'a' && word[1][0] <= 'z';
    const int value_at = time_is_apart ? 2 : 1;
    snprintf(time_text, sizeof time_text, "%s%s", word[0], time_is_apart ? word[1] : "");
    snprintf(value_text, sizeof value_text, "%s%s", words > value_at ? word[value_at] : "",
             words > value_at + 1 ? word[value_at + 1] : "");
    return value_parse(&time_row, time_text, at_s, complaint) &&
           value_parse(&value_row, value_text, value, complaint);
}

static void read_timeline(struct config *c, const struct option_text *text, double constant,
                          struct timeline *out)
{
    memset(out, 0, sizeof *out);
    out->constant = constant;
    char copy[OPTION_TEXT_SIZE];
    memcpy(copy, text->text, sizeof copy);
    for (char *rest = NULL, *p = strtok_r(copy, ",", &rest); p; p = strtok_r(NULL, ",", &rest)) {
        char complaint[VALUE_COMPLAINT];
        double at_s, value;
        if (out->count == TIMELINE_POINTS) {
            config_mistake_add(c, text, "at most %d points", TIMELINE_POINTS);
            return;
        }
        if (!parse_point(p, &at_s, &value, complaint)) {
            config_mistake_add(c, text, "%s", complaint);
            return;
        }
        if (out->count > 0 && at_s <= out->at_s[out->count - 1]) {
            config_mistake_add(c, text, "the points' times must rise");
            return;
        }
        out->at_s[out->count] = at_s;
        out->value[out->count++] = value;
    }
}

static void check_muscles(struct config *c, const struct scenario *s,
                          const struct option_labels *labels)
{
    for (uint32_t i = 0; i < labels->count; i++)
        if (scenario_muscle_find(s, labels->labels[i]) < 0)
            config_mistake_add(c, labels, "there is no [muscle %s]", labels->labels[i]);
}

static void check_label(struct config *c, const struct scenario *s, const struct option_text *text,
                        bool is_trigger)
{
    if (!text->text[0])
        return;
    const bool is_muscle = scenario_muscle_find(s, text->text) >= 0;
    if (is_trigger && (is_muscle || strlen(text->text) >= STREAM_LABEL))
        config_mistake_add(c, text, "a trigger's label has at most %d bytes and is no muscle's",
                           STREAM_LABEL - 1);
    if (!is_trigger && !is_muscle)
        config_mistake_add(c, text, "there is no [muscle %s]", text->text);
}

static void check_event(struct config *c, const struct scenario *s, const struct scenario_event *e)
{
    check_muscles(c, s, &e->channels);
    const bool needs_length = e->kind == EVENT_RANDOM || e->kind == EVENT_CAUTERY ||
                              e->kind == EVENT_DRILL || e->kind == EVENT_OPEN ||
                              e->kind == EVENT_BRIDGED || e->kind == EVENT_SHIFTED ||
                              e->kind == EVENT_SATURATION || e->kind == EVENT_OUTAGE;
    if (needs_length && e->for_s <= 0)
        config_mistake_add(c, &e->for_s, "say how long it lasts");
    const bool needs_channel =
        e->kind == EVENT_OPEN || e->kind == EVENT_BRIDGED || e->kind == EVENT_SHIFTED;
    if (needs_channel && e->channels.count == 0)
        config_mistake_add(c, &e->channels, "say which electrode");
    for (uint32_t i = 0; e->kind == EVENT_RANDOM && i < e->kinds.count; i++) {
        int kind = -1;
        for (int k = EVENT_SPIKE; k <= EVENT_SPASM; k++)
            if (strcmp(e->kinds.labels[i], patient_event_names[k]) == 0)
                kind = k;
        if (kind < 0)
            config_mistake_add(c, &e->kinds, "%s is no kind of discharge", e->kinds.labels[i]);
    }
}

static void check(struct config *c, struct scenario *s)
{
    read_timeline(c, &s->delivered_text, 1, &s->delivered);
    read_timeline(c, &s->m_text, 1, &s->m);
    read_timeline(c, &s->lsr_text, 1, &s->lsr);
    read_timeline(c, &s->dropout_text, 0, &s->dropout);
    read_timeline(c, &s->relaxant_text, 1, &s->relaxant);
    for (uint32_t i = 0; i < s->muscles; i++)
        read_timeline(c, &s->muscle[i].lsr_text, 1, &s->muscle[i].lsr);
    check_label(c, s, &s->trigger, true);
    if (s->blink_uv > 0)
        check_label(c, s, &s->blink_text, false);
    for (uint32_t i = 0; i < s->branches; i++) {
        struct scenario_branch *b = &s->branch[i];
        read_timeline(c, &b->on_text, 1, &b->on);
        check_label(c, s, &b->direct, false);
        check_label(c, s, &b->trigger, true);
        check_muscles(c, s, &b->lateral);
    }
    if (s->tail_s.high * s->slow_ratio > 0.018) /* what the simulation looks ahead: ten of them */
        config_mistake_add(c, &s->tail_s, "its high end times slow_ratio is at most 18 ms");
    bool has_facial = false;
    for (uint32_t i = 0; i < s->muscles; i++)
        has_facial |= s->muscle[i].is_facial;
    if (!has_facial && config_mistake_count(c) == 0)
        config_mistake_add(c, &s->title, "a scenario needs a facial [muscle ...]");
    for (uint32_t i = 0; i < s->events; i++)
        check_event(c, s, &s->event[i]);
    for (uint32_t i = 0; i < s->marks; i++)
        if (!s->mark[i].text.text[0])
            config_mistake_add(c, &s->mark[i].text, "a mark needs a text");
}

/* Reports what was collected; the first mistake becomes the error. */
static bool conclude(struct config *c, FILE *complaints, struct err *err)
{
    const size_t count = config_mistake_count(c);
    if (count == 0)
        return true;
    if (complaints)
        config_mistakes_print(c, complaints);
    char first[512];
    config_mistake_format(config_mistake(c, 0), first, sizeof first);
    if (count == 1)
        return err_set(err, ERR_CONFIG, "%.250s", first);
    return err_set(err, ERR_CONFIG, "%.200s (and %zu more)", first, count - 1);
}

static bool finish(struct config *c, struct scenario *s, const char *const *overrides,
                   size_t override_count, FILE *complaints, struct err *err)
{
    for (size_t i = 0; i < override_count; i++)
        config_override(c, overrides[i]);
    config_finish(c);
    check(c, s);
    const bool ok = conclude(c, complaints, err);
    config_destroy(c);
    return ok;
}

bool scenario_read_text(struct scenario *s, const char *name, const char *text, size_t length,
                        const char *const *overrides, size_t override_count, FILE *complaints,
                        struct err *err)
{
    memset(s, 0, sizeof *s);
    struct config *c = config_create(scenario_sections, s, err);
    if (!c)
        return false;
    if (!config_read_text(c, name, text, length, err)) {
        config_destroy(c);
        return false;
    }
    return finish(c, s, overrides, override_count, complaints, err);
}

bool scenario_read(struct scenario *s, const char *name, const char *const *overrides,
                   size_t override_count, FILE *complaints, struct err *err)
{
    static const char suffix[] = ".scenario";
    const size_t length = strlen(name);
    const bool is_path =
        strchr(name, '/') ||
        (length >= sizeof suffix && strcmp(name + length - (sizeof suffix - 1), suffix) == 0);
    if (!is_path) {
        const char *names[128] = {0};
        for (size_t i = 0; scenario_builtins[i].name; i++) {
            if (strcmp(scenario_builtins[i].name, name) == 0)
                return scenario_read_text(s, name, scenario_builtins[i].text,
                                          strlen(scenario_builtins[i].text), overrides,
                                          override_count, complaints, err);
            if (i < 127)
                names[i] = scenario_builtins[i].name;
        }
        const char *near = value_nearest(name, names);
        return err_set(err, ERR_USAGE,
                       "%s: no such scenario%s%s%s; `lsrd simulate --list` shows "
                       "them, a file's name ends in .scenario",
                       name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    memset(s, 0, sizeof *s);
    struct config *c = config_create(scenario_sections, s, err);
    if (!c)
        return false;
    if (!config_read(c, name, err)) {
        config_destroy(c);
        return false;
    }
    return finish(c, s, overrides, override_count, complaints, err);
}
