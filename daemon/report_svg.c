/* SPDX-License-Identifier: Apache-2.0 */
/* Draws with plain SVG elements; colours that also differ in grey and for the colour-blind. */
#include "daemon/report_svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detect/marks.h"
#include "protocol/codes.h"

/* Drawing units; the page scales them to the paper. */
enum {
    WIDTH = 1000,
    LEFT = 120, /* room for labels */
    ROW = 22,
    TREND = 84,
    OVERLAY_WIDTH = 320,
    OVERLAY = 130,
    BINS = 400, /* of a trend: more dots than that are one stain */
};

static const char *const state_colours[ENDPOINT_STATES] = {
    [ENDPOINT_SETUP] = "#e6e6e6",        [ENDPOINT_BASELINE] = "#cfcfcf",
    [ENDPOINT_NOT_ELICITED] = "#b9a7c9", [ENDPOINT_PRESENT] = "#d95f02",
    [ENDPOINT_ATTENUATED] = "#fdb863",   [ENDPOINT_ABSENT] = "#a6cee3",
    [ENDPOINT_EARLY_LOSS] = "#7570b3",   [ENDPOINT_WITHHELD] = "#8c8c8c",
    [ENDPOINT_REACHED] = "#1f78b4",      [ENDPOINT_RECURRED] = "#b2182b",
    [ENDPOINT_CONFIRMED] = "#08519c",    [ENDPOINT_REJECTED] = "#e7298a",
};

void html_text(FILE *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*text, out);
        }
}

static double x_of(const struct report_data *d, uint64_t sample)
{
    const double length = d->summary.samples > 0 ? (double)d->summary.samples : 1;
    return LEFT + (double)sample / length * (WIDTH - LEFT - 4);
}

static void label(FILE *out, double y, const char *text)
{
    fprintf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 6, y);
    html_text(out, text);
    fputs("</text>", out);
}

static void rectangle(FILE *out, double x, double y, double width, double height,
                      const char *colour)
{
    fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>", x, y,
            width > 0.6 ? width : 0.6, height, colour);
}

/* Minutes on the axis: at most a dozen of them, at round distances. */
static void axis(const struct report_data *d, double top, double bottom, FILE *out)
{
    static const int distances_s[] = {10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200};
    const double rate = d->montage->params.rate_hz;
    const double length_s = (double)d->summary.samples / rate;
    size_t k = 0;
    while (k + 1 < sizeof distances_s / sizeof *distances_s && length_s / distances_s[k] > 12)
        k++;
    for (int t = 0; t <= length_s; t += distances_s[k]) {
        const double x = x_of(d, (uint64_t)(t * rate));
        const char *anchor = x > WIDTH - 20 ? "end" : "middle"; /* within the picture */
        fprintf(out,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"grid\"/>"
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"small\">%d:%02d</text>",
                x, top, x, bottom, x, bottom + 11, anchor, t / 60, t % 60);
    }
}

static void draw_states(const struct report_data *d, uint32_t branch, double y, enum language l,
                        FILE *out)
{
    uint64_t since = 0;
    enum endpoint_state state = ENDPOINT_SETUP;
    for (uint32_t i = 0; i <= d->row_count; i++) {
        const bool is_end = i == d->row_count;
        const struct finding *f = is_end ? NULL : &d->rows[i];
        if (!is_end && (f->type != FINDING_ENDPOINT || f->endpoint.branch != branch))
            continue;
        const uint64_t until = is_end ? d->summary.samples : f->decided_sample;
        const double x = x_of(d, since);
        const double width = x_of(d, until) - x;
        rectangle(out, x, y, width, ROW - 6, state_colours[state]);
        const char *name = word_of(l, "state.", code_endpoint_state(state));
        if (width > 90) /* wide enough to be read */
            fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"small%s\">%s</text>", x + 3, y + 11,
                    state == ENDPOINT_REACHED || state == ENDPOINT_CONFIRMED ||
                            state == ENDPOINT_RECURRED || state == ENDPOINT_PRESENT
                        ? " light"
                        : "",
                    name);
        if (!is_end) {
            since = until;
            state = f->endpoint.state;
        }
    }
}

static bool is_taken_back(const struct report_data *d, uint32_t mark)
{
    for (uint32_t i = mark + 1; i < d->row_count; i++)
        if (d->rows[i].type == FINDING_MARK &&
            mark_takes_back(&d->rows[i].mark, &d->rows[mark].mark))
            return true;
    return false;
}

