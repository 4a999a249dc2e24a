/* SPDX-License-Identifier: Apache-2.0 */
/* Resolves labels, inputs and branches. */
#include "daemon/montage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/print.h"

bool montage_parse_input(const char *text, uint16_t *plus, uint16_t *minus)
{
    char *end;
    const unsigned long first = strtoul(text, &end, 10);
    if (end == text || first < 1 || first > BLOCK_CHANNELS)
        return false;
    *plus = (uint16_t)(first - 1);
    *minus = BANK_NO_INPUT;
    end += strspn(end, " ");
    if (*end == 0)
        return true;
    if (*end != '-')
        return false;
    const char *second_text = end + 1 + strspn(end + 1, " ");
    const unsigned long second = strtoul(second_text, &end, 10);
    if (end == second_text || *end || second < 1 || second > BLOCK_CHANNELS || second == first)
        return false;
    *minus = (uint16_t)(second - 1);
    return true;
}

void montage_label_inputs(const struct settings *settings, struct stream_format *format)
{
    for (uint32_t i = 0; i < format->channels; i++)
        snprintf(format->inputs[i].label, STREAM_LABEL, "IN%u", i + 1);
    for (uint32_t k = 0; k < settings->channel_count; k++) {
        uint16_t plus, minus;
        if (montage_parse_input(settings->channels[k].input.text, &plus, &minus) &&
            minus == BANK_NO_INPUT && plus < format->channels)
            snprintf(format->inputs[plus].label, STREAM_LABEL, "%s", settings->channels[k].label);
    }
}

static uint16_t input_of_label(const struct stream_format *format, const char *label)
{
    for (uint32_t i = 0; i < format->channels; i++)
        if (strcmp(format->inputs[i].label, label) == 0)
            return (uint16_t)i;
    return BANK_NO_INPUT;
}

static bool is_from_artifact(const char *trigger)
{
    return strcmp(trigger, "artifact") == 0;
}

static const char *trigger_of_branch(const struct settings *s, uint32_t branch)
{
    const char *own = s->branches[branch].trigger.text;
    return own[0] ? own : s->trigger.trigger.text;
}

static bool is_trigger(const struct settings *s, const char *label)
{
    if (strcmp(s->trigger.trigger.text, label) == 0)
        return true;
    for (uint32_t i = 0; i < s->branch_count; i++)
        if (strcmp(s->branches[i].trigger.text, label) == 0)
            return true;
    return false;
}

static void list_labels(char *out, size_t size, const struct montage *m)
{
    size_t length = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < m->params.channels && length < size; i++)
        length += (size_t)snprintf(out + length, size - length, "%s%s", i ? ", " : "",
                                   m->params.channel[i].label);
}

static bool find_channel(const struct montage *m, const char *section, const char *key,
                         const char *label, uint16_t *channel, struct err *err)
{
    for (uint32_t i = 0; i < m->params.channels; i++) {
        if (strcmp(m->params.channel[i].label, label) == 0) {
            *channel = (uint16_t)i;
            return true;
        }
    }
    char there[160];
    list_labels(there, sizeof there, m);
    return err_set(err, ERR_CONFIG, "branch.%s.%s = %s: no such channel; there are %s", section,
                   key, label, there[0] ? there : "none");
}

static bool add_channel(struct montage *m, const char *label, uint16_t plus, uint16_t minus,
                        bool inverted, struct err *err)
{
    if (m->params.channels == BANK_CHANNELS)
        return err_set(err, ERR_CONFIG, "more than %d channels", BANK_CHANNELS);
    struct bank_channel *c = &m->params.channel[m->params.channels];
    snprintf(c->label, sizeof c->label, "%s", label);
    c->input = plus;
    c->minus = minus;
    c->inverted = inverted;
    snprintf(m->context.labels[m->params.channels], STREAM_LABEL, "%s", label);
    m->params.channels++;
    return true;
}

static bool add_configured_channels(const struct settings *s, const struct stream_format *format,
                                    struct montage *m, struct err *err)
{
    for (uint32_t i = 0; i < s->channel_count; i++) {
        const char *label = s->channels[i].label;
        uint16_t plus, minus;
        if (!montage_parse_input(s->channels[i].input.text, &plus, &minus))
            return err_set(err, ERR_CONFIG,
                           "channel.%s.input = %s: a number from 1, or two with a minus between",
                           label, s->channels[i].input.text);
        if (plus >= format->channels || (minus != BANK_NO_INPUT && minus >= format->channels))
            return err_set(err, ERR_CONFIG, "channel.%s.input = %s: the source has %u inputs",
                           label, s->channels[i].input.text, format->channels);
        if (is_trigger(s, label))
            continue;
        if (!add_channel(m, label, plus, minus, s->channels[i].polarity == 1, err))
            return false;
    }
    return true;
}

static bool add_all_voltages(const struct settings *s, const struct stream_format *format,
                             struct montage *m, struct err *err)
{
    for (uint32_t i = 0; i < format->channels; i++)
        if (format->inputs[i].is_voltage && !is_trigger(s, format->inputs[i].label) &&
            !add_channel(m, format->inputs[i].label, (uint16_t)i, BANK_NO_INPUT, false, err))
            return false;
    return true;
}

