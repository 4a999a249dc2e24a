/* SPDX-License-Identifier: Apache-2.0 */
/* Names of codes, in the order of base/finding.h. */
#include "protocol/codes.h"

#include <string.h>

#include <assert.h>
#include <stddef.h>

#define NAME_OF(names, index)                                                                      \
    (assert((size_t)(index) < sizeof(names) / sizeof *(names)), (names)[(size_t)(index)])

const char *code_finding_type(enum finding_type type)
{
    static const char *const names[] = { "case",      "mark",     "artifact", "stimulus", "sweep",
                                         "emg_event", "endpoint", "alarm",    "summary" };
    return NAME_OF(names, type);
}

const char *code_artifact_kind(enum artifact_kind kind)
{
    static const char *const names[ARTIFACT_KINDS] = { "cautery",   "drill", "saturation",
                                                       "electrode", "hum",   "gap" };
    return NAME_OF(names, kind);
}

const char *code_stimulus_source(enum stimulus_source source)
{
    return source == STIMULUS_FROM_TRIGGER ? "trigger" : "artifact";
}

const char *code_sweep_role(enum sweep_role role)
{
    static const char *const names[] = { "direct", "lsr", "control" };
    return NAME_OF(names, role);
}

const char *code_sweep_reason(enum sweep_reason reason)
{
    static const char *const names[SWEEP_REASONS] = { NULL,       "artifact", "saturated",
                                                      "electrode", "stimulus", "activity",
                                                      "gap",       "settling", "rate" };
    return NAME_OF(names, reason);
}

const char *code_emg_kind(enum emg_kind kind)
{
    static const char *const names[EMG_KINDS] = { "spike",   "burst",   "a_train",
                                                  "b_train", "c_train", "spasm" };
    return NAME_OF(names, kind);
}

const char *code_endpoint_state(enum endpoint_state state)
{
    static const char *const names[ENDPOINT_STATES] = {
        "setup",      "baseline", "not_elicited", "present",  "attenuated", "absent",
        "early_loss", "withheld", "reached",      "recurred", "confirmed",  "rejected"
    };
    return NAME_OF(names, state);
}

const char *code_endpoint_reason(enum endpoint_reason reason)
{
    static const char *const names[ENDPOINT_REASONS] = {
        [ENDPOINT_BECAUSE_SWEEPS] = "sweeps",
        [ENDPOINT_BECAUSE_CHECKS] = "checks",
        [ENDPOINT_BECAUSE_BASELINE] = "baseline",
        [ENDPOINT_BECAUSE_NO_RESPONSE] = "no_response",
        [ENDPOINT_BECAUSE_RETAKE] = "retake",
        [ENDPOINT_BECAUSE_EARLY] = "early",
        [ENDPOINT_BECAUSE_STIMULUS] = "stimulus",
        [ENDPOINT_BECAUSE_STIMULATION] = "stimulation",
        [ENDPOINT_BECAUSE_M_WAVE] = "m_wave",
        [ENDPOINT_BECAUSE_ELECTRODE] = "electrode",
        [ENDPOINT_BECAUSE_SATURATION] = "saturation",
        [ENDPOINT_BECAUSE_RELAXANT] = "relaxant",
        [ENDPOINT_BECAUSE_ACQUISITION] = "acquisition",
        [ENDPOINT_BECAUSE_CAUTERY] = "cautery",
        [ENDPOINT_BECAUSE_RECOVERED] = "recovered",
        [ENDPOINT_BECAUSE_CONFIRM] = "confirm",
        [ENDPOINT_BECAUSE_REJECT] = "reject",
        [ENDPOINT_BECAUSE_ACKNOWLEDGE] = "acknowledge",
        [ENDPOINT_BECAUSE_CONFIGURATION] = "configuration",
        [ENDPOINT_BECAUSE_PHASE] = "phase",
    };
    return NAME_OF(names, reason);
}

const char *code_endpoint_check(enum endpoint_check check)
{
    static const char *const names[ENDPOINT_CHECKS] = {
        [CHECK_STIMULUS] = "stimulus",     [CHECK_M_WAVE] = "m_wave",
        [CHECK_ELECTRODES] = "electrodes", [CHECK_CAUTERY] = "cautery",
        [CHECK_SWEEPS] = "sweeps",         [CHECK_HOLD] = "hold",
        [CHECK_PHASE] = "phase",           [CHECK_BRANCHES] = "branches",
        [CHECK_INTENSITY] = "intensity",   [CHECK_TRAIN_OF_FOUR] = "train_of_four",
        [CHECK_ANAESTHETIC] = "anaesthetic", [CHECK_DIRECT] = "direct",
    };
    return NAME_OF(names, check);
}

const char *code_alarm_id(enum alarm_id id)
{
    static const char *const names[ALARM_IDS] = {
        [ALARM_ENDPOINT_REACHED] = "endpoint_reached",
        [ALARM_LSR_RECURRED] = "lsr_recurred",
        [ALARM_TRAIN_TIME] = "train_time",
        [ALARM_NEUROTONIC_DISCHARGE] = "neurotonic_discharge",
        [ALARM_STIMULUS_LOST] = "stimulus_lost",
        [ALARM_ELECTRODE_OFF] = "electrode_off",
        [ALARM_SATURATED] = "saturated",
        [ALARM_ACQUISITION_LOST] = "acquisition_lost",
        [ALARM_RECORDING_STOPPED] = "recording_stopped",
        [ALARM_CONTROL_RESPONSE] = "control_response",
    };
    return NAME_OF(names, id);
}

const char *code_alarm_priority(enum alarm_priority priority)
{
    static const char *const names[ALARM_PRIORITIES] = { "information", "low", "medium", "high" };
    return NAME_OF(names, priority);
}

bool code_alarm_id_find(const char *name, enum alarm_id *id)
{
    for (*id = (enum alarm_id)0; *id < ALARM_IDS; (*id)++)
        if (strcmp(code_alarm_id(*id), name) == 0)
            return true;
    return false;
}

bool code_alarm_priority_find(const char *name, enum alarm_priority *priority)
{
    for (*priority = (enum alarm_priority)0; *priority < ALARM_PRIORITIES; (*priority)++)
        if (strcmp(code_alarm_priority(*priority), name) == 0)
            return true;
    return false;
}

const char *code_alarm_text(enum alarm_id id)
{
    static const char *const texts[ALARM_IDS] = {
        [ALARM_ENDPOINT_REACHED] = "endpoint criteria met, not yet confirmed",
        [ALARM_LSR_RECURRED] = "lateral spread response is back",
        [ALARM_TRAIN_TIME] = "A-train time over the limit",
        [ALARM_NEUROTONIC_DISCHARGE] = "sustained neurotonic discharge",
        [ALARM_STIMULUS_LOST] = "stimulus lost: check the stimulator",
        [ALARM_ELECTRODE_OFF] = "check the electrode",
        [ALARM_SATURATED] = "amplifier saturated",
        [ALARM_ACQUISITION_LOST] = "acquisition lost: check the amplifier",
        [ALARM_RECORDING_STOPPED] = "recording stopped",
        [ALARM_CONTROL_RESPONSE] =
            "response on the control side: check the montage and the stimulation site",
    };
    return NAME_OF(texts, id);
}
