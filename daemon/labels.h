/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/labels.h - a reviewer's labels of one recorded case: in labels.ndjson of its directory, or
 * in FILE.labels.ndjson beside a file of somebody else's. Only added to. One thread. */
#ifndef LSRD_DAEMON_LABELS_H
#define LSRD_DAEMON_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "protocol/label.h"

enum { LABELS_MAX = 1000 };

struct labels;

/* Reads what is there; a line that is no label is named in the log and left alone. */
struct labels *labels_open(const char *case_path, struct clock *clock, struct err *err);
void labels_close(struct labels *l); /* takes NULL */

/* Those that hold, in the order in which they were made. */
const struct label *labels_list(const struct labels *l, uint32_t *count);
uint32_t labels_version(const struct labels *l); /* another after each change */

/* Writes a label, by and utc filled in here; it is on the disk when this returns. */
bool labels_add(struct labels *l, const struct label *label, const char *by, struct err *err);
/* Takes back the one at this place of the list; anyone's. */
bool labels_retract(struct labels *l, uint32_t at, const char *by, struct err *err);

#endif
