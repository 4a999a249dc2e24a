/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what detectors and settings say. */
#include "daemon/answers.h"

#include "acquisition/alsa_devices.h"
#include "acquisition/waiting.h"

static void print_quality(struct text *t, const struct bank *bank, const struct bank_params *params,
                          uint16_t channel)
{
    static const char *const verdicts[QUALITY_VERDICTS] = {
        [QUALITY_UNKNOWN] = "unknown",     [QUALITY_GOOD] = "good", [QUALITY_FLAT] = "flat",
        [QUALITY_SATURATED] = "saturated", [QUALITY_HUM] = "hum",   [QUALITY_NOISY] = "noisy",
        [QUALITY_ARTIFACT] = "artifact",   [QUALITY_OFF] = "off",
    };
    const struct quality q = bank_quality(bank, channel);
    text_next(t);
    text_raw(t, "{");
    text_key_string(t, "channel", params->channel[channel].label);
    text_key_fixed(t, "noise_uv", q.noise_uv, 2);
    text_key_fixed(t, "hum_uv", q.hum_uv, 2);
    text_key_fixed(t, "artifact_uv", q.artifact_uv, 1);
    text_key_string(t, "verdict", verdicts[quality_judge(&q, &params->artifact)]);
    text_raw(t, "}");
}

void answer_quality(struct text *t, const struct pipeline *pipeline)
{
    const struct bank_params *params = &pipeline_montage(pipeline)->params;
    text_raw(t, "[");
    for (uint16_t i = 0; i < params->channels; i++)
        print_quality(t, case_run_bank(pipeline_run(pipeline)), params, i);
    text_raw(t, "]");
}

void answer_activity(struct text *t, const struct pipeline *pipeline,
                     const struct activity *activity, uint64_t sample)
{
    const struct alarm_params *limits = &pipeline_settings(pipeline)->params.alarm;
    text_raw(t, "{");
    text_key(t, "train_limits_s");
    text_raw(t, "[");
    text_fixed(t, limits->train_medium_s, 3);
    text_next(t);
    text_fixed(t, limits->train_high_s, 3);
    text_raw(t, "]");
    text_key_unsigned(t, "slot_s", ACTIVITY_SLOT_S);
    text_key(t, "slots");
    activity_print(activity, sample, t);
    text_raw(t, "}");
}

void answer_device(struct text *t, const struct settings *settings, const struct source *source,
                   bool is_waiting)
{
    static struct alsa_device devices[ALSA_DEVICES]; /* 32 kB: not on the stack */
    const uint32_t count = is_waiting ? alsa_devices_list(devices, ALSA_DEVICES) : 0;
    text_raw(t, "{");
    text_key_string(t, "pcm", settings->alsa.pcm.text);
    text_key_string(t, "problem", is_waiting ? waiting_source_problem(source) : NULL);
    text_key(t, "devices");
    text_raw(t, "[");
    for (uint32_t i = 0; i < count; i++) {
        text_next(t);
        text_raw(t, "{");
        text_key_string(t, "pcm", devices[i].pcm);
        text_key_string(t, "name", devices[i].name);
        text_key_string(t, "offer", devices[i].offer);
        text_key_string(t, "problem", devices[i].problem);
        text_raw(t, "}");
    }
    text_raw(t, "]}");
}
