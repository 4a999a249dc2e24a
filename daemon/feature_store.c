/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps entries of the feature log in chunks. */
#include "daemon/feature_store.h"

#include <stdlib.h>
#include <string.h>

#include "detect/feature_log.h"

enum { CHUNK = 1 << 20 };

struct chunk {
    struct chunk *next;
    size_t used;
    unsigned char bytes[CHUNK];
};

struct feature_store {
    size_t most_bytes;
    size_t bytes; /* of chunks */
    bool is_cut;
    struct chunk *first, *last;
    struct feature_log log;
    unsigned char entry[FEATURE_LOG_ENTRY];
};

struct feature_store *feature_store_create(size_t most_bytes)
{
    struct feature_store *s = calloc(1, sizeof *s);
    if (s)
        s->most_bytes = most_bytes;
    return s;
}

void feature_store_destroy(struct feature_store *s)
{
    if (!s)
        return;
    while (s->first) {
        struct chunk *next = s->first->next;
        free(s->first);
        s->first = next;
    }
    free(s);
}

static bool has_room(struct feature_store *s, size_t size)
{
    if (s->last && s->last->used + size <= CHUNK)
        return true;
    struct chunk *chunk = s->bytes + CHUNK <= s->most_bytes ? malloc(sizeof *chunk) : NULL;
    if (!chunk)
        return false;
    chunk->next = NULL;
    chunk->used = 0;
    *(s->last ? &s->last->next : &s->first) = chunk;
    s->last = chunk;
    s->bytes += CHUNK;
    return true;
}

void feature_store_take(void *context, const struct run_features *run)
{
    struct feature_store *s = context;
    if (s->is_cut)
        return;
    const size_t size = feature_log_write(&s->log, run, s->entry);
    if (size == 0)
        return;
    if (!has_room(s, size)) {
        s->is_cut = true;
        return;
    }
    memcpy(s->last->bytes + s->last->used, s->entry, size);
    s->last->used += size;
}

bool feature_store_is_whole(const struct feature_store *s)
{
    return !s->is_cut;
}

size_t feature_store_bytes(const struct feature_store *s)
{
    return s->bytes;
}

/* Memory of one judging. */
struct judging {
    struct feature_log log;
    struct feature_log_scratch scratch;
    struct rejudge *rejudge;
};

static void judge_chunk(struct judging *j, const struct chunk *chunk,
                        const struct feature_store_marks *marks, const struct rejudge_sink *sink)
{
    for (size_t at = 0; at < chunk->used;) {
        struct run_features run;
        at += feature_log_read(&j->log, chunk->bytes + at, &j->scratch, &run);
        for (uint32_t i = 0; marks && i < run.mark_count; i++)
            marks->change(marks->context, &j->scratch.marks[i]);
        rejudge_take(j->rejudge, &run, sink);
    }
}

bool feature_store_rejudge(const struct feature_store *s, const struct bank_params *params,
                           const struct feature_store_marks *marks,
                           const struct rejudge_sink *sink)
{
    struct judging *j = calloc(1, sizeof *j);
    if (!j)
        return false;
    j->rejudge = aligned_alloc(64, rejudge_size(params));
    if (j->rejudge) {
        rejudge_init(j->rejudge, params);
        for (const struct chunk *c = s->first; c; c = c->next)
            judge_chunk(j, c, marks, sink);
    }
    const bool is_done = j->rejudge != NULL;
    free(j->rejudge);
    free(j);
    return is_done;
}
