/* SPDX-License-Identifier: Apache-2.0 */
/* Reads marks: one row a key, one function a kind of value. */
#include "detect/marks.h"

#include <stddef.h>
#include <string.h>

static const char *const phases[MARK_PHASES] = {"dura_open", "decompressed", "closing"};

static const char *skip_blanks(const char *s)
{
    while (*s == ' ')
        s++;
    return s;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits with at most one point; the text behind them, NULL where there is no number. */
static const char *read_decimal(const char *s, double *value)
{
    double whole = 0.0, scale = 1.0;
    uint32_t digits = 0;
    for (; is_digit(*s) && digits < 18; s++, digits++)
        whole = whole * 10.0 + (*s - '0');
    if (*s == '.')
        for (s++; is_digit(*s) && digits < 18; s++, digits++) {
            whole = whole * 10.0 + (*s - '0');
            scale *= 10.0;
        }
    *value = whole / scale;
    return digits > 0 && !is_digit(*s) ? s : NULL;
}

/* Times and over are apart so that 35 % is the double nearest to 0.35. */
static const struct {
    const char *name;
    enum mark_unit unit;
    double times, over;
} units[] = {
    {"s", MARK_UNIT_S, 1, 1},      {"ms", MARK_UNIT_S, 1, 1e3}, {"us", MARK_UNIT_S, 1, 1e6},
    {"min", MARK_UNIT_S, 60, 1},   {"h", MARK_UNIT_S, 3600, 1}, {"uV", MARK_UNIT_UV, 1, 1},
    {"mV", MARK_UNIT_UV, 1e3, 1},  {"V", MARK_UNIT_UV, 1e6, 1}, {"mA", MARK_UNIT_MA, 1, 1},
    {"uA", MARK_UNIT_MA, 1, 1e3},  {"A", MARK_UNIT_MA, 1e3, 1}, {"Hz", MARK_UNIT_HZ, 1, 1},
    {"kHz", MARK_UNIT_HZ, 1e3, 1}, {"", MARK_UNIT_NONE, 1, 1},  {"%", MARK_UNIT_NONE, 1, 1e2},
};

bool mark_quantity(const char *text, enum mark_unit unit, double *value)
{
    const char *s = skip_blanks(text);
    const bool negative = *s == '-';
    double number;
    s = read_decimal(negative || *s == '+' ? s + 1 : s, &number);
    if (!s)
        return false;
    s = skip_blanks(s);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const size_t length = strlen(units[i].name);
        if (units[i].unit == unit && strncmp(s, units[i].name, length) == 0 &&
            *skip_blanks(s + length) == 0) {
            *value = (negative ? -number : number) * units[i].times / units[i].over;
            return true;
        }
    }
    return false;
}

static bool read_count(const char *s, uint64_t *count)
{
    *count = 0;
    const char *at = s;
    for (; is_digit(*at); at++) {
        const uint64_t digit = (uint64_t)(*at - '0');
        if (*count > (UINT64_MAX - digit) / 10)
            return false;
        *count = *count * 10 + digit;
    }
    return at > s && *skip_blanks(at) == 0;
}

static struct mark_span span_of(const struct mark *m, const char *from, size_t length)
{
    return (struct mark_span){(uint8_t)(from - m->text), (uint8_t)length};
}

bool mark_span_is(const struct mark *m, struct mark_span span, const char *text)
{
    return strlen(text) == span.length && memcmp(m->text + span.at, text, span.length) == 0;
}

/* The word up to a blank or the end. */
static size_t word_length(const char *s)
{
    size_t n = 0;
    while (s[n] && s[n] != ' ')
        n++;
    return n;
}

static bool word_is(const char *s, const char *word)
{
    return strncmp(s, word, strlen(word)) == 0 && *skip_blanks(s + strlen(word)) == 0;
}

static bool read_phase(const struct mark *m, const char *value, struct mark_meaning *out)
{
    (void)m;
    for (int i = 0; i < MARK_PHASES; i++) {
        const size_t length = strlen(phases[i]);
        if (word_length(value) != length || strncmp(value, phases[i], length) != 0)
            continue;
        out->phase = (enum mark_phase)i;
        const char *rest = skip_blanks(value + length);
        if (*rest == 0)
            return true;
        return strncmp(rest, "since=", 6) == 0 &&
               mark_quantity(rest + 6, MARK_UNIT_S, &out->since_s) && out->since_s <= 0.0;
    }
    return false;
}

static bool read_name(const struct mark *m, const char *value, struct mark_meaning *out)
{
    const size_t length = strlen(value);
    out->value = span_of(m, value, length);
    return length > 0;
}

static bool read_take(const struct mark *m, const char *value, struct mark_meaning *out)
{
    (void)m;
    (void)out;
    return word_is(value, "take");
}

static bool read_either(const char *value, const char *yes, const char *no,
                        struct mark_meaning *out)
{
    out->on = word_is(value, yes);
    return out->on || word_is(value, no);
}

static bool read_stimulation(const struct mark *m, const char *value, struct mark_meaning *out)
{
    (void)m;
    return read_either(value, "on", "off", out);
}

static bool read_device(const struct mark *m, const char *value, struct mark_meaning *out)
{
    (void)m;
    return read_either(value, "back", "lost", out);
}

