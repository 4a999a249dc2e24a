/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/overview.h - a whole recorded case as one JSON object, for the page's scrub bar. */
#ifndef LSRD_DAEMON_OVERVIEW_H
#define LSRD_DAEMON_OVERVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/case_index.h"
#include "daemon/labels.h"

/* What the pass over the case knows so far, thinned to what a bar can show: docs/protocol.md lists the
 * fields. False: it does not fit. */
bool overview_json(struct case_index *index, const struct finding_context *context, char *out,
                   size_t size);
bool overview_labels_json(const struct labels *labels, char *out, size_t size);

#endif