/* Those that stand, where they took effect. */
static void draw_phases(const struct report_data *d, double top, double bottom, enum language l,
                        FILE *out)
{
    for (uint32_t i = 0; i < d->row_count; i++) {
        const struct mark *mark = &d->rows[i].mark;
        const char *phase;
        if (d->rows[i].type != FINDING_MARK || !mark_is(mark, "phase", &phase) ||
            is_taken_back(d, i))
            continue;
        char code[32];
        snprintf(code, sizeof code, "%.*s", (int)strcspn(phase, " "), phase);
        const double since = -mark_read(mark).since_s * d->montage->params.rate_hz;
        const uint64_t at = since < (double)mark->sample ? mark->sample - (uint64_t)since : 0;
        const double x = x_of(d, at);
        fprintf(out,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"phase\"/>"
                "<text x=\"%.1f\" y=\"%.1f\" class=\"small\">",
                x, top - 10, x, bottom, x + 3, top - 3);
        html_text(out, word_of(l, "phase.", code));
        fputs("</text>", out);
    }
}

void report_svg_timeline(const struct report_data *d, enum language l, FILE *out)
{
    const uint32_t branches = d->montage->params.branches;
    const double top = 16;
    const double bottom = top + ROW * (branches + 3);
    fprintf(out, "<svg viewBox=\"0 0 %d %.0f\">", WIDTH, bottom + 16);
    axis(d, top, bottom, out);
    for (uint32_t b = 0; b < branches; b++) {
        label(out, top + ROW * b + 14, d->montage->context.branches[b]);
        draw_states(d, b, top + ROW * b + 3, l, out);
    }
    const double events = top + ROW * branches;
    label(out, events + 14, word_of(l, "report.", "events"));
    label(out, events + ROW + 14, word_of(l, "report.", "alarms"));
    label(out, events + 2 * ROW + 14, word_of(l, "report.", "not_judged"));
    for (uint32_t i = 0; i < d->row_count; i++) {
        const struct finding *f = &d->rows[i];
        if (f->type == FINDING_EMG_EVENT) {
            const double x = x_of(d, f->emg_event.start_sample);
            const bool is_train = f->emg_event.kind == EMG_A_TRAIN;
            rectangle(out, x, events + (is_train ? 2 : 8), x_of(d, f->emg_event.end_sample) - x,
                      is_train ? 16 : 8, is_train ? "#b2182b" : "#555");
        } else if (f->type == FINDING_ALARM && f->alarm.raised) {
            const double x = x_of(d, f->decided_sample);
            fprintf(out, "<path d=\"M%.1f %.1fl5 12h-10z\" fill=\"%s\"/>", x, events + ROW + 4,
                    f->alarm.priority == PRIORITY_INFORMATION ? "#1f78b4" : "#b2182b");
        } else if (f->type == FINDING_ARTIFACT) {
            const double x = x_of(d, f->artifact.start_sample);
            rectangle(out, x, events + 2 * ROW + 5, x_of(d, f->artifact.end_sample) - x, 12,
                      "#999");
        }
    }
    draw_phases(d, top, bottom, l, out);
    fputs("</svg>", out);
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a;
    const float y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The points of one bin as one dot: median amplitude, filled where most of them are responses. */
static void draw_bin(const struct report_data *d, const struct report_point *points, uint32_t count,
                     double scale, FILE *out)
{
    float values[256];
    uint32_t n = 0;
    uint32_t present = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (n < 256)
            values[n++] = points[i].amplitude_uv;
        present += points[i].is_present;
    }
    qsort(values, n, sizeof *values, compare_floats);
    const double y = TREND - 4 - fmin((double)values[n / 2] * scale, TREND - 8);
    fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2\" %s/>", x_of(d, points[count / 2].sample),
            y, 2 * present >= count ? "fill=\"#d95f02\"" : "fill=\"#fff\" stroke=\"#1f78b4\"");
}

/* What a channel is for, where it is no LSR channel. */
static const char *role_suffix(const struct report_channel *c, enum language l)
{
    return c->role == SWEEP_LSR ? "" : word_of(l, "report.role_", code_sweep_role(c->role));
}

