/* SPDX-License-Identifier: Apache-2.0 */
/* Parses EDF and BDF headers: fields of fixed width in ASCII. */
#include "record/edf_header.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies a field without the padding. Bytes that are no printable ASCII become '?': labels end up
 * in JSON and on a terminal. */
static void field_text(const unsigned char *at, size_t width, char *text)
{
    while (width > 0 && (at[width - 1] == ' ' || at[width - 1] == 0))
        width--;
    size_t start = 0;
    while (start < width && at[start] == ' ')
        start++;
    size_t n = 0;
    for (size_t i = start; i < width; i++)
        text[n++] = at[i] >= ' ' && at[i] < 0x7f ? (char)at[i] : '?';
    text[n] = 0;
}

static bool parse_number(const char *text, double *value)
{
    if (!*text || text[strspn(text, "0123456789+-.eE")] != 0)
        return false;
    char *end;
    *value = strtod(text, &end);
    return *end == 0 && isfinite(*value);
}

static bool parse_whole(const char *text, int64_t *value)
{
    const size_t sign = *text == '-' || *text == '+';
    if (!text[sign] || text[sign + strspn(text + sign, "0123456789")] != 0)
        return false;
    *value = strtoll(text, NULL, 10); /* at most eight characters: cannot overflow */
    return true;
}

static bool field_whole(const unsigned char *at, size_t width, int64_t *value, char *text)
{
    field_text(at, width, text);
    return parse_whole(text, value);
}

bool edf_header_parse(const unsigned char bytes[EDF_BLOCK], const char *name, struct edf_header *h,
                      struct err *err)
{
    memset(h, 0, sizeof *h);
    static const unsigned char bdf_version[8] = {0xff, 'B', 'I', 'O', 'S', 'E', 'M', 'I'};
    static const unsigned char edf_version[8] = {'0', ' ', ' ', ' ', ' ', ' ', ' ', ' '};
    h->is_bdf = memcmp(bytes, bdf_version, 8) == 0;
    if (!h->is_bdf && memcmp(bytes, edf_version, 8) != 0)
        return err_set(err, ERR_FORMAT,
                       "%s: no EDF or BDF file: it must start with `0` or `\\xffBIOSEMI`", name);
    field_text(bytes + 8, 80, h->patient);
    field_text(bytes + 88, 80, h->recording);
    field_text(bytes + 168, 8, h->start_date);
    field_text(bytes + 176, 8, h->start_time);

    char text[45];
    int64_t value;
    field_text(bytes + 192, 44, text);
    /* Some writers put EDF+ into BDF files too; the letter behind the plus is what counts. */
    if (strncmp(text, "EDF+", 4) == 0 || strncmp(text, "BDF+", 4) == 0) {
        if (text[4] != 'C' && text[4] != 'D')
            return err_set(err, ERR_FORMAT, "%s: byte 192: `%.8s`: must be %s+C or %s+D", name,
                           text, h->is_bdf ? "BDF" : "EDF", h->is_bdf ? "BDF" : "EDF");
        h->continuity = text[4] == 'D' ? EDF_DISCONTINUOUS : EDF_CONTINUOUS;
    }
    if (!field_whole(bytes + 252, 4, &value, text) || value < 1)
        return err_set(err, ERR_FORMAT, "%s: byte 252: `%s` signals: must be 1 to %d", name, text,
                       EDF_SIGNALS);
    h->signals = (uint32_t)value;
    h->header_bytes = (size_t)EDF_BLOCK * (h->signals + 1);
    if (!field_whole(bytes + 184, 8, &value, text) || value != (int64_t)h->header_bytes)
        return err_set(err, ERR_FORMAT,
                       "%s: byte 184: header of `%s` bytes: must be %zu for %u signals", name, text,
                       h->header_bytes, h->signals);
    if (!field_whole(bytes + 236, 8, &h->records, text) || h->records < -1)
        return err_set(err, ERR_FORMAT, "%s: byte 236: `%s` records: must be 0 or more, or -1",
                       name, text);
    field_text(bytes + 244, 8, text);
    if (!parse_number(text, &h->duration_s) || h->duration_s < 0)
        return err_set(err, ERR_FORMAT,
                       "%s: byte 244: record of `%s` seconds: must be a number, not negative", name,
                       text);
    return true;
}

struct field {
    const char *what;
    size_t offset; /* within each signal's 256 bytes, were they together */
    size_t width;
};
static const struct field label_field = {"label", 0, 16};
static const struct field dimension_field = {"dimension", 96, 8};
static const struct field physical_min_field = {"physical minimum", 104, 8};
static const struct field physical_max_field = {"physical maximum", 112, 8};
static const struct field digital_min_field = {"digital minimum", 120, 8};
static const struct field digital_max_field = {"digital maximum", 128, 8};
static const struct field samples_field = {"samples a record", 216, 8};

