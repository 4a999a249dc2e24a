/* SPDX-License-Identifier: Apache-2.0 */
/* Entries: a head, then what it announces. */
#include "detect/feature_log.h"

#include <string.h>

enum head_flag { IS_CAUTERY = 1, IS_END = 2, HAS_CLIPPED = 4, HAS_LOOK = 8 };
enum lateral_flag { IS_JUDGED = 1, IS_SIGNIFICANT = 2, IS_AS_BEFORE = 4 };

struct head {
    uint64_t first_index;
    uint64_t lost;
    uint16_t frames;
    uint16_t flags; /* enum head_flag */
    uint16_t marks, found, stimuli;
    uint16_t looks; /* channels whose trains have changed */
};

struct stimulus_head {
    uint64_t sample;
    uint32_t decided_after;
    uint8_t branch, source, delivered, has_direct;
    uint8_t direct_reason, direct_present;
    uint16_t direct_channel;
    uint16_t lateral_count, control_count;
};

struct look_entry {
    uint16_t channel;
    double train_s, train_now_s;
};

static void put(unsigned char **at, const void *from, size_t size)
{
    memcpy(*at, from, size);
    *at += size;
}

static void get(const unsigned char **at, void *to, size_t size)
{
    memcpy(to, *at, size);
    *at += size;
}

/* ---- one lateral channel: what its baseline is worth changes a few times a case */

static bool same_bits(double x, double y)
{
    return memcmp(&x, &y, sizeof x) == 0; /* unknown is unknown */
}

static bool baseline_is(const struct lateral_features *x, const struct lateral_features *y)
{
    return x->channel == y->channel && x->learned == y->learned && x->elicited == y->elicited &&
           x->directions == y->directions && x->stored == y->stored &&
           x->responses == y->responses && same_bits(x->baseline_uv, y->baseline_uv);
}

static void put_lateral(unsigned char **at, const struct lateral_features *f,
                        struct lateral_features *before)
{
    const bool as_before = baseline_is(f, before);
    const uint8_t bytes[2] = { (uint8_t)((f->judged ? IS_JUDGED : 0) |
                                         (f->significant ? IS_SIGNIFICANT : 0) |
                                         (as_before ? IS_AS_BEFORE : 0)),
                               (uint8_t)f->reason };
    put(at, bytes, sizeof bytes);
    if (!as_before) {
        put(at, f, sizeof *f);
        *before = *f;
    } else if (f->judged) {
        const double measured[] = { f->score, f->along, f->size_uv, f->amplitude_uv, f->onset_ms };
        put(at, measured, sizeof measured);
    }
}

static void get_lateral(const unsigned char **at, struct lateral_features *f,
                        struct lateral_features *before)
{
    uint8_t bytes[2];
    get(at, bytes, sizeof bytes);
    if (!(bytes[0] & IS_AS_BEFORE)) {
        get(at, f, sizeof *f);
        *before = *f;
        return;
    }
    *f = *before;
    f->judged = bytes[0] & IS_JUDGED;
    f->significant = bytes[0] & IS_SIGNIFICANT;
    f->reason = bytes[1];
    double measured[5] = { 0.0, 0.0, 0.0, FINDING_UNKNOWN, FINDING_UNKNOWN };
    if (f->judged)
        get(at, measured, sizeof measured);
    f->score = measured[0];
    f->along = measured[1];
    f->size_uv = measured[2];
    f->amplitude_uv = measured[3];
    f->onset_ms = measured[4];
}

/* ---- one stimulus */

static void put_stimulus(struct feature_log *l, unsigned char **at,
                         const struct stimulus_features *f)
{
    const struct stimulus_head head = {
        .sample = f->stimulus.sample,
        .decided_after = (uint32_t)(f->decided_sample - f->stimulus.sample),
        .branch = f->stimulus.branch,
        .source = (uint8_t)f->stimulus.source,
        .delivered = (uint8_t)f->stimulus.delivered,
        .has_direct = f->has_direct,
        .direct_reason = (uint8_t)f->direct.reason,
        .direct_present = (uint8_t)f->direct.present,
        .direct_channel = f->direct.channel,
        .lateral_count = f->lateral_count,
        .control_count = f->control_count,
    };
    put(at, &head, sizeof head);
    put(at, &f->m_baseline_uv, sizeof f->m_baseline_uv);
    if (f->has_direct) {
        const double measured[] = { f->direct.score, f->direct.amplitude_uv, f->direct.onset_ms };
        put(at, measured, sizeof measured);
    }
    for (uint32_t k = 0; k < (uint32_t)f->lateral_count + f->control_count; k++)
        put_lateral(at, &f->lateral[k], &l->lateral[head.branch][k]);
}

