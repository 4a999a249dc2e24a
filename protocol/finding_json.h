/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/finding_json.h - a finding as its line of the journal: printed once, on the main thread;
 * recorder, browsers and console pass the bytes on. Form: docs/findings.schema.json. */
#ifndef LSRD_PROTOCOL_FINDING_JSON_H
#define LSRD_PROTOCOL_FINDING_JSON_H

#include <stddef.h>

#include "base/block.h"
#include "base/finding.h"
#include "protocol/text.h"

enum { FINDING_LINE = 16384 }; /* bytes that hold any finding's line with its newline and NUL */

/* What a line needs beside the finding: names for indices, and the case's own line. */
struct finding_context {
    uint32_t rate_hz;
    uint32_t channel_count;
    char labels[FINDING_CHANNELS][STREAM_LABEL];
    uint32_t branch_count;
    char branches[FINDING_BRANCHES][STREAM_LABEL];
    double endpoint_hold_s;
    char config_sha256[65];
    char version[32];
};

/* Writes one line with its newline; returns its length. line holds FINDING_LINE bytes. */
size_t finding_json_line(const struct finding_context *context, const struct finding *finding,
                         char *line);

/* The evidence object alone, for messages between changes of state. */
void finding_json_evidence(const struct finding_context *context,
                           const struct finding_evidence *evidence, struct text *out);

#endif
