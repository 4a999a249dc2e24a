/* SPDX-License-Identifier: Apache-2.0 */
/* Binds the configuration to the sources' own options. */
#include "daemon/sources.h"

#include <stdio.h>

#include "acquisition/patient.h"
#include "acquisition/replay.h"
#include "daemon/montage.h"

static struct source *make_patient(const struct settings *settings, struct err *err)
{
    const struct patient_setup setup = { .scenario = settings->patient.scenario.text,
                                         .seed = settings->patient.seed,
                                         .is_real_time = true,
                                         .complaints = stderr };
    return patient_create(&setup, err);
}

struct source *source_make(const struct settings *settings, struct clock *clock, struct err *err)
{
    (void)clock;
    switch (settings->device.source) {
    case DEVICE_PATIENT:
        return make_patient(settings, err);
    default:
        err_set(err, ERR_CONFIG, "device.source = replay: use `lsrd replay CASE`");
        return NULL;
    }
}