/* A trigger is named by its [channel] section, or by the label that the stream brings. */
static bool find_trigger(const struct settings *s, const struct stream_format *format,
                         const char *label, uint16_t *input, struct err *err)
{
    *input = BANK_NO_INPUT;
    if (is_from_artifact(label))
        return true;
    for (uint32_t i = 0; i < s->channel_count; i++) {
        uint16_t minus;
        if (strcmp(s->channels[i].label, label) == 0 &&
            montage_parse_input(s->channels[i].input.text, input, &minus))
            return true;
    }
    *input = input_of_label(format, label);
    if (*input == BANK_NO_INPUT)
        return err_set(err, ERR_CONFIG,
                       "stimulus.trigger = %s: no input has this label; name one, or `artifact`",
                       label);
    return true;
}

/* Behind the lateral channels. */
static bool add_control(const struct montage *m, const struct branch_settings *from,
                        struct bank_branch *to, struct err *err)
{
    if (from->control.count > 1)
        return err_set(err, ERR_CONFIG, "branch.%s.control: one channel, not %u", from->name,
                       from->control.count);
    to->control_count = (uint16_t)from->control.count;
    if (to->control_count == 0)
        return true;
    const char *label = from->control.labels[0];
    uint16_t channel;
    if (!find_channel(m, from->name, "control", label, &channel, err))
        return false;
    bool is_taken = channel == to->direct;
    for (uint32_t k = 0; k < to->lateral_count; k++)
        is_taken = is_taken || to->lateral[k] == channel;
    if (is_taken)
        return err_set(err, ERR_CONFIG, "branch.%s.control = %s: is judged on this branch already",
                       from->name, label);
    to->lateral[to->lateral_count] = channel;
    return true;
}

static bool add_branch(const struct settings *s, const struct stream_format *format, uint32_t i,
                       struct montage *m, struct err *err)
{
    const struct branch_settings *from = &s->branches[i];
    const char *name = s->branches[i].name;
    struct bank_branch *to = &m->params.branch[i];
    snprintf(to->name, sizeof to->name, "%s", name);
    snprintf(m->context.branches[i], STREAM_LABEL, "%s", name);
    if (!find_trigger(s, format, trigger_of_branch(s, i), &to->trigger, err))
        return false;
    to->direct = FINDING_NO_CHANNEL;
    if (from->direct.count > 1)
        return err_set(err, ERR_CONFIG, "branch.%s.direct: one channel, not %u", name,
                       from->direct.count);
    if (from->direct.count == 1 &&
        !find_channel(m, name, "direct", from->direct.labels[0], &to->direct, err))
        return false;
    if (from->lateral.count == 0)
        return err_set(err, ERR_CONFIG, "branch.%s.lateral: at least one channel", name);
    for (uint32_t k = 0; k < from->lateral.count; k++) {
        uint16_t channel = FINDING_NO_CHANNEL;
        if (!find_channel(m, name, "lateral", from->lateral.labels[k], &channel, err))
            return false;
        if (channel == to->direct)
            return err_set(err, ERR_CONFIG, "branch.%s.lateral = %s: is its direct channel", name,
                           from->lateral.labels[k]);
        for (uint32_t j = 0; j < k; j++)
            if (to->lateral[j] == channel)
                return err_set(err, ERR_CONFIG, "branch.%s.lateral = %s: named twice", name,
                               from->lateral.labels[k]);
        to->lateral[k] = channel;
    }
    to->lateral_count = (uint16_t)from->lateral.count;
    return add_control(m, from, to, err);
}

static void set_inputs(const struct stream_format *format, struct bank_params *p)
{
    p->rate_hz = format->rate_hz;
    p->inputs = format->channels;
    for (uint32_t i = 0; i < format->channels; i++) {
        const struct stream_input *input = &format->inputs[i];
        /* Amplifiers clip a little before their converter does: a thousandth of the span. */
        const int32_t margin = (int32_t)(((int64_t)input->digital_max - input->digital_min) / 1000);
        p->scale[i] = stream_input_scale(input);
        p->clip_low[i] = input->digital_min + margin;
        p->clip_high[i] = input->digital_max - margin;
    }
}

bool montage_build(const struct settings *settings, const struct stream_format *format,
                   struct montage *out, struct err *err)
{
    char config_sha256[SHA256_HEX];
    if (!config_hash(settings_sections, settings, config_sha256))
        return err_set(err, ERR_MEMORY, "the configuration's hash");
    memset(out, 0, sizeof *out);
    out->params = settings->params;
    out->params.channels = 0;
    set_inputs(format, &out->params);
    const bool has_channels =
        settings->channel_count ? add_configured_channels(settings, format, out, err)
                                : add_all_voltages(settings, format, out, err);
    if (!has_channels)
        return false;
    if (out->params.channels == 0)
        return err_set(err, ERR_CONFIG, "no channel with a voltage to watch");
    for (uint32_t i = 0; i < settings->branch_count; i++)
        if (!add_branch(settings, format, i, out, err))
            return false;
    out->params.branches = settings->branch_count;
    snprintf(out->params.config_sha256, sizeof out->params.config_sha256, "%s", config_sha256);

    out->context.rate_hz = format->rate_hz;
    out->context.channel_count = out->params.channels;
    out->context.branch_count = out->params.branches;
    out->context.endpoint_hold_s = out->params.endpoint.hold_s;
    snprintf(out->context.config_sha256, sizeof out->context.config_sha256, "%s", config_sha256);
    snprintf(out->context.version, sizeof out->context.version, "%s", LSRD_VERSION);
    return true;
}