static void get_direct(const unsigned char **at, const struct stimulus_head *head,
                       struct finding_sweep *sweep)
{
    double measured[3];
    get(at, measured, sizeof measured);
    *sweep = (struct finding_sweep){
        .stimulus_sample = head->sample,
        .channel = head->direct_channel,
        .branch = head->branch,
        .role = SWEEP_DIRECT,
        .reason = head->direct_reason,
        .present = head->direct_present,
        .score = measured[0],
        .amplitude_uv = measured[1],
        .onset_ms = measured[2],
    };
}

static void get_stimulus(struct feature_log *l, const unsigned char **at,
                         struct stimulus_features *f)
{
    struct stimulus_head head;
    get(at, &head, sizeof head);
    memset(f, 0, sizeof *f);
    f->stimulus = (struct finding_stimulus){ .sample = head.sample,
                                             .branch = head.branch,
                                             .source = head.source,
                                             .delivered = head.delivered };
    f->decided_sample = head.sample + head.decided_after;
    f->has_direct = head.has_direct;
    get(at, &f->m_baseline_uv, sizeof f->m_baseline_uv);
    if (f->has_direct)
        get_direct(at, &head, &f->direct);
    f->lateral_count = head.lateral_count;
    f->control_count = head.control_count;
    for (uint32_t k = 0; k < (uint32_t)f->lateral_count + f->control_count; k++)
        get_lateral(at, &f->lateral[k], &l->lateral[head.branch][k]);
}

/* ---- findings that no judgement touches */

static void put_found(unsigned char **at, const struct finding *f)
{
    const uint8_t type = (uint8_t)f->type;
    put(at, &type, sizeof type);
    put(at, &f->decided_sample, sizeof f->decided_sample);
    if (f->type == FINDING_ARTIFACT)
        put(at, &f->artifact, sizeof f->artifact);
    else
        put(at, &f->emg_event, sizeof f->emg_event);
}

static void get_found(const unsigned char **at, struct finding *f)
{
    uint8_t type;
    get(at, &type, sizeof type);
    memset(f, 0, sizeof *f);
    f->type = type;
    get(at, &f->decided_sample, sizeof f->decided_sample);
    if (f->type == FINDING_ARTIFACT)
        get(at, &f->artifact, sizeof f->artifact);
    else
        get(at, &f->emg_event, sizeof f->emg_event);
}

/* ---- what is looked at now and then */

static bool train_is(const struct look_features *x, const struct look_features *y, uint32_t c)
{
    return same_bits(x->train_s[c], y->train_s[c]) &&
           same_bits(x->train_now_s[c], y->train_now_s[c]);
}

static uint16_t changed_trains(const struct look_features *x, const struct look_features *y)
{
    uint16_t n = 0;
    for (uint32_t c = 0; c < BANK_CHANNELS; c++)
        n = (uint16_t)(n + !train_is(x, y, c));
    return n;
}

static void put_look(struct feature_log *l, unsigned char **at, const struct look_features *look)
{
    put(at, look->electrode_off, sizeof look->electrode_off);
    for (uint32_t c = 0; c < BANK_CHANNELS; c++)
        if (!train_is(look, &l->look, c)) {
            struct look_entry entry;
            memset(&entry, 0, sizeof entry); /* no stray bytes in what is kept */
            entry.channel = (uint16_t)c;
            entry.train_s = look->train_s[c];
            entry.train_now_s = look->train_now_s[c];
            put(at, &entry, sizeof entry);
        }
    l->look = *look;
}