/* The header holds one field of all signals, then the next field of all signals. */
static size_t field_at(const struct edf_header *h, const struct field *f, uint32_t index)
{
    return EDF_BLOCK + f->offset * h->signals + f->width * index;
}

static void set_fault(struct edf_signal *s, const char *what, const char *text, const char *right)
{
    if (!s->fault[0])
        snprintf(s->fault, sizeof s->fault, "%s `%s`: %s", what, text, right);
}

static double signal_number(const struct edf_header *h, const unsigned char *bytes,
                            const struct field *f, uint32_t index, struct edf_signal *s)
{
    char text[9];
    double value = 0;
    field_text(bytes + field_at(h, f, index), f->width, text);
    if (!parse_number(text, &value))
        set_fault(s, f->what, text, "must be a number");
    return value;
}

static int32_t signal_count(const struct edf_header *h, const unsigned char *bytes,
                            const struct field *f, uint32_t index, struct edf_signal *s)
{
    const int32_t low = h->is_bdf ? SAMPLE_MIN : INT16_MIN;
    const int32_t high = h->is_bdf ? SAMPLE_MAX : INT16_MAX;
    char text[9];
    int64_t value = 0;
    if (!field_whole(bytes + field_at(h, f, index), f->width, &value, text) || value < low ||
        value > high) {
        set_fault(s, f->what, text,
                  h->is_bdf ? "must be -8388608 to 8388607" : "must be -32768 to 32767");
        value = 0;
    }
    return (int32_t)value;
}

bool edf_signal_parse(const struct edf_header *h, const unsigned char *bytes, uint32_t index,
                      const char *name, struct edf_signal *s, struct err *err)
{
    memset(s, 0, sizeof *s);
    field_text(bytes + field_at(h, &label_field, index), label_field.width, s->label);
    s->is_annotations =
        strcmp(s->label, "EDF Annotations") == 0 || strcmp(s->label, "BDF Annotations") == 0;
    if (!s->label[0])
        snprintf(s->label, sizeof s->label, "CH%u", index + 1);

    char text[9];
    int64_t samples;
    const size_t at = field_at(h, &samples_field, index);
    if (!field_whole(bytes + at, samples_field.width, &samples, text) || samples < 1)
        return err_set(err, ERR_FORMAT,
                       "%s: byte %zu: signal %u `%s`: `%s` samples a record: must "
                       "be 1 or more",
                       name, at, index + 1, s->label, text);
    s->samples = (uint32_t)samples;

    /* A micro sign in Latin-1 or UTF-8 has become one or two '?'. */
    field_text(bytes + field_at(h, &dimension_field, index), dimension_field.width, s->dimension);
    if (strcmp(s->dimension, "?V") == 0 || strcmp(s->dimension, "??V") == 0)
        strcpy(s->dimension, "uV");

    s->physical_min = signal_number(h, bytes, &physical_min_field, index, s);
    s->physical_max = signal_number(h, bytes, &physical_max_field, index, s);
    s->digital_min = signal_count(h, bytes, &digital_min_field, index, s);
    s->digital_max = signal_count(h, bytes, &digital_max_field, index, s);
    if (!s->fault[0] && s->digital_max <= s->digital_min)
        snprintf(s->fault, sizeof s->fault, "digital range %d to %d: the maximum must be larger",
                 s->digital_min, s->digital_max);
    if (!s->fault[0] && !(s->physical_max > s->physical_min) &&
        !(s->physical_max < s->physical_min))
        snprintf(s->fault, sizeof s->fault, "physical range %g to %g: the two must differ",
                 s->physical_min, s->physical_max);
    return true;
}

uint32_t edf_signal_rate_hz(const struct edf_header *h, const struct edf_signal *s)
{
    if (!(h->duration_s > 0))
        return 0;
    const double exact = s->samples / h->duration_s;
    const double rate = rint(exact);
    /* Eight characters hold a third of a second to one part in a million. */
    if (rate < 1 || rate > 1e7 || fabs(exact - rate) > 2e-6 * rate)
        return 0;
    return (uint32_t)rate;
}

double edf_dimension_uv(const char *dimension)
{
    static const struct {
        const char *name;
        double uv;
    } units[] = {{"uV", 1}, {"mV", 1e3}, {"V", 1e6}, {"nV", 1e-3}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(dimension, units[i].name) == 0)
            return units[i].uv;
    return 0;
}
