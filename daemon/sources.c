/* SPDX-License-Identifier: Apache-2.0 */
/* Binds the configuration to the sources' own options. */
#include "daemon/sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acquisition/alsa.h"
#include "acquisition/patient.h"
#include "acquisition/replay.h"
#include "acquisition/waiting.h"
#include "daemon/montage.h"

enum { ASSUMED_CHANNELS = 8 }; /* of an amplifier that is not there yet */

static struct source *make_patient(const struct settings *settings, struct err *err)
{
    const struct patient_setup setup = { .scenario = settings->patient.scenario.text,
                                         .seed = settings->patient.seed,
                                         .is_real_time = true,
                                         .complaints = stderr };
    return patient_create(&setup, err);
}

static void use_input(struct alsa_inputs *inputs, uint16_t input, double scale_uv)
{
    if (input == BANK_NO_INPUT)
        return;
    inputs->full_scale_uv[input] = scale_uv;
    if (inputs->needed < input + 1u)
        inputs->needed = input + 1u;
}

/* What the amplifier does not know of itself: which inputs are used, what they are called, and how
 * many volts full scale is. */
static void describe_inputs(const struct settings *settings, struct stream_format *names,
                            struct alsa_inputs *inputs)
{
    names->channels = BLOCK_CHANNELS;
    montage_label_inputs(settings, names);
    for (uint32_t i = 0; i < BLOCK_CHANNELS; i++)
        memcpy(inputs->label[i], names->inputs[i].label, sizeof inputs->label[i]);
    for (uint32_t i = 0; i < settings->channel_count; i++) {
        const struct channel_settings *c = &settings->channels[i];
        uint16_t plus, minus;
        if (!montage_parse_input(c->input.text, &plus, &minus))
            continue; /* settings_load() has complained */
        use_input(inputs, plus, c->scale_uv);
        use_input(inputs, minus, c->scale_uv);
    }
}

/* Until the device says what it is. */
static void describe_assumed(struct stream_input *input, double full_scale_uv)
{
    const double uv = full_scale_uv > 0 ? full_scale_uv : 10000;
    input->digital_min = SAMPLE_MIN;
    input->digital_max = SAMPLE_MAX;
    input->physical_min = -uv;
    input->physical_max = uv;
    input->is_voltage = true;
    stream_input_round(input);
}

static struct source *make_alsa(const struct settings *settings, struct err *err)
{
    struct stream_format *names = calloc(1, sizeof *names);
    struct alsa_inputs *inputs = calloc(1, sizeof *inputs);
    struct source *source = NULL;
    if (names && inputs) {
        describe_inputs(settings, names, inputs);
        source = alsa_source_create(&settings->alsa, inputs, err);
        names->rate_hz = (uint32_t)(settings->alsa.rate_hz + 0.5);
        names->channels = inputs->needed > ASSUMED_CHANNELS ? inputs->needed : ASSUMED_CHANNELS;
        for (uint32_t i = 0; i < names->channels; i++)
            describe_assumed(&names->inputs[i], inputs->full_scale_uv[i]);
        if (source)
            source = waiting_source_create(source, names, err);
    } else {
        err_set(err, ERR_MEMORY, "the amplifier's inputs");
    }
    free(names);
    free(inputs);
    return source;
}

struct source *source_make(const struct settings *settings, struct clock *clock, struct err *err)
{
    (void)clock;
    switch (settings->device.source) {
    case DEVICE_ALSA:
        return make_alsa(settings, err);
    case DEVICE_PATIENT:
        return make_patient(settings, err);
    default:
        err_set(err, ERR_CONFIG, "device.source = replay: use `lsrd replay CASE`");
        return NULL;
    }
}