static void get_look(struct feature_log *l, const unsigned char **at, uint16_t count)
{
    get(at, l->look.electrode_off, sizeof l->look.electrode_off);
    for (uint32_t i = 0; i < count; i++) {
        struct look_entry entry;
        get(at, &entry, sizeof entry);
        l->look.train_s[entry.channel] = entry.train_s;
        l->look.train_now_s[entry.channel] = entry.train_now_s;
    }
}

/* ---- entries */

static uint16_t at_most(uint32_t count, uint32_t most)
{
    return (uint16_t)(count < most ? count : most);
}

static struct head head_of(const struct feature_log *l, const struct run_features *run)
{
    struct head head = {
        .first_index = run->first_index,
        .lost = run->lost,
        .frames = (uint16_t)run->frames,
        .flags = (uint16_t)((run->cautery ? IS_CAUTERY : 0) | (run->is_end ? IS_END : 0)),
        .marks = at_most(run->mark_count, FEATURE_LOG_MARKS),
        .found = at_most(run->found_count, FEATURE_LOG_FOUND),
        .stimuli = at_most(run->stimulus_count, FEATURE_LOG_STIMULI),
    };
    if (run->frames > 0 && memcmp(run->clipped, l->clipped, sizeof l->clipped) != 0)
        head.flags |= HAS_CLIPPED;
    if (run->look) {
        head.looks = changed_trains(run->look, &l->look);
        if (head.looks || memcmp(run->look->electrode_off, l->look.electrode_off,
                                 sizeof l->look.electrode_off) != 0)
            head.flags |= HAS_LOOK;
    }
    return head;
}

size_t feature_log_write(struct feature_log *l, const struct run_features *run,
                         unsigned char *bytes)
{
    const struct head head = head_of(l, run);
    const bool cautery_turns = run->frames > 0 && run->cautery != l->cautery;
    if (!cautery_turns && !(head.flags & ~IS_CAUTERY) && !head.lost && !head.marks &&
        !head.found && !head.stimuli)
        return 0;
    unsigned char *at = bytes;
    put(&at, &head, sizeof head);
    if (run->frames > 0)
        l->cautery = run->cautery;
    if (head.flags & HAS_CLIPPED) {
        put(&at, run->clipped, sizeof run->clipped);
        memcpy(l->clipped, run->clipped, sizeof l->clipped);
    }
    if (head.flags & HAS_LOOK)
        put_look(l, &at, run->look);
    for (uint32_t i = 0; i < head.marks; i++)
        put(&at, &run->marks[i], sizeof run->marks[i]);
    for (uint32_t i = 0; i < head.found; i++)
        put_found(&at, &run->found[i]);
    for (uint32_t i = 0; i < head.stimuli; i++)
        put_stimulus(l, &at, &run->stimuli[i]);
    return (size_t)(at - bytes);
}

size_t feature_log_read(struct feature_log *l, const unsigned char *bytes,
                        struct feature_log_scratch *scratch, struct run_features *run)
{
    const unsigned char *at = bytes;
    struct head head;
    get(&at, &head, sizeof head);
    if (head.frames > 0)
        l->cautery = head.flags & IS_CAUTERY;
    if (head.flags & HAS_CLIPPED)
        get(&at, l->clipped, sizeof l->clipped);
    if (head.flags & HAS_LOOK)
        get_look(l, &at, head.looks);
    for (uint32_t i = 0; i < head.marks; i++)
        get(&at, &scratch->marks[i], sizeof scratch->marks[i]);
    for (uint32_t i = 0; i < head.found; i++)
        get_found(&at, &scratch->found[i]);
    for (uint32_t i = 0; i < head.stimuli; i++)
        get_stimulus(l, &at, &scratch->stimuli[i]);
    *run = (struct run_features){
        .first_index = head.first_index,
        .lost = head.lost,
        .frames = head.frames,
        .cautery = l->cautery,
        .is_end = head.flags & IS_END,
        .mark_count = head.marks,
        .marks = scratch->marks,
        .found_count = head.found,
        .found = scratch->found,
        .stimulus_count = head.stimuli,
        .stimuli = scratch->stimuli,
        .look = &l->look,
    };
    memcpy(run->clipped, l->clipped, sizeof run->clipped);
    return (size_t)(at - bytes);
}
