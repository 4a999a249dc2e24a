/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/codes.h - the names under which codes of base/finding.h travel: in the journal, on the
 * wire, in the page's dictionaries. Each returns a string that lives for ever. */
#ifndef LSRD_PROTOCOL_CODES_H
#define LSRD_PROTOCOL_CODES_H

#include <stdbool.h>

#include "base/finding.h"

const char *code_finding_type(enum finding_type type);
const char *code_artifact_kind(enum artifact_kind kind);
const char *code_stimulus_source(enum stimulus_source source);
const char *code_sweep_role(enum sweep_role role);
const char *code_sweep_reason(enum sweep_reason reason); /* NULL for REASON_NONE */
const char *code_emg_kind(enum emg_kind kind);
const char *code_endpoint_state(enum endpoint_state state);
const char *code_endpoint_reason(enum endpoint_reason reason);
const char *code_endpoint_check(enum endpoint_check check);
const char *code_alarm_id(enum alarm_id id);
const char *code_alarm_priority(enum alarm_priority priority);

/* And back. False: no such name. */
bool code_alarm_id_find(const char *name, enum alarm_id *id);
bool code_alarm_priority_find(const char *name, enum alarm_priority *priority);

/* Fixed English; the page translates by id. */
const char *code_alarm_text(enum alarm_id id);

#endif
