/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that grow by doubling. */
#include "daemon/case_kept.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_MAX = 24 << 20 /* of findings; a three-hour case has a tenth */ };

struct kept {
    uint32_t at; /* in the arena */
    uint32_t size;
};

static bool add(struct kept_list *l, const void *bytes, size_t size)
{
    if (l->used + size > l->capacity) {
        const size_t capacity = l->capacity ? 2 * l->capacity : 4096 + size;
        unsigned char *larger = realloc(l->bytes, capacity);
        if (!larger)
            return false;
        l->bytes = larger;
        l->capacity = capacity;
    }
    memcpy(l->bytes + l->used, bytes, size);
    l->used += size;
    return true;
}

#define ITEMS(list, T) ((T *)(void *)(list).bytes)
#define COUNT(list, T) ((uint32_t)((list).used / sizeof(T)))

void case_kept_fini(struct case_kept *k)
{
    free(k->arena.bytes);
    free(k->findings.bytes);
    free(k->points.bytes);
    free(k->stimuli.bytes);
    free(k->checkpoints.bytes);
    memset(k, 0, sizeof *k);
}

void case_kept_clear(struct case_kept *k)
{
    k->arena.used = k->findings.used = k->points.used = k->stimuli.used = k->checkpoints.used = 0;
    k->reach = (struct case_index_place){0};
}

size_t case_kept_size(const struct finding *f)
{
    const size_t head = offsetof(struct finding, mark);
    switch (f->type) {
    case FINDING_MARK:
        return head + sizeof f->mark;
    case FINDING_ARTIFACT:
        return head + sizeof f->artifact;
    case FINDING_EMG_EVENT:
        return head + sizeof f->emg_event;
    case FINDING_ENDPOINT:
        return head + sizeof f->endpoint;
    case FINDING_ALARM:
        return head + sizeof f->alarm;
    case FINDING_SUMMARY:
        return head + sizeof f->summary;
    default:
        return head;
    }
}

void case_kept_add_finding(struct case_kept *k, const struct finding *f)
{
    const size_t size = case_kept_size(f);
    const struct kept kept = {.at = (uint32_t)k->arena.used, .size = (uint32_t)size};
    if (k->arena.used + size > ARENA_MAX)
        return;
    if (add(&k->arena, f, size) && add(&k->findings, &kept, sizeof kept))
        k->reach.findings = COUNT(k->findings, struct kept);
}

void case_kept_add_point(struct case_kept *k, const struct message_trend_point *p)
{
    if (add(&k->points, p, sizeof *p))
        k->reach.points = COUNT(k->points, struct message_trend_point);
}

void case_kept_add_stimulus(struct case_kept *k, const struct kept_stimulus *s)
{
    if (add(&k->stimuli, s, sizeof *s))
        k->reach.stimuli = COUNT(k->stimuli, struct kept_stimulus);
}

bool case_kept_add_checkpoint(struct case_kept *k, const struct kept_checkpoint *c)
{
    return add(&k->checkpoints, c, sizeof *c);
}

void case_kept_judge(struct case_kept *k, uint64_t stimulus_sample, uint64_t decided)
{
    for (uint32_t n = k->reach.stimuli; n > 0; n--) {
        struct kept_stimulus *s = &ITEMS(k->stimuli, struct kept_stimulus)[n - 1];
        if (s->sample > stimulus_sample)
            continue;
        if (s->sample == stimulus_sample && s->judged <= decided)
            s->judged = decided + 1;
        return;
    }
}

bool case_kept_finding(const struct case_kept *k, uint32_t index, struct finding *f)
{
    if (index >= k->reach.findings)
        return false;
    const struct kept *kept = &ITEMS(k->findings, struct kept)[index];
    memcpy(f, k->arena.bytes + kept->at, kept->size);
    return true;
}

bool case_kept_checkpoint(const struct case_kept *k, uint64_t sample, struct kept_checkpoint *c)
{
    bool is_found = false;
    const uint32_t count = COUNT(k->checkpoints, struct kept_checkpoint);
    for (uint32_t n = 0; n < count; n++) {
        const struct kept_checkpoint *here = &ITEMS(k->checkpoints, struct kept_checkpoint)[n];
        if (here->place.sample > sample)
            break;
        *c = *here;
        is_found = true;
    }
    return is_found;
}

void case_kept_points(const struct case_kept *k, uint32_t from, uint32_t count,
                      struct message_trend_point *out)
{
    memcpy(out, ITEMS(k->points, struct message_trend_point) + from, count * sizeof *out);
}

bool case_kept_step(const struct case_kept *k, uint64_t sample, int by, uint64_t *to)
{
    const struct kept_stimulus *s = ITEMS(k->stimuli, struct kept_stimulus);
    const int64_t count = COUNT(k->stimuli, struct kept_stimulus);
    int64_t before = 0; /* stimuli judged before `sample`, */
    while (before < count && s[before].judged < sample)
        before++;
    int64_t reached = before; /* and at it */
    while (reached < count && s[reached].judged == sample)
        reached++;
    const int64_t at = by > 0 ? reached + by - 1 : before + by;
    if (at < 0 || at >= count)
        return false;
    *to = s[at].judged;
    return true;
}
