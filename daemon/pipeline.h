/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/pipeline.h - from a source's stream to cases: opens and closes cases at marks, gives every
 * frame the index of its case, leads it through the bank, and hands everything to one listener.
 * Several can live side by side. Main thread. */
#ifndef LSRD_DAEMON_PIPELINE_H
#define LSRD_DAEMON_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/block.h"
#include "base/clock.h"
#include "base/err.h"
#include "daemon/case_run.h"
#include "daemon/settings.h"

/* What a pipeline tells; pointers are valid during the call. Each may be NULL. */
struct pipeline_listener {
    void *context;
    /* A new life of the bank: a case, or the stretch between cases. Everything that follows
     * belongs to it. */
    void (*opened)(void *context);
    void (*closed)(void *context);
    /* The frames before the bank takes them, rebased to the case. */
    void (*block)(void *context, const struct sample_block *block);
    void (*mark)(void *context, const struct mark *mark);
    struct case_run_sink run; /* its context is set by the pipeline to the one above */
};

struct pipeline;

/* settings are copied; format is the source's. autostart: the first life is a case. A
 * recording is one case from its first frame to its last, whatever its marks say, with its own
 * indices. */
struct pipeline *pipeline_create(const struct settings *settings,
                                 const struct stream_format *format, bool autostart,
                                 const struct pipeline_listener *listener, struct err *err);
void pipeline_destroy(struct pipeline *p); /* takes NULL; closes without telling */

/* A block with the source's indices. It is changed. Marks case=start and case=end open and close
 * at their own sample. */
bool pipeline_take(struct pipeline *p, struct sample_block *block, struct err *err);

/* A mark from a person or the system, at the next frame. */
bool pipeline_mark(struct pipeline *p, const char *text, const char *by, struct err *err);

/* The source's format changed: ends the life; the next one is a case again if this one was. */
bool pipeline_format(struct pipeline *p, const struct stream_format *format, struct err *err);

/* A recorded case goes on from another place: a new life, in the state of a checkpoint taken before
 * frame `at` (NULL: from the start). The life before it ends without a summary. */
bool pipeline_resume(struct pipeline *p, const void *state, uint64_t at, struct err *err);

/* Takes other settings: all or nothing. In a case only live options may differ; each difference
 * becomes a mark `set=section.key=value was=before`. */
bool pipeline_configure(struct pipeline *p, const struct settings *settings, const char *by,
                        struct err *err);

/* Ends the life with its summary. */
void pipeline_finish(struct pipeline *p);

bool pipeline_is_case(const struct pipeline *p);
uint16_t pipeline_source_tag(const struct pipeline *p); /* another for every life */
const struct settings *pipeline_settings(const struct pipeline *p);
const struct montage *pipeline_montage(const struct pipeline *p);
const struct stream_format *pipeline_stream_format(const struct pipeline *p);
const struct case_run *pipeline_run(const struct pipeline *p);

#endif
