/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps entries of the feature log in a file. */
#include "daemon/feature_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "detect/feature_log.h"

enum { CHUNK = 1 << 20 };

/* Chunks follow one another in a nameless file: pages that the system can take back, not memory of
 * ours. An entry never crosses two. */
struct feature_store {
    size_t most_bytes;
    size_t bytes; /* of the chunks in the file */
    FILE *file;
    bool is_cut;
    size_t used; /* of the chunk that is being filled */
    struct feature_log log;
    unsigned char chunk[CHUNK];
    unsigned char entry[FEATURE_LOG_ENTRY];
};

struct feature_store *feature_store_create(size_t most_bytes)
{
    struct feature_store *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->most_bytes = most_bytes;
    s->file = tmpfile();
    s->is_cut = s->file == NULL; /* everything then takes a pass over the samples */
    return s;
}

void feature_store_destroy(struct feature_store *s)
{
    if (s && s->file)
        fclose(s->file);
    free(s);
}

/* A chunk's used bytes stand before it. */
static bool put_chunk(struct feature_store *s)
{
    const size_t size = sizeof s->used + CHUNK;
    const off_t at = (off_t)s->bytes;
    if (s->bytes + size > s->most_bytes ||
        pwrite(fileno(s->file), &s->used, sizeof s->used, at) != (ssize_t)sizeof s->used ||
        pwrite(fileno(s->file), s->chunk, CHUNK, at + (off_t)sizeof s->used) != CHUNK)
        return false;
    s->bytes += size;
    s->used = 0;
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
    if (s->used + size > CHUNK && !put_chunk(s)) {
        s->is_cut = true;
        return;
    }
    memcpy(s->chunk + s->used, s->entry, size);
    s->used += size;
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
    unsigned char chunk[CHUNK];
};

static void judge_chunk(struct judging *j, const unsigned char *chunk, size_t used,
                        const struct feature_store_marks *marks, const struct rejudge_sink *sink)
{
    for (size_t at = 0; at < used;) {
        struct run_features run;
        at += feature_log_read(&j->log, chunk + at, &j->scratch, &run);
        for (uint32_t i = 0; marks && i < run.mark_count; i++)
            marks->change(marks->context, &j->scratch.marks[i]);
        rejudge_take(j->rejudge, &run, sink);
    }
}

static bool judge_file(const struct feature_store *s, struct judging *j,
                       const struct feature_store_marks *marks, const struct rejudge_sink *sink)
{
    size_t used;
    for (size_t at = 0; at < s->bytes; at += sizeof used + CHUNK) {
        if (pread(fileno(s->file), &used, sizeof used, (off_t)at) != (ssize_t)sizeof used ||
            pread(fileno(s->file), j->chunk, CHUNK, (off_t)(at + sizeof used)) != CHUNK ||
            used > CHUNK)
            return false;
        judge_chunk(j, j->chunk, used, marks, sink);
    }
    judge_chunk(j, s->chunk, s->used, marks, sink);
    return true;
}

bool feature_store_rejudge(const struct feature_store *s, const struct bank_params *params,
                           const struct feature_store_marks *marks,
                           const struct rejudge_sink *sink)
{
    struct judging *j = calloc(1, sizeof *j);
    if (!j)
        return false;
    j->rejudge = aligned_alloc(64, rejudge_size(params));
    if (j->rejudge)
        rejudge_init(j->rejudge, params);
    const bool is_done = j->rejudge && judge_file(s, j, marks, sink);
    free(j->rejudge);
    free(j);
    return is_done;
}
