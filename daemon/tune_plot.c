/* SPDX-License-Identifier: Apache-2.0 */
/* Draws SVG: three plots beside each other. */
#include "daemon/tune_plot.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "daemon/report_svg.h"

enum { WIDTH = 380, HEIGHT = 380, LEFT = 64, TOP = 48, SIDE = 280, PLOTS = 3, NAMED = 40 };

/* A point's place; NAN: it has none in this plot. */
struct axes {
    const char *title, *x_title, *y_title;
    double (*x)(const struct tune_counts *c);
    double (*y)(const struct tune_counts *c);
    bool is_share; /* y from 0 to 1 */
};

static double false_responses(const struct tune_counts *c)
{
    return tune_per_hour(c, c->mistaken);
}

static double false_trains(const struct tune_counts *c)
{
    return tune_per_hour(c, c->trains_mistaken);
}

static double false_endpoints(const struct tune_counts *c)
{
    return tune_per_hour(c, c->endpoints_mistaken);
}

static double delay(const struct tune_counts *c)
{
    return c->delay_s;
}

static const struct axes plots[PLOTS] = {
    {"Responses", "false responses per hour", "sensitivity", false_responses, tune_sensitivity, true},
    {"A trains", "false trains per hour", "sensitivity", false_trains, tune_train_sensitivity, true},
    {"Endpoint", "false endpoints per hour", "median delay, s", false_endpoints, delay, false},
};

static double largest(const struct tune_table *t, double (*of)(const struct tune_counts *c))
{
    double most = 0.0;
    for (size_t i = 0; i < t->count; i++)
        most = fmax(most, of(&t->points[i].sums)); /* fmax leaves NAN out */
    return most;
}

/* 1, 2 or 5 times a power of ten, not below. */
static double round_limit(double most)
{
    if (!(most > 0.0))
        return 1.0;
    const double power = pow(10.0, floor(log10(most)));
    const double steps[] = {1.0, 2.0, 5.0, 10.0};
    for (size_t i = 0; i < 4; i++)
        if (most <= steps[i] * power)
            return steps[i] * power;
    return 10.0 * power;
}

static void draw_axes(const struct axes *a, double x_limit, double y_limit, FILE *out)
{
    fprintf(out, "<text x=\"%d\" y=\"28\" class=\"title\">%s</text>\n", LEFT, a->title);
    for (int i = 0; i <= 4; i++) {
        const double y = TOP + SIDE - SIDE * i / 4.0, x = LEFT + SIDE * i / 4.0;
        fprintf(out,
                "<path d=\"M%d %.1fh%dM%.1f %dv%d\" class=\"grid\"/>"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.3g</text>"
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.3g</text>\n",
                LEFT, y, SIDE, x, TOP, SIDE, LEFT - 6, y + 4, y_limit * i / 4.0, x,
                TOP + SIDE + 18, x_limit * i / 4.0);
    }
    fprintf(out,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>"
            "<text transform=\"translate(16 %d) rotate(-90)\" text-anchor=\"middle\">%s</text>\n",
            LEFT + SIDE / 2, TOP + SIDE + 40, a->x_title, TOP + SIDE / 2, a->y_title);
}

static bool place(const struct axes *a, const struct tune_counts *c, double x_limit, double y_limit,
                  double *x, double *y)
{
    *x = LEFT + SIDE * a->x(c) / x_limit;
    *y = TOP + SIDE - SIDE * a->y(c) / y_limit;
    return !isnan(*x) && !isnan(*y);
}

/* A curve, where one key is varied: its values follow one another. */
static void draw_curve(const struct axes *a, const struct tune_table *t, double x_limit,
                       double y_limit, FILE *out)
{
    double x, y;
    char to = 'M';
    if (t->count == 0 || strchr(t->points[0].settings, ';'))
        return;
    fputs("<path class=\"line\" d=\"", out);
    for (size_t i = 0; i < t->count; i++)
        if (place(a, &t->points[i].sums, x_limit, y_limit, &x, &y)) {
            fprintf(out, "%c%.1f %.1f", to, x, y);
            to = 'L';
        }
    fputs("\"/>\n", out);
}

/* Points are named where there are few, and all under the pointer. */
static void draw_points(const struct axes *a, const struct tune_table *t, double x_limit,
                        double y_limit, FILE *out)
{
    bool has_one = false;
    double x, y;
    for (size_t i = 0; i < t->count; i++) {
        if (!place(a, &t->points[i].sums, x_limit, y_limit, &x, &y))
            continue;
        has_one = true;
        fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>%zu: ", x, y, i + 1);
        html_text(out, t->points[i].settings);
        fprintf(out, ": %.4g, %.4g</title></circle>", a->x(&t->points[i].sums),
                a->y(&t->points[i].sums));
        if (t->count <= NAMED)
            fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"name\">%zu</text>", x + 6, y - 5, i + 1);
        fputc('\n', out);
    }
    if (!has_one)
        fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">nothing is known of these</text>\n",
                LEFT + SIDE / 2, TOP + SIDE / 2);
}

static void draw_legend(const struct tune_table *t, FILE *out)
{
    for (size_t i = 0; i < t->count && t->count <= NAMED; i++) {
        fprintf(out, "<text x=\"%d\" y=\"%zu\">%zu  ", LEFT, HEIGHT + 24 + 16 * i, i + 1);
        html_text(out, t->points[i].settings);
        fprintf(out, "  (%u cases, %.1f h)</text>\n", t->points[i].cases, t->points[i].sums.hours);
    }
}

bool tune_plot_write(const struct tune_table *t, const char *path, struct err *err)
{
    FILE *out = fopen(path, "we");
    if (!out)
        return err_set_os(err, ERR_IO, errno, "%.200s", path);
    const size_t rows = t->count <= NAMED ? t->count : 0;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %zu\" width=\"%d\" "
            "font-family=\"sans-serif\" font-size=\"12\">\n<style>.title{font-size:15px;"
            "font-weight:600}.grid{stroke:#d5dbe1;fill:none}.line{stroke:#7f93a8;fill:none}"
            "circle{fill:#1f4fc4}.name{font-size:10px;fill:#445}</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            PLOTS * WIDTH, (size_t)HEIGHT + 24 + 16 * rows, PLOTS * WIDTH);
    for (int k = 0; k < PLOTS; k++) {
        const struct axes *a = &plots[k];
        const double x_limit = round_limit(largest(t, a->x));
        const double y_limit = a->is_share ? 1.0 : round_limit(largest(t, a->y));
        fprintf(out, "<g transform=\"translate(%d 0)\">\n", k * WIDTH);
        draw_axes(a, x_limit, y_limit, out);
        draw_curve(a, t, x_limit, y_limit, out);
        draw_points(a, t, x_limit, y_limit, out);
        fputs("</g>\n", out);
    }
    draw_legend(t, out);
    fputs("</svg>\n", out);
    return fclose(out) == 0 || err_set_os(err, ERR_IO, errno, "%.200s", path);
}
