/* SPDX-License-Identifier: Apache-2.0 */
/* One request at a time. */
#include "record/syncer.h"

#include <errno.h>
#include <unistd.h>

static void *run(void *argument)
{
    struct syncer *s = argument;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->is_busy && !s->is_stopping)
            pthread_cond_wait(&s->changed, &s->lock);
        if (!s->is_busy)
            break;
        pthread_mutex_unlock(&s->lock);
        int failed = 0;
        for (size_t i = 0; i < s->count; i++) {
            if (s->ops->fdatasync(s->files[i]) != 0 && !failed)
                failed = errno;
            close(s->files[i]);
        }
        pthread_mutex_lock(&s->lock);
        s->last_errno = failed;
        s->is_busy = false;
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

bool syncer_start(struct syncer *s, const struct file_ops *ops, struct err *err)
{
    s->ops = ops;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    const int failed = pthread_create(&s->thread, NULL, run, s);
    if (failed)
        return err_set_os(err, ERR_IO, failed, "thread that syncs files");
    s->is_running = true;
    return true;
}

void syncer_stop(struct syncer *s)
{
    if (!s->is_running)
        return;
    pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    s->is_running = false;
}

bool syncer_request(struct syncer *s, const int *files, size_t count)
{
    pthread_mutex_lock(&s->lock);
    const bool is_free = !s->is_busy;
    if (is_free) {
        s->count = 0;
        for (size_t i = 0; i < count && s->count < SYNCER_FILES; i++) {
            const int copy = dup(files[i]);
            if (copy >= 0)
                s->files[s->count++] = copy;
        }
        s->is_busy = true;
        pthread_cond_signal(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    return is_free;
}

int syncer_errno(struct syncer *s)
{
    pthread_mutex_lock(&s->lock);
    const int failed = s->last_errno;
    pthread_mutex_unlock(&s->lock);
    return failed;
}