static bool read_recording(const struct mark *m, const char *value, struct mark_meaning *out)
{
    (void)m;
    return read_either(value, "resumed", "stopped", out);
}

static bool read_case(const struct mark *m, const char *value, struct mark_meaning *out)
{
    (void)m;
    return read_either(value, "start", "end", out);
}

static bool read_intensity(const struct mark *m, const char *value, struct mark_meaning *out)
{
    (void)m;
    return mark_quantity(value, MARK_UNIT_MA, &out->number) && out->number >= 0.0;
}

static bool read_train_of_four(const struct mark *m, const char *value, struct mark_meaning *out)
{
    (void)m;
    if (value[0] < '0' || value[0] > '4' || *skip_blanks(value + 1) != 0)
        return false;
    out->number = value[0] - '0';
    return true;
}

/* Whatever stands behind `relaxant`, `anaesthetic`, `confirm`: a remark. */
static bool read_anything(const struct mark *m, const char *value, struct mark_meaning *out)
{
    out->value = span_of(m, value, strlen(value));
    return true;
}

static bool read_number(const struct mark *m, const char *value, struct mark_meaning *out)
{
    (void)m;
    return read_count(value, &out->count);
}

static bool read_set(const struct mark *m, const char *value, struct mark_meaning *out)
{
    const char *equals = strchr(value, '=');
    const char *dot = strchr(value, '.');
    if (!equals || !dot || dot == value || dot > equals || equals - dot < 2)
        return false;
    const char *was = equals;
    while (*was && strncmp(was, MARK_SET_WAS, strlen(MARK_SET_WAS)) != 0)
        was++;
    out->key = span_of(m, value, (size_t)(equals - value));
    out->value = span_of(m, equals + 1, (size_t)(was - equals - 1));
    if (*was)
        out->was = span_of(m, was + strlen(MARK_SET_WAS), strlen(was + strlen(MARK_SET_WAS)));
    return true;
}

static const struct {
    const char *key;
    enum mark_kind kind;
    bool (*read)(const struct mark *m, const char *value, struct mark_meaning *out);
    const char *right;
} rows[] = {
    {"phase", MARK_PHASE, read_phase,
     "phase is dura_open, decompressed or closing, and since a time past: since=-20s"},
    {"branch", MARK_BRANCH, read_name, "branch names a branch: branch=zygomatic"},
    {"baseline", MARK_BASELINE_TAKE, read_take, "baseline can be taken: baseline=take"},
    {"stimulation", MARK_STIMULATION, read_stimulation, "stimulation is on or off"},
    {"intensity", MARK_INTENSITY, read_intensity, "intensity is a current: intensity=21mA"},
    {"tof", MARK_TRAIN_OF_FOUR, read_train_of_four, "tof counts twitches, 0 to 4"},
    {"relaxant", MARK_RELAXANT, read_anything, ""},
    {"anaesthetic", MARK_ANAESTHETIC, read_anything, ""},
    {"confirm", MARK_CONFIRM, read_anything, ""},
    {"reject", MARK_REJECT, read_anything, ""},
    {"ack", MARK_ACK, read_name, "ack names an alarm: ack=lsr_recurred"},
    {"undo", MARK_UNDO, read_number, "undo names the sample of a mark: undo=123456"},
    {"set", MARK_SET, read_set, "set names an option: set=section.key=value"},
    {"channel_off", MARK_CHANNEL_OFF, read_name,
     "channel_off names a channel and says why: channel_off=MENT needle out"},
    {"channel_on", MARK_CHANNEL_ON, read_name, "channel_on names a channel: channel_on=MENT"},
    {"device", MARK_DEVICE, read_device, "device is lost or back"},
    {"recording", MARK_RECORDING, read_recording, "recording is stopped or resumed"},
    {"overrun", MARK_OVERRUN, read_number, "overrun counts frames"},
    {"case", MARK_CASE, read_case, "case is start or end"},
};

enum { ROWS = sizeof rows / sizeof *rows };

static struct mark_meaning read_row(const struct mark *m, size_t *row)
{
    for (*row = 0; *row < ROWS; ++*row) {
        const char *value;
        if (!mark_is(m, rows[*row].key, &value))
            continue;
        struct mark_meaning meaning = {.kind = rows[*row].kind};
        if (rows[*row].read(m, value, &meaning))
            return meaning;
        return (struct mark_meaning){.kind = MARK_UNREADABLE};
    }
    return (struct mark_meaning){.kind = MARK_NOTE};
}

struct mark_meaning mark_read(const struct mark *m)
{
    size_t row;
    return read_row(m, &row);
}

bool mark_is_said(enum mark_kind kind)
{
    return kind == MARK_PHASE || kind == MARK_INTENSITY || kind == MARK_TRAIN_OF_FOUR ||
           kind == MARK_RELAXANT || kind == MARK_ANAESTHETIC;
}

bool mark_takes_back(const struct mark *word, const struct mark *m)
{
    const struct mark_meaning meaning = mark_read(word);
    return meaning.kind == MARK_UNDO && meaning.count == m->sample &&
           mark_is_said(mark_read(m).kind);
}

const char *mark_complaint(const struct mark *m)
{
    size_t row;
    return read_row(m, &row).kind == MARK_UNREADABLE ? rows[row].right : NULL;
}
