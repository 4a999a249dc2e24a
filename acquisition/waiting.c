/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for a device, asks for it twice a second. */
#include "acquisition/waiting.h"

#include <poll.h>
#include <stdlib.h>

enum {
    TRY_TURNS = 5, /* of at most 100 ms, as a source may wait */
    TURN_MS = 100,
};

struct waiting_source {
    struct source base;
    struct source *inner; /* owned */
    struct err problem;   /* at start; not changed afterwards, so that any thread may read it */
    bool has_waited;
    bool is_there; /* the capture thread's */
    uint32_t turns;
};

static bool waiting_start(struct source *s, struct err *err)
{
    (void)err;
    struct waiting_source *w = (struct waiting_source *)s;
    w->is_there = w->inner->ops->start(w->inner, &w->problem);
    w->has_waited = !w->is_there;
    if (w->is_there)
        s->format = w->inner->format;
    return true;
}

static enum read_result ask_again(struct waiting_source *w)
{
    struct err ignored; /* the same as at the start, or as good */
    if (++w->turns % TRY_TURNS != 0) {
        poll(NULL, 0, TURN_MS);
        return READ_TIMEOUT;
    }
    w->is_there = w->inner->ops->start(w->inner, &ignored);
    if (!w->is_there)
        return READ_TIMEOUT;
    w->base.format = w->inner->format;
    return READ_FORMAT;
}

static enum read_result waiting_read(struct source *s, struct sample_block *out)
{
    struct waiting_source *w = (struct waiting_source *)s;
    if (!w->is_there)
        return ask_again(w);
    const enum read_result result = w->inner->ops->read(w->inner, out);
    if (result == READ_FORMAT)
        s->format = w->inner->format;
    if (result == READ_FAILED)
        s->failure = w->inner->failure;
    return result;
}

static void waiting_destroy(struct source *s)
{
    source_destroy(((struct waiting_source *)s)->inner);
    free(s);
}

static void waiting_describe(const struct source *s, char *text, size_t size)
{
    const struct waiting_source *w = (const struct waiting_source *)s;
    if (w->is_there && w->inner->ops->describe)
        w->inner->ops->describe(w->inner, text, size);
}

static const struct source_ops waiting_ops = { .name = "alsa",
                                               .start = waiting_start,
                                               .read = waiting_read,
                                               .destroy = waiting_destroy,
                                               .describe = waiting_describe };

struct source *waiting_source_create(struct source *inner, const struct stream_format *assumed,
                                     struct err *err)
{
    struct waiting_source *w = calloc(1, sizeof *w);
    if (!w) {
        source_destroy(inner);
        err_set(err, ERR_MEMORY, "device");
        return NULL;
    }
    w->base.ops = &waiting_ops;
    w->base.live = inner->live;
    w->base.format = *assumed;
    w->inner = inner;
    return &w->base;
}

const char *waiting_source_problem(const struct source *s)
{
    const struct waiting_source *w = (const struct waiting_source *)s;
    return s->ops == &waiting_ops && w->has_waited ? w->problem.text : NULL;
}