void report_svg_trend(const struct report_data *d, const struct report_channel *c, enum language l,
                      FILE *out)
{
    char name[6 * STREAM_LABEL];
    double most = 1;
    for (uint32_t i = 0; i < c->point_count; i++)
        most = fmax(most, (double)c->points[i].amplitude_uv);
    const double scale = (TREND - 10) / most;
    snprintf(name, sizeof name, "%s%s", d->montage->context.labels[c->channel],
             role_suffix(c, l));
    fprintf(out, "<svg viewBox=\"0 0 %d %d\">", WIDTH, TREND + 14);
    axis(d, 2, TREND, out);
    label(out, TREND / 2.0, name);
    fprintf(out,
            "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" class=\"small\">0 .. %.0f µV</text>",
            LEFT - 6, TREND / 2.0 + 13, most);
    for (uint32_t i = 0; i < c->point_count;) {
        const uint64_t bin = c->points[i].sample * BINS / (d->summary.samples + 1);
        uint32_t end = i + 1;
        while (end < c->point_count &&
               c->points[end].sample * BINS / (d->summary.samples + 1) == bin)
            end++;
        draw_bin(d, c->points + i, end - i, scale, out);
        i = end;
    }
    fputs("</svg>", out);
}

static void draw_curve(const float *uv, uint32_t samples, double first_ms, double step_ms,
                       double ms_from, double ms_to, double scale, const char *class, FILE *out)
{
    fprintf(out, "<polyline class=\"%s\" points=\"", class);
    for (uint32_t i = 0; i < samples; i++) {
        const double ms = first_ms + i * step_ms;
        if (ms < ms_from || ms > ms_to)
            continue;
        double y = OVERLAY / 2.0 - (double)uv[i] * scale;
        y = y < 2 ? 2 : y > OVERLAY - 2 ? OVERLAY - 2 : y;
        fprintf(out, "%.1f,%.1f ", (ms - ms_from) / (ms_to - ms_from) * OVERLAY_WIDTH, y);
    }
    fputs("\"/>", out);
}

static double largest(const float *uv, uint32_t samples, double first_ms, double step_ms,
                      double ms_from, double ms_to)
{
    double most = 0;
    for (uint32_t i = 0; i < samples; i++) {
        const double ms = first_ms + i * step_ms;
        if (ms >= ms_from && ms <= ms_to)
            most = fmax(most, fabs((double)uv[i]));
    }
    return most;
}

void report_svg_overlay(const struct report_data *d, const struct report_channel *c,
                        const struct bank *bank, enum language l, FILE *out)
{
    const double step_ms = 1000.0 / d->montage->params.rate_hz;
    uint32_t samples = 0;
    double first_ms = 0;
    const float *baseline = bank_template(bank, c->branch, c->channel, &samples, &first_ms);
    const uint32_t kept = c->sweep_count < REPORT_SWEEPS ? c->sweep_count : REPORT_SWEEPS;
    /* From behind the stimulus artifact to where a facial response has long ended; for slow nerves
     * as far as the sweep goes. */
    const double from_ms = 2;
    const double to_ms = fmax(30, fmin(d->montage->params.response.window.high * 1000 + 5, 120));
    double most = 5;
    if (baseline)
        most = fmax(most, largest(baseline, samples, first_ms, step_ms, from_ms, to_ms));
    for (uint32_t i = 0; i < kept; i++)
        most = fmax(most, largest(c->sweeps[i], c->sweep_samples, c->sweep_first_ms, step_ms,
                                  from_ms, to_ms));
    const double scale = (OVERLAY / 2.0 - 6) / most;
    fprintf(out,
            "<figure><svg viewBox=\"0 0 %d %d\"><rect width=\"%d\" height=\"%d\" class=\"frame\"/>",
            OVERLAY_WIDTH, OVERLAY + 14, OVERLAY_WIDTH, OVERLAY);
    for (int ms = 5; ms<to_ms; ms += to_ms> 60 ? 20 : 5)
        fprintf(out,
                "<line x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" y2=\"%d\" class=\"grid\"/><text "
                "x=\"%.1f\" y=\"%d\" class=\"small\" text-anchor=\"middle\">%d ms</text>",
                (ms - from_ms) / (to_ms - from_ms) * OVERLAY_WIDTH,
                (ms - from_ms) / (to_ms - from_ms) * OVERLAY_WIDTH, OVERLAY,
                (ms - from_ms) / (to_ms - from_ms) * OVERLAY_WIDTH, OVERLAY + 11, ms);
    if (baseline)
        draw_curve(baseline, samples, first_ms, step_ms, from_ms, to_ms, scale, "baseline", out);
    for (uint32_t i = 0; i < kept; i++)
        draw_curve(c->sweeps[i], c->sweep_samples, c->sweep_first_ms, step_ms, from_ms, to_ms,
                   scale, "sweep", out);
    fputs("</svg><figcaption>", out);
    html_text(out, d->montage->context.labels[c->channel]);
    fprintf(out, "%s · ±%.0f µV</figcaption></figure>", role_suffix(c, l), most);
}
