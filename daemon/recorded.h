/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/recorded.h - a recorded case with the configuration that belongs to it, opened as
 * `analyze` and `replay` both do. */
#ifndef LSRD_DAEMON_RECORDED_H
#define LSRD_DAEMON_RECORDED_H

#include "daemon/arguments.h"
#include "daemon/case_run.h"
#include "daemon/montage.h"
#include "daemon/settings.h"
#include "record/reader.h"

struct recorded {
    struct settings settings;
    struct montage montage;
    struct recording *recording; /* owned */
};

/* path is a file or a case directory; a directory brings its own lsrd.conf, a file the one beside
 * it (daemon/mapping.h), unless arguments name another. Remarks of the reader go to the log. */
bool recorded_open(struct recorded *r, const char *path, const struct arguments *arguments,
                   struct err *err);
void recorded_close(struct recorded *r); /* copes with a zeroed one */

/* The same recording once more, for another thread; the caller closes it. */
struct recording *recorded_again(const struct recorded *r, const char *path, struct err *err);

/* Sees every block before it is fed, and may change its marks; false ends the feeding as ERR_STATE. */
struct recorded_watch {
    void *context;
    bool (*block)(void *context, struct sample_block *block);
};

/* Feeds the run with everything from where the recording stands to its end. watch may be NULL. */
bool recorded_feed(struct recorded *r, struct case_run *run, const struct recorded_watch *watch,
                   struct err *err);

/* The labels by which a configuration names a file's channels: they decide its rate. */
struct settings_labels {
    uint32_t count;
    const char *labels[SETTINGS_CHANNELS + SETTINGS_BRANCHES * (OPTION_LABELS_MAX + 2)];
};
void recorded_labels(const struct settings *settings, struct settings_labels *out);

#endif
