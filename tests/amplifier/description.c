/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a description line by line. */
#include "tests/amplifier/description.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const fault_names[] = {
    [FAULT_XRUN] = "xrun",   [FAULT_UNPLUG] = "unplug",       [FAULT_SUSPEND] = "suspend",
    [FAULT_STUCK] = "stuck", [FAULT_ZERO] = "zero",           [FAULT_DUPLICATE] = "duplicate",
    [FAULT_DEAD] = "dead",
};

struct reader {
    struct amplifier_description *d;
    const char *path;
    int line;
    char *complaint;
};

static bool complain(struct reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool complain(struct reader *r, const char *format, ...)
{
    const int n = snprintf(r->complaint, 256, "%.100s:%d: ", r->path, r->line);
    va_list args;
    va_start(args, format);
    vsnprintf(r->complaint + n, 256 - (size_t)n, format, args);
    va_end(args);
    return false;
}

/* A name beside the description, unless it is absolute. */
static bool beside(struct reader *r, const char *name, char out[AMPLIFIER_PATH])
{
    const char *slash = strrchr(r->path, '/');
    const int folder = slash && name[0] != '/' ? (int)(slash - r->path) + 1 : 0;
    const int n = snprintf(out, AMPLIFIER_PATH, "%.*s%s", folder, r->path, name);
    return n < AMPLIFIER_PATH || complain(r, "%s: name too long", name);
}

static bool parse_length(struct reader *r, const char *text, uint64_t *frames)
{
    char *end;
    const double value = strtod(text, &end);
    const bool is_ms = strcmp(end, "ms") == 0;
    if (end == text || value < 0 || (*end && !is_ms))
        return complain(r, "%s: a length in frames, or in ms", text);
    if (is_ms && r->d->rate_hz == 0)
        return complain(r, "%s: rate must come before", text);
    *frames = (uint64_t)(is_ms ? value * 1e-3 * r->d->rate_hz + 0.5 : value);
    return true;
}

static bool add_fault(struct reader *r, const struct amplifier_fault *fault)
{
    struct amplifier_description *d = r->d;
    if (d->fault_count == AMPLIFIER_FAULTS)
        return complain(r, "more than %d faults", AMPLIFIER_FAULTS);
    if (d->fault_count && d->faults[d->fault_count - 1].frame > fault->frame)
        return complain(r, "faults must be in the order of their frames");
    d->faults[d->fault_count++] = *fault;
    return true;
}

static bool add_xruns(struct reader *r, struct amplifier_fault *fault, char *const *word,
                      uint32_t count)
{
    uint64_t times = 1, every = 1;
    if (count >= 1 && !parse_length(r, word[0], &times))
        return false;
    if (count == 3 && (strcmp(word[1], "every") != 0 || !parse_length(r, word[2], &every)))
        return complain(r, "at FRAME xrun [TIMES every FRAMES]");
    for (uint64_t i = 0; i < times; i++, fault->frame += every)
        if (!add_fault(r, fault))
            return false;
    return true;
}

/* word[0] is the frame, word[1] the kind, the rest depends on it. */
static bool parse_fault(struct reader *r, char *const *word, uint32_t count)
{
    struct amplifier_fault fault = { .kind = FAULT_XRUN };
    if (count < 2 || !parse_length(r, word[0], &fault.frame))
        return complain(r, "at FRAME KIND ...");
    uint32_t kind = 0;
    while (kind <= FAULT_DEAD && strcmp(fault_names[kind], word[1]) != 0)
        kind++;
    if (kind > FAULT_DEAD)
        return complain(r, "%s: no such fault", word[1]);
    fault.kind = (enum amplifier_fault_kind)kind;
    if (fault.kind == FAULT_XRUN)
        return add_xruns(r, &fault, word + 2, count - 2);
    uint32_t next = 2;
    if (fault.kind == FAULT_DEAD && next < count)
        fault.channel = (uint32_t)strtoul(word[next++], NULL, 10) - 1;
    if (fault.kind == FAULT_DEAD && fault.channel >= r->d->channels)
        return complain(r, "dead: a channel from 1 to %u", r->d->channels);
    if (next >= count || !parse_length(r, word[next++], &fault.length))
        return complain(r, "%s: a length is missing", word[1]);
    if (fault.kind == FAULT_UNPLUG && next + 1 < count && strcmp(word[next], "as") == 0 &&
        !beside(r, word[next + 1], fault.as))
        return false;
    return add_fault(r, &fault);
}

static bool parse_value(struct reader *r, const char *key, const char *value)
{
    struct amplifier_description *d = r->d;
    if (strcmp(key, "signal") == 0)
        return beside(r, value, d->signal);
    if (strcmp(key, "started") == 0)
        return beside(r, value, d->started);
    if (strcmp(key, "format") == 0) {
        snprintf(d->format, sizeof d->format, "%s", value);
        return true;
    }
    char *end;
    const double number = strtod(value, &end);
    if (end == value || *end)
        return complain(r, "%s: a number", key);
    if (strcmp(key, "rate") == 0)
        d->rate_hz = (uint32_t)number;
    else if (strcmp(key, "channels") == 0)
        d->channels = (uint32_t)number;
    else if (strcmp(key, "ppm") == 0)
        d->ppm = number;
    else if (strcmp(key, "speed") == 0)
        d->speed = number;
    else if (strcmp(key, "packet") == 0)
        d->packet = (uint32_t)number;
    else if (strcmp(key, "jitter") == 0)
        d->jitter = (uint32_t)number;
    else
        return complain(r, "%s: no such key", key);
    return true;
}

static bool parse_line(struct reader *r, char *line)
{
    char *word[8];
    uint32_t count = 0;
    line[strcspn(line, "#\n")] = 0;
    for (char *rest = line, *w; count < 8 && (w = strtok_r(rest, " \t", &rest));)
        word[count++] = w;
    if (count == 0)
        return true;
    if (strcmp(word[0], "at") == 0)
        return parse_fault(r, word + 1, count - 1);
    return count == 2 ? parse_value(r, word[0], word[1]) : complain(r, "a key and its value");
}

bool amplifier_description_read(struct amplifier_description *d, const char *path,
                                char complaint[256])
{
    *d = (struct amplifier_description){ .speed = 1, .packet = 1 };
    struct reader r = { .d = d, .path = path, .complaint = complaint };
    FILE *f = fopen(path, "re");
    if (!f)
        return complain(&r, "%s", strerror(errno));
    char line[2048];
    bool is_good = true;
    while (is_good && fgets(line, sizeof line, f)) {
        r.line++;
        is_good = parse_line(&r, line);
    }
    fclose(f);
    if (!is_good)
        return false;
    if (!d->signal[0] || !d->format[0] || d->rate_hz == 0 || d->channels == 0)
        return complain(&r, "signal, format, rate and channels must be given");
    if (d->packet == 0 || d->jitter > d->packet || d->speed <= 0)
        return complain(&r, "packet at least 1, jitter at most packet, speed above 0");
    return true;
}
